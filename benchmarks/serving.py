"""How fast the service is, beside others that serve the same model: all in one run, in turns.

Ours in its image, as production starts it; BentoML, FastAPI and MLflow as their documentation has
them; and, as the floor, a bare ASGI app with the same scorer (servers/). Each server has one core
to itself, the load comes from the other; bursts are short and rotate, and the median is shown.

    make setup && .venv/bin/python benchmarks/serving.py [--rounds 3] [--seconds 3]

It bakes a project, runs it to a blessed image, and installs the others in an environment of their
own. It needs a container engine and wrk.
"""

import argparse
import asyncio
import contextlib
import gc
import json
import math
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import pipeline as benchmark

SERVERS = Path(__file__).parent / "servers"
OTHERS = ("fastapi", "mlflow-skinny", "uvicorn")
LOADS = {"1": (1, 1), "8": (8, 1), "64": (64, 1), "1 x 100 rows": (1, 100)}
ADDRESS = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
MOST_BUSY = 0.1  # of a core that counts as idle
SETTLE_SECONDS = 120
HALF_SECONDS = 5  # of load at half of what saturates a server
LUA = """\
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = io.open("{body}"):read("*a")
done = function(summary, latency)
  local errors = summary.errors
  print(string.format("%f %d", summary.requests / summary.duration * 1e6,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
"""


@dataclass
class Server:
    """A server under load: where it answers, what pids it has, and what was measured."""

    name: str
    url: str
    key: str = "rows"
    process: subprocess.Popen | None = None
    container: str = ""
    ready: float = 0.0
    rates: dict[str, list[float]] = field(default_factory=dict)
    errors: int = 0
    quantiles: tuple[float, float] = (0.0, 0.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured")
    parser.add_argument("--seconds", type=int, default=3, help="of a burst")
    parser.add_argument("--project", type=Path, help="a project with a blessed image, ready-made")
    options = parser.parse_args()
    if not shutil.which("wrk"):
        sys.exit("serving: wrk is missing; install it (Debian: apt-get install wrk)")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        project = options.project or blessed(folder)
        python = environment(folder, project)
        bodies = write_bodies(folder, project)
        servers: list[Server] = []
        try:
            for begin in (ours, stock_bentoml, fastapi, mlflow, bare_asgi):
                servers.append(begin(folder, project, python))
                servers[-1].ready = wait_ready(servers[-1], bodies)
            for number in range(options.rounds):
                print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
                one_round(servers, bodies, options.seconds)
            for server in servers:
                rate = statistics.median(server.rates["8"]) / 2
                settle()
                server.quantiles = asyncio.run(steady(server, bodies, rate))
            show(servers, project)
        finally:
            for server in servers:
                stop(server)


def blessed(folder: Path) -> Path:
    """Return a baked project whose image has been blessed."""
    project = benchmark.bake(folder)
    subprocess.run(["make", "validate"], cwd=project, check=True, stdout=subprocess.DEVNULL)
    return project


def environment(folder: Path, project: Path) -> Path:
    """Return the Python of an environment with what the others need, and what the image has."""
    venv = folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    install = [venv / "bin/python", "-m", "pip", "install", "--quiet"]
    install += ["--disable-pip-version-check"]
    subprocess.run([*install, "-r", project / "requirements/serve.txt"], check=True)
    subprocess.run([*install, *OTHERS], check=True)
    return venv / "bin/python"


def write_bodies(folder: Path, project: Path) -> dict[tuple[str, int], Path]:
    """Write what is sent: rows of the test set, as each server wants them."""
    code = (
        "import json, pandas as pd; from pathlib import Path; from pipeline import columns, schema;"
        "rules = schema.load(Path('schema.yaml'));"
        "table = pd.read_parquet('data/dataset/test.parquet').head(100);"
        "print(json.dumps(columns.json_rows(table, rules.features)))"
    )
    command = [".venv/bin/python", "-c", code]
    rows = json.loads(subprocess.check_output(command, cwd=project, env=clean()))
    bodies = {}
    for key in ("rows", "dataframe_records"):
        for count in (1, 100):
            body = folder / f"{key}-{count}.json"
            body.write_text(json.dumps({key: rows[:count]}))
            bodies[key, count] = body
            (folder / f"{key}-{count}.lua").write_text(LUA.format(body=body))
    return bodies


def clean(**more: str) -> dict[str, str]:
    environment = {**benchmark.clean_environment(), **more}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


def ours(folder: Path, project: Path, python: Path) -> Server:
    """Start the blessed image as production does, on one core."""
    blessing = json.loads((project / "release/blessing.json").read_text())
    name = f"benchmark-{os.getpid()}"
    words = ["run", "--detach", "--name", name, "--cpuset-cpus", "0", "--read-only"]
    words += ["--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges"]
    words += ["--memory", "512m", blessing["image"]]
    subprocess.run(["docker", *words], check=True, stdout=subprocess.DEVNULL)
    address = subprocess.check_output(["docker", "inspect", "--format", ADDRESS, name], text=True)
    return Server("ours, in its image", f"http://{address.strip()}:3000/predict", container=name)


def process(folder, project, python, name, command, url, key="rows") -> Server:
    """Start a command on the first core."""
    root = project / "release/bento/src"
    path = f"{python.parent}:{os.environ['PATH']}"
    variables = clean(MODEL_ROOT=str(root), PYTHONPATH=str(root), PATH=path, HOME=str(folder))
    with (folder / f"{name}.log").open("w") as log:
        started = subprocess.Popen(
            ["taskset", "--cpu-list", "0", *map(str, command)],
            cwd=SERVERS,
            env=variables,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Server(name, url, key, started)


def stock_bentoml(folder: Path, project: Path, python: Path) -> Server:
    command = [python, "-m", "bentoml", "serve", "stock_bentoml:Stock", "--port", 3791]
    url = "http://127.0.0.1:3791/predict"
    return process(folder, project, python, "BentoML, stock", command, url)


def fastapi(folder: Path, project: Path, python: Path) -> Server:
    command = [python, "-m", "uvicorn", "--no-access-log", "--port", 3792, "fastapi_app:app"]
    url = "http://127.0.0.1:3792/predict"
    return process(folder, project, python, "FastAPI + uvicorn", command, url)


def mlflow(folder: Path, project: Path, python: Path) -> Server:
    root, target = project / "release/bento/src", folder / "mlflow"
    save = [python, SERVERS / "mlflow_model.py", root, target]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(list(map(str, save)), check=True, env=clean(PYTHONPATH=str(root)), **quiet)
    command = [python.parent / "mlflow", "models", "serve", "-m", target, "--port", 3793]
    command += ["--env-manager", "local"]
    url = "http://127.0.0.1:3793/invocations"
    return process(folder, project, python, "MLflow", command, url, "dataframe_records")


def bare_asgi(folder: Path, project: Path, python: Path) -> Server:
    command = [python, "-m", "uvicorn", "--no-access-log", "--port", 3794, "bare_asgi:app"]
    url = "http://127.0.0.1:3794/predict"
    return process(folder, project, python, "bare ASGI, same scorer", command, url)


def wait_ready(server: Server, bodies) -> float:
    """Return the seconds until the first answer to a row."""
    begin, body = time.monotonic(), bodies[server.key, 1].read_bytes()
    headers = {"Content-Type": "application/json"}
    while time.monotonic() < begin + 120:
        try:
            asked = urllib.request.Request(server.url, data=body, headers=headers)
            with urllib.request.urlopen(asked, timeout=10):
                return time.monotonic() - begin
        except OSError:
            time.sleep(0.05)
    sys.exit(f"serving: {server.name} does not answer")


def one_round(servers: list[Server], bodies, seconds: int) -> None:
    """Give each server a burst of each load, one after the other."""
    for load, (concurrency, rows) in LOADS.items():
        for server in servers:
            settle()
            script = bodies[server.key, rows].with_suffix(".lua")
            command = ["taskset", "--cpu-list", "1", "wrk", "--threads", "1"]
            command += ["--connections", str(concurrency), "--duration", f"{seconds}s"]
            command += ["--timeout", "20s", "--script", str(script), server.url]
            last = subprocess.check_output(command, text=True).splitlines()[-1]
            rate, errors = last.split()
            server.rates.setdefault(load, []).append(float(rate))
            server.errors += int(errors)


def settle() -> None:
    """Wait until the servers' core is idle: some go on with what nobody waits for any more."""
    until = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < until:
        before = busy()
        time.sleep(0.5)
        if busy() - before < os.sysconf("SC_CLK_TCK") * 0.5 * MOST_BUSY:
            return
    sys.exit(f"serving: core 0 is still busy after {SETTLE_SECONDS} s: is there other work on it?")


def busy() -> int:
    """Return how many ticks the servers' core has worked."""
    words = Path("/proc/stat").read_text().split("cpu0 ")[1].split("\n", 1)[0].split()
    return sum(int(words[at]) for at in (0, 1, 2, 5, 6))


async def steady(server: Server, bodies, rate: float) -> tuple[float, float]:
    """Return p50 and p99, in ms, under a load of `rate` requests a second, sent when due.

    What a request waits because the one before it was late counts: an open loop.
    """
    os.sched_setaffinity(0, {1})
    gc.disable()  # of the client: its pauses are none of the server's
    host, port = server.url.split("/")[2].split(":")
    path, body = "/" + server.url.split("/", 3)[3], bodies[server.key, 1].read_bytes()
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
    request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    idle: asyncio.Queue = asyncio.Queue()
    for _ in range(32):
        idle.put_nowait(await asyncio.open_connection(host, int(port)))
    taken: list[float] = []

    async def ask(due: float) -> None:
        reader, writer = await idle.get()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        server.errors += b" 200 " not in head[:20]
        length = next(
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        )
        await reader.readexactly(length)
        taken.append((time.perf_counter() - due) * 1000)
        idle.put_nowait((reader, writer))

    begin, tasks = time.perf_counter(), []
    for number in range(int(rate * HALF_SECONDS)):
        due = begin + number / rate
        if (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        tasks.append(asyncio.create_task(ask(due)))
    await asyncio.gather(*tasks)
    while not idle.empty():
        idle.get_nowait()[1].close()
    gc.enable()
    os.sched_setaffinity(0, range(os.cpu_count()))
    shares = statistics.quantiles(taken, n=100)
    return shares[49], shares[98]


def memory(server: Server) -> float:
    """Return the MiB of resident memory of the server's processes, added up."""
    if server.container:
        found = subprocess.check_output(
            ["docker", "top", server.container, "-eo", "pid"], text=True
        )
        pids = [int(pid) for pid in found.split()[1:]]
    else:
        pids = family(server.process.pid)
    return sum(resident(pid) for pid in pids) / 1024


def family(pid: int) -> list[int]:
    """Return a process and all that it has started."""
    children = subprocess.run(["pgrep", "--parent", str(pid)], capture_output=True, text=True)
    return [pid, *(one for child in children.stdout.split() for one in family(int(child)))]


def resident(pid: int) -> int:
    """Return the KiB of a process; 0 when it has ended meanwhile."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(text.split("\nVmRSS:")[1].split()[0]) if "VmRSS" in text else 0


def stop(server: Server) -> None:
    if server.container:
        remove = ["docker", "rm", "--force", "--volumes", server.container]
        subprocess.run(remove, stdout=subprocess.DEVNULL)
    else:
        for pid in family(server.process.pid):  # BentoML's workers have sessions of their own
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        server.process.wait()


def show(servers: list[Server], project: Path) -> None:
    """Print requests a second, what the servers cost, and the ratios that matter."""
    median = {
        server.name: {load: statistics.median(rates) for load, rates in server.rates.items()}
        for server in servers
    }
    titles = [*(f"at {load}" for load in LOADS), "p50 ms", "p99 ms", "ready s", "MiB", "errors"]
    print(f"\n{'':24}" + "".join(f"{title:>16}" for title in titles))
    for server in servers:
        cells = [f"{median[server.name][load]:,.0f}/s" for load in LOADS]
        cells += [f"{value:.1f}" for value in (*server.quantiles, server.ready)]
        cells += [f"{memory(server):.0f}", str(server.errors)]
        print(f"{server.name:24}" + "".join(f"{cell:>16}" for cell in cells))
    mine = servers[0]
    print()
    for other in servers[1:]:
        ratios = [
            median[mine.name][load] / (median[other.name][load] or math.nan) for load in LOADS
        ]
        shown = ", ".join(
            f"{load}: {ratio:.2f}x" for load, ratio in zip(LOADS, ratios, strict=True)
        )
        print(f"ours against {other.name}: {shown}")
    p50, p99 = mine.quantiles
    print(f"ours at half its saturation: p99 is {p99 / p50:.1f} times p50")
    blessing = json.loads((project / "release/blessing.json").read_text())
    size = subprocess.check_output(
        ["docker", "image", "inspect", "--format", "{{.Size}}", blessing["image"]], text=True
    )
    print(f"image: {int(size) / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
