"""Sets values in params.yaml, with comments; all else in the file stays as it is."""

import io
import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import CommentMark
from ruamel.yaml.tokens import CommentToken

from pipeline.adopt.decisions import ABSENT
from pipeline.core.errors import Refusal
from pipeline.core.files import write_text

NULL = "tag:yaml.org,2002:null"


def write(path: Path, values: dict[str, tuple[Any, Any]]) -> None:
    """Set each dotted key of a YAML file to its value with its comment; ABSENT removes a key.

    A comment is a string, or one for each key of a mapping; "" leaves the comment as it is.
    Raises Refusal for a key below a value that holds no keys; then nothing is written.
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
    text = io.StringIO()
    yaml.dump(content, text)
    # A key that is replaced loses the blank line before the section that follows it.
    write_text(path, re.sub(r"\n+(?=\w[\w]*:)", "\n\n", text.getvalue()))


def require_place(content: dict[str, Any], key: str) -> None:
    """Refuse a dotted key below a value that holds no keys."""
    for part in key.split(".")[:-1]:
        content = content.get(part, {})
        if not isinstance(content, dict):
            raise Refusal(f"params.yaml: `{key}`: `{part}` is a value and holds no keys")


def _set(content: CommentedMap, key: str, value: Any, why: Any) -> None:
    *parents, last = key.split(".")
    for part in parents:
        content = content.setdefault(part, CommentedMap())
    if value is ABSENT:
        content.pop(last, None)
        return
    styled = _styled(value, block=isinstance(why, dict))
    content[last] = styled
    if isinstance(why, dict):
        for child, comment in why.items():
            if child in styled:
                _comment(styled, child, comment)
    elif why:
        _comment(content, last, why)


def _comment(content: CommentedMap, key: str, text: str) -> None:
    """Put a comment behind a key, in the column of the former one.

    For the parser the lines below a comment belong to it, so they are kept with the new one. A key
    without a comment gets a token by hand: `yaml_add_eol_comment` leaves one blank before it.
    """
    comment = f"# {' '.join(text.split())}\n"
    former = content.ca.items.get(key)
    token = former[2] if former else None
    if token is None:
        token = CommentToken(f"  {comment}", CommentMark(0), None)
        content.ca.items[key] = [None, None, token, None]
    else:
        _, _, below = token.value.partition("\n")
        content.yaml_add_eol_comment(comment + below, key, token.start_mark.column)


def _styled(value: Any, block: bool = False) -> Any:
    """Return a value in the style in which it is written: flat mappings and lists on one line.

    `block`: a mapping has a line for each key.
    """
    if isinstance(value, dict):
        mapping = CommentedMap({str(key): _styled(child) for key, child in value.items()})
        deep = any(isinstance(child, dict) and child for child in value.values())
        if not value or not (block or deep):
            mapping.fa.set_flow_style()
        return mapping
    if isinstance(value, list | tuple):
        sequence = CommentedSeq(_flow(child) for child in value)
        if not any(isinstance(child, dict) for child in value):
            sequence.fa.set_flow_style()
        return sequence
    return value


def _flow(value: Any) -> Any:
    """Return a value that is written on one line, whatever it holds."""
    if isinstance(value, dict):
        mapping = CommentedMap({str(key): _flow(child) for key, child in value.items()})
        mapping.fa.set_flow_style()
        return mapping
    if isinstance(value, list | tuple):
        sequence = CommentedSeq(_flow(child) for child in value)
        sequence.fa.set_flow_style()
        return sequence
    return value
