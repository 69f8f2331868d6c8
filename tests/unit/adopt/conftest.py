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
from pipeline.adopt import adopt, cross_validation
from pipeline.adopt.cross_validation import Trial
from pipeline.adopt.proposal import Proposal, Subset
from pipeline.core import shell
from pipeline.model import featurizer as featurizers
from recipe import features as recipe_features


@pytest.fixture(scope="session")
def quick_trials():
    """`adopt` cross-validates with little effort: small estimators, and few draws."""
    linear = ("sklearn.linear_model.LogisticRegression", {"C": 1.0, "max_iter": 200})
    ridge = ("sklearn.linear_model.Ridge", {"alpha": 1.0})
    quick = {
        "classes": (linear, ("sklearn.naive_bayes.GaussianNB", {})),
        "number": (ridge, ("sklearn.tree.DecisionTreeRegressor", {"max_depth": 2})),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cross_validation, "CANDIDATES", quick)
        for name, value in (("DRAWS", 60), ("PARTS", 16), ("RESAMPLES", 40)):
            patch.setattr(cross_validation, name, value)
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

    call = shell.call

    def add(*command, **how):
        if "dvc" not in command:
            return call(*command, **how)
        path = Path(command[-1])
        digest = hashlib.md5(path.read_bytes()).hexdigest()
        Path(f"{path}.dvc").write_text(f"outs:\n- md5: {digest}\n", encoding="utf-8")
        return types.SimpleNamespace(returncode=0, stdout="", stderr="")

    return lambda patch: patch.setattr(shell, "call", add)


@pytest.fixture(scope="session")
def adopt_in(quick_trials, no_dvc) -> Callable:
    """`adopt_in(folder, target="late")` adopts rows.csv there as `make adopt` does."""

    def adopt_in(folder: Path, **options) -> Ended:
        out, err = io.StringIO(), io.StringIO()
        words = [
            f"--{key}={value}" for key, value in {**OPTIONS, "data": "rows.csv", **options}.items()
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


@pytest.fixture
def plan() -> Proposal:
    return Proposal()


@pytest.fixture
def subsets(typed, featurizer, rules) -> tuple[Subset, Subset]:
    """The training set and the test set of the mock orders."""
    rows = typed.sample(frac=1, random_state=2).reset_index(drop=True)
    sets = rows[:90], rows[90:].reset_index(drop=True)
    return tuple(Subset(part, featurizers.transform(featurizer, part, rules)) for part in sets)


@pytest.fixture(scope="session")
def trial(typed, rules, settings, quick_trials) -> Trial:
    return cross_validation.run(
        typed, rules, settings("featurize", recipe_features.Params), "random"
    )
