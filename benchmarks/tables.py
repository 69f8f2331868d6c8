"""Tables of others, adopted with no edit: how far they get, and how good their models are.

For each table: `make adopt`, `make validate`, and beside it, on the same columns and the same five
folds, scikit-learn's HistGradientBoosting with its own handling of categories and missing values.
A refusal is shown with its sentence.

    make setup && .venv/bin/python benchmarks/tables.py [TABLE ...]

It bakes projects into a temporary folder; the environment is installed once.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "tests/support"))

from baked import Project, clean_environment, free_port, remove_all_of  # noqa: E402
from tables import TABLES  # noqa: E402

# In the project: the adopted model's figure in five folds of all rows, and the other's.
COMPARE = """
import json
import sys
from pathlib import Path
import numpy as np
from sklearn import ensemble
from pipeline.adopt import cross_validation
from pipeline.adopt.describe import good_rows
from pipeline.core import params
from pipeline.data import schema as schemas
from pipeline.data import split, tables
from pipeline.evaluation.sample import Sample
from recipe import features

rules = schemas.load(Path("schema.yaml"))
how = params.load("ingest", split.Params)
rows = good_rows(tables.read(Path(how.raw)), rules)
by = how.split.by
chosen = params.section("train")["estimator"]
settings = params.load("featurize", features.Params)
ours = cross_validation.run(rows, rules, settings, by).reached[chosen]
frame = rows[rules.features].copy()
for name in rules.features_of("category") + rules.features_of("text"):
    levels = frame[name].value_counts().index[:250]
    frame[name] = frame[name].where(frame[name].isin(levels)).astype("category")
regression = rules.task == "regression"
kind = "HistGradientBoosting" + ("Regressor" if regression else "Classifier")
several = rules.task == "multiclass"
scores = np.zeros((len(rows), len(rules.labels)) if several else len(rows))
scored = np.zeros(len(rows), bool)
for train, test in cross_validation.folds(rows, rules, by):
    other = getattr(ensemble, kind)(categorical_features="from_dtype", random_state=0)
    other.fit(frame.iloc[train], rows[rules.target].iloc[train].to_numpy())
    if regression:
        scores[test] = other.predict(frame.iloc[test])
    else:
        order = [list(other.classes_).index(label) for label in rules.labels]
        by_class = other.predict_proba(frame.iloc[test])[:, order]
        scores[test] = by_class[:, 1] if rules.task == "binary" else by_class
    scored[test] = True
truth = rules.truth(rows[rules.target])
sample = Sample(rules.task, rules.labels, truth[scored], scores[scored], 0.5)
metric = cross_validation.CHOSEN_BY[rules.task]
theirs = cross_validation.value_of(sample, metric)
print(json.dumps({"metric": metric, "ours": ours, "theirs": theirs,
                  "rows": len(rows), "model": chosen.rsplit(".", 1)[-1]}))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=f"of {', '.join(TABLES)}")
    names = parser.parse_args().tables or list(TABLES)
    line = "{:14}{:>6}  {:18}{:10}{:>8}{:>8}{:>8}{:>8}  {}"
    heads = ("table", "rows", "model", "metric", "ours", "theirs", "test", "seconds", "ended")
    print(line.format(*heads))
    with tempfile.TemporaryDirectory() as folder:
        environment = None
        for name in names:
            project = bake(Path(folder), f"adopt-{name.replace('_', '-')}", environment)
            environment = environment or project.folder / ".venv"
            print(line.format(name, *cells(one(project, name))), flush=True)
            remove_all_of(project.folder.name)


def bake(folder: Path, name: str, environment: Path | None) -> Project:
    """Return a baked project of that name; it shares an `environment` that is there already."""
    command = [sys.executable, "-m", "cookiecutter", str(REPOSITORY), "--no-input", "-o", folder]
    command.append(f"project={name}")
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=clean_environment())
    project = Project(folder / name)
    if environment:
        (project.folder / ".venv").symlink_to(environment.resolve())
        wheels = environment.parent / ".cache"
        shutil.copytree(wheels, project.folder / ".cache", dirs_exist_ok=True)
    assert project.make("setup").status == 0
    return project


def one(project: Project, name: str) -> dict:
    """Adopt a table, validate it, and compare."""
    table, begin = TABLES[name], time.monotonic()
    file = project.folder.parent / f"{name}.csv"
    table.write(file, project)
    done = project.make("adopt", f"DATA={file}", *table.words)
    if done.status:
        return {"ended": f"refused: {done.output.splitlines()[-2]}"}
    project.edit("params.yaml", "port: 3000 ", f"port: {free_port()} ")
    done = project.make("validate")
    seconds = time.monotonic() - begin
    compared = project.run(".venv/bin/python", "-c", COMPARE, PYTHONPATH=".")
    found = {"seconds": seconds, "ended": "blessed" if not done.status else done.output[-400:]}
    if compared.status == 0:
        found |= json.loads(compared.output.splitlines()[-1])
    if not done.status:
        metrics = project.json("reports/metrics.json")
        found["test"] = metrics[found["metric"]]
    return found


def cells(found: dict) -> list[str]:
    def number(key: str) -> str:
        return f"{found[key]:.3f}" if key in found else ""

    seconds = f"{found['seconds']:.0f}" if "seconds" in found else ""
    figures = [number(key) for key in ("ours", "theirs", "test")]
    model = found.get("model", "").replace("HistGradientBoosting", "HistGB")
    head = [str(found.get("rows", "")), model[:17], found.get("metric", "")]
    return [*head, *figures, seconds, found["ended"]]


if __name__ == "__main__":
    main()
