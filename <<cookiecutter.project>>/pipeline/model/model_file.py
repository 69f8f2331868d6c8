"""A model on disk: skops, the same byte for byte for the same model, loaded without running code.

skops writes ids that come from memory addresses and the dates of the day; both are made plain here,
and the archive is deflated, so that training again changes nothing downstream.
"""

import io
import json
import re
import warnings
import zipfile
import zlib
from pathlib import Path
from typing import Any

from pipeline.core.errors import Refusal
from pipeline.core.files import whole

# Types beyond what skops trusts by itself. Each was read: it holds numbers and runs nothing when
# it is built. Never fill this from `skops.io.get_untrusted_types` unread.
TRUSTED = (
    "numpy.dtype",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
)

# Memory addresses that scikit-learn keeps as a cache's key; it goes on without them.
ADDRESSES = ("_stop_words_id",)

# What reading an archive with a changed byte may raise.
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    NotImplementedError,
    TypeError,
    ValueError,
)

EPOCH = (1980, 1, 1, 0, 0, 0)  # the first date a zip archive can name


def save(model: Any, path: Path) -> None:
    """Write `model`, a fitted scikit-learn object, to `path`."""
    from skops import io as skops_io

    with zipfile.ZipFile(io.BytesIO(skops_io.dumps(model))) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    schema, names = _renumbered(json.loads(members.pop("schema.json")))
    files = {names[name]: content for name, content in members.items()}
    files["schema.json"] = json.dumps(schema, sort_keys=True).encode()
    with whole(path) as part, zipfile.ZipFile(part, "w") as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, files[name], compresslevel=6)


def _renumbered(schema: dict) -> tuple[dict, dict[str, str]]:
    """Return `schema` with ids 1, 2, 3... in order of appearance, and the new name of each file."""
    ids: dict[int, int] = {}
    names: dict[str, str] = {}

    def visit(node):
        if isinstance(node, list):
            return [visit(item) for item in node]
        if not isinstance(node, dict):
            return node
        if "__id__" in node:
            node = {**node, "__id__": ids.setdefault(node["__id__"], len(ids) + 1)}
        if isinstance(node.get("file"), str):
            suffix = re.sub(r"^[^.]*", "", node["file"])
            names.setdefault(node["file"], f"{len(names) + 1}{suffix}")
            node = {**node, "file": names[node["file"]]}
        return {key: visit(value) for key, value in node.items() if key not in ADDRESSES}

    return visit(schema), names


def load(path: Path) -> Any:
    """Return the model in `path`.

    Raises Refusal when the file is no model, names a type that is not trusted, or was written by
    another version of scikit-learn: such a model may load and yet answer differently.
    """
    from sklearn.exceptions import InconsistentVersionWarning
    from skops import io as skops_io
    from skops.io.exceptions import UntrustedTypesFoundException

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", InconsistentVersionWarning)
            return skops_io.load(path, trusted=list(TRUSTED))
    except FileNotFoundError:
        raise Refusal(f"{path} is missing; `dvc repro train` makes it") from None
    except UntrustedTypesFoundException as error:
        raise Refusal(
            f"{path} holds a type that pipeline/model/model_file.py does not trust: {error}"
        ) from None
    except InconsistentVersionWarning as error:
        raise Refusal(f"{path}: {' '.join(str(error).split())}") from None
    except BROKEN as error:
        raise Refusal(f"{path} is not a model that can be read: {error}") from None
