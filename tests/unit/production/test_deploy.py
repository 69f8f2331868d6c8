"""blessing -> deployment: only the blessed image, and only while its chain is whole."""

import json
from pathlib import Path

import pytest

from engine import write_program
from mock_releases import Oven
from pipeline.evaluation import champion
from pipeline.production import card, deploy
from pipeline.production.releases import history

WORDS = ("--blessing", "release/blessing.json", "--image", "release/image.json")
WORDS += ("--bento", "release/bento", "--deployment", "release/deployment.json")
DEPLOYMENT = Path("release/deployment.json")
DVC = "test \"$*\" = '-m dvc status --json' || exit 9; "


def blessing() -> dict:
    return json.loads(Path("release/blessing.json").read_text())


def rewrite(path: str, **values) -> None:
    record = json.loads(Path(path).read_text())
    Path(path).write_text(json.dumps({**record, **values}))


@pytest.fixture
def dvc(tmp_path, monkeypatch):
    """A Python whose `dvc status` is the given shell script."""

    def dvc(script: str) -> None:
        write_program(tmp_path / "bin", "python", DVC + script)
        monkeypatch.setattr("sys.executable", str(tmp_path / "bin" / "python"))

    dvc("echo '{}'")
    return dvc


@pytest.fixture
def ready(blessed, fake, serve, change, dvc, monkeypatch) -> Oven:
    """A blessed project, an engine with its image, and a port on which production answers."""
    oven = Oven(fake)
    made = blessing()
    answer = {"model": made["model"], "predictions": [made["golden"]["prediction"]]}
    fake.change(source=str(Path("release/bento/src").resolve()))
    oven.answers[made["image"]] = answer
    change("deploy", port=serve(oven))
    monkeypatch.setenv("DOCKER_HOST", "tcp://localhost:2375")
    return oven


@pytest.mark.slow
def test_the_blessed_image_is_deployed_by_its_id(ready, fake, run):
    ended = run(deploy.main, *WORDS)
    assert ended.code == 0, ended.err
    image = blessing()["image"]
    assert fake.served == {"bakery_server": image}
    assert "answers at http://localhost:" in ended.out
    (release,) = history(DEPLOYMENT)
    assert (release["image"], release["model"]) == (image, blessing()["model"])
    assert release["limits"] == {"memory": "512m", "cpus": 1.0}
    assert "data/dataset" in release["files"]


def test_deploying_again_is_no_new_release(ready, run, dvc):
    assert run(deploy.main, *WORDS).code == 0
    # The champion changed, and it is this very model: what it was judged against is behind it.
    dvc('echo \'{"evaluate": [{"changed deps": {"deploy/champion": "modified"}}]}\'')
    assert run(deploy.main, *WORDS).code == 0
    assert len(history(DEPLOYMENT)) == 1


@pytest.mark.slow
def test_the_deployed_model_is_the_champion(ready, run):
    assert run(deploy.main, *WORDS).code == 0
    named, scorer = champion.load(Path("deploy/champion"))
    assert named == {"bento": blessing()["bento"], "model": blessing()["model"]}
    assert scorer is not None


@pytest.mark.slow
def test_a_blessing_against_an_older_champion_is_refused(ready, fake, run):
    champion.crown(Path("release/bento/src"), "bakery:of yesterday")
    Path("deploy/champion/schema.yaml").write_text("")
    named = json.loads(Path("deploy/champion/champion.json").read_text())
    Path("deploy/champion/champion.json").write_text(
        json.dumps({**named, "model": "sha256:another"})
    )
    ended = run(deploy.main, *WORDS)
    assert ended.code == 1
    assert "champion: its bytes changed after `evaluate`" in ended.err
    assert fake.served == {}


@pytest.mark.slow
@pytest.mark.parametrize("text", ["", "TODO"])
def test_a_missing_text_of_the_card_stops_a_deployment(ready, fake, run, change, text):
    change("card", intended_use=text)
    ended = run(deploy.main, *WORDS)
    assert ended.code == 1
    assert "`card.intended_use` " in ended.err
    assert "write there who uses the predictions" in ended.err
    assert fake.served == {}
    assert not DEPLOYMENT.exists()


@pytest.mark.slow
def test_staging_needs_no_card(ready, run, change, monkeypatch):
    change("card", **dict.fromkeys(card.TEXTS, ""))
    monkeypatch.setenv("ENV", "staging")
    ended = run(deploy.main, *WORDS)
    assert "`card." not in ended.err


@pytest.mark.slow
def test_another_image_is_a_new_release(ready, run):
    DEPLOYMENT.write_text(json.dumps({"releases": [{"image": "sha256:old"}]}))
    assert run(deploy.main, *WORDS).code == 0
    assert [release["image"] for release in history(DEPLOYMENT)] == [
        blessing()["image"],
        "sha256:old",
    ]


def process_only(fake, dvc):
    rewrite("release/blessing.json", sandbox="process")


def not_blessed(fake, dvc):
    rewrite("release/blessing.json", verdict="failed")


def other_record(fake, dvc):
    rewrite("release/blessing.json", stage="evaluate")


def model_byte(fake, dvc):
    with Path("models/model.skops").open("ab") as file:
        file.write(b"x")


def bento_byte(fake, dvc):
    with Path("release/bento/src/serve.py").open("a") as file:
        file.write("#")


def failed_verdict(fake, dvc):
    rewrite("reports/evaluate.json", verdict="failed")


def changed_parameter(fake, dvc):
    path = Path("params.yaml")
    path.write_text(path.read_text().replace('threshold": 0.5', 'threshold": 0.4'))


def other_image(fake, dvc):
    state = fake.state["images"]
    fake.change(images={f"{image}0": facts for image, facts in state.items()})


def image_of_another_bento(fake, dvc):
    state = fake.state["images"]
    for facts in state.values():
        facts["labels"] = {}
    fake.change(images=state)


def moved_tag(fake, dvc):
    state, tag = fake.state["images"], blessing()["bento"]
    for facts in state.values():
        facts["tags"] = []
    fake.change(images={**state, "sha256:evil": {"tags": [tag], "labels": {}}})


def no_tag(fake, dvc):
    state = fake.state["images"]
    for facts in state.values():
        facts["tags"] = []
    fake.change(images=state)


def changed_code(fake, dvc):
    found = {"train": [{"changed deps": {"pipeline/model/train.py": "modified"}}]}
    dvc(f"echo '{json.dumps(found)}'")


def broken_dvc(fake, dvc):
    dvc("echo 'ERROR: no DVC here' >&2; exit 255")


def silent_dvc(fake, dvc):
    dvc("exit 1")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (process_only, "blessed as a process, and production needs the blessing of a container"),
        (not_blessed, "release/blessing.json: the image was not blessed; run `make validate`"),
        (other_record, "the image was not blessed"),
        (model_byte, "models/model.skops: its bytes changed after `train`"),
        (bento_byte, "release/bento: its bytes changed after `package`"),
        (failed_verdict, "reports/evaluate.json: the gate `evaluate` did not pass"),
        (changed_parameter, "`evaluate.decision_threshold` changed after `evaluate`"),
        (other_image, "the engine has no image sha256:"),
        (image_of_another_bento, "was not built from release/bento"),
        (moved_tag, "names sha256:evil now, but sha256:"),
        (no_tag, "names no image now, but sha256:"),
        (changed_code, "pipeline/model/train.py changed after `train`; run `make validate`"),
        (broken_dvc, "dvc cannot tell whether the pipeline is up to date: ERROR: no DVC here"),
        (silent_dvc, "dvc cannot tell whether the pipeline is up to date: no reason given"),
    ],
)
def test_a_broken_link_of_the_chain_is_named(ready, fake, run, dvc, spoil, sentence):
    spoil(fake, dvc)
    ended = run(deploy.main, *WORDS)
    assert ended.code == 1
    assert sentence in ended.err
    assert fake.calls_of("stack") == []
    assert not DEPLOYMENT.exists()


@pytest.mark.slow
def test_a_release_that_fails_is_not_in_the_history(ready, fake, run):
    ready.answers.clear()
    ended = run(deploy.main, *WORDS)
    assert ended.code == 1
    assert "was not deployed: the server was not ready after 0.3 s" in ended.err
    assert not DEPLOYMENT.exists()


@pytest.mark.slow
@pytest.mark.parametrize("registry", ["", "registry.example.org/team"])
def test_the_blessed_image_is_pushed_to_the_registry(ready, fake, run, change, registry):
    change("project", registry=registry)
    ready.answers[f"{registry}/bakery@sha256:pushed"] = ready.answers[blessing()["image"]]
    assert run(deploy.main, *WORDS).code == 0
    name = f"{registry}/{blessing()['bento']}"
    assert fake.calls_of("push") == ([f"push --quiet {name}"] if registry else [])
    if registry:
        assert name in fake.state["images"][blessing()["image"]]["tags"]
        deployed = f"{registry}/bakery@sha256:pushed"
        assert fake.served == {"bakery_server": deployed}, "by its digest, for every machine"


@pytest.mark.slow
def test_a_refused_push_names_its_parameter(ready, fake, run, change):
    change("project", registry="registry.example.org")
    fake.change(fail={"push": "unauthorized"})
    ended = run(deploy.main, *WORDS)
    assert ended.code == 1
    assert "unauthorized; log in to the registry, or empty project.registry" in ended.err


@pytest.mark.slow
def test_a_missing_blessing_is_named(ready, run):
    Path("release/blessing.json").unlink()
    assert "release/blessing.json is missing" in run(deploy.main, *WORDS).err
