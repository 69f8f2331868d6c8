"""Where a server is proved: on each target by the same image, and nothing of it is left behind."""

from pathlib import Path

import pytest

from engine import FakeEngine, install, spare_starts, write_program
from pipeline.core.errors import CouldNotTell, GateClosed, Refusal
from pipeline.release import places
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
    podman = FakeEngine(tmp_path / "podman", "podman")
    install(podman, monkeypatch)
    spare_starts(podman, monkeypatch)
    return podman


def of(names, built=BUILT) -> list[places.Place]:
    return places.places(names, built, BENTO, LIMITS)


def start_at(names, built=BUILT, then=None) -> list[places.Place]:
    """Start a server at each place, one after the other; `then` is called while it runs."""
    where = of(names, built)
    for place in where:
        with place, place.server():
            if then:
                then()
    return where


@pytest.mark.slow
def test_built_is_the_engine_that_built_the_image(docker, podman):
    (place,) = of(["built"])
    assert (place.machine, place.source) == (DOCKER, DOCKER)
    assert [type(place) for place in of(["built"], A_PROCESS)] == [places.AsProcess]
    names = ["process", "podman", "built", "docker"]
    machines = [(place.name, getattr(place, "machine", None)) for place in of(names)]
    assert machines == list(zip(names, [None, PODMAN, DOCKER, DOCKER], strict=True))


def test_each_place_starts_the_server_by_its_own_engine(docker, podman):
    tried = []
    where = of(["built", "podman", "process"])
    for place in where[:2]:
        with place, place.server() as server:
            tried.append((place.name, server.engine.command, server.image))
    with where[2]:
        assert isinstance(where[2].server(), Process)
    assert tried == [("built", "docker", "sha256:1"), ("podman", "podman", "sha256:1")]
    assert [place.facts for place in where] == [
        {"sandbox": "container", "engine": "docker"},
        {"sandbox": "container", "engine": "podman", "same_by": "image id"},
        {"sandbox": "process"},
    ]


def fail():
    raise GateClosed(["no good"], {})


def interrupt():
    raise KeyboardInterrupt


@pytest.mark.slow
@pytest.mark.parametrize(
    ("then", "ends"), [(None, None), (fail, GateClosed), (interrupt, KeyboardInterrupt)]
)
def test_an_image_that_was_handed_over_is_removed(docker, podman, then, ends):
    before = docker.state["images"]
    if ends:
        with pytest.raises(ends):
            start_at(["podman"], then=then)
    else:
        start_at(["podman"])
    assert podman.calls_of("load"), "nothing was handed over"
    assert (docker.state["images"], podman.state["images"]) == (before, {})
    assert docker.running == podman.running == {}
    assert not places.HANDED_OVER.exists()


def test_an_image_that_the_other_engine_has_already_stays(docker, podman):
    podman.add_image("sha256:1", tag="mine:1")
    start_at(["podman"])
    assert podman.calls_of("load") == []
    assert podman.state["images"]["sha256:1"]["tags"] == ["mine:1"]


@pytest.mark.slow
def test_what_a_killed_run_left_is_removed_by_the_next(docker, podman):
    start_at(["podman"])
    (name,) = {call.split()[-1] for call in podman.calls_of("tag")}
    podman.add_image("sha256:0", tag=name)
    places.HANDED_OVER.mkdir()
    start_at(["podman"])
    assert podman.state["images"] == {}
    assert not places.HANDED_OVER.exists()


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
        (
            no_podman,
            r"the target `podman` \(smoke.targets in params.yaml\): podman is required and",
        ),
        (no_docker, "docker built the image and does not answer now; start it"),
        (no_image, "docker has no image sha256:1; run `dvc repro containerize`"),
        (cannot_save, "podman .* cannot be handed the image: docker save failed: .*no space left"),
        (cannot_load, "podman .* cannot be handed the image: podman load failed: .*no space left"),
        (another_image, "it cannot be shown that podman was handed the image that docker built"),
    ],
)
def test_faults_of_the_engine_are_could_not_tell(docker, podman, spoil, sentence):
    spoil(docker, podman)
    with pytest.raises(CouldNotTell, match=sentence):
        start_at(["podman"])
    assert podman.state["images"] == {}
    assert podman.state["containers"] == {}
    assert not places.HANDED_OVER.exists()


@pytest.mark.slow
def test_a_missing_engine_is_reported_before_anything_is_started(docker, podman):
    no_podman(docker, podman)
    with pytest.raises(CouldNotTell):
        start_at(["built", "podman"])
    assert docker.calls_of("run") == []


def test_without_an_image_a_container_cannot_be_proved(docker):
    with pytest.raises(CouldNotTell, match=r"`docker` .* needs an image, and none was built"):
        of(["built", "docker"], A_PROCESS)


def test_a_required_container_is_not_a_process(docker, monkeypatch):
    assert len(of(["process"])) == 1
    monkeypatch.setenv("SANDBOX", "container")
    with pytest.raises(Refusal, match=r"a container is required .* no target is one: smoke.targ"):
        of(["process"])
    assert of(["process", "built"])[1].machine == DOCKER


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
def test_images_are_the_same_by_id_or_by_layers_and_configuration(other, by):
    assert places.same_by(inspected(), other) == by
    assert places.same_by(other, inspected()) == by


@pytest.mark.slow
def test_images_without_layers_are_not_the_same():
    assert places.same_by({"Id": "1", "Config": {}}, {"Id": "2", "Config": {}}) is None


@pytest.mark.slow
def test_a_container_is_started_within_the_limits(docker, podman):
    (place,) = of(["podman"])
    with place:
        server = place.server()
        assert isinstance(server, Container)
        assert server.limits == LIMITS
