"""The releases that were deployed."""

from pathlib import Path

from mock_releases import release_of
from pipeline.production import history
from pipeline.production.releases import write_history

DEPLOYMENT = Path("release/deployment.json")
BEFORE = {"deployed_at": "2024-05-01T00:00:00+00:00"}


def test_the_current_release_comes_first(project, run):
    former = [{**release_of(number), **BEFORE} for number in (1, 0)]
    write_history(DEPLOYMENT, [release_of(2), *former])
    ended = run(history.main, "--deployment", DEPLOYMENT)
    lines = ended.out.splitlines()
    assert [line.split()[2] for line in lines] == ["bakery:2", "bakery:1", "bakery:0"]
    assert lines[0].endswith("0123abcd  runs now")
    assert lines[1].endswith("make rollback")
    assert lines[1].startswith("history: 2024-05-01T00:00:00+00:00")


def test_nothing_deployed_needs_no_engine(project, run, nothing_on_path):
    ended = run(history.main, "--deployment", DEPLOYMENT)
    assert ended.code == 0
    assert "nothing has been deployed; `make validate deploy` does it" in ended.out
