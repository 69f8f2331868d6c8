"""The decisions of `adopt`, beside those of a person, which stay when the table is adopted again.

`.adopted.json` holds what was written last. Where a file differs from it by now, a person decided.
"""

from pathlib import Path
from typing import Any

from pipeline.core.files import plain, read_json, write_json

RECORD = Path(".adopted.json")
ABSENT = object()  # stands for a key that does not exist, or is to be removed


def former() -> dict[str, Any]:
    """Return what was written last: `params` by key, `schema` by column; {} before the first."""
    return read_json(RECORD) if RECORD.exists() else {}


def remember(values: dict[str, Any]) -> None:
    """Write the record of what was written."""
    write_json(RECORD, values)


def merged(old: Any, now: Any, new: Any) -> Any:
    """Return `new`, except where a person changed `old` to `now`: there, `now`.

    Mappings are merged key by key; ABSENT stands for a key that does not exist.

    >>> merged({"a": 1, "b": 2}, {"a": 1, "b": 9, "c": 3}, {"a": 5, "b": 6})
    {'a': 5, 'b': 9, 'c': 3}
    """
    if old is ABSENT:
        return new
    if all(isinstance(value, dict) for value in (old, now, new)):
        both = {
            key: merged(old.get(key, ABSENT), now.get(key, ABSENT), new.get(key, ABSENT))
            if key in old
            else now.get(key, new.get(key))
            for key in (*new, *(key for key in now if key not in new))
        }
        return {key: value for key, value in both.items() if value is not ABSENT}
    return new if now == old else now


def value_at(content: dict[str, Any], key: str) -> Any:
    """Return the value at a dotted key; ABSENT when there is none.

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
    """Return the proposed values by key, with a person's own in them, and the keys of those.

    `recorded` holds, by key, what was written last; `now` is params.yaml.
    """
    kept, values = [], {}
    for key, (proposal, why) in proposed.items():
        old, new = recorded.get(key, ABSENT), plain_or_absent(proposal)
        value = merged(old, plain_or_absent(value_at(now, key)), new)
        values[key] = (value, why)
        if value != new:
            kept.append(key)
            values[key] = (value, "")
    return values, kept


def plain_or_absent(value: Any) -> Any:
    """Return a value as JSON would hold it; ABSENT stays."""
    return value if value is ABSENT else plain(value)
