"""Section `deploy` of params.yaml, and the environment that ENV names."""

import pytest

from pipeline.core.errors import Refusal
from pipeline.production import settings as environments
from pipeline.production.settings import PRODUCTION, Params


def test_production_is_the_environment_by_default(monkeypatch):
    monkeypatch.setenv("ENV", "")
    assert environments.environment() == PRODUCTION
    monkeypatch.setenv("ENV", "staging")
    assert environments.environment() == "staging"


def test_staging_differs_from_production_in_its_own_keys(settings):
    how = settings("deploy", Params)
    assert how.of(PRODUCTION) is how
    staging = how.of("staging")
    assert (how.replicas, staging.replicas) == (2, 1)
    assert staging.watch_seconds == how.watch_seconds


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "prod",
            r"ENV must be one of production, staging, broken \(deploy.environments\), not 'prod'",
        ),
        ("broken", "params.yaml: `deploy.environments.broken.replicas`: Input should be"),
    ],
)
def test_an_environment_without_correct_settings_is_refused(settings, name, sentence):
    with pytest.raises(Refusal, match=sentence):
        settings("deploy", Params).of(name)
