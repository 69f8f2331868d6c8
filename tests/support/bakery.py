"""A project of its own for the tests of code and gates: mock orders of a bakery, in a folder.

Nothing of the project around is read but its code, its gates' tests and the paths in `dvc.yaml`.
"""

import contextlib
import functools
import gc
import http.server
import importlib
import importlib.metadata
import json
import os
import pkgutil
import re
import shlex
import shutil
import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML
from sklearn.pipeline import Pipeline
from threadpoolctl import ThreadpoolController

import calls_untraced  # noqa: F401 - the imports below are untraced too
from fake_engine import FakeEngine, answer
from pipeline.core import custody, files, params, stage
from pipeline.data import columns, ingest
from pipeline.data import schema as schemas
from pipeline.evaluation import bootstrap, champion
from pipeline.gates import verdict
from pipeline.mocks import mocks
from pipeline.model import featurizer as featurizers
from pipeline.model import training
from pipeline.model.scorer import Scorer
from pipeline.production import rollout as production
from pipeline.production import swarm, watch
from pipeline.release import containerize, package, sandbox, smoke
from pipeline.release import load_test as load
from recipe import estimators
from recipe import features as recipe_features

ROOT = Path(__file__).parents[2] / ("<" * 2 + "cookiecutter.project" + ">" * 2)
STORE = package.STORE
GATE_MODULES = {
    path.stem
    for gate in ("data", "model", "serving")
    for path in ROOT.glob(f"tests/{gate}/test_*.py")
}

SCHEMA = """\
missing: ["", "n/a"]
rows: {min: 50}
columns:
  order: {type: identifier, role: id}
  day: {type: date, role: time, min: 2024-01-01, max: 2024-12-31}
  shop: {type: identifier, role: group}
  weight: {type: number, unit: g, min: 0, max: 5000, max_missing: 0.3}
  guests: {type: number, integer: true, min: 1, max: 12}
  size: {type: category, levels: [small, medium, large], max_missing: 0.2}
  town: {type: category, max_length: 20}
  wish: {type: text, max_length: 200, max_missing: 0.3}
  late: {type: category, role: target, levels: ["no", "yes"], positive: "yes"}
"""

PARAMS = """\
project: {name: bakery, registry: ""}
ingest:
  raw: data/raw/orders.csv
  max_bad_rows: 0.05
  max_rows: 1000
  split: {by: time, test_from: "2024-03-31", test_share: 0.25}
  seed: 1
featurize:
  categories: {min_rows: 5}
  texts: {dimensions: 6, min_rows: 2, max_words: 100}
  max_cells: 100000
  seed: 1
mocks:
  max_share: 0.01
  max_rows: 300
  small_table_rows: 40
  common_rows: 2
  bins: 10
  rare_share: 0.02
  region_quantile: 0.99
  min_coverage: 0.9
  min_column_coverage: 0.97
  min_in_region: 0.9
  seed: 1
train:
  estimator: sklearn.linear_model.LogisticRegression
  arguments: {C: 10.0, max_iter: 500}
  seed: 1
check_data:
  max_psi: {number: 9.0, category: 9.0, text: 9.0}
  max_missing_gap: 0.9
  constant: []
  max_leak_auc: 0.98
  max_leak_correlation: 0.98
  max_shared_rows: 0.1
  max_shared_groups: 1.0
  max_silent_texts: 0.05
  neighbour_texts: 10
  min_neighbour_gain: 2
check_model:
  tolerance: 1e-9
  retrained_tolerance: 1e-6
  rows: 10
  max_beyond: 1.0
  unused: []
  overfit_rows: 20
  min_overfit: 0.9
  min_gain: 0.1
  shuffled_rows: 200
  max_shuffled_skill: 0.1
  expectations:
    - {name: the day means nothing, set: {day: "2024-05-01"}, expect: same}
    - {name: a hurry makes it late, set: {wish: "urgent quick hurry"}, expect: higher, share: 0.8}
evaluate:
  decision_threshold: 0.5
  reads: point
  bootstrap: {confidence: 0.9, resamples: 100, seed: 1}
  no_champion: pass
  thresholds: {roc_auc: {min: 0.6, gain: 0.1, max_worse: 0.1}, error_rate: {max: 0.4}}
  slices:
    values: [size, guests]
    min_rows: 8
    too_few_rows: pass
    reads: point
    thresholds: {error_rate: {max: 0.6}}
package:
  max_rows: 200
  max_body_mb: 1
  max_concurrency: 8
  request_seconds: 10
  log: {share: 1.0, max_mb: 1, keep_mb: 3}
containerize: {base_image: "python:mock"}
smoke:
  targets: [built]
  memory: 512m
  cpus: 1.0
  ready_seconds: 0.5
  request_seconds: 5
  golden_rows: 5
  tolerance: 1e-9
  mode: load_and_query
  tries: 1
  latency_requests: 3
  max_p95_ms: 2000
  load_seconds: 0.05
  load_connections: 2
  min_requests_per_second: 1
  max_loaded_p99_ms: 5000
  max_memory_share: 0.9
deploy:
  port: 3000
  replicas: 2
  ready_seconds: 0.3
  canary_requests: 3
  watch_seconds: 0.2
  max_p95_ms: 500
  max_error_share: 0.0
  proxy_image: proxy:1
  environments: {staging: {replicas: 1}, broken: {replicas: none}}
predict: {chunk_rows: 50}
replay: {rows: data/live/orders.csv, batch_rows: 20}
monitor:
  labels: data/live/orders.csv
  min_rows: 20
  drifted_psi: 0.5
  drifted_missing: 0.2
  max_psi: 2.5
  thresholds: {roc_auc: {min: 0.6}}
  slices: {values: [size]}
report:
  card: {intended_use: order, not_for: wages, data: mock, limits: few, ethics: none, owner: baker}
  costs: {false_alarm: 1, miss: 5, unit: loaves}
  importance: {rows: 20, repeats: 2, seed: 1}
  columns: 40
  wrong_rows: 5
"""

REQUIREMENTS = f"""\
bentoml=={importlib.metadata.version("bentoml")} \\
    --hash=sha256:{"0" * 64} \\
    --hash=sha256:{"1" * 64}
colorama==0.4.6 ; sys_platform == 'win32' \\
    --hash=sha256:{"2" * 64}
"""

TOPICS = (
    "urgent quick hurry fast soon now",
    "cherry cream chocolate sponge icing vanilla",
    "rye seeds crust sourdough grain malt",
    "candles birthday ribbon balloon card gift",
    "vegan soy almond oat coconut carob",
)


@functools.cache
def import_pipeline() -> None:
    """Run the lines of pipeline/ that an import runs."""
    for folder in ("pipeline", "recipe"):
        for found in pkgutil.walk_packages([str(ROOT / folder)], f"{folder}."):
            importlib.import_module(found.name)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report():
    """Collect without a tracer: the lines of pipeline/ that an import runs have run by now."""
    tracer = sys.gettrace()
    if tracer:
        import_pipeline()
        sys.settrace(None)
    try:
        return (yield)
    finally:
        if tracer:
            sys.settrace(tracer)


def pytest_collection_modifyitems(items):
    """Begin with what looks at the journey: it takes seconds to make, and one worker has them all.

    (pytest-xdist deals the first tests out in long rows; its groups need an older pytest.)
    """
    items.sort(key=lambda item: "journey" not in item.fixturenames)


def pytest_collection_finish():
    """Spare what was imported from garbage collection: each gate that runs collects ten times."""
    gc.freeze()
    gc.set_threshold(50_000)
    gc.enable()


def orders(count: int = 120, seed: int = 7) -> pd.DataFrame:
    """Return mock rows as a CSV holds them: strings, `""` where a value is missing."""
    return _orders(count, seed).copy()


@functools.cache
def orders_csv(count: int = 120, seed: int = 7) -> str:
    return _orders(count, seed).to_csv(index=False)


@functools.cache
def _orders(count: int, seed: int) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    topic = draw.integers(0, len(TOPICS), count)
    wishes = [" ".join(draw.choice(TOPICS[number].split(), 4, replace=False)) for number in topic]
    guests = draw.integers(1, 13, count)
    late = (topic == 0) * 3 + guests * 0.3 + draw.normal(0, 0.7, count) > 3
    table = pd.DataFrame(
        {
            "order": [f"o{number:03}" for number in range(count)],
            "day": pd.date_range("2024-01-01", periods=count).strftime("%Y-%m-%d"),
            "shop": [f"shop {number % 6}" for number in range(count)],
            "weight": draw.integers(100, 4000, count).astype("str"),
            "guests": guests.astype("str"),
            "size": draw.choice(["small", "medium", "large"], count),
            "town": draw.choice(["Bonn", "Kiel", "Ulm"], count),
            "wish": wishes,
            "late": np.where(late, "yes", "no"),
        }
    )
    for name, share in (("weight", 0.15), ("size", 0.1), ("wish", 0.1)):
        table.loc[draw.random(count) < share, name] = ""
    table.loc[[3, 30], "town"] = "Trier"
    return table.astype("object")


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


def make_project(folder: Path) -> Path:
    """Fill `folder` with what a user brings: parameters, schema, rows, and files of the project."""
    for name, rows in (("raw", orders_csv()), ("live", orders_csv(80, seed=8))):
        path = folder / "data" / name / "orders.csv"
        path.parent.mkdir(parents=True)
        path.write_text(rows, encoding="utf-8")
    (folder / "params.yaml").write_text(PARAMS, encoding="utf-8")
    (folder / "schema.yaml").write_text(SCHEMA, encoding="utf-8")
    (folder / "requirements").mkdir()
    (folder / "requirements/serve.txt").write_text(REQUIREMENTS, encoding="utf-8")
    shutil.copytree(ROOT / "deploy", folder / "deploy")
    # Nobody's: this project's own one scores other rows.
    files.write_json(folder / champion.FOLDER / champion.NAME, champion.NOBODY)
    (folder / "tests").mkdir()  # with mocks of its own
    for name in ("conftest.py", "data", "model", "serving"):
        (folder / "tests" / name).symlink_to(ROOT / "tests" / name)
    shutil.copyfile(ROOT / verdict.GATES, folder / verdict.GATES)
    (folder / "tests/floor.txt").write_text("# nothing is asked for\n")
    return folder


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


@functools.cache
def dvc_stages() -> dict:
    """Return the stages of the project's dvc.yaml."""
    return YAML(typ="safe").load(ROOT / "dvc.yaml")["stages"]


@functools.cache
def command_of(name: str) -> list[str]:
    """Return the options that dvc.yaml gives to stage `name`, or the Makefile to an action."""
    if name in dvc_stages():
        command = dvc_stages()[name]["cmd"].replace("${ingest.raw}", "data/raw/orders.csv")
    else:
        command = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    return shlex.split(re.split(rf"-m pipeline\.\w+\.{name} ", command)[1].split("\n", 1)[0])


@functools.cache
def module_of(name: str) -> str:
    """Return the module of a stage or an action, such as `pipeline.data.ingest`."""
    (path,) = (
        path
        for path in (ROOT / "pipeline").glob(f"*/{name}.py")
        if "__main__" in path.read_text(encoding="utf-8")
    )
    return f"pipeline.{path.parent.name}.{name}"


@dataclass(frozen=True)
class Ended:
    """How a stage ended: its exit code and what it printed."""

    code: int
    out: str = ""
    err: str = ""


def end_of(main: Callable, words: list[str]) -> int:
    """Run a stage's `main` as its command line would; return the exit code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [main.__module__, *words])
        with pytest.raises(SystemExit) as ended:
            stage.run(main)
    return ended.value.code


@pytest.fixture
def run(capsys) -> Callable:
    """`run(main, "--option", value...)` runs a stage; without options, with those in dvc.yaml."""

    def run(main: Callable, *words) -> Ended:
        capsys.readouterr()
        given = [str(word) for word in words] or command_of(main.__module__.split(".")[-1])
        code = end_of(main, given)
        return Ended(code, *capsys.readouterr())

    return run


JOURNEY = (
    "ingest",
    "featurize",
    "mocks",
    "check_data",
    "train",
    "check_model",
    "evaluate",
    "package",
)


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


def run_stages(folder: Path, names: tuple[str, ...]) -> None:
    """Run stages in the project `folder`; each must pass."""
    with pytest.MonkeyPatch.context() as patch, undone():
        patch.chdir(folder)
        patch.setattr(verdict, "ROOT", folder)
        for name in names:
            main = importlib.import_module(module_of(name)).main
            assert end_of(main, command_of(name)) == 0, f"the mock project fails in {name}"


OTHER = {
    # Texts and categories only, three classes, named by no id and split by group.
    "multiclass": """\
missing: [""]
columns:
  day: {type: date, role: time}
  shop: {type: identifier, role: group}
  size: {type: category, max_missing: 0.2}
  wish: {type: text, max_missing: 0.3}
  late: {type: category, role: ignored}
  kind: {type: category, role: target, levels: [rush, cake, bread]}
""",
    # Two numbers, and a third one to be learned; split at random.
    "regression": """\
missing: [""]
columns:
  order: {type: identifier, role: id}
  weight: {type: number, max_missing: 0.3}
  guests: {type: number}
  price: {type: number, role: target}
""",
}
CHANGED = {
    "multiclass": {
        "ingest": {"split": {"by": "group", "test_share": 0.3}},
        "train": {"arguments": {"C": 100.0, "max_iter": 500}},
        "mocks": {"min_column_coverage": 0.9},
        "check_data": {"max_shared_groups": 0.0, "max_shared_rows": 0.2},
        "check_model": {
            "expectations": [
                {
                    "name": "seeds are for bread",
                    "add": {"wish": " seeds"},
                    "label": "bread",
                    "expect": "higher",
                    "share": 0.7,
                },
                {"name": "a day", "set": {"day": "2024-05-01"}, "expect": "same"},
            ]
        },
    },
    "regression": {
        "ingest": {"split": {"by": "random", "test_share": 0.2}},
        "train": {"estimator": "sklearn.linear_model.Ridge", "arguments": {}},
        "check_model": {
            "expectations": [
                {"name": "a guest costs", "add": {"guests": 1}, "expect": "higher"},
                {"name": "one costs little", "set": {"guests": 1}, "expect": "lower", "share": 0.7},
            ]
        },
    },
}


def other_orders(task: str) -> pd.DataFrame:
    """Return mock rows of another task, as a CSV holds them."""
    table, draw = orders(160, seed=9), np.random.default_rng(1)
    if task == "regression":
        weight = table["weight"].replace("", "2000").astype("float64")
        price = table["guests"].astype("float64") + weight / 1000 + draw.normal(0, 0.5, len(table))
        columns = table[["order", "weight", "guests"]]
        return columns.assign(price=price.round(3).astype("str"))
    kinds = dict(zip(TOPICS, ("rush", "cake", "bread", "cake", "bread"), strict=True))
    words = {word: kind for topic, kind in kinds.items() for word in topic.split()}
    kind = table["wish"].str.split().str[0].map(words).fillna("cake")
    kind = kind.mask(draw.random(len(table)) < 0.15, "cake")
    return table[["day", "shop", "size", "wish", "late"]].assign(kind=kind)


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


def copy_of(project: Path, tmp_path: Path, monkeypatch) -> Path:
    """Copy a project into `tmp_path` and make the copy the working directory."""
    folder = tmp_path / "project"
    shutil.copytree(project, folder, symlinks=True, ignore=shutil.ignore_patterns(STORE.name))
    # BentoML keeps the first store of its process.
    monkeypatch.setattr(package, "STORE", project / STORE)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(verdict, "ROOT", folder)
    return folder


@pytest.fixture
def artefacts(made) -> dict:
    """What `check_data` and `check_model` hand over to their tests."""
    return dict(ARTEFACTS)


ARTEFACTS = {
    "raw": Path("data/raw/orders.csv"),
    "dataset": Path("data/dataset"),
    "features": Path("data/features"),
    "featurizer": Path("models/featurizer.skops"),
    "model": Path("models/model.skops"),
    "schema": Path("schema.yaml"),
    "mocks": Path("tests/mocks.csv"),
}


@contextlib.contextmanager
def undone():
    """Forget test modules imported meanwhile, and put sys.path and the SIGTERM handler back.

    Those that have the name of a gate's file are out of sight meanwhile.
    """
    path, handler = list(sys.path), signal.getsignal(signal.SIGTERM)
    hidden = {name: sys.modules.pop(name) for name in GATE_MODULES if name in sys.modules}
    before = frozenset(sys.modules)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, handler)
        sys.path[:] = path
        for name in sys.modules.keys() - before:
            if name.startswith("test_") or name in ("conftest", "serve"):
                del sys.modules[name]
        sys.modules.update(hidden)


@pytest.fixture(scope="session", autouse=True)
def what_takes_long_is_spared():
    """Servers here need no time to read, and what does not change is looked for once.

    Clients of httpx read the whole world's certificates; threadpoolctl looks at all the process has
    loaded.
    """
    libraries = functools.cache(ThreadpoolController)

    def limits(count, kind):
        return libraries().limit(limits=count, user_api=kind)

    with pytest.MonkeyPatch.context() as patch:
        for module in (bootstrap, featurizers, mocks, training):
            patch.setattr(module, "threadpool_limits", limits)
        patch.setattr(load, "PAUSES", (0.0, 0.01))
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
def what_the_shell_says_does_not_count():
    """No setting of the user's comes in; no request gets beyond this machine."""
    with pytest.MonkeyPatch.context() as patch:
        for name in SETTINGS:
            patch.delenv(name, raising=False)
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            patch.setenv(name, "http://127.0.0.1:9")
            patch.setenv(name.upper(), "http://127.0.0.1:9")
        yield


@pytest.fixture(autouse=True)
def nothing_stays(what_the_shell_says_does_not_count):
    """What a test, or what was made for several, changes in this process is put back."""
    forget_settings()
    with undone():
        yield
    forget_settings()


def forget_settings() -> None:
    for name in SETTINGS:
        os.environ.pop(name, None)


class _Handler(http.server.BaseHTTPRequestHandler):
    """Answers what the server's `answer(method, path, body)` returns: a status and JSON."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body go out together

    def do_GET(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or "null")
        # What says so in a header is for the canary: that is what the proxy looks at.
        path = f"/canary{self.path}" if self.headers.get("X-Release") else self.path
        answer = self.server.answer(self.command, path, body)
        if answer is None:  # hang up
            self.close_connection = True
            return
        status, content = answer
        text = (content if isinstance(content, str) else json.dumps(content)).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_POST = do_GET

    def log_message(self, *words):
        """Keep quiet."""


@pytest.fixture
def serve():
    """`serve(answer)` starts an HTTP server on a free port of this machine; returns the port."""
    servers = []

    def serve(answer: Callable) -> int:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        server.answer = answer
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return server.server_port

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def install(engine: FakeEngine, monkeypatch) -> None:
    """Put the engine's program on PATH."""
    monkeypatch.setenv("PATH", f"{engine.program.parent}{os.pathsep}{os.environ['PATH']}")


def spare_starts(engine: FakeEngine, monkeypatch) -> None:
    """Let `subprocess.run` answer as the engine's program would; any other program is started."""
    start = subprocess.run

    def run(command, **options) -> subprocess.CompletedProcess:
        if shutil.which(command[0]) != str(engine.program) or not engine.in_place:
            return start(command, **options)
        environment = options.get("env") or os.environ
        code, *printed = answer(engine.path, list(command[1:]), environment)
        if not options.get("text"):
            printed = [text.encode() for text in printed]
        return subprocess.CompletedProcess(command, code, *printed)

    monkeypatch.setattr(subprocess, "run", run)


class Clock:
    """Time that passes while one sleeps only: nobody waits, and a slow machine is in time."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    perf_counter = monotonic

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def fake_program(tmp_path, monkeypatch) -> FakeEngine:
    """A `docker` on PATH that keeps its containers and images in a file."""
    made = FakeEngine(tmp_path / "engine")
    install(made, monkeypatch)
    return made


@pytest.fixture
def fake(fake_program, monkeypatch) -> FakeEngine:
    """The same without a start for each answer (test_engine.py shows that they are alike); to wait
    for its containers takes no time.
    """
    spare_starts(fake_program, monkeypatch)
    clock = Clock()
    for module in (sandbox, production, swarm, watch):
        monkeypatch.setattr(module, "time", clock)
    return fake_program


def write_program(folder: Path, name: str, text: str) -> None:
    """Write a shell script; `folder` stands on PATH in the tests that call this."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    (folder / name).chmod(0o755)


GIT = 'case "$1" in rev-parse) echo 0123abcd;; diff) exit 0;; esac'


@pytest.fixture(scope="session")
def live(journey, tmp_path_factory):
    """The service of the journey's Bento, on a port of this machine; gives the port."""
    import uvicorn

    from pipeline.serving import service

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREDICTIONS", str(tmp_path_factory.mktemp("live")))
        app = service.build(journey / "release/bento/src").to_asgi()
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            thread.join(0.01)
            assert thread.is_alive(), "the service did not start"
        yield server.servers[0].sockets[0].getsockname()[1]
        server.should_exit = server.force_exit = True


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
        patch.setattr(sandbox, "time", Clock())
        wheels = containerize.WHEELS / custody.digest(Path("requirements/serve.txt"))[7:23]
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


def split_of(typed: pd.DataFrame, rules, settings) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the train part and the test part of the mock rows."""
    return ingest.split(typed, rules, settings("ingest", ingest.Params))


GOLDEN = {"row": {"size": "small"}, "prediction": {"label": "no", "probability": 0.25}}


def release_of(number: int) -> dict:
    """Return a release whose image is `sha256:<number>` and whose model is `m<number>`."""
    return {
        "bento": f"bakery:{number}",
        "image": f"sha256:{number}",
        "reference": f"sha256:{number}",
        "model": f"m{number}",
        "golden": GOLDEN,
        "limits": {"memory": "512m", "cpus": 1.0},
        "revision": "0123abcd",
        "files": {},
    }


class Oven:
    """Answers as the proxy before the services that the fake engine runs would.

    `answers[image]` is what /predict says; an image that is not there is never ready. `metrics` is
    what the proxy tells of itself.
    """

    def __init__(self, fake: FakeEngine):
        self.fake = fake
        self.metrics = ""
        self.answers: dict[str, object] = {}

    def add(self, release: dict, answer: object = None) -> None:
        """Give the engine the release's image, and a server that answers rightly or as given."""
        self.fake.add_image(release["image"], tag=release["bento"])
        made = [release["golden"]["prediction"]]
        self.answers[release["image"]] = answer or {"model": release["model"], "predictions": made}

    def __call__(self, method: str, path: str, body):
        if path.startswith("/proxy-metrics"):
            return (200, self.metrics)
        service = "bakery_canary" if path.startswith("/canary") else "bakery_server"
        image = self.fake.served.get(service)
        if image not in self.answers:
            return (503, {})
        return (200, {} if path.endswith("/readyz") else self.answers[image])


@pytest.fixture
def oven(fake, serve, change, monkeypatch, project) -> Oven:
    """Production: a project whose port is answered by what the fake engine runs there."""
    made = Oven(fake)
    change("deploy", port=serve(made))
    monkeypatch.setattr(production, "BACK_SECONDS", 0.3)
    # An engine elsewhere: whether its port is free is not looked at from here.
    monkeypatch.setenv("DOCKER_HOST", "tcp://localhost:2375")
    return made
