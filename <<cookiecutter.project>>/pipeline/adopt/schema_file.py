"""Writes schema.yaml: a line for each column, with a comment that says why it is so."""

import datetime
import json
import re
from pathlib import Path
from typing import Any

from ruamel.yaml.error import YAMLError

from pipeline.core import params
from pipeline.core.errors import Refusal
from pipeline.core.files import plain, write_text

COMMENT_COLUMN = 60  # where comments begin, if the line is short enough
PLAIN = re.compile(r"[A-Za-z_](?:[\w .%/-]*[\w%])?")
NOT_PLAIN = re.compile(r"(?i)(y|n|yes|no|on|off|true|false|null|none|nan|inf|[+-]?[\d._e+-]+)")


def write(path: Path, schema: dict[str, Any], why: dict[str, str]) -> None:
    """Write schema.yaml, with `why` as the comment of each column; the comment on top stays.

    Raises Refusal for a name that YAML cannot hold; then nothing is written.
    """
    write_text(path, text_of(path, schema, why))


def text_of(path: Path, schema: dict[str, Any], why: dict[str, str]) -> str:
    """Return the text that `write` writes. Raises Refusal where YAML cannot hold a name."""
    lines = [*_head(path), f'missing: {_one_line(schema["missing"])}  # cells that mean "no value"']
    lines += [f"rows: {_one_line(schema['rows'])}  # a data set with fewer rows is refused"]
    lines += ["", "columns:"]
    for name, keys in schema["columns"].items():
        line = f"  {_one_line(name)}: {_one_line(keys)}"
        comment = _printable(why.get(name, ""))
        lines.append(f"{line:{COMMENT_COLUMN}}  # {comment}" if comment else line)
    text = "\n".join(lines) + "\n"
    try:
        same = plain(params.parsed(text)) == plain(schema)
    except YAMLError:  # such as a name of more than 1024 characters
        same = False
    if not same:
        raise Refusal(f"{path} cannot hold these columns' names; rename those with odd characters")
    return text


def _head(path: Path) -> list[str]:
    """Return the lines of comment on top of the file."""
    head = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        if line and not line.startswith("#"):
            break
        head.append(line)
    return head


def _printable(text: str) -> str:
    """Return a text on one line, without characters that a comment in YAML cannot hold."""
    return "".join(sign for sign in " ".join(text.split()) if sign.isprintable())


def _one_line(value: Any) -> str:
    """Return a value as YAML on one line.

    >>> _one_line({"type": "number", "levels": ["no", "a b"]})
    '{type: number, levels: ["no", a b]}'
    """
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_one_line(k)}: {_one_line(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_one_line, value)) + "]"
    if isinstance(value, str):
        if PLAIN.fullmatch(value) and value.isascii() and not NOT_PLAIN.fullmatch(value):
            return value
        return '"' + "".join(map(_character, value)) + '"'
    if isinstance(value, datetime.date):
        return value.isoformat()
    return json.dumps(value)


def _character(sign: str) -> str:
    """Return a character as it stands between double quotes in YAML."""
    if sign in '"\\':
        return "\\" + sign
    if sign.isprintable() and sign != "\ufeff":
        return sign
    return f"\\U{ord(sign):08x}"
