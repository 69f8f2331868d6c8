"""Other tables than the bundled one: a target of three levels, and a target that is a number.

scikit-learn's wine and diabetes frames go all the way to a container's blessing, with a schema and
parameters as a user would write them.
"""

import shutil

import pytest
from conftest import run_cookiecutter
from project import Project, clean_environment, free_port, remove_all_of

WRITE_TABLE = """
import sys
from sklearn import datasets
data = getattr(datasets, f"load_{sys.argv[1]}")(as_frame=True)
table = data.frame.rename(columns=lambda name: name.split("/")[0])
if sys.argv[1] == "wine":
    table["target"] = [f"class {number}" for number in table["target"]]
table.insert(0, "id", range(len(table)))
table.sample(frac=1, random_state=1).to_csv("data/raw/table.csv", index=False)
"""

WINE = {
    "target": '{type: category, role: target, levels: ["class 0", "class 1", "class 2"]}',
    "train": "  estimator: sklearn.linear_model.LogisticRegression\n"
    "  arguments: {C: 1.0, max_iter: 2000}\n",
    "thresholds": "    accuracy: {min: 0.85, gain: 0.3}\n    recall of class 1: {min: 0.5}\n",
    "slices": "      accuracy: {min: 0.7}\n",
    "bins": "{alcohol: [13]}",
    "floor": "evaluate.thresholds.accuracy.min 0.8",
    "expectation": "{name: more proline tells class 0, add: {proline: 300}, label: class 0, "
    "expect: higher, share: 0.9}",
    # Flavanoids alone tell class 2 from the others nearly always.
    "edits": {"max_leak_auc: 0.98 ": "max_leak_auc: 0.995 "},
}
DIABETES = {
    "target": "{type: number, role: target, min: 0, max: 1000}",
    "train": "  estimator: sklearn.linear_model.Ridge\n  arguments: {alpha: 0.1}\n",
    "thresholds": "    r2: {min: 0.1, gain: 0.1}\n    mae: {max: 65}\n",
    "slices": "      mae: {max: 70}\n",
    "bins": "{bmi: [0]}",
    "floor": "evaluate.thresholds.mae.max 70",
    "expectation": "{name: a heavier body raises it, add: {bmi: 0.02}, expect: higher}",
    # A plane through ten columns cannot follow many rows.
    "edits": {"overfit_rows: 50 ": "overfit_rows: 10 ", "min_overfit: 0.95 ": "min_overfit: 0.9 "},
}
TABLES = {"wine": WINE, "diabetes": DIABETES}


def describe(project: Project, name: str) -> None:
    """Write schema.yaml and params.yaml for the table, as its user would."""
    table = TABLES[name]
    header = (project.folder / "data/raw/table.csv").read_text().split("\n", 1)[0].split(",")
    lines = ['missing: [""]', "rows: {min: 100}", "columns:", "  id: {type: identifier, role: id}"]
    lines += [f"  {column}: {{type: number}}" for column in header[1:-1]]
    lines.append(f"  target: {table['target']}")
    (project.folder / "schema.yaml").write_text("\n".join(lines) + "\n")
    project.edit("params.yaml", "data/raw/strikes_1990_1996.csv", "data/raw/table.csv")
    for old, new in {"by: time ": "by: random ", **table["edits"]}.items():
        project.edit("params.yaml", old, new)
    text = (project.folder / "params.yaml").read_text()
    text = between(text, "train:\n", "  seed: 1\n", table["train"])
    text = between(text, "  expectations:", "\nevaluate:", f"\n    - {table['expectation']}\n")
    text = between(text, "  thresholds:\n    roc", "  slices:\n", table["thresholds"], keep=14)
    slices = f"    bins: {table['bins']}\n    min_rows: 10\n    too_few_rows: fail\n"
    slices += f"    reads: point\n    thresholds:\n{table['slices']}"
    text = between(text, "  slices:\n", "\npackage:", slices)
    text = text.replace("  decision_threshold: 0.5", "  # decision_threshold: 0.5")
    (project.folder / "params.yaml").write_text(text)
    (project.folder / "tests/floor.txt").write_text(f"{table['floor']}\n")


def between(text: str, begin: str, end: str, new: str, keep: int | None = None) -> str:
    """Replace what stands between `begin` (of which `keep` characters stay) and `end`."""
    assert text.count(begin) == 1, begin
    head, rest = text.split(begin)
    return head + begin[:keep] + new + rest[rest.index(end) :]


@pytest.fixture(params=TABLES)
def other(request, journey, tmp_path):
    """A new project that holds another table and its description; the environment is shared."""
    name = f"{request.param}-{tmp_path.name.replace('_', '-')[-20:].lower()}"
    done = run_cookiecutter(
        tmp_path, "--no-input", f"project={name}", environment=clean_environment()
    )
    assert done.returncode == 0, done.stdout
    project = Project(tmp_path / name)
    (project.folder / ".venv").symlink_to((journey.folder / ".venv").resolve())
    shutil.copytree(journey.folder / ".cache", project.folder / ".cache")
    wrote = project.run(".venv/bin/python", "-c", WRITE_TABLE, request.param)
    assert wrote.status == 0, wrote.output
    describe(project, request.param)
    project.edit("params.yaml", "port: 3000 ", f"port: {free_port()} ")
    assert project.dvc("add", "--quiet", "data/raw/table.csv").status == 0
    done = project.make("mocks")
    assert done.status == 0, done.output
    project.commit("Another table")
    yield request.param, project
    remove_all_of(name)


def test_it_goes_all_the_way_to_a_blessing(other):
    name, project = other
    mocks = project.json("reports/mocks.json")
    assert mocks["coverage"] >= 0.9
    assert mocks["in_region"] == 1
    assert mocks["rows"] <= 20
    done = project.make("validate")
    assert done.status == 0, done.output
    blessing = project.json("release/blessing.json")
    assert (blessing["verdict"], blessing["sandbox"]) == ("passed", "container")
    answer = blessing["golden"]["prediction"]
    measured = project.json("reports/evaluate.json")
    if name == "wine":
        assert sum(answer["probabilities"].values()) == pytest.approx(1)
        assert measured["metrics"]["roc_auc"] > 0.95
    else:
        assert set(answer) == {"value"}
        assert measured["metrics"]["r2"] > 0.3
    done = project.make("report")
    assert done.status == 0, done.output
    page = (project.folder / "reports/index.html").read_text()
    assert ("<h3>The class class 1</h3>" if name == "wine" else "<h3>Errors</h3>") in page
    rows = project.folder / "rows.csv"
    rows.write_text((project.folder / "data/raw/table.csv").read_text())
    done = project.make("predict", "INPUT=rows.csv", "OUTPUT=scored.csv")
    assert done.status == 0, done.output
    header = (project.folder / "scored.csv").read_text().split("\n", 1)[0]
    expected = {
        "wine": "id,label,probabilities: class 0,probabilities: class 1,probabilities: class 2",
        "diabetes": "id,value",
    }
    assert header == expected[name]
