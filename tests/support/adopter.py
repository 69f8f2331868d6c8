"""Adopts table after table in one process of a baked project's own Python.

Run in the project's folder. Each line of stdin is JSON: `table`, a path, and `words`, the options
of `make adopt`. Each line of stdout is JSON: `code`, what was printed (`out`, `err`), a traceback
(`error`), and what is wrong with the files that were written (`faults`). The project is restored
after each table.
"""

import contextlib
import importlib
import io
import json
import operator
import os
import re
import shutil
import sys
import traceback
import types
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))

from pipeline.adopt import adopt, cross_validation, decisions
from pipeline.core import errors, params, shell, stage
from pipeline.data import ingest
from pipeline.data import schema as schemas
from pipeline.mocks import mock_rows
from pipeline.model import featurize

FILES = ("schema.yaml", "params.yaml", "README.md", "tests/mocks.csv", "tests/floor.txt",
         "deploy/champion/champion.json")  # fmt: skip
LOADED = re.compile(r'params\.load\("(\w+)", ([\w.]+)\)')
WRITTEN = ("--schema", "schema.yaml", "--mocks", "tests/mocks.csv", "--floor", "tests/floor.txt",
           "--readme", "README.md", "--report", "reports/adopt.json")  # fmt: skip
QUICK = {
    "classes": (("sklearn.linear_model.LogisticRegression", {"C": 1.0, "max_iter": 200}),),
    "number": (("sklearn.linear_model.Ridge", {"alpha": 1.0}),),
}


def call(main, words) -> dict:
    """Run a stage's main as its command line would."""
    sys.argv = [main.__module__, *words]
    out, err, ended = io.StringIO(), io.StringIO(), {"code": None, "error": ""}
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            stage.run(main)
        except SystemExit as error:
            ended["code"] = error.code
        except BaseException:
            ended["error"] = traceback.format_exc()
    return {**ended, "out": out.getvalue(), "err": err.getvalue()}


def sections() -> None:
    """Load each section of params.yaml as the code that reads it does."""
    loaded = set()
    for path in Path("pipeline").glob("*/*.py"):
        for name, section in LOADED.findall(path.read_text(encoding="utf-8")):
            module = importlib.import_module(f"pipeline.{path.parent.name}.{path.stem}")
            params.load(name, operator.attrgetter(section)(module))
            loaded.add(name)
    assert loaded == set(params.SECTIONS)


def faults() -> list[str]:
    """Return what is wrong with the files of an adopted table: they load, and its rows fit them."""
    try:
        rules = schemas.load(Path("schema.yaml"))
        sections()
        mock_rows.read(Path("tests/mocks.csv"), rules)
    except errors.Refusal as refusal:
        return [str(refusal)]
    raw = params.section("ingest")["raw"]
    reasons = []
    for main, words in (
        (ingest.main, ("--raw", raw, "--dataset", "data/dataset", "--report",
                       "reports/ingest.json")),
        (featurize.main, ("--dataset", "data/dataset", "--featurizer", "models/featurizer.skops",
                          "--features", "data/features", "--report", "reports/featurize.json")),
    ):  # fmt: skip
        ended = call(main, (*words, "--schema", "schema.yaml"))
        if ended["code"]:
            reasons.append(ended["err"])
        if ended["error"]:
            return [*reasons, ended["error"]]
    return reasons


def adopted(order: dict) -> dict:
    """Adopt one table, and return how that ended."""
    before = {name: Path(name).read_bytes() for name in FILES}
    ended = call(adopt.main, ("--data", order["table"], *order["words"], *WRITTEN))
    if ended["code"] == 0 and not ended["error"]:
        ended["faults"] = faults()
    else:
        changed = [name for name in FILES if Path(name).read_bytes() != before[name]]
        ended["faults"] = [f"{name} was changed by a refusal" for name in changed]
        if decisions.RECORD.exists():
            ended["faults"].append("a refusal left a record of decisions")
    for name, content in before.items():
        Path(name).write_bytes(content)
    for folder in ("data/raw", "data/dataset", "data/features", "reports", "models"):
        shutil.rmtree(folder, ignore_errors=True)
        Path(folder).mkdir(parents=True, exist_ok=True)
    decisions.RECORD.unlink(missing_ok=True)
    return ended


def main() -> None:
    """Answer each line, without DVC and with one candidate: they take most of the time."""
    done = types.SimpleNamespace(returncode=0, stdout="", stderr="")
    shell.call = lambda *words, **how: done
    cross_validation.CANDIDATES = QUICK
    cross_validation.DRAWS, cross_validation.PARTS, cross_validation.RESAMPLES = 60, 20, 50
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    for line in sys.stdin:
        print(json.dumps(adopted(json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
