"""Manifests of the blessed image for a cluster."""

import json
from pathlib import Path

import pytest

from pipeline.production import blessing as blessings
from pipeline.production import card, kubernetes

WORDS = ("--blessing", "release/blessing.json", "--image", "release/image.json")
WORDS += ("--bento", "release/bento", "--manifests", "release/kubernetes/kustomization.yaml")
REFERENCE = "registry.example.org/bakery@sha256:pushed"


@pytest.fixture
def ready(blessed, fake, change, monkeypatch):
    """A blessed project with a registry, in which nothing has changed."""
    change("project", registry="registry.example.org")
    monkeypatch.setattr(blessings, "changed_code", lambda apart_from: [])
    monkeypatch.delenv("ENV", raising=False)
    return fake


@pytest.mark.slow
def test_the_blessed_image_is_pinned_by_its_digest(ready, run):
    ended = run(kubernetes.main, *WORDS)
    assert ended.code == 0, ended.err
    made = json.loads(Path("release/kubernetes/kustomization.yaml").read_text())
    assert made["images"] == [
        {"name": "server", "newName": "registry.example.org/bakery", "digest": "sha256:pushed"}
    ]
    assert made["resources"] == ["../../deploy/kubernetes/overlays/production"]
    assert Path("release/kubernetes", made["resources"][0]).resolve().is_dir()
    values = {one["path"].rsplit("/", 2)[1:][0:2][1]: one["value"] for one in patch_of(made)}
    assert values == {"memory": "512Mi", "cpu": "1"}
    assert "next: kubectl apply -k release/kubernetes" in ended.out


def patch_of(made: dict) -> list[dict]:
    return json.loads(made["patches"][0]["patch"])


def test_an_unknown_environment_is_refused(ready, run, monkeypatch):
    monkeypatch.setenv("ENV", "prod")
    ended = run(kubernetes.main, *WORDS)
    assert ended.code == 1
    assert "ENV must be one of production, staging, not 'prod'" in ended.err
    assert not Path("release/kubernetes").exists() or not list(Path("release/kubernetes").iterdir())


@pytest.mark.slow
def test_without_a_registry_it_is_refused(ready, run, change):
    change("project", registry="")
    ended = run(kubernetes.main, *WORDS)
    assert ended.code == 1
    assert "a cluster pulls its images: name a registry" in ended.err


@pytest.mark.parametrize(
    ("environment", "code"),
    [pytest.param("production", 1, marks=pytest.mark.slow), ("staging", 0)],
)
def test_production_needs_the_card(ready, run, change, monkeypatch, environment, code):
    change("card", **dict.fromkeys(card.TEXTS, ""))
    monkeypatch.setenv("ENV", environment)
    ended = run(kubernetes.main, *WORDS)
    assert ended.code == code
    assert ("`card.owner` is empty" in ended.err) == bool(code)


def test_an_image_that_was_not_blessed_is_refused(ready, run):
    blessing = Path("release/blessing.json")
    blessing.write_text(json.dumps({**json.loads(blessing.read_text()), "verdict": "failed"}))
    ended = run(kubernetes.main, *WORDS)
    assert ended.code == 1
    assert "the image was not blessed" in ended.err
    assert ready.calls_of("push") == []
