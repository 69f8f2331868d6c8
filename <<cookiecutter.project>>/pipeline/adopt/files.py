"""What `adopt` writes: the table under DVC, schema.yaml, params.yaml, mocks, floor and README.

Each file is written whole or not at all. The former table is removed last, and only where git and
DVC can bring it back.
"""

import hashlib
import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.adopt import decisions, params_file, readme, schema_file
from pipeline.adopt.decisions import ABSENT
from pipeline.adopt.describe import Described
from pipeline.adopt.proposal import Proposal
from pipeline.adopt.settings import Params
from pipeline.core import custody, params, shell
from pipeline.core.console import say
from pipeline.core.files import whole, write_json, write_text
from pipeline.data.tables import Table
from pipeline.evaluation import champion
from pipeline.mocks import mock_rows

RAW = Path("data/raw")


@dataclass(frozen=True)
class Written:
    """The files of a project that `adopt` writes."""

    schema: Path
    params: Path
    mocks: Path
    floor: Path
    readme: Path


def write(described: Described, plan: Proposal, settings: Params, files: Written) -> None:
    """Write all files of an adopted table; a refusal comes before the first of them."""
    former, now = decisions.former(), params.sections()
    again = (former.get("data"), former.get("target")) == (settings.data, settings.target)
    if not again:
        former = {}
    before = [now["ingest"]["raw"], now["replay"]["rows"]]
    schema_file.text_of(files.schema, described.schema, described.why)
    for key in settings.set:
        params_file.require_place(now, key)
    raw = under_dvc(described.source)
    _put_paths(plan, raw, settings, now)
    values, kept = decisions.with_own(plan.values, former.get("params", {}), now)
    for key, value in settings.set.items():
        if not key.startswith("columns."):
            values[key] = (value, "")
    described.own += kept
    schema_file.write(files.schema, described.schema, described.why)
    params_file.write(files.params, values)
    mock_rows.write(plan.mocks, files.mocks)
    _write_floor(files.floor, former)
    if not again:
        _forget_champion()
    readme.write(files.readme, described, plan)
    decisions.remember(_record(described, plan, settings, former, files.floor))
    for path in map(Path, filter(None, before)):
        if path != raw:
            _remove_bundled(path)


def _record(
    described: Described, plan: Proposal, settings: Params, former: dict[str, Any], floor: Path
) -> dict[str, Any]:
    """Return what was proposed and written, by which the next `adopt` knows a person's changes."""
    values = {key: value for key, (value, _) in plan.values.items() if value is not ABSENT}
    return {
        "data": settings.data,
        "target": settings.target,
        "params": values,
        "schema": _proposed(described, former),
        "floor": custody.digest(floor),
    }


def _proposed(described: Described, former: dict[str, Any]) -> dict[str, Any]:
    """Return the schema as it was proposed; of a column that a person changed, as it was before.

    Otherwise a person's change would count as a proposal the next time, and be replaced.
    """
    own = {name.removeprefix("columns.") for name in described.own}
    known, columns = former.get("schema", {}).get("columns", {}), described.schema["columns"]
    kept = {name: known[name] for name in columns if name in own and name in known}
    return {**described.schema, "columns": {**columns, **kept}}


def under_dvc(table: Table) -> Path:
    """Return the table's copy in data/raw, after putting it under DVC."""
    source, kind = table.path, table.format
    ending = ".parquet" if kind.kind == "parquet" else ".csv.gz" if kind.compression else ".csv"
    stem = re.sub(r"\.(csv|tsv|txt|gz|parquet|pq|dat|data)$", "", source.name, flags=re.I)
    stem = re.sub(r"\.(csv|tsv|txt)$", "", stem, flags=re.I)
    stem = re.sub(r"[^A-Za-z0-9_-]+", "_", stem).strip("_") or "table"
    raw = RAW / f"{stem}{ending}"
    if source.resolve() != raw.resolve():
        RAW.mkdir(parents=True, exist_ok=True)
        with whole(raw) as half:
            shutil.copyfile(source, half)
    shell.output(*shell.module("dvc", "add", "--quiet", raw), failure=f"DVC cannot add {raw}")
    return raw


def _put_paths(plan: Proposal, raw: Path, settings: Params, now: dict[str, Any]) -> None:
    """Propose the paths of the table, the settings, and empty texts where another table's were."""
    plan.put("ingest.raw", raw.as_posix())
    plan.put("replay.rows", raw.as_posix(),
             "rows that are sent as if they were live traffic; newer ones are better")  # fmt: skip
    plan.put("monitor.labels", None)
    for key, value in settings:
        plan.put(f"adopt.{key}", value if value else type(value)())
    if "report" in now:
        plan.put("report.costs", None)  # a mistake costs something else in another table
    for key in now.get("card") or {}:
        plan.put(f"card.{key}", "")


def _write_floor(floor: Path, former: dict[str, Any]) -> None:
    """Write the thresholds of params.yaml as the floor, unless a person changed that file."""
    if former and custody.digest(floor) != former.get("floor"):
        say(f"adopt: {floor} was changed by hand, so it stays as it is")
        return
    head = [line for line in floor.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    lines = floor_lines(params.section("evaluate"))
    write_text(floor, "\n".join([*head, "", *lines, ""]))


def floor_lines(section: dict[str, Any]) -> list[str]:
    """Return a line for each threshold and slice of section `evaluate`; see `floor`."""
    slices, lines = section["slices"], [f"evaluate.reads {section['reads']}"]
    for prefix, group in (("evaluate.thresholds", section["thresholds"]),
                          ("evaluate.slices.thresholds", slices["thresholds"])):  # fmt: skip
        for name, limits in group.items():
            lines += [f"{prefix}.{name}.{side} {limit!r}" for side, limit in limits.items()]
    lines += [f"evaluate.slices.values {name}" for name in slices.get("values", [])]
    lines += [f"evaluate.slices.bins {name}" for name in slices.get("bins", {})]
    return [*lines, f"evaluate.slices.min_rows {slices['min_rows']}"]


def _forget_champion() -> None:
    """Remove the champion: it predicts another table's target, so no model compares with it."""
    named = champion.FOLDER / champion.NAME
    if named.exists() and json.loads(named.read_text(encoding="utf-8")) != champion.NOBODY:
        say("adopt: removed the champion, which is a model of another table (git has it)")
    for name in (champion.MODEL, champion.SCHEMA):
        (champion.FOLDER / name).unlink(missing_ok=True)
    write_json(named, champion.NOBODY)


def _remove_bundled(path: Path) -> None:
    """Remove a table that is the one in DVC's pointer beside it: git and DVC can bring it back."""
    pointer = path.with_name(path.name + ".dvc")
    if not (path.exists() and pointer.exists()):
        return
    known = params.read_yaml(pointer)["outs"][0]["md5"]
    if _md5(path) == known:
        path.unlink()
        pointer.unlink()
        say(f"adopt: removed {path}, which is no longer used (git and DVC's cache have it)")


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()
