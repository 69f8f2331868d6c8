"""How time and memory grow with the table: by stage, at 50 thousand, 500 thousand, 5 million rows.

A made-up table (scale_table.py) is adopted in a baked project, and `dvc repro package` is run; then
the packaged model scores the whole table, in each format. Memory is the resident memory of the
whole tree of processes, summed, read ten times a second; pages that processes share count more
than once.

    make setup && .venv/bin/python benchmarks/scale.py [--rows 50000 500000] [--text]
                                                        [--project FOLDER] [--set KEY=VALUE]
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path

from baked import clean_environment
from pipeline import bake

HERE = Path(__file__).resolve().parent
PAGE = os.sysconf("SC_PAGE_SIZE")
PYTHON = ".venv/bin/python"
RAW = "table.csv"
# The packaged model is scored with as it is: what a blessing is worth is not measured here.
PREDICT = (
    "from pipeline import predict, stage; predict.require_blessed = print; stage.run(predict.main)"
)
Measured = dict[str, tuple[float, float]]  # seconds and peak MiB, by stage


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[50_000, 500_000, 5_000_000])
    parser.add_argument("--text", action="store_true", help="a column of texts too")
    parser.add_argument("--project", type=Path, help="a baked project with its .venv, ready-made")
    parser.add_argument("--set", nargs="*", default=[], help="as SET of `make adopt`")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        project = options.project or bake(Path(folder))
        found = {}
        for rows in options.rows:
            found[rows] = measure(project, rows, options)
            show(found)


def measure(project: Path, rows: int, options: argparse.Namespace) -> Measured:
    """Return seconds and peak MiB of each stage for a table of so many rows."""
    for made in ("data/dataset", "data/features", "models", "reports", "release", ".dvc/cache"):
        shutil.rmtree(project / made, ignore_errors=True)
    (project / "dvc.lock").unlink(missing_ok=True)
    script = [PYTHON, str(HERE / "scale_table.py"), str(rows), RAW]
    watched(project, [*script, *["text"] * options.text], f"making {rows:,} rows")
    # Adopted from nothing: what was decided for another number of rows does not stay.
    subprocess.run(["git", "checkout", "--quiet", "--", "."], cwd=project, check=True)
    (project / ".adopted.json").unlink(missing_ok=True)
    words = [f"DATA={RAW}", "TARGET=target", *[f"SET={one}" for one in options.set]]
    found = watched(project, ["make", "adopt", *words], "adopt")
    found |= watched(project, [".venv/bin/dvc", "repro", "package"])
    for name in ("scored.csv", "scored.csv.gz", "scored.parquet"):
        source = packed(project, name.removeprefix("scored"))
        words = ["--input", source, "--output", name, "--bento", "release/bento"]
        command = [PYTHON, "-c", PREDICT, *words, "--blessing", "release/bento.json"]
        found |= watched(project, command, f"predict {name.removeprefix('scored.')}")
        (project / name).unlink()
    return found


def packed(project: Path, suffix: str) -> str:
    """Return the table as a file that ends in `suffix`."""
    path = RAW.removesuffix(".csv") + suffix
    if suffix == ".csv.gz":
        subprocess.run(["gzip", "-1", "--keep", "--force", RAW], cwd=project, check=True)
    if suffix == ".parquet":
        script = "import sys, pyarrow.csv as c, pyarrow.parquet as p; t = c.open_csv(sys.argv[1])\n"
        script += "with p.ParquetWriter(sys.argv[2], t.schema) as w: [w.write(b) for b in t]"
        subprocess.run([PYTHON, "-c", script, RAW, path], cwd=project, check=True)
    return path


def watched(project: Path, command: list[str], name: str = "") -> Measured:
    """Run a command; return seconds and peak MiB of each stage in it, or of all of it as `name`."""
    environment = {**clean_environment(), "PYTHONPATH": ".", "PYTHONUTF8": "1"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    begin, peak, seen = time.monotonic(), defaultdict(float), defaultdict(list)
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command, cwd=project, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        ended = threading.Event()
        threading.Thread(target=lambda: (process.wait(), ended.set()), daemon=True).start()
        while not ended.wait(0.1):
            stage, memory = tree(process.pid)
            peak[name or stage] = max(peak[name or stage], memory)
            seen[name or stage].append(time.monotonic() - begin)
        if process.returncode:
            log.seek(0)
            sys.exit(f"{command}:\n{log.read().decode(errors='replace')[-3000:]}")
    found = {stage: (times[-1] - times[0], peak[stage]) for stage, times in seen.items() if stage}
    found = {name: (time.monotonic() - begin, peak[name])} if name else found
    for stage, (seconds, memory) in found.items():
        print(f"{stage}: {seconds:.1f} s, {memory:,.0f} MiB", file=sys.stderr, flush=True)
    return found


def tree(top: int) -> tuple[str, float]:
    """Return the stage that runs under process `top`, and the MiB of it and all below it."""
    parents, stage, memory, below = {}, "", 0, {top}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
                parents[int(entry.name)] = int(stat[1]), int(stat[21])
            except OSError:
                continue  # it has ended meanwhile
    for pid in sorted(parents):  # children have larger numbers than their parents, as a rule
        if pid in below or parents[pid][0] in below:
            below.add(pid)
            memory += parents[pid][1] * PAGE
            try:
                words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if match := re.search(r"-m\0pipeline\.(\w+)", words):
                stage = match[1]
    return stage, memory / 2**20


def show(found: dict[int, Measured]) -> None:
    """Print the table so far."""
    print(f"\n{'':16}" + "".join(f"{rows:>20,}" for rows in found))
    print(f"{'':16}" + f"{'seconds':>11}{'MiB':>9}" * len(found))
    for name in dict.fromkeys(name for measured in found.values() for name in measured):
        cells = [measured.get(name, (0.0, 0.0)) for measured in found.values()]
        text = "".join(f"{seconds:>11.1f}{memory:>9,.0f}" for seconds, memory in cells)
        print(f"{name:16}{text}", flush=True)


if __name__ == "__main__":
    main()
