"""The log of predictions: a JSON line for each row."""

import errno
import json
import os
import threading

import pytest

from pipeline.core.waiting import wait_for
from pipeline.serving import prediction_log
from pipeline.serving.prediction_log import PredictionLog

ROWS = [{"size": "small", "day": None}, {"size": "groß", "day": None}]
PREDICTIONS = [{"label": "no", "probability": 0.25}, {"label": "yes", "probability": 0.75}]


@pytest.fixture
def make(tmp_path):
    """`make(...)` opens a log in tmp_path."""
    logs = []

    def make(folder=tmp_path, **options):
        logs.append(PredictionLog(folder, **options))
        return logs[-1]

    yield make
    for log in logs:
        log.close()


@pytest.fixture
def log(make) -> PredictionLog:
    return make()


def rows_in(folder) -> list:
    return [entry["row"] for entry in prediction_log.read(folder)]


@pytest.mark.slow
def test_entries_are_read_back_in_order(log, tmp_path):
    log.write(ROWS, PREDICTIONS, "sha256:1")
    log.write(ROWS[:1], PREDICTIONS[:1], "sha256:2")
    log.flush()
    entries = list(prediction_log.read(tmp_path))
    assert [entry["row"] for entry in entries] == [*ROWS, ROWS[0]]
    assert [entry["model"] for entry in entries] == ["sha256:1", "sha256:1", "sha256:2"]
    assert [entry["probability"] for entry in entries] == [0.25, 0.75, 0.25]
    assert all(entry["at"].endswith("+00:00") for entry in entries)


@pytest.mark.slow
def test_lines_are_written_without_a_flush(log, tmp_path):
    log.write(ROWS, PREDICTIONS, "sha256:1")
    assert wait_for(lambda: rows_in(tmp_path) == ROWS, seconds=20, poll=0.01)


@pytest.mark.slow
def test_days_and_numbers_are_read_in_order(log, tmp_path):
    for name in ("2024-01-02-0001", "2024-01-01-0002", "2024-01-01-0010", "2024-01-01-0001"):
        (tmp_path / f"predictions-{name}.jsonl").write_text(json.dumps({"row": name[8:]}) + "\n")
    (tmp_path / "notes.txt").write_text("no log")
    assert rows_in(tmp_path) == ["01-0001", "01-0002", "01-0010", "02-0001"]


def test_a_full_file_is_followed_by_another_and_the_oldest_is_removed(make, tmp_path):
    log = make(max_bytes=300, keep_bytes=1100)
    for number in range(12):
        log.write([{"number": number}], PREDICTIONS[:1], "sha256:1")
        log.flush()
    files = sorted(tmp_path.iterdir())
    assert len(files) == 3
    assert all(300 <= file.stat().st_size < 600 for file in files[:-1])
    kept = [row["number"] for row in rows_in(tmp_path)]
    assert kept == list(range(kept[0], 12)), "the newest are kept, without a gap"


@pytest.mark.slow
def test_a_restarted_server_appends_to_its_file(make, tmp_path):
    for _ in range(2):
        log = make()
        log.write(ROWS, PREDICTIONS, "sha256:1")
        log.close()
    assert len(list(tmp_path.iterdir())) == 1
    assert rows_in(tmp_path) == ROWS * 2


@pytest.mark.slow
def test_a_share_of_the_rows_is_kept(make, tmp_path):
    log = make(share=0.25)
    log.write(ROWS * 2000, PREDICTIONS * 2000, "sha256:1")
    log.flush()
    assert 800 < len(rows_in(tmp_path)) < 1200  # six deviations around 1,000
    nothing = make(tmp_path, share=0.0)
    before = rows_in(tmp_path)
    nothing.write(ROWS, PREDICTIONS, "sha256:1")
    nothing.flush()
    assert rows_in(tmp_path) == before


def test_private_columns_are_left_out(make, tmp_path):
    log = make(private=["size"])
    log.write(ROWS, PREDICTIONS, "sha256:1")
    log.flush()
    assert rows_in(tmp_path) == [{"day": None}, {"day": None}]


def test_a_line_cut_off_by_a_crash_is_skipped(log, tmp_path):
    log.write(ROWS, PREDICTIONS, "sha256:1")
    log.flush()
    path = next(tmp_path.iterdir())
    path.write_bytes(path.read_bytes()[:-20])
    assert rows_in(tmp_path) == ROWS[:1]


@pytest.mark.slow
def test_serving_goes_on_when_the_log_cannot_be_written(make, tmp_path):
    log = make(tmp_path / "gone")
    log.write(ROWS, PREDICTIONS, "sha256:1")
    log.flush()
    assert log.lost == 2
    (tmp_path / "gone").mkdir()
    log.write(ROWS, PREDICTIONS, "sha256:1")
    log.flush()
    assert (log.lost, rows_in(tmp_path / "gone")) == (2, ROWS)


def test_a_full_disk_leaves_no_half_line(log, tmp_path, monkeypatch):
    log.write(ROWS, PREDICTIONS, "sha256:1")
    log.flush()
    opened = prediction_log.Path.open

    class Full:
        """A file on a disk that has room for ten bytes more."""

        def __init__(self, file):
            self.file, self.left = file, 10

        def __enter__(self):
            return self

        def __exit__(self, *error):
            self.file.close()

        def write(self, text):
            if not self.left:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self.left = 0
            return self.file.write(text[:10])

        def __getattr__(self, name):
            return getattr(self.file, name)

    with monkeypatch.context() as patch:
        patch.setattr(prediction_log.Path, "open", lambda *a, **k: Full(opened(*a, **k)))
        log.write(ROWS, PREDICTIONS, "sha256:1")
        log.flush()
    assert log.lost == 2
    log.write(ROWS[:1], PREDICTIONS[:1], "sha256:1")
    log.flush()
    assert rows_in(tmp_path) == [*ROWS, ROWS[0]]


@pytest.mark.slow
def test_each_row_needs_a_prediction(log):
    with pytest.raises(ValueError, match="shorter"):
        log.write(ROWS, PREDICTIONS[:1], "sha256:1")


@pytest.mark.slow
def test_lines_of_many_threads_stay_whole(log, tmp_path):
    def work():
        for _ in range(20):
            log.write(ROWS, PREDICTIONS, "sha256:1")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log.flush()
    assert len(rows_in(tmp_path)) == 4 * 20 * 2
