"""The log of predictions: a JSON line for each row."""

import json
import threading

import pytest

from pipeline import prediction_log
from pipeline.prediction_log import PredictionLog

ROWS = [{"size": "small", "day": None}, {"size": "groß", "day": None}]
MADE = [{"label": "no", "probability": 0.25}, {"label": "yes", "probability": 0.75}]


@pytest.fixture
def log(tmp_path) -> PredictionLog:
    return PredictionLog(tmp_path)


def test_what_was_written_is_read_back_in_order(log, tmp_path):
    log.write(ROWS, MADE, "sha256:1")
    log.write(ROWS[:1], MADE[:1], "sha256:2")
    found = list(prediction_log.read(tmp_path))
    assert [entry["row"] for entry in found] == [*ROWS, ROWS[0]]
    assert [entry["model"] for entry in found] == ["sha256:1", "sha256:1", "sha256:2"]
    assert [entry["probability"] for entry in found] == [0.25, 0.75, 0.25]
    assert all(entry["at"].endswith("+00:00") for entry in found)


def test_a_day_has_a_file_and_days_are_read_in_order(log, tmp_path):
    for day, name in (("2024-01-02", "b"), ("2024-01-01", "a")):
        (tmp_path / f"predictions-{day}.jsonl").write_text(json.dumps({"row": name}) + "\n")
    (tmp_path / "notes.txt").write_text("no log")
    assert [entry["row"] for entry in prediction_log.read(tmp_path)] == ["a", "b"]


def test_a_line_cut_off_by_a_crash_is_left_out(log, tmp_path):
    log.write(ROWS, MADE, "sha256:1")
    path = next(tmp_path.iterdir())
    path.write_bytes(path.read_bytes()[:-20])
    assert [entry["row"] for entry in prediction_log.read(tmp_path)] == ROWS[:1]


def test_serving_goes_on_when_the_log_cannot_be_written(tmp_path):
    log = PredictionLog(tmp_path / "gone")
    log.write(ROWS, MADE, "sha256:1")
    assert log.lost == 2


def test_rows_without_their_predictions_are_a_mistake(log):
    with pytest.raises(ValueError, match="shorter"):
        log.write(ROWS, MADE[:1], "sha256:1")


def test_lines_of_many_threads_stay_whole(log, tmp_path):
    def work():
        for _ in range(20):
            log.write(ROWS, MADE, "sha256:1")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(prediction_log.read(tmp_path))) == 4 * 20 * 2
