"""The sections of `params.yaml`, checked: each stage describes its own and reads no other.

YAML is read as version 1.2, by the parser that DVC reads it with: `no` is a word and `1e-9` is a
number.
"""

import copy
import difflib
import functools
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from pipeline.core.errors import Refusal

FILE = Path("params.yaml")
SECTIONS = (
    "project",
    "adopt",
    "ingest",
    "featurize",
    "mocks",
    "check_data",
    "train",
    "check_model",
    "evaluate",
    "package",
    "containerize",
    "smoke",
    "deploy",
    "predict",
    "replay",
    "monitor",
    "card",
    "report",
)


class Section(BaseModel):
    """Base of a stage's section: unknown keys and wrong types are errors, nothing is converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


AnySection = TypeVar("AnySection", bound=Section)


def load(name: str, model: type[AnySection]) -> AnySection:
    """Return section `name` of `params.yaml` as a `model`.

    Raises Refusal with one sentence a wrong key: where it stands and the nearest right one.
    """
    try:
        return model.model_validate(section(name))
    except ValidationError as error:
        raise Refusal("; ".join(sentences(error, FILE, (name,), model))) from None


def section(name: str) -> dict[str, Any]:
    """Return section `name` as it stands in `params.yaml`; an absent one is a Refusal."""
    content = sections()
    if not isinstance(content.get(name), dict):
        raise Refusal(f"{FILE}: the section `{name}` is missing or holds no keys")
    return content[name]


def sections() -> dict[str, Any]:
    """Return all of `params.yaml`; a Refusal names a section that nobody reads."""
    content = read_yaml(FILE)
    for key in content:
        if key not in SECTIONS:
            raise Refusal(f"{FILE}: no stage reads a section `{key}`{nearest(key, SECTIONS)}")
    return content


def read_yaml(path: Path) -> dict[str, Any]:
    """Return the mapping in a YAML file; a Refusal names the line of what is wrong."""
    try:
        content = copy.deepcopy(parsed(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise Refusal(f"{path} is missing; `git checkout {path}` brings it back") from None
    except UnicodeDecodeError:
        raise Refusal(f"{path} is not UTF-8 text; save it as UTF-8") from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = " ".join(str(error.problem).split())
        raise Refusal(f"{path}, line {mark.line + 1 if mark else '?'}: {problem}") from None
    except YAMLError as error:
        raise Refusal(f"{path} is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise Refusal(f"{path} holds no keys; `git checkout {path}` brings it back")
    return content


@functools.lru_cache(maxsize=8)
def parsed(text: str) -> Any:
    """Parse a text once: following a chain of records reads a section for each of them."""
    return YAML(typ="safe").load(text)  # by the parser in C where there is one


def nearest(word: str, known: Iterable[Any]) -> str:
    """Return " (did you mean `x`?)" for the nearest known word, or the known words.

    >>> nearest("acuracy", ["accuracy", "brier"])
    ' (did you mean `accuracy`?)'
    """
    close = difflib.get_close_matches(str(word), [str(name) for name in known], n=1)
    return f" (did you mean `{close[0]}`?)" if close else f" (there are: {', '.join(known)})"


def sentences(
    error: ValidationError, file: Path, prefix: tuple[str, ...], model: type[BaseModel]
) -> list[str]:
    """Return a sentence for each error pydantic found under `prefix` of `file`."""
    messages = []
    items = error.errors()
    # A misspelt key is also a missing one; the misspelling says more.
    misspelt = [item for item in items if item["type"] == "extra_forbidden"]
    for item in misspelt or items:
        where = ".".join(str(part) for part in (*prefix, *item["loc"]))
        if item["type"] == "extra_forbidden":
            hint = nearest(str(item["loc"][-1]), _keys_at(model, item["loc"][:-1]))
            messages.append(f"{file}: no stage reads `{where}`{hint}")
        elif item["type"] == "missing":
            messages.append(f"{file}: `{where}` is missing")
        else:
            value = "" if isinstance(item["input"], dict) else f", not {item['input']!r}"
            at = f"`{where}`: " if where else ""  # a rule on the file as a whole has no key
            messages.append(f"{file}: {at}{_lower(item['msg'])}{value}")
    return messages


def _keys_at(model: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    """Return the field names of the model nested in `model` at `path`.

    A part of `path` that names no field is a key of a mapping or a number in a list.
    """
    for part in path:
        if field := model.model_fields.get(part):
            inner = (field.annotation, *get_args(field.annotation))
            model = next((kind for kind in inner if hasattr(kind, "model_fields")), model)
    return [info.alias or key for key, info in model.model_fields.items()]


def _lower(message: str) -> str:
    message = message.removeprefix("Value error, ")
    return message[:1].lower() + message[1:]
