"""The champion: the model in production, with which a new model is compared.

`deploy` and `rollback` put it into the folder `deploy/champion`, which is committed, so that
training elsewhere (in CI) compares with it too. The folder holds its model, its schema, and
champion.json, which names it; and its own recipe/ where it reads derived columns, so that it scores
as it did whatever recipe/features.py has become.
"""

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.core import custody
from pipeline.core.errors import Refusal
from pipeline.core.files import read_json, write_json
from pipeline.data import schema as schemas
from pipeline.model import model_file

if TYPE_CHECKING:
    from pipeline.model.scorer import Scorer

FOLDER = Path("deploy/champion")
NAME, MODEL, SCHEMA, RECIPE = "champion.json", "model.skops", "schema.yaml", "recipe"
NOBODY = {"bento": None, "model": None}


def load(folder: Path) -> tuple[dict[str, Any], "Scorer | None"]:
    """Return champion.json, and the champion's scorer (None before the first deployment).

    Raises Refusal when the model is not the one that champion.json names, or cannot be read.
    """
    # scikit-learn takes seconds to import, and what deploys, goes back or asks needs none of it.
    from pipeline.model import inputs
    from pipeline.model.scorer import Scorer

    named = read_json(folder / NAME)
    if not isinstance(named, dict) or not NOBODY.keys() <= named.keys():
        raise Refusal(f"{folder / NAME} does not name a champion; `git checkout {folder}`")
    if named["model"] is None:
        return named, None
    model = folder / MODEL
    for key, path in (("model", model), (RECIPE, folder / RECIPE)):
        if key in named and (not path.exists() or custody.digest(path) != named[key]):
            raise Refusal(
                f"{path} is not the champion that {folder / NAME} names; `git checkout {folder}` "
                "brings back the one that was committed"
            )
    recipe = inputs.recipe_in(folder / RECIPE) if RECIPE in named else None
    return named, Scorer(model_file.load(model), schemas.load(folder / SCHEMA), recipe)


def crown(source: Path, bento: str, folder: Path = FOLDER) -> None:
    """Make the model in `source`, a Bento's src folder, the champion."""
    model, named = source / "models" / "model.skops", {"bento": bento}
    with tempfile.TemporaryDirectory(dir=folder.parent) as half:
        shutil.copyfile(model, Path(half) / MODEL)
        shutil.copyfile(source / "schema.yaml", Path(half) / SCHEMA)
        folder.mkdir(exist_ok=True)
        for name in (MODEL, SCHEMA):
            (Path(half) / name).replace(folder / name)
        shutil.rmtree(folder / RECIPE, ignore_errors=True)
        served = source / "service.json"
        if served.exists() and read_json(served).get("derived"):
            clean = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source / RECIPE, folder / RECIPE, ignore=clean)
            named[RECIPE] = custody.digest(folder / RECIPE)
    write_json(folder / NAME, {**named, "model": custody.digest(model)})


def is_champion(model: str, folder: Path = FOLDER) -> bool:
    """Whether the model of that digest is the champion."""
    return read_json(folder / NAME).get("model") == model
