"""The process that renders one commit: it reads a task from a file and leaves its result in one."""

import json
import subprocess
import sys

from pipeline.update import renderer


def run(tmp_path, template, answers) -> dict:
    """Run the process on a task; return what it left in result.json."""
    output = tmp_path / "out"
    output.mkdir()
    task = {"template": str(template), "answers": answers, "output": str(output), "ask": False}
    (tmp_path / "task.json").write_text(json.dumps(task))
    command = [sys.executable, renderer.__file__, str(tmp_path / "task.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return json.loads((output / "result.json").read_text())


def test_the_result_names_the_project_and_its_answers(template, tmp_path):
    result = run(tmp_path, template.folder, {"project": "rye"})
    assert result == {
        "project": str(tmp_path / "out/rendered/rye"),
        "answers": {"project": "rye"},
    }


def test_a_template_that_cannot_be_rendered_is_an_error_without_a_traceback(tmp_path):
    (tmp_path / "empty").mkdir()
    result = run(tmp_path, tmp_path / "empty", {})
    assert result.keys() == {"error"}
    assert "empty" in result["error"]
