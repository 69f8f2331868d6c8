"""What intervals cost: seconds and memory of `evaluate`'s bootstrap, and how both grow.

For tables of several sizes, cut into 30 slices, it measures every metric that the bundled example
judges, whole and by slice, with 1,000 resamples, as the stage does; beside it, in the same run, the
same metrics by scikit-learn's functions called once for each resample (a few of them, scaled up).

    make setup && .venv/bin/python benchmarks/evaluate.py

It bakes a project and runs each size in a process of its own, held to 2 cores and 2 GiB.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
LIMIT = 2 * 2**30  # bytes of address space
SLICES = 30
RESAMPLES = 1000
LOOPED = 3  # resamples by scikit-learn; the rest is scaled up
SIZES = (10_000, 30_000, 100_000, 300_000)
JUDGED = ("roc_auc", "error_rate")  # on slices, as in params.yaml


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", type=Path, help="of a project's environment; else one is made")
    parser.add_argument("--rows", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.rows:
        print(json.dumps(measured(given.rows)))
        return
    with tempfile.TemporaryDirectory() as folder:
        python = given.python.absolute() if given.python else environment(Path(folder))
        print(f"{'rows':>10}{'seconds':>10}{'peak MiB':>10}{'loop s':>10}{'ratio':>8}")
        for rows in SIZES:
            command = [str(python), __file__, "--rows", str(rows)]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            found = json.loads(done.stdout)
            ratio = found["loop"] / found["seconds"]
            print(
                f"{rows:10,}{found['seconds']:10.2f}{found['mib']:10.0f}"
                f"{found['loop']:10.0f}{ratio:7.0f}x"
            )


def environment(folder: Path) -> Path:
    """Return the Python of a new project's locked environment."""
    sys.path.insert(0, str(REPOSITORY / "benchmarks"))
    from pipeline import bake

    return bake(folder) / ".venv/bin/python"


def measured(rows: int) -> dict[str, float]:
    """Return the seconds and the peak memory of one size, and the seconds of the plain loop."""
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
    sys.path[0] = str(REPOSITORY / "<<cookiecutter.project>>")
    import numpy as np

    from pipeline.evaluation import bootstrap
    from pipeline.evaluation.bootstrap import Part
    from pipeline.evaluation.sample import Sample
    from recipe import metrics

    draw = np.random.default_rng(1)
    truth = draw.random(rows) < 0.15
    scores = 1 / (1 + np.exp(-draw.normal(-2 + 2 * truth, 1)))
    sample = Sample("binary", ["no", "yes"], truth, scores, 0.5)
    parts = [Part(np.arange(rows), metrics.BINARY)]
    for _cut in range(3):  # each row stands in one slice of each of three cuts
        member = draw.integers(0, SLICES // 3, rows)
        judged = {name: metrics.BINARY[name] for name in JUDGED}
        parts += [Part(np.flatnonzero(member == one), judged) for one in range(SLICES // 3)]
    begin = time.perf_counter()
    bootstrap.resample([sample], parts, RESAMPLES, seed=1)
    seconds = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "mib": peak, "loop": looped(sample, parts, draw)}


def looped(sample, parts, draw) -> float:
    """Return the seconds that 1,000 resamples take one by one, by copying rows."""
    from pipeline.core.metric import measure

    begin = time.perf_counter()
    for _ in range(LOOPED):
        for part in parts:
            rows = draw.choice(part.rows, len(part.rows))
            measure(part.metrics, sample.truth[rows], sample.scores[rows], sample.threshold)
    return (time.perf_counter() - begin) * RESAMPLES / LOOPED


if __name__ == "__main__":
    main()
