"""The summary compares metrics and parameters with another revision."""

import json
import subprocess
from pathlib import Path

import pytest

from engine import write_program
from mock_project import ROOT
from pipeline.core import shell
from pipeline.core.errors import Refusal
from pipeline.report import summary

WORDS = ("--stages", ROOT / "dvc.yaml", "--metrics", "reports/metrics.json")
WORDS += ("--markdown", "reports/summary.md", "--exposition", "reports/metrics.txt")
TABLE = "| Path | Change |\n|---|---|\n"


@pytest.fixture
def commits(made):
    """A repository of two commits; returns their names, the newer one first."""
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@b.c"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    for number in "12":
        words = ["commit", "--quiet", "--allow-empty", "--no-verify", "--message", number]
        subprocess.run([*git, *words], check=True)
    listed = subprocess.run([*git, "log", "--format=%H"], capture_output=True, text=True)
    return listed.stdout.split()


@pytest.fixture
def dvc(tmp_path, monkeypatch):
    """`dvc(script)`: a Python whose dvc is a shell script; by default it prints its arguments."""

    def dvc(script: str = f"printf '{TABLE}| %s | 1 |\\n' \"$*\"") -> None:
        write_program(tmp_path / "bin", "python", script)
        monkeypatch.setattr(shell.sys, "executable", str(tmp_path / "bin" / "python"))

    dvc()
    return dvc


def test_verdicts_metrics_and_parameters_are_shown(commits, dvc, run, monkeypatch, tmp_path):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "step.md"))
    ended = run(summary.main, *WORDS)
    assert ended.code == 0, ended.err
    text = Path("reports/summary.md").read_text()
    assert "| `evaluate` | passed |" in text
    short = commits[0][:12]
    for what in ("metrics", "params"):
        assert f"| -m dvc {what} diff --md {short} | 1 |" in text
    assert (tmp_path / "step.md").read_text() == text
    metrics = Path("reports/metrics.txt").read_text().splitlines()
    assert any(line.startswith('metric{name="roc_auc"} ') for line in metrics)


def test_the_reasons_of_a_closed_gate_are_shown(commits, dvc, run):
    record = json.loads(Path("reports/check_data.json").read_text())
    failed = {**record, "verdict": "failed", "reasons": ["a_b|c"]}
    Path("reports/check_data.json").write_text(json.dumps(failed))
    Path("reports/metrics.json").unlink()
    dvc(f"printf '{TABLE}'")
    assert run(summary.main, *WORDS).code == 0
    text = Path("reports/summary.md").read_text()
    assert "- a\\_b\\|c" in text
    assert "Nothing changed." in text
    assert Path("reports/metrics.txt").read_text() == ""


def test_the_base_is_the_named_revision_or_the_commit_before(commits):
    newer, older = commits
    assert summary.base_of("") == newer
    assert summary.base_of("HEAD~1") == older
    assert summary.base_of("HEAD") == older
    subprocess.run(["git", "checkout", "--quiet", older], check=True)
    assert summary.base_of("HEAD") == older, "the first commit has none before it"


@pytest.mark.slow
@pytest.mark.parametrize("base", ["", "origin/main"])
def test_an_unknown_base_is_refused(made, base):
    with pytest.raises(Refusal, match="git does not know the revision"):
        summary.base_of(base)


@pytest.mark.parametrize(
    ("script", "complaint"),
    [("echo no >&2; exit 1", "no"), pytest.param("exit 1", "no reason", marks=pytest.mark.slow)],
)
def test_a_failure_of_dvc_is_a_refusal(commits, dvc, run, script, complaint):
    dvc(script)
    ended = run(summary.main, *WORDS)
    assert ended.code == 1
    assert f"dvc metrics diff failed: {complaint}" in ended.err
