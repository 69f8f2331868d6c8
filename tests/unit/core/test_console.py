"""What a stage prints."""

import pytest

from pipeline.core import console


@pytest.mark.parametrize("error", [False, True])
def test_a_line_goes_to_one_of_the_two_outputs(capsys, error):
    console.say("rye", error=error)
    out, err = capsys.readouterr()
    assert (err if error else out) == "rye\n"
    assert (out if error else err) == ""


def test_progress_is_printed_at_most_once_in_a_while(capsys, monkeypatch):
    now = [0]
    monkeypatch.setattr(console.time, "monotonic", lambda: now[0])
    tell = console.progress("ingest")
    for now[0], rows in ((4, 1000), (11, 2000), (15, 3000), (22, 4000)):
        tell(rows)
    assert capsys.readouterr().out == "ingest: 2,000 rows so far\ningest: 4,000 rows so far\n"
