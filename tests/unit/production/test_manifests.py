"""Kubernetes as manifests: what they can say, and what only the cluster can."""

import json
from pathlib import Path

import pytest

from mock_project import ROOT
from mock_releases import release_of
from pipeline.core.errors import CouldNotTell, Refusal
from pipeline.production import manifests
from pipeline.production.manifests import Manifests

FILE = Path("release/kubernetes/kustomization.yaml")
PUSHED = {**release_of(1), "reference": "registry.example.org/bakery@sha256:pushed"}


@pytest.fixture
def target(project) -> Manifests:
    return Manifests("bakery", "production", FILE)


def test_a_release_is_pinned_by_its_digest_and_limited(target):
    target.up({**PUSHED, "limits": {"memory": "1g", "cpus": 0.5}})
    content = json.loads(FILE.read_text())
    assert content["images"] == [
        {"name": "server", "newName": "registry.example.org/bakery", "digest": "sha256:pushed"}
    ]
    assert content["namePrefix"] == "bakery-"
    assert Path("release/kubernetes", content["resources"][0]).resolve().is_dir()
    patch = json.loads(content["patches"][0]["patch"])
    values = {change["path"].split("/resources/")[1]: change["value"] for change in patch}
    assert values == {"limits/memory": "1024Mi", "requests/memory": "1024Mi", "limits/cpu": "0.5"}


@pytest.mark.parametrize(
    ("ask", "command"),
    [
        (lambda target: target.running(), "kubectl get deployment/bakery-server -o wide"),
        (lambda target: target.settled(PUSHED), "kubectl rollout status deployment/bakery-server"),
        (lambda target: target.undo(None), "kubectl rollout undo deployment/bakery-server"),
        (lambda target: target.logs(), "kubectl logs deployment/bakery-server"),
    ],
)
def test_what_only_the_cluster_knows_is_not_pretended(target, ask, command):
    with pytest.raises(CouldNotTell, match="only the cluster knows") as told:
        ask(target)
    assert str(told.value).endswith(f"; ask it: {command}")


@pytest.mark.parametrize(("release", "canary"), [(None, PUSHED), (PUSHED, PUSHED), (None, None)])
def test_manifests_run_no_canary(target, release, canary):
    with pytest.raises(CouldNotTell, match="no canary"):
        target.up(release, canary)
    assert not FILE.exists()


def test_staging_names_another_deployment(project):
    assert Manifests("bakery", "staging", FILE).deployment == "deployment/bakery-server-staging"


def test_an_unknown_environment_is_refused(project):
    with pytest.raises(Refusal, match="ENV must be one of production, staging, not 'prod'"):
        Manifests("bakery", "prod", FILE)


@pytest.mark.slow
def test_memory_that_is_not_an_amount_is_refused():
    limits = {"memory": "lots", "cpus": 1}
    with pytest.raises(Refusal, match="is no amount like"):
        manifests.kustomization("bakery", ROOT, PUSHED["reference"], limits)
