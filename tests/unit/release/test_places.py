"""Where a server is proved: on each target by the same image, and nothing of it is left behind."""

from pathlib import Path

import pytest

from engine import FakeEngine, install, spare_starts, write_program
from pipeline.core import params
from pipeline.core.errors import CouldNotTell, GateClosed, Refusal
from pipeline.release import places as targets
from pipeline.release import smoke
from pipeline.release.engine import Engine, Limits
from pipeline.release.sandbox import Container, Process

LIMITS = Limits("512m", 1.0)
BENTO = Path("release/bento")
BUILT = {"sandbox": "container", "engine": "docker", "image": "sha256:1", "bento": "bakery:1"}
A_PROCESS = {"sandbox": "process", "bento": "bakery:1"}
DOCKER, PODMAN = Engine("docker"), Engine("podman")


@pytest.fixture
def docker(fake, tmp_path, monkeypatch) -> FakeEngine:
    """The engine that has built the image; the working directory is empty."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    monkeypatch.chdir(folder)
    fake.add_image("sha256:1", tag="bakery:1", bento="x")
    return fake


@pytest.fixture
def podman(fake, tmp_path, monkeypatch) -> FakeEngine:
    """Another engine beside it, which has no image."""
    made = FakeEngine(tmp_path / "podman", "podman")
    install(made, monkeypatch)
    spare_starts(made, monkeypatch)
    return made


def passes(begin, target) -> dict:
    with begin() as server:
        server.state()
    return {"passed": ["a"], "failed": {}, "tries": 1}


def prove(names, built=BUILT, how=passes):
    return targets.prove_each(targets.engines(names, built), built, BENTO, LIMITS, how)


def test_the_list_of_targets_holds_each_once_and_one_at_least(project, change):
    assert params.load("smoke", smoke.Params).targets == ["built"]
    for names, sentence in (
        ([], "`smoke.targets`: a server that is started nowhere is not proved; name `built`"),
        (["built", "built"], "`smoke.targets`: `built` is there twice; once is enough"),
        (["bulit"], "`smoke.targets.0`: input should be 'built', 'docker', 'podman' or 'process'"),
    ):
        change("smoke", targets=names)
        with pytest.raises(Refusal, match=sentence):
            params.load("smoke", smoke.Params)


@pytest.mark.slow
def test_built_is_what_the_image_was_made_for(docker, podman):
    assert targets.engines(["built"], BUILT) == {"built": DOCKER}
    assert targets.engines(["built"], A_PROCESS) == {"built": None}
    names = ["process", "podman", "built", "docker"]
    found = targets.engines(names, BUILT)
    assert list(found.items()) == list(zip(names, [None, PODMAN, DOCKER, DOCKER], strict=True))


def test_each_target_is_proved_by_its_own_engine(docker, podman):
    tried = []

    def how(begin, target):
        if target == "process":
            assert isinstance(begin(), Process)
        else:
            with begin() as server:
                tried.append((target, server.engine.command, server.image))
        return {"passed": ["a"], "failed": {}, "tries": 2 if target == "podman" else 1}

    found = prove(["built", "podman", "process"], how=how)
    assert tried == [("built", "docker", "sha256:1"), ("podman", "podman", "sha256:1")]
    assert found == {
        "passed": ["a"],
        "failed": {},
        "tries": 2,
        "targets": {
            "built": {"sandbox": "container", "engine": "docker", "verdict": "passed"},
            "podman": {
                "sandbox": "container",
                "engine": "podman",
                "same_by": "image id",
                "verdict": "passed",
            },
            "process": {"sandbox": "process", "verdict": "passed"},
        },
    }


def fails(begin, target):
    with begin():
        raise GateClosed([f"{target} is no good"], {"tries": 1, "failed": {"a": "b"}})


def is_interrupted(begin, target):
    with begin():
        raise KeyboardInterrupt


@pytest.mark.slow
@pytest.mark.parametrize(
    ("how", "ends"),
    [(passes, None), (fails, GateClosed), (is_interrupted, KeyboardInterrupt)],
)
def test_an_image_that_was_handed_over_is_removed(docker, podman, how, ends):
    before = docker.state["images"]
    if ends:
        with pytest.raises(ends):
            prove(["podman"], how=how)
    else:
        prove(["podman"])
    assert podman.calls_of("load"), "nothing was handed over"
    assert (docker.state["images"], podman.state["images"]) == (before, {})
    assert docker.running == podman.running == {}
    assert not targets.HANDED_OVER.exists()


def test_an_image_that_the_other_engine_has_already_stays(docker, podman):
    podman.add_image("sha256:1", tag="mine:1")
    prove(["podman"])
    assert podman.calls_of("load") == []
    assert podman.state["images"]["sha256:1"]["tags"] == ["mine:1"]


@pytest.mark.slow
def test_what_a_killed_run_left_is_removed_by_the_next(docker, podman):
    prove(["podman"])
    (name,) = {call.split()[-1] for call in podman.calls_of("tag")}
    podman.add_image("sha256:0", tag=name)
    targets.HANDED_OVER.mkdir()
    prove(["podman"])
    assert podman.state["images"] == {}
    assert not targets.HANDED_OVER.exists()


@pytest.mark.slow
def test_a_target_that_failed_keeps_none_from_being_tried(docker, podman):
    tried = []

    def how(begin, target):
        tried.append(target)
        return (fails if target == "podman" else passes)(begin, target)

    with pytest.raises(GateClosed) as closed:
        prove(["podman", "built"], how=how)
    assert tried == ["podman", "built"]
    assert closed.value.reasons == ["on `podman` (smoke.targets in params.yaml): podman is no good"]
    verdicts = {name: one["verdict"] for name, one in closed.value.record["targets"].items()}
    assert verdicts == {"podman": "failed", "built": "passed"}
    assert closed.value.record["failed"] == {"a": "b"}


@pytest.mark.slow
def test_the_reasons_of_a_single_target_need_not_name_it(docker):
    with pytest.raises(GateClosed) as closed:
        prove(["built"], how=fails)
    assert closed.value.reasons == ["built is no good"]


def no_podman(docker, podman):
    write_program(podman.path.parent, "podman", "exit 1")  # this machine may have another


def no_docker(docker, podman):
    write_program(docker.path.parent, "docker", "exit 1")


def no_image(docker, podman):
    docker.change(images={})


def cannot_save(docker, podman):
    docker.change(fail={"save": "no space left on device"})


def cannot_load(docker, podman):
    podman.change(fail={"load": "no space left on device"})


def another_image(docker, podman):
    podman.change(loads_as="sha256:2")


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (no_podman, r"the target `podman` \(smoke.targets in params.yaml\): podman is wanted and"),
        (no_docker, "docker built the image and does not answer now; start it"),
        (no_image, "docker has no image sha256:1; run `dvc repro containerize`"),
        (cannot_save, "podman .* cannot be handed the image: docker save failed: .*no space left"),
        (cannot_load, "podman .* cannot be handed the image: podman load failed: .*no space left"),
        (another_image, "it cannot be shown that podman was handed the image that docker built"),
    ],
)
def test_what_is_no_fault_of_the_server_is_could_not_tell(docker, podman, spoil, sentence):
    spoil(docker, podman)
    with pytest.raises(CouldNotTell, match=sentence):
        prove(["podman"])
    assert podman.state["images"] == {}
    assert podman.state["containers"] == {}
    assert not targets.HANDED_OVER.exists()


@pytest.mark.slow
def test_an_engine_that_is_away_is_told_before_anything_is_started(docker, podman):
    no_podman(docker, podman)
    with pytest.raises(CouldNotTell):
        prove(["built", "podman"])
    assert docker.calls_of("run") == []


def test_without_an_image_a_container_cannot_be_proved(docker):
    with pytest.raises(CouldNotTell, match=r"`docker` .* wants an image, and none was built"):
        targets.engines(["built", "docker"], A_PROCESS)


def test_where_a_container_is_demanded_a_process_is_not_enough(docker, monkeypatch):
    assert targets.engines(["process"], BUILT) == {"process": None}
    monkeypatch.setenv("SANDBOX", "container")
    with pytest.raises(Refusal, match=r"a container is wanted .* no target is one: smoke.targ"):
        targets.engines(["process"], BUILT)
    assert targets.engines(["process", "built"], BUILT)["built"] == DOCKER


def inspected(name: str = "sha256:1", layers=("a", "b"), **config) -> dict:
    return {"Id": name, "RootFS": {"Layers": list(layers)}, "Config": {"User": "1", **config}}


@pytest.mark.parametrize(
    ("other", "by"),
    [
        (inspected("1", ["c"]), "image id"),
        (inspected("2", Cmd=[], Labels=None), "layers and configuration"),
        (inspected("2", User="0"), None),
        (inspected("2", ["a"]), None),
        ({"Id": "2", "Config": {"User": "1"}}, None),
    ],
)
def test_an_image_is_the_same_by_its_id_or_else_by_all_that_is_in_it(other, by):
    assert targets.same_by(inspected(), other) == by
    assert targets.same_by(other, inspected()) == by


@pytest.mark.slow
def test_images_that_tell_nothing_of_themselves_are_not_the_same():
    assert targets.same_by({"Id": "1", "Config": {}}, {"Id": "2", "Config": {}}) is None


@pytest.mark.slow
def test_a_container_is_started_within_the_limits(docker, podman):
    with targets.opened("podman", PODMAN, BUILT, BENTO, LIMITS) as (begin, _):
        server = begin()
        assert isinstance(server, Container)
        assert server.limits == LIMITS
