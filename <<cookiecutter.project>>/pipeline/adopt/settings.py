"""Section `adopt` of params.yaml: what was decided on the command line of `make adopt`."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from pipeline.core import params
from pipeline.core.errors import Refusal


class Params(params.Section):
    """Section `adopt`: the table, the roles of its columns, and single decisions (`set`)."""

    data: str = ""
    target: str = ""
    positive: str = ""
    time: str = ""
    group: str = ""
    id: str = ""
    slices: list[str] = Field(default_factory=list)
    keep: list[str] = Field(default_factory=list)
    set: dict[str, Any] = Field(default_factory=dict)


def with_options(section: Params, options: Mapping[str, str]) -> Params:
    """Return the section with the options of the command line in it; an empty one changes nothing.

    Another table than before begins without the decisions on the former one. Raises Refusal where
    no table is named, or where SET cannot be read.
    """
    values: dict[str, Any] = {key: value for key, value in options.items() if value}
    for key in ("slices", "keep"):
        if key in values:
            values[key] = [name.strip() for name in values[key].split(",") if name.strip()]
    if values.get("data") and values["data"] != section.data:
        section = Params()
    if "set" in values:
        values["set"] = {**section.set, **parse_set(values["set"])}
    settings = section.model_copy(update=values)
    if not settings.data:
        raise Refusal("name the table to adopt: make adopt DATA=rows.csv TARGET=column")
    return settings


def parse_set(text: str) -> dict[str, Any]:
    """Return the decisions in SET: `key=value; key=value`, the values in YAML.

    A key is one of params.yaml, or columns.NAME.KEY of schema.yaml.
    """
    decisions = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        key, sign, value = part.partition("=")
        known = key.startswith("columns.") or key.split(".")[0] in params.SECTIONS
        if not sign or not known or "." not in key:
            raise Refusal(
                f"SET: {part!r} is no decision; write key=value, such as "
                "columns.age.type=category or evaluate.reads=point, and ; between two"
            )
        try:
            decisions[key.strip()] = YAML(typ="safe", pure=True).load(value)
        except YAMLError:
            raise Refusal(f"SET: {value!r} is no YAML value") from None
    return decisions
