"""One process at a time deploys."""

import os
import socket

import pytest

from pipeline.core.errors import CouldNotTell
from pipeline.production import lock
from pipeline.release.engine import Engine, EngineError

CONTAINER, IMAGE = "bakery-deploying", "sha256:1"


@pytest.fixture
def engine(fake) -> Engine:
    fake.add_image(IMAGE)
    return Engine("docker")


def take(engine: Engine) -> dict:
    """Take the lock and give it back; return the labels of its container."""
    with lock.held(engine, "bakery", IMAGE):
        return engine.container(CONTAINER)["Config"]["Labels"]


def left_by(fake, owner: str) -> None:
    labels = [f"{lock.OWNER}={owner}"]
    fake.add_container(CONTAINER, IMAGE, running=False, labels=labels)


def test_the_lock_names_its_owner_and_is_given_back(engine, fake):
    assert take(engine) == {lock.OWNER: f"{socket.gethostname()}/{os.getpid()}"}
    assert CONTAINER not in fake.state["containers"]


def test_the_lock_is_given_back_after_an_error(engine, fake):
    with pytest.raises(KeyboardInterrupt), lock.held(engine, "bakery", IMAGE):
        raise KeyboardInterrupt
    assert CONTAINER not in fake.state["containers"]


def test_a_second_deployment_is_refused(engine, fake):
    left_by(fake, "elsewhere/1")
    with pytest.raises(
        CouldNotTell, match=r"another deployment of bakery is under way \(process elsewhere/1\)"
    ):
        take(engine)
    assert CONTAINER in fake.state["containers"]


@pytest.mark.slow
def test_the_lock_of_a_killed_process_is_taken(engine, fake):
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    left_by(fake, f"{socket.gethostname()}/{child}")
    assert take(engine) == {lock.OWNER: f"{socket.gethostname()}/{os.getpid()}"}


def test_a_living_or_unknown_process_keeps_the_lock():
    host = socket.gethostname()
    for owner in (f"{host}/{os.getpid()}", f"{host}/1", "unknown"):
        assert not lock.is_dead(owner), owner


def test_an_engine_that_cannot_create_is_an_error(engine, fake):
    fake.change(fail={"create": "no space left"})
    with pytest.raises(EngineError, match="docker create failed: Error: no space left"):
        take(engine)
