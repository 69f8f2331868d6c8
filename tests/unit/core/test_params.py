"""`params.yaml`: one section for each stage, checked."""

from pathlib import Path

import pytest
from pydantic import Field, field_validator

from pipeline.core import params
from pipeline.core.errors import Refusal


class Crust(params.Section):
    thickness: float


class Loaf(params.Section):
    flour: str
    minutes: int = Field(ge=1)
    crusts: dict[str, Crust] = Field(default_factory=dict)
    layers: list[Crust] = Field(default_factory=list)
    salt: float | None = None

    @field_validator("flour")
    @classmethod
    def _is_flour(cls, value):
        if value == "sand":
            raise ValueError("sand is no flour")
        return value


GOOD = "train:\n  flour: rye\n  minutes: 40\n"


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write params.yaml in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda text: Path("params.yaml").write_bytes(text.encode("utf-8", "surrogateescape"))


@pytest.mark.slow
def test_a_section_is_read_as_its_model(write):
    write(GOOD + "  crusts: {top: {thickness: 1e-3}}\n")
    loaf = params.load("train", Loaf)
    assert (loaf.flour, loaf.minutes, loaf.crusts["top"].thickness) == ("rye", 40, 0.001)


@pytest.mark.slow
def test_no_is_a_word_as_dvc_reads_it(write):
    write("train: {flour: no, minutes: 1}\n")
    assert params.load("train", Loaf).flour == "no"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (GOOD + "  flower: x\n", r"no stage reads `train.flower` \(did you mean `flour`\?\)"),
        (GOOD + "  qqq: x\n", r"`train.qqq` \(there are: flour, minutes, crusts, layers, salt\)"),
        (GOOD + "  crusts: {top: {thicknes: 1}}\n", r"did you mean `thickness`\?"),
        (GOOD + "  layers: [{thicknes: 1}]\n", r"`train.layers.0.thicknes` \(did you mean `thick"),
        ("train: {flour: rye}\n", "params.yaml: `train.minutes` is missing"),
        ("train: {flour: rye, minutes: 0}\n", r"`train.minutes`: input should be .*, not 0"),
        ('train: {flour: rye, minutes: "40"}\n', "`train.minutes`: input should be .*, not '40'"),
        ("train: {flour: rye, minutes: 1.5}\n", "`train.minutes`: .*, not 1.5"),
        ("train: {flour: sand, minutes: 1}\n", "`train.flour`: sand is no flour, not 'sand'"),
        ("train: {flour: sand}\n", "sand is no flour, not 'sand'; .*`train.minutes` is missing"),
        ("trian: {}\n", r"no stage reads a section `trian` \(did you mean `train`\?\)"),
        ("ingest: {}\n", "the section `train` is missing or holds no keys"),
        ("train: 3\n", "the section `train` is missing or holds no keys"),
        ("- a\n- b\n", "params.yaml holds no keys; `git checkout params.yaml` brings it back"),
        ("", "params.yaml holds no keys"),
        (GOOD + "  salt: [1\n  more: 2\n", "params.yaml, line 5: "),
        (GOOD + "\tsalt: 1\n", "params.yaml, line 4: "),
        (GOOD + "  minutes: 3\n", "params.yaml, line 4: .*duplicate key"),
        ("a: \udcff\n", "params.yaml is not UTF-8 text"),
        ("a: \x07\n", "params.yaml is not YAML: "),
    ],
)
def test_what_is_wrong_is_named_with_its_place(write, text, sentence):
    write(text)
    with pytest.raises(Refusal, match=sentence) as refused:
        params.load("train", Loaf)
    assert "\n" not in str(refused.value), "it is one sentence"


def test_a_missing_file_is_named(write):
    with pytest.raises(Refusal, match=r"params.yaml is missing; `git checkout params.yaml`"):
        params.load("train", Loaf)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("word", "hint"),
    [("acuracy", " (did you mean `accuracy`?)"), ("zzz", " (there are: accuracy, brier)")],
)
def test_the_nearest_known_word_is_proposed(word, hint):
    assert params.nearest(word, ["accuracy", "brier"]) == hint
