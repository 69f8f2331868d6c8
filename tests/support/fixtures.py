"""Fixtures for tests of the code on mock orders; a conftest.py imports those that it needs."""

import contextlib
import functools
import gc
import json
import os
import shutil
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from ruamel.yaml import YAML
from sklearn.pipeline import Pipeline
from threadpoolctl import ThreadpoolController

from clock import Clock
from engine import GIT, FakeEngine, install, spare_starts, write_program
from mock_project import (
    ARTEFACTS,
    JOURNEY,
    ROOT,
    Ended,
    command_of,
    copy_of,
    end_of,
    make_project,
    run_stages,
    undone,
)
from mock_releases import Oven
from orders import CHANGED, OTHER, PARAMS, SCHEMA, orders, other_orders
from pipeline.core import custody, params, waiting
from pipeline.data import columns
from pipeline.data import schema as schemas
from pipeline.evaluation import bootstrap
from pipeline.gates import verdict
from pipeline.mocks import make
from pipeline.model import featurizer as featurizers
from pipeline.model import training
from pipeline.model.scorer import Scorer
from pipeline.production import swarm_target, watch
from pipeline.production import target as targets
from pipeline.release import containerize, images, load_test, sandbox, smoke
from recipe import estimators
from recipe import features as recipe_features
from servers import live_service, start_server


@pytest.fixture
def table() -> pd.DataFrame:
    """120 mock rows, as strings."""
    return orders()


@pytest.fixture(scope="session")
def rules(tmp_path_factory) -> schemas.Schema:
    path = tmp_path_factory.mktemp("schema") / "schema.yaml"
    path.write_text(SCHEMA, encoding="utf-8")
    return schemas.load(path)


@pytest.fixture(scope="session")
def settings() -> Callable:
    """`settings("train", estimators.Params)`: a section of the mock parameters."""
    content = YAML(typ="safe").load(PARAMS)
    return lambda name, model: model.model_validate(content[name])


@pytest.fixture(scope="session")
def typed(rules) -> pd.DataFrame:
    """The mock rows, typed."""
    return columns.cast(orders(), rules, list(rules.columns))[0]


@pytest.fixture(scope="session")
def featurizer(typed, rules, settings):
    return featurizers.fit(typed, rules, settings("featurize", recipe_features.Params))


@pytest.fixture(scope="session")
def features(featurizer, typed, rules) -> pd.DataFrame:
    return featurizers.transform(featurizer, typed, rules)


@pytest.fixture(scope="session")
def model(featurizer, features, typed, settings) -> Pipeline:
    estimator, _ = training.train(features, typed["late"], settings("train", estimators.Params))
    return Pipeline([("featurizer", featurizer), ("estimator", estimator)])


@pytest.fixture(scope="session")
def scorer(model, rules) -> Scorer:
    return Scorer(model, rules)


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    """A project in which no stage has run; it is the working directory."""
    folder = make_project(tmp_path / "project")
    monkeypatch.chdir(folder)
    monkeypatch.setattr(verdict, "ROOT", folder)
    return folder


@pytest.fixture
def change() -> Callable:
    """`change("train", seed=2)` writes other parameters into the project's params.yaml."""

    def change(name: str, **values) -> None:
        content = params.read_yaml(Path("params.yaml"))
        content[name] |= values
        # JSON is YAML, and quicker to write.
        Path("params.yaml").write_text(json.dumps(content), encoding="utf-8")

    return change


@pytest.fixture
def run(capsys) -> Callable:
    """`run(main, "--option", value...)` runs a stage; without options, with those in dvc.yaml."""

    def run(main: Callable, *words) -> Ended:
        capsys.readouterr()
        given = [str(word) for word in words] or command_of(main.__module__.split(".")[-1])
        code = end_of(main, given)
        return Ended(code, *capsys.readouterr())

    return run


@pytest.fixture(scope="session")
def judge() -> Callable:
    """What runs the gates' tests on the journey."""
    return verdict.judge


@pytest.fixture(scope="session")
def journey(judge, tmp_path_factory) -> Path:
    """A project in which each stage up to `package` has passed."""
    folder = make_project(tmp_path_factory.mktemp("journey") / "project")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verdict, "judge", judge)
        run_stages(folder, JOURNEY)
    gc.freeze()
    return folder


@pytest.fixture(scope="session", params=OTHER)
def other_journey(request, tmp_path_factory) -> Path:
    """A project of another task and other columns, in which `check_model` has passed."""
    task = request.param
    folder = make_project(tmp_path_factory.mktemp(task) / "project")
    other_orders(task).to_csv(folder / "data/raw/orders.csv", index=False)
    (folder / "schema.yaml").write_text(OTHER[task], encoding="utf-8")
    content = params.read_yaml(folder / "params.yaml")
    for name, changes in CHANGED[task].items():
        content[name] |= changes
    (folder / "params.yaml").write_text(json.dumps(content), encoding="utf-8")
    run_stages(folder, JOURNEY[: JOURNEY.index("check_model") + 1])
    return folder


@pytest.fixture
def other(other_journey, tmp_path, monkeypatch) -> Path:
    """A copy of it, to be spoilt; it is the working directory."""
    return copy_of(other_journey, tmp_path, monkeypatch)


@pytest.fixture
def made(journey, tmp_path, monkeypatch) -> Path:
    """A copy of the journey, to be spoilt; it is the working directory."""
    return copy_of(journey, tmp_path, monkeypatch)


@pytest.fixture
def artefacts(made) -> dict:
    """What `check_data` and `check_model` hand over to their tests."""
    return dict(ARTEFACTS)


@pytest.fixture(scope="session", autouse=True)
def libraries_are_quick():
    """Servers here need no time to read, and what does not change is looked for once.

    Clients of httpx read the whole world's certificates; threadpoolctl looks at all the process has
    loaded.
    """
    libraries = functools.cache(ThreadpoolController)

    def limits(count, kind):
        return libraries().limit(limits=count, user_api=kind)

    with pytest.MonkeyPatch.context() as patch:
        for module in (bootstrap, featurizers, make, training):
            patch.setattr(module, "threadpool_limits", limits)
        patch.setattr(load_test, "HEAD_SECONDS", 0.0)
        patch.setattr(load_test, "STOP_SECONDS", 0.01)
        patch.setattr(ssl, "create_default_context", functools.cache(ssl.create_default_context))
        yield


SETTINGS = (
    "ENV",
    "SANDBOX",
    "DOCKER_HOST",
    "PREDICTIONS",
    "BENTOML_HOME",
    "BENTOML_DO_NOT_TRACK",
)


@pytest.fixture(scope="session", autouse=True)
def environment_is_neutral():
    """No setting of the user's comes in; no request gets beyond this machine."""
    with pytest.MonkeyPatch.context() as patch:
        for name in SETTINGS:
            patch.delenv(name, raising=False)
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            patch.setenv(name, "http://127.0.0.1:9")
            patch.setenv(name.upper(), "http://127.0.0.1:9")
        yield


@pytest.fixture(autouse=True)
def process_is_restored(environment_is_neutral):
    """What a test, or what was made for several, changes in this process is put back."""
    forget_settings()
    with undone():
        yield
    forget_settings()


def forget_settings() -> None:
    for name in SETTINGS:
        os.environ.pop(name, None)


@pytest.fixture
def serve() -> Iterator[Callable]:
    """`serve(answer)` starts an HTTP server on a free port of this machine; returns the port."""
    with contextlib.ExitStack() as servers:

        def serve(answer: Callable) -> int:
            server = start_server(answer)
            servers.callback(server.server_close)
            servers.callback(server.shutdown)
            return server.server_port

        yield serve


@pytest.fixture
def fake_program(tmp_path, monkeypatch) -> FakeEngine:
    """A `docker` on PATH that keeps its containers and images in a file."""
    engine = FakeEngine(tmp_path / "engine")
    install(engine, monkeypatch)
    return engine


@pytest.fixture
def fake(fake_program, monkeypatch) -> FakeEngine:
    """The same without a start for each answer (test_engine.py shows that they are alike); to wait
    for its containers takes no time.
    """
    spare_starts(fake_program, monkeypatch)
    clock = Clock()
    for module in (sandbox, waiting, swarm_target, watch):
        monkeypatch.setattr(module, "time", clock)
    return fake_program


@pytest.fixture(scope="session")
def live(journey, tmp_path_factory) -> Iterator[int]:
    """The port of a server that runs the service of the journey's Bento."""
    with live_service(journey / "release/bento", tmp_path_factory.mktemp("live")) as port:
        yield port


@pytest.fixture(scope="session")
def blessed_journey(journey, live, tmp_path_factory) -> Path:
    """A project whose image has been built and blessed, by a fake engine around the service."""
    folder = tmp_path_factory.mktemp("blessed") / "project"
    shutil.copytree(journey, folder, symlinks=True)
    # The service shares this process and has no /metrics here, so these tests are enough.
    (folder / "tests/serving").unlink()
    (folder / "tests/serving").mkdir()
    for name in ("serving/conftest.py", "serving/test_answers.py"):
        (folder / "tests" / name).symlink_to(ROOT / "tests" / name)
    needed = [name for name in verdict.listed(ROOT / verdict.GATES) if "test_answers" in name]
    (folder / verdict.GATES).write_text("\n".join(needed), encoding="utf-8")
    engine = FakeEngine(tmp_path_factory.mktemp("engine"))
    engine.add_image("sha256:base", tag="python:mock")
    engine.change(port=live)
    write_program(engine.path.parent, "git", GIT)
    with pytest.MonkeyPatch.context() as patch, undone():
        patch.chdir(folder)
        patch.setattr(verdict, "ROOT", folder)
        install(engine, patch)
        spare_starts(engine, patch)
        clock = Clock()  # a slow machine is in time
        patch.setattr(sandbox, "time", clock)
        patch.setattr(waiting, "time", clock)
        wheels = images.WHEELS / custody.digest(Path("requirements/serve.txt"))[7:23]
        wheels.mkdir(parents=True)
        for main in (containerize.main, smoke.main):
            words = command_of(main.__module__.split(".")[-1])
            assert end_of(main, words) == 0, f"the mock project fails in {main.__module__}"
    (folder / "engine.json").write_text(json.dumps(engine.state), encoding="utf-8")
    return folder


@pytest.fixture
def blessed(blessed_journey, fake, tmp_path, monkeypatch) -> Path:
    """A copy of the blessed project, and the engine with its image; the working directory."""
    folder = copy_of(blessed_journey, tmp_path, monkeypatch)
    state = json.loads((folder / "engine.json").read_text(encoding="utf-8"))
    fake.change(images=state["images"])
    write_program(fake.path.parent, "git", GIT)
    return folder


@pytest.fixture
def nothing_on_path(tmp_path, monkeypatch) -> Path:
    """An empty folder as PATH: no engine, no git, no uv."""
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.fixture
def oven(fake, serve, change, monkeypatch, project) -> Oven:
    """Production: a project whose port is answered by what the fake engine runs there."""
    oven = Oven(fake)
    change("deploy", port=serve(oven))
    monkeypatch.setattr(targets, "BACK_SECONDS", 0.3)
    # An engine elsewhere: whether its port is free is not looked at from here.
    monkeypatch.setenv("DOCKER_HOST", "tcp://localhost:2375")
    return oven
