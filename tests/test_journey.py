"""The journey from the bundled rows to a deployed, watched model, in a real container engine.

The tests share one project and run in the order in which they stand, as a user's day does.
"""

import csv
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tarfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from ruamel.yaml import YAML

from baked import NOISE, Project, clean_environment, engine, free_port, ran

STAGES = (
    "ingest",
    "featurize",
    "check_data",
    "train",
    "check_model",
    "evaluate",
    "package",
    "containerize",
    "smoke",
)
ROW = {
    "operator": "UNITED AIRLINES",
    "aircraft": "B-737-300",
    "mass_class": 4,
    "engines": 2,
    "flight_phase": "Climb",
    "time_of_day": "Day",
    "sky": "Overcast",
    "state": "CO",
    "height": 500,
    "speed": None,
    "species": "GULLS",
    "birds_seen": None,
    "birds_struck": "2-10",
    "remarks": "ENGINE VIBRATION, RETURNED TO LAND.",
}


@pytest.fixture(scope="session")
def journey(journey: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of the blessed project that these tests share and change, in a path with a space."""
    folder = tmp_path_factory.mktemp("a folder")
    for log in journey.folder.parent.glob("*.log"):
        shutil.copy(log, folder)
    ran.update(("setup", "validate"))  # by whoever made it
    return journey.copy(folder / journey.folder.name)


def yaml(path: Path):
    return YAML(typ="safe", pure=True).load(path.read_text())


def ask(project: Project, row: dict, port: int | None = None) -> dict:
    """Post a row to the project's production, or to `port`, and return the answer."""
    port = port or yaml(project.folder / "params.yaml")["deploy"]["port"]
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/predict",
        json.dumps({"rows": [row]}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


@pytest.mark.engine
def test_the_journey_ends_with_a_containers_blessing(journey):
    blessing = journey.json("release/blessing.json")
    assert blessing["verdict"] == "passed"
    assert blessing["sandbox"] == "container"
    assert set(blessing["chain"]["verdicts"]) == set(STAGES) - {"smoke"}
    assert set(blessing["chain"]["verdicts"].values()) == {"passed"}


@pytest.mark.parametrize("target", ["setup", "validate"])
def test_what_it_prints_is_progress_and_no_noise(journey, target):
    output = (journey.folder.parent / f"{target}.log").read_text()
    assert not [word for word in NOISE if word in output], output
    assert "next: make" in output


def test_the_default_model_is_as_good_as_promised(journey):
    metrics = journey.json("reports/evaluate.json")["metrics"]
    assert metrics["average_precision"] >= 0.62
    assert metrics["roc_auc"] >= 0.895


@pytest.mark.engine
def test_the_blessing_names_every_digest_of_the_chain(journey):
    blessing = journey.json("release/blessing.json")
    raw = yaml(journey.folder / "params.yaml")["ingest"]["raw"]
    needed = {raw, "schema.yaml", "data/dataset", "data/features", "models/model.skops",
              "release/bento"}  # fmt: skip
    assert needed <= set(blessing["chain"]["files"])
    commit = journey.run("git", "rev-parse", "HEAD~1").output.strip()
    assert blessing["revision"] == commit
    assert engine("image", "inspect", "--format", "{{.Id}}", blessing["bento"]) == blessing["image"]


def test_the_bad_row_of_the_bundled_table_is_listed_with_its_line(journey):
    (case,) = journey.json("reports/ingest.json")["violations"]["first"]
    assert (case["column"], case["value"]) == ("birds_seen", ":-10")
    raw = journey.folder / yaml(journey.folder / "params.yaml")["ingest"]["raw"]
    assert ",:-10," in raw.read_text().split("\n")[case["line"] - 1]


@pytest.mark.engine
@pytest.mark.alone
def test_no_sandbox_is_left_behind(journey):
    assert engine("ps", "--all", "--quiet", "--filter", "name=sandbox-") == ""


@pytest.mark.engine
def test_every_stage_has_a_target_and_nothing_runs_twice(journey):
    for stage in STAGES:
        done = journey.make(stage)
        assert done.status == 0, done.output
        assert "Running stage" not in done.output, done.output


def test_help_explains_every_target(journey):
    lines = journey.make().output.splitlines()
    assert lines == journey.make("help").output.splitlines()
    assert all(len(line.split(maxsplit=2)) == 3 for line in lines), lines


def test_dvc_finds_nothing_to_do_afterwards(journey):
    assert "up to date" in journey.dvc("repro").output
    assert "up to date" in journey.dvc("status").output


def test_dvc_shows_metrics_and_plots(journey, tmp_path):
    assert "average_precision" in journey.dvc("metrics", "show").output
    done = journey.dvc("plots", "show", "-o", str(tmp_path / "plots"))
    assert done.status == 0, done.output


def test_the_report_is_one_file_that_needs_no_network(journey):
    text = (journey.folder / "reports/evaluate.html").read_text()
    assert text.count("<svg") == 6  # four curves, and the slices by each metric that is judged
    assert not re.search(r"(src|href)=[\"']?(https?:)?//", text)
    assert "<script" not in text


def test_one_page_tells_the_whole_run_and_needs_no_network(journey):
    done = journey.make("report")
    assert done.status == 0, done.output
    assert not [word for word in NOISE if word in done.output], done.output
    assert done.output.splitlines()[-1] == "report: open reports/index.html"
    text = check_page(journey.folder / "reports/index.html")
    parts = ["journey", "data", "model", "serving", "custody", "card"]
    assert re.findall(r'<h2 class="part" id="(\w+)">', text) == parts
    for heading in (
        "Gates", "Correlation with the target", "Missing values", "flight_phase", "remarks",
        "Violations", "ROC", "Precision and recall", "Calibration", "Confusion", "Scores by class",
        "Cost of errors", "Permutation importance", "Worst slices by roc_auc",
        "Top errors", "Latency", "Image layers", "Limits", "The chain of digests",
        "Intended use", "Data", "Owner",
    ):  # fmt: skip
        assert re.search(rf"<h3>{heading}\b", text), heading
    timed = re.findall(r"<strong>(\w+)</strong>.* <span class=\"time\">", text)
    assert timed == list(STAGES)
    assert text.count('<td class="good">same</td>') > 20
    assert '<td class="bad">changed</td>' not in text
    card = (journey.folder / "reports/model_card.md").read_text()
    assert '"no effect" or "not recorded"' in card
    check_page(journey.folder / "reports/model_card.html")


def check_page(page: Path) -> str:
    """Return the text of a page, which must be small and name no address but XML's."""
    assert page.stat().st_size < 3e6
    text = page.read_text()
    addresses = set(re.findall(r"https?://[^\s\"'<>)]+", text))
    assert {urlsplit(address).hostname for address in addresses} <= {"www.w3.org"}
    assert not re.search(r"(src|href)=[\"']?(https?:)?//|@import|<script|<link|<iframe", text)
    return text


@pytest.mark.slow
def test_a_run_that_was_broken_off_is_told_as_far_as_it_got(warm_copy):
    warm_copy.make("clean")
    done = warm_copy.make("report")
    assert done.status != 0
    assert "report: nothing has run yet" in done.output
    warm_copy.edit("params.yaml", "max_bad_rows: 0.01 ", "max_bad_rows: 0 ")
    assert warm_copy.make("ingest").status != 0
    done = warm_copy.make("report")
    assert done.status == 0, done.output
    text = (warm_copy.folder / "reports/index.html").read_text()
    assert 'class="verdict bad">stopped<' in text
    assert "ingest.max_bad_rows" in text


@pytest.mark.slow
def test_a_missing_text_of_the_model_card_is_asked_for(warm_copy):
    owner = re.search(r"(?m)^  owner: .*$", (warm_copy.folder / "params.yaml").read_text())[0]
    warm_copy.edit("params.yaml", owner, '  owner: ""')
    done = warm_copy.make("report")
    assert done.status != 0
    assert "`card.owner` is empty; write there a name and how to reach it" in done.output


@pytest.mark.slow
def test_an_experiment_is_compared_with_what_was_committed(warm_copy):
    done = warm_copy.dvc("exp", "run", "--set-param", "train.arguments.C=0.5", "evaluate")
    assert done.status == 0, done.output
    assert "roc_auc" in warm_copy.dvc("metrics", "diff").output
    done = warm_copy.make("summary", GITHUB_STEP_SUMMARY=str(warm_copy.folder / "step.md"))
    assert done.status == 0, done.output
    text = (warm_copy.folder / "step.md").read_text()
    assert text == (warm_copy.folder / "reports/summary.md").read_text()
    assert re.search(r"\| params.yaml +\| train.arguments.C +\| 1.0 +\| 0.5 +\|", text), text
    assert re.search(r"\| reports/metrics.json +\| roc_auc +\|", text), text
    assert "| `package` | out of date |" in text
    assert 'metric{name="roc_auc"} 0.9' in (warm_copy.folder / "reports/metrics.txt").read_text()
    done = warm_copy.dvc("plots", "diff", "HEAD", "--out", str(warm_copy.folder / "plots"))
    assert done.status == 0, done.output


def test_a_second_setup_does_nothing(journey):
    ready = journey.folder / ".venv/ready"
    before = ready.stat().st_mtime_ns
    assert journey.make("setup").output == ""
    assert ready.stat().st_mtime_ns == before


@pytest.mark.slow
def test_targets_asked_for_in_parallel_are_safe(copy):
    shutil.rmtree(copy.folder / "reports")
    done = copy.make("-j4", "ingest", "featurize", "train", "evaluate")
    assert done.status == 0, done.output


@pytest.mark.slow
def test_another_bake_makes_the_same_bytes(journey, tmp_path, bake, warm_venv):
    name = journey.folder.name
    other = Project(bake({"project": name}, tmp_path / "elsewhere").project)
    other.use(warm_venv)
    done = other.dvc("repro", "package")
    assert done.status == 0, done.output
    here, there = (yaml(project.folder / "dvc.lock")["stages"] for project in (journey, other))
    assert list(there) == list(STAGES[:7])
    for stage in there:
        assert there[stage]["outs"] == here[stage]["outs"], stage


@pytest.mark.slow
def test_the_shipped_mocks_are_what_make_mocks_makes_of_the_bundled_rows(warm_copy):
    file = warm_copy.folder / "tests/mocks.csv"
    shipped = file.read_bytes()
    done = warm_copy.make("mocks")
    assert done.status == 0, done.output
    assert "lie where real rows lie" in done.output
    assert file.read_bytes() == shipped
    report = warm_copy.json("reports/mocks.json")
    assert report["coverage"] >= 0.9
    assert report["in_region"] == 1
    assert report["copies"] == 0
    assert report["rows"] <= min(300, report["real_rows"] // 100)
    assert "<svg" in (warm_copy.folder / "reports/mocks.html").read_text()


def test_git_shows_mocks_as_text_though_they_hold_control_characters(journey):
    assert b"\0" in (journey.folder / "tests/mocks.csv").read_bytes()
    nothing = journey.run("git", "hash-object", "-t", "tree", "/dev/null").output.strip()
    done = journey.run("git", "diff", "--numstat", nothing, "HEAD", "--", "tests/mocks.csv")
    assert done.output.split()[0].isdigit(), done.output


def podman(*words: str, **options) -> str:
    """Return what podman prints; it must succeed."""
    # It would look after a pod by systemd and by curl in the image, which holds none.
    environment = os.environ | {"DISABLE_HC_SYSTEMD": "true"}
    done = subprocess.run(
        ["podman", *words], capture_output=True, text=True, env=environment, **options
    )
    assert done.returncode == 0, f"podman {' '.join(words)}: {done.stderr}"
    return done.stdout.strip()


def held_by_podman() -> list[str]:
    """Return all containers, pods, volumes and images that podman holds."""
    kinds = (["ps", "--all"], ["pod", "ls"], ["volume", "ls"], ["image", "ls", "--no-trunc"])
    return [podman(*words, "--quiet") for words in kinds]


@pytest.fixture
def with_podman() -> Iterator[None]:
    """Podman, which holds afterwards what it held before."""
    if (
        not shutil.which("podman")
        or subprocess.run(["podman", "info"], capture_output=True).returncode
    ):
        pytest.skip("podman does not answer here (.ci/engine installs it for root on Debian)")
    before = held_by_podman()
    yield
    assert held_by_podman() == before, "something was left behind in podman"


@pytest.mark.engine
def test_the_image_is_blessed_where_it_was_built_and_in_podman(copy, with_podman):
    copy.edit("params.yaml", "targets: [built] ", "targets: [built, podman] ")
    done = copy.make("validate")
    assert done.status == 0, done.output
    blessing = copy.json("release/blessing.json")
    by = {name: one["engine"] for name, one in blessing["targets"].items()}
    assert by == {"built": blessing["engine"], "podman": "podman"}
    assert {one["verdict"] for one in blessing["targets"].values()} == {"passed"}
    figures = copy.json("reports/smoke.json")
    assert {name: one["exit_code"] for name, one in figures["targets"].items()} == {
        "built": 0,
        "podman": 0,
    }
    again = (copy.folder / "release/blessing.json").read_bytes()
    assert copy.dvc("repro", "--force", "--single-item", "smoke").status == 0
    assert (copy.folder / "release/blessing.json").read_bytes() == again


def spoilt_podman(folder: Path) -> str:
    """Return a PATH on which podman starts images so that they do not find their own code."""
    folder.mkdir()
    program = folder / "podman"
    real = shutil.which("podman")
    program.write_text(
        f'#!/bin/sh\ntest "$1" != run || {{ shift; set -- run --env PYTHONPATH=/nowhere "$@"; }}\n'
        f'exec {real} "$@"\n'
    )
    program.chmod(0o755)
    return f"{folder}{os.pathsep}{clean_environment()['PATH']}"


@pytest.mark.engine
def test_an_image_that_fails_in_podman_alone_is_not_blessed(copy, with_podman, tmp_path):
    copy.edit("params.yaml", "targets: [built] ", "targets: [built, podman] ")
    path = spoilt_podman(tmp_path / "spoilt")
    done = copy.make("smoke", PATH=path)
    assert done.status != 0
    assert "on `podman` (smoke.targets in params.yaml): the server did not start" in done.output
    verdicts = copy.json("release/blessing.json")["targets"]
    assert {name: one["verdict"] for name, one in verdicts.items()} == {
        "built": "passed",
        "podman": "failed",
    }
    assert copy.make("deploy").status != 0


@pytest.mark.engine
def test_a_podman_that_is_away_is_could_not_tell_and_names_the_target(copy, with_podman):
    copy.edit("params.yaml", "targets: [built] ", "targets: [built, podman] ")
    done = copy.make("smoke", CONTAINER_HOST="unix:///nowhere")
    assert done.status != 0
    assert "the target `podman` (smoke.targets in params.yaml): podman is required" in done.output
    assert not (copy.folder / "release/blessing.json").exists()


@pytest.mark.engine
@pytest.mark.alone
@pytest.mark.parametrize("moment", ["handing over", "asking"])
def test_ctrl_c_leaves_nothing_in_either_engine(copy, with_podman, moment):
    copy.edit("params.yaml", "targets: [built] ", "targets: [podman] ")
    sandboxes = ["ps", "--all", "--quiet", "--filter", "name=sandbox-"]
    on_the_way = copy.folder / ".cache/handed-over"
    command = yaml(copy.folder / "dvc.yaml")["stages"]["smoke"]["cmd"]
    process = subprocess.Popen(
        shlex.split(command),
        cwd=copy.folder,
        stderr=subprocess.PIPE,
        text=True,
        # A shell starts what it runs in the background deaf to Ctrl-C; nobody's terminal does.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    until = time.monotonic() + 120
    while not (on_the_way.exists() if moment == "handing over" else podman(*sandboxes)):
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < until
        time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=120)[1]
    assert process.returncode == 130, said
    assert "smoke: interrupted" in said
    assert podman(*sandboxes) == engine(*sandboxes) == ""
    assert not on_the_way.exists()
    assert not (copy.folder / "release/blessing.json").exists()


@pytest.mark.engine
def test_deploy_runs_the_blessed_image_and_it_answers(journey):
    done = journey.make("deploy")
    assert done.status == 0, done.output
    assert not [word for word in NOISE if word in done.output], done.output
    answer = ask(journey, ROW)
    assert answer["model"] == journey.json("release/blessing.json")["model"]
    assert 0 < answer["predictions"][0]["probability"] < 1
    (task, *_) = engine("ps", "--quiet", "--filter", f"name={journey.folder.name}_server").split()
    image = engine("inspect", "--format", "{{.Image}}", task)
    assert image == journey.json("release/blessing.json")["image"]


@pytest.mark.engine
def test_the_image_holds_what_the_server_needs_and_nothing_else(journey, tmp_path):
    blessing = journey.json("release/blessing.json")
    facts = json.loads(engine("image", "inspect", blessing["image"]))[0]
    assert facts["Size"] <= 300e6
    labels = facts["Config"]["Labels"]
    assert labels["org.opencontainers.image.revision"] == blessing["revision"]
    assert labels["org.ml-template.bento"] == blessing["chain"]["files"]["release/bento"]
    made = engine("create", blessing["image"])
    try:
        engine("export", "--output", str(tmp_path / "image.tar"), made)
    finally:
        engine("rm", "--volumes", made)
    with tarfile.open(tmp_path / "image.tar") as archive:
        files = {member.name: member for member in archive if member.isfile()}
    assert not [name for name, member in files.items() if member.mode & 0o6000], "set-uid files"
    programs = {Path(name).name for name, member in files.items() if member.mode & 0o111}
    assert not programs & {"sh", "bash", "dash", "busybox", "gcc", "cc", "ld", "pip", "apt", "dpkg"}
    assert not [name for name in files if "/site-packages/pip/" in name]
    assert any(name.endswith(".pyc") for name in files)


def test_what_the_server_is_made_of_stands_beside_it(journey):
    found = journey.json("release/sbom.json")
    assert found["bomFormat"] == "CycloneDX"
    names = {one["name"] for one in found["components"]}
    assert {"scikit-learn", "bentoml", "models/model.skops"} <= names


@pytest.mark.engine
def test_status_says_what_runs(journey):
    done = journey.make("status", "history")
    assert done.status == 0, done.output
    assert done.output.count(journey.json("release/blessing.json")["bento"]) == 2
    assert "status: 2 of 2 replicas answer at" in done.output


@pytest.mark.engine
def test_replayed_traffic_shows_the_real_drift(journey):
    done = journey.make("replay", "monitor")
    assert done.status == 0, done.output
    assert "3,891 rows answered, 0 refused" in done.output
    report = journey.json("reports/monitor.json")
    drifted = {row["column"] for row in report["drift"] if row["verdict"] != "ok"}
    assert {"speed", "sky"} <= drifted
    assert report["live"]["rows"] == 3891
    assert report["live"]["metrics"]["roc_auc"] > 0.9
    page = (journey.folder / "reports/monitor.html").read_text()
    assert all(f"<td>{name}</td>" in page for name in ("speed", "sky"))


@pytest.mark.engine
def test_monitor_alerts_when_a_threshold_is_passed(copy):
    copy.edit("params.yaml", "max_psi: 0.5 ", "max_psi: 0.2 ")
    done = copy.make("monitor")
    assert done.status != 0
    assert "`operator` drifted: PSI" in done.output
    assert "monitor.max_psi" in done.output


@pytest.mark.engine
def test_batch_predictions_are_those_of_the_service(journey, tmp_path):
    live = journey.folder / "data/live/strikes_1997_1999.csv"
    output = tmp_path / "a folder" / "scored.csv"
    done = journey.make("predict", f"INPUT={live}", f"OUTPUT={output}")
    assert done.status == 0, done.output
    with live.open(newline="") as rows, output.open(newline="") as scored:
        for row, made in list(zip(csv.DictReader(rows), csv.DictReader(scored), strict=True))[:20]:
            del row["effect_on_flight"]
            for name in ("mass_class", "engines", "height", "speed"):
                row[name] = float(row[name]) if row[name] else None
            answer = ask(journey, row)["predictions"][0]
            assert made["report_id"] == row["report_id"]
            assert made["label"] == answer["label"]
            assert float(made["probability"]) == pytest.approx(answer["probability"], abs=1e-9)


def test_batch_prediction_leaves_no_half_file(journey, tmp_path):
    bad = tmp_path / "bad.csv"
    text = (journey.folder / "data/live/strikes_1997_1999.csv").read_text()
    bad.write_text(text.replace(",Overcast,", ",Purple,", 1))
    done = journey.make("predict", f"INPUT={bad}", f"OUTPUT={tmp_path}/scored.parquet")
    assert done.status != 0
    assert "column `sky`: 'Purple' is none of the levels" in done.output
    assert list(tmp_path.iterdir()) == [bad]


@pytest.fixture
def registry(tmp_path) -> Iterator[str]:
    """The address of an empty image registry: Debian's, or its image where there is none."""
    port = free_port()
    if program := shutil.which("docker-registry"):
        config = tmp_path / "registry.yml"
        store, address = tmp_path / "store", f"127.0.0.1:{port}"
        config.write_text(
            f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: '{store}'}}}}\n"
            f"http: {{addr: '{address}'}}\nlog: {{level: error}}\n"
        )
        server = subprocess.Popen([program, "serve", str(config)], stderr=subprocess.DEVNULL)
        yield address
        server.terminate()
        server.wait()
    else:
        name = f"registry-{port}"
        engine(
            "run", "--detach", "--name", name, "--publish", f"127.0.0.1:{port}:5000", "registry:2"
        )
        yield f"127.0.0.1:{port}"
        engine("rm", "--force", "--volumes", name)


def check_manifests(project: Project, image: str) -> None:
    """Have the manifests of both environments written, put together and validated."""
    tools = Path(sys.executable).parent
    for environment in ("production", "staging"):
        done = project.make("kubernetes", f"ENV={environment}")
        assert done.status == 0, done.output
        done = project.run(str(tools / "kubectl"), "kustomize", "release/kubernetes")
        assert done.status == 0, done.output
        assert f"image: {image}" in done.output
        assert f"environment: {environment}" in done.output
        file = project.folder / f"manifests-{environment}.yaml"
        file.write_text(done.output)
        done = project.run(str(tools / "kubernetes-validate"), "--strict", str(file))
        assert done.status == 0, done.output
        kinds = {"Deployment", "Service", "HorizontalPodAutoscaler", "PodDisruptionBudget"}
        assert all(f"kind: {kind}" in file.read_text() for kind in (*kinds, "NetworkPolicy"))
    assert project.make("kubernetes", "ENV=prod").status != 0


@pytest.mark.engine
def test_the_blessed_image_is_pushed_where_there_is_a_registry(copy, registry):
    copy.edit("params.yaml", 'registry: "" ', f'registry: "{registry}/team" ')
    done = copy.make("deploy")
    assert done.status == 0, done.output
    tag = copy.json("release/blessing.json")["bento"]
    name, version = tag.split(":")
    with urllib.request.urlopen(f"http://{registry}/v2/team/{name}/tags/list") as answer:
        assert json.load(answer)["tags"] == [version]
    check_manifests(copy, f"{registry}/team/{name}@sha256:")
    engine("image", "rm", f"{registry}/team/{tag}")
    copy.edit("params.yaml", f'registry: "{registry}/team" ', 'registry: "127.0.0.1:1" ')
    done = copy.make("deploy")
    assert done.status != 0
    assert "project.registry" in done.output


@pytest.fixture
def played(journey, with_podman, tmp_path) -> Iterator[str]:
    """The name by which podman has the blessed image."""
    name, archive = f"localhost/{journey.folder.name}:played", tmp_path / "image.tar"
    image = journey.json("release/blessing.json")["image"]
    engine("save", "--output", str(archive), image)
    podman("tag", podman("load", "--input", str(archive)).split()[-1], name)
    archive.unlink()
    yield name
    podman("image", "rm", "--force", name)
    for pause in podman("image", "ls", "--quiet", "localhost/podman-pause").split():
        podman("image", "rm", "--force", pause)  # which it makes to hold a pod together


@pytest.mark.engine
def test_the_manifests_of_production_run_in_podman(copy, registry, played, tmp_path):
    copy.edit("params.yaml", 'registry: "" ', f'registry: "{registry}/team" ')
    done = copy.make("kubernetes")
    assert done.status == 0, done.output
    kubectl = str(Path(sys.executable).with_name("kubectl"))
    manifests = copy.run(kubectl, "kustomize", "release/kubernetes").output
    objects = list(YAML(typ="safe", pure=True).load_all(manifests))
    (deployment,) = [one for one in objects if one["kind"] == "Deployment"]
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    port = free_port()
    container |= {"image": played, "imagePullPolicy": "Never"}
    container["ports"][0] |= {"hostIP": "127.0.0.1", "hostPort": port}
    file = tmp_path / "play.yaml"
    file.write_text("\n---\n".join(json.dumps(one) for one in objects))
    try:
        podman("kube", "play", "--network", "podman", str(file))
        until = time.monotonic() + 90
        while not is_ready(port):
            assert time.monotonic() < until, podman("pod", "ps")
            time.sleep(0.5)
        answer = ask(copy, ROW, port)
        name = podman("ps", "--format", "{{.Names}}", "--filter", f"ancestor={played}")
        facts = json.loads(podman("container", "inspect", name))[0]
    finally:
        podman("kube", "play", "--down", str(file))
        engine("image", "rm", f"{registry}/team/{copy.json('release/blessing.json')['bento']}")
    assert answer["model"] == copy.json("release/blessing.json")["model"]
    assert facts["HostConfig"]["ReadonlyRootfs"]
    assert facts["HostConfig"]["Memory"] == 512 * 2**20
    assert facts["Config"]["User"] == "10001:10001"
    assert not facts["EffectiveCaps"]


def is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


@pytest.mark.engine
def test_a_new_model_is_deployed_and_rolled_back(journey):
    former = journey.json("release/blessing.json")
    journey.edit("params.yaml", "arguments: {C: 1.0,", "arguments: {C: 0.5,")
    done = journey.make("validate", "deploy")
    assert done.status == 0, done.output
    assert ask(journey, ROW)["model"] != former["model"]
    done = journey.make("rollback")
    assert done.status == 0, done.output
    assert ask(journey, ROW)["model"] == former["model"]
    assert former["bento"] in journey.make("status").output


@pytest.mark.engine
def test_the_former_release_comes_back_when_the_new_one_is_not_ready_in_time(journey):
    answered = ask(journey, ROW)["model"]
    journey.edit("params.yaml", "ready_seconds: 60 ", "ready_seconds: 0.3 ")
    done = journey.make("deploy")
    journey.edit("params.yaml", "ready_seconds: 0.3 ", "ready_seconds: 60 ")
    assert done.status != 0
    assert "was not ready after 0.3 s" in done.output
    assert "the former release answers" in done.output
    assert ask(journey, ROW)["model"] == answered


@pytest.mark.engine
def test_what_was_blessed_is_handed_over_and_deployed_as_it_is(journey):
    image = journey.json("release/blessing.json")["image"]
    done = journey.make("export")
    assert done.status == 0, done.output
    other = Project(journey.folder.parent / "handed over" / journey.folder.name)
    assert journey.run("git", "add", "--all").status == 0
    journey.commit("A smaller C")
    assert journey.run("git", "clone", "--quiet", ".", str(other.folder)).status == 0
    other.use(journey.folder / ".venv")
    shutil.move(journey.folder / "handover.tar", other.folder / "handover.tar")
    done = other.make("import", "deploy")
    assert done.status == 0, done.output
    assert other.json("release/deployment.json")["releases"][0]["image"] == image


@pytest.mark.slow
def test_data_comes_from_the_dvc_remote(journey, tmp_path):
    assert "there is no DVC remote" in journey.make("pull").output
    other = Project(tmp_path / "clone")
    remote = str(tmp_path / "remote")
    assert journey.dvc("remote", "add", "--local", "-d", "storage", remote).status == 0
    assert journey.dvc("push", "--quiet").status == 0
    assert journey.run("git", "clone", "--quiet", ".", str(other.folder)).status == 0
    other.use(journey.folder / ".venv")
    assert "is missing (ingest.raw" in other.make("ingest").output
    assert other.dvc("remote", "add", "--local", "-d", "storage", remote).status == 0
    done = other.make("pull")
    assert done.status == 0, done.output
    raw = yaml(journey.folder / "params.yaml")["ingest"]["raw"]
    assert (other.folder / raw).read_bytes() == (journey.folder / raw).read_bytes()


@pytest.mark.engine
def test_production_is_taken_down_and_its_log_is_kept(journey):
    done = journey.make("undeploy")
    assert done.status == 0, done.output
    assert engine("ps", "--quiet", "--filter", f"name={journey.folder.name}") == ""
    assert list((journey.folder / "data/live/log").glob("predictions-*.jsonl"))
    assert "nothing is deployed" in journey.make("status").output


def test_the_unit_tests_pass_with_the_coverage_gate(journey):
    done = journey.make("test")
    assert done.status == 0, done.output
    assert re.search(r"(?m)^TOTAL .* 9[5-9]%$", done.output), done.output
    journey.edit("pyproject.toml", "fail_under = 95", "fail_under = 100")
    done = journey.run(".venv/bin/coverage", "report")
    journey.edit("pyproject.toml", "fail_under = 100", "fail_under = 95")
    assert done.status != 0
    assert "is less than fail-under=100" in done.output


def test_the_project_is_linted(journey):
    done = journey.make("lint")
    assert done.status == 0, done.output


@pytest.mark.slow
def test_the_lock_files_name_no_host(copy):
    done = copy.make("lock")
    assert done.status == 0, done.output
    for name in ("serve", "dev"):
        text = (copy.folder / f"requirements/{name}.txt").read_text()
        assert "://" not in text
        assert "--hash=sha256:" in text


def test_clean_leaves_what_a_person_made(copy):
    done = copy.make("clean")
    assert done.status == 0, done.output
    assert not (copy.folder / "models").exists()
    assert copy.run("git", "status", "--porcelain", "data", "pipeline").output == ""


def test_adopt_asks_for_a_table_and_changes_nothing(copy):
    before = copy.run("git", "status", "--porcelain").output
    done = copy.make("adopt")
    assert done.status != 0
    assert "name the table to adopt: make adopt DATA=rows.csv TARGET=column" in done.output
    assert copy.run("git", "status", "--porcelain").output == before


def test_update_finds_that_nothing_is_newer(copy):
    for setting, value in {"user.name": "Ada", "user.email": "ada@example.org"}.items():
        copy.run("git", "config", setting, value)
    done = copy.make("update")
    assert done.status == 0, done.output
    assert "update: already at ml-template 1.0.0" in done.output


@pytest.mark.engine
def test_every_target_of_the_makefile_was_run(journey):
    """Stands last: it looks back on all the tests above."""
    lines = journey.make("help").output.splitlines()
    targets = {line.split()[1] for line in lines}
    assert targets <= ran, f"no test ran {sorted(targets - ran)}"
