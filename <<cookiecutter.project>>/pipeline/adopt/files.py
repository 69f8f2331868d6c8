"""What `adopt` writes: the table under DVC, schema.yaml, params.yaml, mocks, floor and README.

Each file is written whole or not at all; what held the former table is removed last, and only what
git and DVC can give back.
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from pipeline.adopt import decisions
from pipeline.adopt.decisions import ABSENT
from pipeline.adopt.proposal import Proposal
from pipeline.core import custody, params
from pipeline.core.console import say
from pipeline.core.errors import Refusal
from pipeline.core.files import write_json, write_text
from pipeline.data import columns, tables
from pipeline.evaluation import champion
from pipeline.mocks import mock_rows

RAW = Path("data/raw")
EXAMPLE = ("<!-- example -->", "<!-- end of example -->")
TABLE = ("<!-- table -->", "<!-- end of table -->")


def write(found, plan: Proposal, asked, schema: Path, mocks: Path, floor: Path, readme: Path):
    """Write all files of an adopted table."""
    former, now = decisions.former(), params.sections()
    again = (former.get("data"), former.get("target")) == (asked.data, asked.target)
    before = [now["ingest"]["raw"], now["replay"]["rows"]]
    decisions.schema_text(schema, found.schema, found.why)  # refuses before anything is written
    for key in asked.set:
        decisions.require_place(now, key)
    raw = under_dvc(found.source)
    _put_paths(plan, raw, asked, now)
    recorded = former.get("params", {}) if again else {}
    values, kept = decisions.with_own(plan.values, recorded, now)
    for key, value in asked.set.items():
        if not key.startswith("columns."):
            values[key] = (value, "")
    found.own += kept
    decisions.write_schema(schema, found.schema, found.why)
    decisions.write_params(Path("params.yaml"), values)
    mock_rows.write(plan.mocks, mocks)
    _write_floor(floor, former if again else {})
    if not again:
        _forget_champion()
    write_readme(readme, found, plan)
    decisions.remember(
        {
            "data": asked.data,
            "target": asked.target,
            "params": {
                key: value for key, (value, _) in plan.values.items() if value is not ABSENT
            },
            "schema": _proposed(found, former if again else {}),
            "floor": custody.digest(floor),
        }
    )
    for path in map(Path, filter(None, before)):
        if path != raw:
            _remove_bundled(path)


def _proposed(found, former: dict[str, Any]) -> dict[str, Any]:
    """Return the schema as it was proposed: of columns that a person changed, what was before.

    Else their changes would count as proposals the next time, and be made anew.
    """
    own = {name.removeprefix("columns.") for name in found.own}
    known = former.get("schema", {}).get("columns", {})
    kept = {name: known[name] for name in found.schema["columns"] if name in own and name in known}
    return {**found.schema, "columns": {**found.schema["columns"], **kept}}


def under_dvc(source: Path) -> Path:
    """Return the table's copy in data/raw, put under DVC."""
    kind = tables.sniff(source).format
    ending = ".parquet" if kind.kind == "parquet" else ".csv.gz" if kind.compression else ".csv"
    stem = re.sub(r"\.(csv|tsv|txt|gz|parquet|pq|dat|data)$", "", source.name, flags=re.I)
    stem = re.sub(r"\.(csv|tsv|txt)$", "", stem, flags=re.I)
    stem = re.sub(r"[^A-Za-z0-9_-]+", "_", stem).strip("_") or "table"
    raw = RAW / f"{stem}{ending}"
    if source.resolve() != raw.resolve():
        RAW.mkdir(parents=True, exist_ok=True)
        half = raw.with_name(raw.name + ".part")
        shutil.copyfile(source, half)
        half.replace(raw)
    done = subprocess.run(
        [sys.executable, "-m", "dvc", "add", "--quiet", str(raw)], capture_output=True, text=True
    )
    if done.returncode:
        reason = " ".join((done.stderr or done.stdout).split())
        raise Refusal(f"DVC cannot take {raw}: {reason}")
    return raw


def _put_paths(plan: Proposal, raw: Path, asked, now: dict[str, Any]) -> None:
    plan.put("ingest.raw", raw.as_posix())
    plan.put("replay.rows", raw.as_posix(), "sent to production as if it were live traffic; name "
             "rows that are newer, once you have some")  # fmt: skip
    plan.put("monitor.labels", None)
    for key, value in asked:
        plan.put(f"adopt.{key}", value if value else type(value)())
    if "report" in now:
        plan.put("report.costs", None)  # what a mistake costs is another table's too
    for key, text in (now.get("card") or {}).items():
        if isinstance(text, str):
            plan.put(f"card.{key}", "")


def _write_floor(floor: Path, former: dict[str, Any]) -> None:
    """Write the thresholds that params.yaml holds now as the least that it must hold."""
    if former and custody.digest(floor) != former.get("floor"):
        say(f"adopt: {floor} was changed by hand and stays as it is")
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
    """The model in production predicts another table's target: nothing can be compared with it."""
    named = champion.FOLDER / champion.NAME
    if named.exists() and json.loads(named.read_text(encoding="utf-8")) != champion.NOBODY:
        say("adopt: the champion was another table's and is none any more (git has it)")
    for name in (champion.MODEL, champion.SCHEMA):
        (champion.FOLDER / name).unlink(missing_ok=True)
    write_json(named, champion.NOBODY)


def write_readme(readme: Path, found, plan: Proposal) -> None:
    """Put a request of this table, and what is known of it, between the README's marks."""
    text = readme.read_text(encoding="utf-8")
    rules = found.rules
    made_up = mock_rows.of_kind(mock_rows.typed(plan.mocks, rules), "typical")
    row = columns.json_rows(made_up.head(1), rules.features)[0]  # a real one may name somebody
    body = json.dumps({"rows": [row]}, ensure_ascii=False).replace("'", "'\\''")
    head = "curl -s localhost:3000/predict -H 'Content-Type: application/json' -d"
    request = f"```\n{head} '{body}'\n```"
    counts = {}
    for name in rules.features:
        kind = rules.columns[name].type
        counts[kind] = counts.get(kind, 0) + 1
    kinds = ", ".join(f"{count} of type {kind}" for kind, count in sorted(counts.items()))
    about = (
        f"`{plan.values['ingest.raw'][0]}`: {found.all.rows:,} rows. `{rules.target}` is what is "
        f"predicted ({rules.task}), from {len(rules.features)} columns: {kinds}. What each column "
        "is, and why, stands in `schema.yaml`; what was decided, in `reports/adopt.json`.\n\n"
        "Write here where the rows come from, who may use them, and what their users must know."
    )
    for (begin, end), content in ((EXAMPLE, request), (TABLE, about)):
        if begin in text and end in text:
            head, rest = text.split(begin, 1)
            text = f"{head}{begin}\n{content}\n{end}{rest.split(end, 1)[1]}"
    write_text(readme, text)


def _remove_bundled(path: Path) -> None:
    """Remove a table that DVC's pointer beside it describes: git and DVC can bring it back."""
    pointer = path.with_name(path.name + ".dvc")
    if not (path.exists() and pointer.exists()):
        return
    known = params.read_yaml(pointer)["outs"][0]["md5"]
    if _md5(path) == known:
        path.unlink()
        pointer.unlink()
        say(f"adopt: {path} is no longer used, so it was removed (git and DVC's cache have it)")


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()
