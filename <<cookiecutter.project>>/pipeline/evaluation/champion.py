"""The champion: the model in production, with which a new model is compared.

`deploy` and `rollback` put it into the folder `deploy/champion`, which is committed, so that
training elsewhere (in CI) compares with it too. The folder holds its model, its schema, and
champion.json, which names it.
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
NAME, MODEL, SCHEMA = "champion.json", "model.skops", "schema.yaml"
NOBODY = {"bento": None, "model": None}


def load(folder: Path) -> tuple[dict[str, Any], "Scorer | None"]:
    """Return champion.json, and the champion's scorer (None before the first deployment).

    Raises Refusal when the model is not the one that champion.json names, or cannot be read.
    """
    # scikit-learn takes seconds to import, and what deploys, goes back or asks needs none of it.
    from pipeline.model.scorer import Scorer

    named = read_json(folder / NAME)
    if not isinstance(named, dict) or not NOBODY.keys() <= named.keys():
        raise Refusal(f"{folder / NAME} does not name a champion; `git checkout {folder}`")
    if named["model"] is None:
        return named, None
    model = folder / MODEL
    if not model.exists() or custody.digest(model) != named["model"]:
        raise Refusal(
            f"{model} is not the champion that {folder / NAME} names; `git checkout {folder}` "
            "brings back the one that was committed"
        )
    return named, Scorer(model_file.load(model), schemas.load(folder / SCHEMA))


def crown(source: Path, bento: str, folder: Path = FOLDER) -> None:
    """Make the model in `source`, a Bento's src folder, the champion."""
    model = source / "models" / "model.skops"
    with tempfile.TemporaryDirectory(dir=folder.parent) as half:
        shutil.copyfile(model, Path(half) / MODEL)
        shutil.copyfile(source / "schema.yaml", Path(half) / SCHEMA)
        folder.mkdir(exist_ok=True)
        for name in (MODEL, SCHEMA):
            (Path(half) / name).replace(folder / name)
    write_json(folder / NAME, {"bento": bento, "model": custody.digest(model)})


def is_champion(model: str, folder: Path = FOLDER) -> bool:
    """Whether the model of that digest is the champion."""
    return read_json(folder / NAME).get("model") == model
