"""The floor: thresholds and slices of `evaluate` that cannot be loosened unseen.

Each line of `tests/floor.txt` names a threshold or a slice that params.yaml must hold, as strict or
stricter. Whoever loosens one has to change its line too, so that a reviewer sees it.
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
    """Return a sentence for each line of `file` that the section `evaluate` falls below.

    `section` is the section as in params.yaml. Raises Refusal for a line that cannot be read.
    """
    lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    rules = [line for line in lines if line and not line.startswith("#")]
    reasons = [_weakened(section, rule, file) for rule in rules]
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
    """Return the names of the cuts; crossed columns are joined as in the report."""
    return [name if isinstance(name, str) else " x ".join(name) for name in cut]


def _number_weakened(section, slices, key: str, limit: str, where: str) -> str:
    try:
        floor = float(limit)
    except ValueError:
        raise Refusal(f"{where} names no threshold and no slice") from None
    if key == "evaluate.slices.min_rows":
        value, strict = slices.get("min_rows"), "most"
    else:
        value, strict = _threshold(section, slices, key, where)
    if value is None:
        return f"params.yaml: `{key}` is missing, and was {floor:g}"
    if value < floor if strict == "least" else value > floor:
        return f"params.yaml: `{key}` is {value:g}, looser than {floor:g}"
    return ""


def _threshold(section, slices, key: str, where: str) -> tuple[float | None, str]:
    """Return the number at `key`, and whether the floor is the least or the most that it may be."""
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
