"""What `adopt` decided, written into params.yaml and schema.yaml beside what a person decided.

`.adopted.json` holds what was written last. What a file says otherwise by now is a person's
decision, and stays when the table is adopted again.
"""

import datetime
import io
import json
import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import CommentMark, YAMLError
from ruamel.yaml.tokens import CommentToken

from pipeline.core import params
from pipeline.core.errors import Refusal
from pipeline.core.files import plain, read_json, write_json, write_text

RECORD = Path(".adopted.json")
ABSENT = object()  # a key that is not there, or is not to be
NULL = "tag:yaml.org,2002:null"
COLUMN_COMMENT = 60  # column at which comments of schema.yaml begin, where lines leave room
PLAIN = re.compile(r"[A-Za-z_](?:[\w .%/-]*[\w%])?")
NOT_PLAIN = re.compile(r"(?i)(y|n|yes|no|on|off|true|false|null|none|nan|inf|[+-]?[\d._e+-]+)")


def former() -> dict[str, Any]:
    """Return what was written last: `params` by key, `schema` by column; {} before the first."""
    return read_json(RECORD) if RECORD.exists() else {}


def remember(values: dict[str, Any]) -> None:
    write_json(RECORD, values)


def merged(old: Any, now: Any, new: Any) -> Any:
    """Return `new`, but for what a person changed from `old` to `now`.

    Mappings are merged key by key; ABSENT is a key that is not there.

    >>> merged({"a": 1, "b": 2}, {"a": 1, "b": 9, "c": 3}, {"a": 5, "b": 6})
    {'a': 5, 'b': 9, 'c': 3}
    """
    if old is ABSENT:
        return new
    if all(isinstance(one, dict) for one in (old, now, new)):
        both = {
            key: merged(old.get(key, ABSENT), now.get(key, ABSENT), new.get(key, ABSENT))
            if key in old
            else now.get(key, new.get(key))
            for key in (*new, *(key for key in now if key not in new))
        }
        return {key: value for key, value in both.items() if value is not ABSENT}
    return new if now == old else now


def value_at(content: dict[str, Any], key: str) -> Any:
    """Return what stands at a dotted key; ABSENT when nothing does.

    >>> value_at({"a": {"b": 1}}, "a.b")
    1
    """
    for part in key.split("."):
        if not isinstance(content, dict) or part not in content:
            return ABSENT
        content = content[part]
    return content


def with_own(
    proposed: dict[str, tuple[Any, Any]], recorded: dict[str, Any], now: dict[str, Any]
) -> tuple[dict[str, tuple[Any, Any]], list[str]]:
    """Return the proposed values by key with a person's own in them, and the keys that those have.

    `recorded` holds, by key, what was proposed last; `now` is params.yaml.
    """
    kept, found = [], {}
    for key, (value, why) in proposed.items():
        old = recorded.get(key, ABSENT)
        own = plain_or_absent(value_at(now, key))
        found[key] = (merged(old, own, plain_or_absent(value)), why)
        if found[key][0] != plain_or_absent(value):
            kept.append(key)
            found[key] = (found[key][0], "")
    return found, kept


def plain_or_absent(value: Any) -> Any:
    return value if value is ABSENT else plain(value)


def write_params(path: Path, values: dict[str, tuple[Any, Any]]) -> None:
    """Set each dotted key of a YAML file, with its comment; what is ABSENT is removed.

    A comment is a string, or one a key of a mapping; "" leaves the comment there is.
    """
    yaml = YAML()
    yaml.preserve_quotes, yaml.width = True, 10_000
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.representer.add_representer(
        type(None), lambda representer, _: representer.represent_scalar(NULL, "null")
    )
    content = yaml.load(path.read_text(encoding="utf-8"))
    for key in values:
        require_place(content, key)
    for key, (value, why) in values.items():
        _set(content, key, value, why)
    made = io.StringIO()
    yaml.dump(content, made)
    # Replaced keys take the blank lines before a section with them.
    write_text(path, re.sub(r"\n+(?=\w[\w]*:)", "\n\n", made.getvalue()))


def _set(content: CommentedMap, key: str, value: Any, why: Any) -> None:
    *parents, last = key.split(".")
    for part in parents:
        content = content.setdefault(part, CommentedMap())
    if value is ABSENT:
        content.pop(last, None)
        return
    styled = _styled(value, isinstance(why, dict))
    content[last] = styled
    if isinstance(why, dict):
        for child, text in why.items():
            if child in styled:
                _comment(styled, child, text)
    elif why:
        _comment(content, last, why)


def _comment(content: CommentedMap, key: str, text: str) -> None:
    """Put a comment behind a key; lines that follow the former comment stay where they are."""
    text = " ".join(text.split())
    former = content.ca.items.get(key)
    token = former[2] if former else None
    rest = token.value.split("\n", 1)[1] if token is not None and "\n" in token.value else ""
    if token is not None:
        token.value = f"# {text}\n{rest}"
    else:
        mark = CommentMark(0)
        content.ca.items[key] = [None, None, CommentToken(f"  # {text}\n", mark, None), None]


def _styled(value: Any, block: bool = False) -> Any:
    """Return a value as it is written: flat mappings and lists on one line."""
    if isinstance(value, dict):
        made = CommentedMap({str(key): _styled(one) for key, one in value.items()})
        deep = any(isinstance(one, dict) and one for one in value.values())
        if not value or not (block or deep):
            made.fa.set_flow_style()
        return made
    if isinstance(value, list | tuple):
        made = CommentedSeq(_flow(one) for one in value)
        if not any(isinstance(one, dict) for one in value):
            made.fa.set_flow_style()
        return made
    return value


def _flow(value: Any) -> Any:
    if isinstance(value, dict):
        made = CommentedMap({str(key): _flow(one) for key, one in value.items()})
        made.fa.set_flow_style()
        return made
    if isinstance(value, list | tuple):
        made = CommentedSeq(_flow(one) for one in value)
        made.fa.set_flow_style()
        return made
    return value


def require_place(content: dict[str, Any], key: str) -> None:
    """Refuse a dotted key that stands below a value that holds no keys."""
    for part in key.split(".")[:-1]:
        content = content.get(part, {})
        if not isinstance(content, dict):
            raise Refusal(f"params.yaml: `{key}`: there are no keys below `{part}`")


def write_schema(path: Path, schema: dict[str, Any], why: dict[str, str]) -> None:
    """Write schema.yaml, a line a column with why it is so; the comment on top of it stays."""
    text = schema_text(path, schema, why)
    write_text(path, text)


def schema_text(path: Path, schema: dict[str, Any], why: dict[str, str]) -> str:
    """Return what `write_schema` writes; a Refusal says that YAML cannot hold it."""
    head = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        if line and not line.startswith("#"):
            break
        head.append(line)
    lines = [*head, f'missing: {_one_line(schema["missing"])}  # cells that mean "no value"']
    lines += [f"rows: {_one_line(schema['rows'])}  # fewer rows than this are not the data set"]
    lines += ["", "columns:"]
    for name, keys in schema["columns"].items():
        line = f"  {_one_line(name)}: {_one_line(keys)}"
        told = _printable(why.get(name, ""))
        lines.append(f"{line:{COLUMN_COMMENT}}  # {told}" if told else line)
    text = "\n".join(lines) + "\n"
    try:
        same = plain(params.parsed(text)) == plain(schema)
    except YAMLError:  # such as a name of more than 1024 characters
        same = False
    if not same:
        raise Refusal(f"{path} cannot hold these columns' names; rename those with odd characters")
    return text


def _printable(text: str) -> str:
    """Return a text on one line, without characters that YAML has no place for in a comment."""
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
    if sign in '"\\':
        return "\\" + sign
    if sign.isprintable() and sign != "\ufeff":
        return sign
    return f"\\U{ord(sign):08x}"
