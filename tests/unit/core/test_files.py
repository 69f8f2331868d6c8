"""Files that are written whole or not at all, and JSON that is the same byte for byte."""

import datetime

import pytest

from pipeline.core import files
from pipeline.core.errors import Refusal


def names(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.slow
def test_json_is_sorted_and_never_half_written(tmp_path):
    path = tmp_path / "new" / "a.json"
    files.write_json(path, {"b": (1, 2), "a": "ü"})
    assert path.read_text(encoding="utf-8") == '{\n  "a": "ü",\n  "b": [\n    1,\n    2\n  ]\n}\n'
    with pytest.raises(ValueError, match="JSON compliant"):
        files.write_json(path, {"a": float("nan")})
    assert files.read_json(path)["a"] == "ü", "the former file is whole"
    assert names(path.parent) == ["a.json"]


@pytest.mark.slow
def test_dates_and_tuples_become_what_json_gives_back():
    assert files.plain({"day": datetime.date(2024, 1, 2), "pair": (1, None)}) == {
        "day": "2024-01-02",
        "pair": [1, None],
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "is missing; `make validate`"), ("{", "is not JSON"), ("\udcff", "is not JSON")],
)
def test_a_record_that_cannot_be_read_is_a_refusal(tmp_path, content, sentence):
    path = tmp_path / "a.json"
    if content is not None:
        path.write_text(content, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(Refusal, match=sentence):
        files.read_json(path)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_stops_the_writing_leaves_the_former_file(tmp_path, error):
    path = tmp_path / "bread.txt"
    path.write_text("whole")
    with pytest.raises(error), files.whole(path) as part:  # noqa: PT012 - it is raised in between
        part.write_text("hal")
        raise error
    assert path.read_text() == "whole"
    assert names(tmp_path) == ["bread.txt"]


def test_a_folder_is_written_whole_and_what_a_crash_left_is_removed(tmp_path):
    path = tmp_path / "new" / "wheels"
    left = tmp_path / "new" / "wheels.part"
    left.mkdir(parents=True)
    (left / "old.whl").touch()
    with files.whole(path) as part:
        part.mkdir()
        (part / "new.whl").touch()
    assert names(path) == ["new.whl"]
    assert names(path.parent) == ["wheels"]
