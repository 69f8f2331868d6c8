"""Files that are written whole or not at all, and JSON that is the same byte for byte."""

import contextlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.core.errors import Refusal


def plain(content: Any) -> Any:
    """Return `content` as JSON gives it back: dates as ISO strings, tuples as lists."""
    return json.loads(json.dumps(content, default=str, allow_nan=False))


def write_json(path: Path, content: Any) -> None:
    """Write JSON that is the same byte for byte for the same content, and never half of it."""
    text = json.dumps(plain(content), indent=2, sort_keys=True, ensure_ascii=False)
    write_text(path, text + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a text in UTF-8, whole or not at all."""
    with whole(path) as part:
        part.write_text(text, encoding="utf-8")


@contextlib.contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Give a path beside `path` to write a file or a folder to, which is then renamed to `path`.

    So `path` never names half of it: when anything is raised (an interrupt too), what was written
    is removed and a former file stays as it was. A folder takes the place of no other folder.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    _remove(part)
    try:
        yield part
        part.replace(path)
    except BaseException:
        _remove(part)
        raise


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def read_json(path: Path) -> Any:
    """Read a record; a `Refusal` names a file that is missing or is no JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Refusal(f"{path} is missing; `make validate` makes it") from None
    except ValueError as error:
        raise Refusal(f"{path} is not JSON ({error}); `make validate` makes it anew") from None
