"""Projects that adopt the mock orders, in this process and with little effort."""

import contextlib
import hashlib
import io
import shutil
import types
from collections.abc import Callable
from pathlib import Path

import pytest

from mock_project import Ended, end_of, make_project
from orders import orders
from pipeline.adopt import adopt
from pipeline.adopt import cross_validation as trial
from pipeline.adopt import files as adopted_files


@pytest.fixture(scope="session")
def quick_trials():
    """What `adopt` tries is tried with little effort: a small estimator, and few draws."""
    linear = ("sklearn.linear_model.LogisticRegression", {"C": 1.0, "max_iter": 200})
    ridge = ("sklearn.linear_model.Ridge", {"alpha": 1.0})
    quick = {
        "classes": (linear, ("sklearn.naive_bayes.GaussianNB", {})),
        "number": (ridge, ("sklearn.tree.DecisionTreeRegressor", {"max_depth": 2})),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trial, "CANDIDATES", quick)
        for name, value in (("DRAWS", 60), ("PARTS", 16), ("RESAMPLES", 40)):
            patch.setattr(trial, name, value)
        yield


README = """\
# A project

<!-- example -->
curl the bakery
<!-- end of example -->

<!-- table -->
The bakery's orders.
<!-- end of table -->
"""
OPTIONS = {
    "schema": "schema.yaml",
    "mocks": "tests/mocks.csv",
    "floor": "tests/floor.txt",
    "readme": "README.md",
    "report": "reports/adopt.json",
}


@pytest.fixture
def options() -> dict[str, str]:
    """Where `make adopt` writes."""
    return OPTIONS


@pytest.fixture(scope="session")
def make_adopting() -> Callable:
    """`make_adopting(folder)` makes a project that another table, `rows.csv`, is adopted by."""

    def make_adopting(folder: Path) -> Path:
        make_project(folder)
        (folder / "README.md").write_text(README, encoding="utf-8")
        text = (folder / "params.yaml").read_text(encoding="utf-8")
        (folder / "params.yaml").write_text(f"{text}adopt: {{}}\n", encoding="utf-8")
        raw = folder / "data/raw/orders.csv"
        digest = hashlib.md5(raw.read_bytes()).hexdigest()
        raw.with_name("orders.csv.dvc").write_text(f"outs:\n- md5: {digest}\n  path: orders.csv\n")
        orders().to_csv(folder / "rows.csv", index=False)
        return folder

    return make_adopting


@pytest.fixture(scope="session")
def no_dvc() -> Callable:
    """`no_dvc(patch)` makes the tables' pointers as DVC does, which takes a second and more."""

    def add(command, **how):
        path = Path(command[-1])
        digest = hashlib.md5(path.read_bytes()).hexdigest()
        Path(f"{path}.dvc").write_text(f"outs:\n- md5: {digest}\n", encoding="utf-8")
        return types.SimpleNamespace(returncode=0, stdout="", stderr="")

    shell = types.SimpleNamespace(run=add)
    return lambda patch: patch.setattr(adopted_files, "subprocess", shell)


@pytest.fixture(scope="session")
def adopt_in(quick_trials, no_dvc) -> Callable:
    """`adopt_in(folder, target="late")` adopts rows.csv there as `make adopt` does."""

    def adopt_in(folder: Path, **said) -> Ended:
        out, err = io.StringIO(), io.StringIO()
        words = [
            f"--{key}={value}" for key, value in {**OPTIONS, "data": "rows.csv", **said}.items()
        ]
        with (
            pytest.MonkeyPatch.context() as patch,
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            patch.chdir(folder)
            no_dvc(patch)
            code = end_of(adopt.main, words)
        return Ended(code, out.getvalue(), err.getvalue())

    return adopt_in


@pytest.fixture(scope="session")
def adopted_once(make_adopting, adopt_in, tmp_path_factory):
    """A project that has adopted the mock orders, and how that ended; it is not to be changed."""
    folder = make_adopting(tmp_path_factory.mktemp("adopted") / "project")
    return folder, adopt_in(folder, target="late", time="day")


@pytest.fixture
def adopted(adopted_once, tmp_path, monkeypatch) -> Path:
    """A copy of it; it is the working directory."""
    folder = tmp_path / "adopted"
    shutil.copytree(adopted_once[0], folder, symlinks=True)
    monkeypatch.chdir(folder)
    return folder
