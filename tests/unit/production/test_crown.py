"""The champion is copied out of the image that runs."""

import json
from pathlib import Path

from mock_releases import release_of
from pipeline.production.crown import crown
from pipeline.release.engine import Engine


def test_the_deployed_model_becomes_the_champion(project, fake):
    fake.add_image("sha256:1")
    crown(Engine("docker"), release_of(1))
    named = json.loads(Path("deploy/champion/champion.json").read_text())
    assert named["bento"] == "bakery:1"
    assert Path("deploy/champion/model.skops").read_text() == "the model in sha256:1"
