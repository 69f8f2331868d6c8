"""Sections `package`, `containerize` and `smoke`: what makes no sense is refused."""

import pytest

from pipeline.core import params
from pipeline.core.errors import Refusal
from pipeline.release.settings import SmokeParams


def test_a_server_is_proved_at_each_place_once_and_at_one_at_least(project, change):
    assert params.load("smoke", SmokeParams).targets == ["built"]
    for names, sentence in (
        ([], "`smoke.targets`: a server that is started nowhere is not proved; name at least"),
        (["built", "built"], "`smoke.targets`: `built` is listed twice; once is enough"),
        (["bulit"], "`smoke.targets.0`: input should be 'built', 'docker', 'podman' or 'process'"),
    ):
        change("smoke", targets=names)
        with pytest.raises(Refusal, match=sentence):
            params.load("smoke", SmokeParams)
