"""The picture in both READMEs shows the journey as it is."""

import pytest
from ruamel.yaml import YAML

from conftest import TEMPLATE
from docs import journey

AFTER_THE_BLESSING = ["deploy", "predict", "monitor"]


def test_the_picture_shows_the_stages_in_their_order():
    stages = list(YAML(typ="safe", pure=True).load((TEMPLATE / "dvc.yaml").read_text())["stages"])
    names = [stage.name for stage in (*journey.TRAINING, *journey.RELEASE)]
    assert names == stages + AFTER_THE_BLESSING


@pytest.mark.parametrize("name", journey.PALETTES)
@pytest.mark.parametrize("folder", journey.PICTURES)
def test_the_picture_is_what_the_script_draws(folder, name):
    picture = (folder / f"journey-{name}.svg").read_text(encoding="utf-8")
    assert picture == journey.drawn(journey.PALETTES[name]), "run: python docs/journey.py"
