"""The floor: what the thresholds of `evaluate` may not fall below without a second look.

Each line of `tests/floor.txt` names a threshold, or a slice, that has to be in `params.yaml`, as
strict or stricter. Who loosens one changes its line too, and a reviewer sees it.
"""

from pathlib import Path
from typing import Any

from pipeline.core.errors import Refusal

AT_LEAST, AT_MOST = ("min", "gain"), (
    "max", "max_worse", "max_better", "max_difference", "max_ratio",
)  # fmt: skip
CUTS = ("values", "crossed", "bins", "queries")
ADVICE = "if that is meant, change its line in {file} too"


def weakened(section: dict[str, Any], file: Path) -> list[str]:
    """Return a sentence for each line of `file` that the section `evaluate` does not live up to.

    `section` is the section as `params.yaml` has it. Raises Refusal for a line that says nothing.
    """
    lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    asked = [line for line in lines if line and not line.startswith("#")]
    reasons = [_weakened(section, line, file) for line in asked]
    return [f"{reason}; {ADVICE.format(file=file)}" for reason in reasons if reason]


def _weakened(section: dict[str, Any], line: str, file: Path) -> str:
    slices = section.get("slices") or {}
    for cut in CUTS:
        name = line.removeprefix(f"evaluate.slices.{cut} ")
        if name != line:
            lost = name not in _names(slices.get(cut) or [])
            return f"params.yaml: `evaluate.slices.{cut}` lacks {name}" if lost else ""
    key, _, limit = line.rpartition(" ")
    if key == "evaluate.reads":
        loose = limit == "bound" and section.get("reads") != limit
        return f"params.yaml: `evaluate.reads` is no longer {limit}" if loose else ""
    return _number_weakened(section, slices, key, limit, f"{file}: {line!r}")


def _names(cut: list | dict) -> list[str]:
    """Return the names of what is cut; columns that are crossed are joined as in the report."""
    return [one if isinstance(one, str) else " x ".join(one) for one in cut]


def _number_weakened(section, slices, key: str, limit: str, where: str) -> str:
    try:
        asked = float(limit)
    except ValueError:
        raise Refusal(f"{where} names no threshold and no slice") from None
    if key == "evaluate.slices.min_rows":
        value, strict = slices.get("min_rows"), "most"
    else:
        value, strict = _threshold(section, slices, key, where)
    if value is None:
        return f"params.yaml: `{key}` is missing, and was {asked:g}"
    if value < asked if strict == "least" else value > asked:
        return f"params.yaml: `{key}` is {value:g}, looser than {asked:g}"
    return ""


def _threshold(section, slices, key: str, where: str) -> tuple[float | None, str]:
    """Return the number at `key`, and whether the line asks for as much at least or at most."""
    groups = {
        "evaluate.thresholds.": section.get("thresholds"),
        "evaluate.slices.thresholds.": slices.get("thresholds"),
        "evaluate.slices.disparity.": slices.get("disparity"),
    }
    rest, _, side = key.rpartition(".")
    for prefix, group in groups.items():
        if key.startswith(prefix) and side in (*AT_LEAST, *AT_MOST):
            limits = (group or {}).get(rest.removeprefix(prefix)) or {}
            return limits.get(side), "least" if side in AT_LEAST else "most"
    raise Refusal(f"{where} names no threshold and no slice")
