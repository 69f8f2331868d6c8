"""Files that are written whole or not at all, and JSON that is the same byte for byte."""

import json
from pathlib import Path
from typing import Any

from pipeline.core.errors import Refusal


def plain(content: Any) -> Any:
    """Return `content` as JSON would give it back: dates as ISO strings, tuples as lists."""
    return json.loads(json.dumps(content, default=str, allow_nan=False))


def write_json(path: Path, content: Any) -> None:
    """Write JSON that is the same byte for byte for the same content, and never half of it."""
    text = json.dumps(plain(content), indent=2, sort_keys=True, ensure_ascii=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, text + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a text whole or not at all: half of it never stands under its name."""
    half = path.with_name(path.name + ".part")
    half.write_text(text, encoding="utf-8")
    half.replace(path)


def read_json(path: Path) -> Any:
    """Read a record; a `Refusal` names a file that is missing or is no JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Refusal(f"{path} is missing; `make validate` makes it") from None
    except ValueError as error:
        raise Refusal(f"{path} is not JSON ({error}); `make validate` makes it anew") from None
