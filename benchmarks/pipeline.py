"""What the pipeline costs beside the work it does: CPU and wall seconds, side by side in one run.

Cold `dvc repro evaluate`, a `dvc repro` of the whole journey with nothing to do, `dvc version`
alone, `dvc repro evaluate` after one changed parameter, and one plain script that does the same
job in one process (plain_script.py). Each is repeated in turn, and the median is shown.

    make setup && .venv/bin/python benchmarks/pipeline.py [--rounds 3]
    make setup && .venv/bin/python benchmarks/pipeline.py --rounds 9 --against COMMIT

It bakes a project into a temporary folder and installs its environment there. With `--against`, the
template of another commit is baked too, and what a user waits for every day is measured in both
projects in turn: `dvc repro` with nothing to do, `make status`, and `make test` once.
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "tests/support"))

from baked import clean_environment  # noqa: E402

Seconds = tuple[float, float]  # wall, CPU

DVC = [".venv/bin/dvc"]
OFTEN = {
    "dvc repro, nothing changed": [*DVC, "repro"],
    "make status": ["make", "status"],
}
ONCE = {"make test": ["make", "test"]}
MADE = (
    "data/dataset",
    "data/features",
    "models",
    "reports",
    "release",
    "dvc.lock",
    ".dvc/cache",
    ".dvc/tmp",
    "plain",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured")
    parser.add_argument("--against", metavar="COMMIT", help="another commit of this template")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if options.against:
            show_ratios(compare(Path(folder), options.against, options.rounds))
        else:
            show(measure(Path(folder), options.rounds))


def measure(folder: Path, rounds: int) -> dict[str, list[Seconds]]:
    """Return the seconds of each way, of as many rounds."""
    project = bake(folder)
    shutil.copy(REPOSITORY / "benchmarks/plain_script.py", project)
    run(project, [".venv/bin/python", "plain_script.py"])  # bytecode, and the disk's cache
    measured: dict[str, list[Seconds]] = {}
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
        for name, seconds in one_round(project, number).items():
            measured.setdefault(name, []).append(seconds)
    return measured


def compare(folder: Path, commit: str, rounds: int) -> dict[str, dict[str, list[Seconds]]]:
    """Return the seconds of each command, by command and by template, measured in turn."""
    git = ["git", "-c", "advice.detachedHead=false"]
    other = folder / "template"
    subprocess.run([*git, "clone", "--quiet", str(REPOSITORY), str(other)], check=True)
    subprocess.run([*git, "-C", str(other), "checkout", "--quiet", commit], check=True)
    projects = {"here": bake(folder / "here"), commit: bake(folder / "there", other)}
    measured: dict[str, dict[str, list[Seconds]]] = {name: {} for name in (*OFTEN, *ONCE)}
    for project in projects.values():
        run(project, [*DVC, "repro"])
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
        for name, command in (OFTEN if number else OFTEN | ONCE).items():
            for template, project in projects.items():
                seconds = run(project, command)
                measured[name].setdefault(template, []).append(seconds)
    return measured


def bake(folder: Path, template: Path = REPOSITORY) -> Path:
    """Return a baked project with its environment."""
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "cookiecutter", str(template), "--no-input", "-o", folder]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=clean_environment())
    project = folder / "strike-triage"
    run(project, ["make", "setup"])
    return project


def one_round(project: Path, number: int) -> dict[str, Seconds]:
    """Return (wall, CPU) seconds of each way, measured one after the other."""
    for made in MADE:
        path = project / made
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    params = project / "params.yaml"
    found = {
        "plain script": run(project, [".venv/bin/python", "plain_script.py"]),
        "dvc repro, cold, to evaluate": run(project, [*DVC, "repro", "evaluate"]),
    }
    run(project, [*DVC, "repro"])  # the rest of the journey, so that nothing is left to do
    found["dvc repro, nothing changed"] = run(project, [*DVC, "repro"])
    found["dvc version"] = run(project, [*DVC, "version"])
    text = params.read_text()
    params.write_text(text.replace("C: 1.0,", f"C: 1.0{number + 1},"))
    found["dvc repro, train.arguments.C changed"] = run(project, [*DVC, "repro", "evaluate"])
    params.write_text(text)
    return found


def run(project: Path, command: list[str]) -> Seconds:
    """Run a command in the project; return its wall and CPU seconds, its children's included."""
    environment = {**clean_environment(), "PYTHONPATH": ".", "SANDBOX": "process"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        command, cwd=project, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    wall, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(done.stdout.decode(errors="replace"))
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu


def show(measured: dict[str, list[Seconds]]) -> None:
    """Print the medians, and the two ratios that matter."""
    median = {
        name: tuple(statistics.median(values) for values in zip(*seconds, strict=True))
        for name, seconds in measured.items()
    }
    print(f"{os.cpu_count()} cores, median of {len(next(iter(measured.values())))}\n")
    print(f"{'':40}{'wall s':>8}{'CPU s':>8}")
    for name, (wall, cpu) in median.items():
        print(f"{name:40}{wall:8.2f}{cpu:8.2f}")
    cold, plain = median["dvc repro, cold, to evaluate"][1], median["plain script"][1]
    nothing, version = median["dvc repro, nothing changed"][0], median["dvc version"][0]
    print(f"\ncold against plain, CPU:          {cold / plain:.2f}x")
    print(f"nothing changed against version:  {nothing / version:.2f}x wall")


def show_ratios(measured: dict[str, dict[str, list[Seconds]]]) -> None:
    """Print the medians of both templates, and how much longer ours takes."""
    for name, by_template in measured.items():
        here, there = (
            [statistics.median(values) for values in zip(*seconds, strict=True)]
            for seconds in by_template.values()
        )
        count = len(by_template["here"])
        print(f"{name} (median of {count})")
        for kind, ours, theirs in zip(("wall", "CPU"), here, there, strict=True):
            print(f"  {kind:6}{ours:8.2f} s  before {theirs:8.2f} s  {ours / theirs:6.2f}x")


if __name__ == "__main__":
    main()
