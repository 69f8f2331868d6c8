"""How a stage starts, fails and leaves its record.

A stage is a module with a `main` whose parameters are paths, each annotated `Input`, `Output`,
`Figures`, `Report` or `IfThere`, or a `Word`. `run(main)` turns them into options of the command
line, so that paths stand in `dvc.yaml` and the Makefile only, and turns what `main` returns into
the stage's record: its verdict, and the digest of each file that went in and came out (see
`custody`). A record is the same byte for byte each time; how long it took is noted apart, in
reports/timings.json.

Exit codes: 0 done or passed, 1 failed or refused, 3 could not tell, 130 interrupted.
"""

import argparse
import contextlib
import datetime
import errno
import inspect
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, NoReturn, get_type_hints

FAILED, COULD_NOT_TELL, INTERRUPTED = 1, 3, 130
TIMINGS = Path("reports/timings.json")
TOLD_SECONDS = 10  # how often a long work says how far it is

Input = Annotated[Path, "input"]
Output = Annotated[Path, "output"]
Report = Annotated[Path, "report"]
Figures = Annotated[Path, "figures"]  # pages, pictures and timings: no part of the chain
IfThere = Annotated[Path, "if there"]  # read by an action where it is there; no part of the chain
Word = Annotated[str, "word"]  # no path: what a person says; "" when nothing is said


class Refusal(Exception):
    """A reason to stop that a person can act on: what happened, where, what to do."""

    code = FAILED


class CouldNotTell(Refusal):
    """Neither passed nor failed: the question could not be put (no engine, a busy port...)."""

    code = COULD_NOT_TELL


class GateClosed(Refusal):
    """A gate said no. `record` is what the stage measured, kept in its report all the same.

    >>> GateClosed(["accuracy is 0.71, below 0.90"], {}).reasons
    ['accuracy is 0.71, below 0.90']
    """

    def __init__(self, reasons: list[str], record: dict[str, Any]):
        super().__init__("; ".join(reasons))
        self.reasons = reasons
        self.record = record


def run(main) -> NoReturn:
    """Run `main` with the paths of the command line; end the process with the stage's exit code."""
    name = Path(inspect.getsourcefile(main)).stem
    # A `docker stop`, a cancelled CI job and Ctrl-C all have to pass through the `finally` clauses.
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        kinds = _kinds(main)
        paths = _arguments(main, kinds)
        _require([path for key, path in paths.items() if kinds[key] == "input"])
        for key, path in paths.items():
            if kinds[key] not in ("input", "if there", "word"):
                path.parent.mkdir(parents=True, exist_ok=True)
        _run_recorded(main, name, kinds, paths)
    except KeyboardInterrupt:
        say(f"{name}: interrupted; run the same command again to go on", error=True)
        _exit(INTERRUPTED)
    except GateClosed as closed:
        say(f"{name}: stopped", error=True)
        for reason in closed.reasons:
            say(f"  - {reason}", error=True)
        _exit(closed.code)
    except Refusal as refusal:
        sentence = str(refusal).replace("\n", " ")  # which a name in it may hold
        say(f"{name}: {sentence}", error=True)
        _exit(refusal.code)
    except OSError as error:
        say(f"{name}: {os_sentence(error)}", error=True)
        _exit(FAILED)
    _exit(0)


def _run_recorded(main, name: str, kinds: dict[str, str], paths: dict[str, Path]) -> None:
    """Call `main`; write its report, whether its gate opened or not."""
    from pipeline.core import custody, params

    report = next((path for key, path in paths.items() if kinds[key] == "report"), None)
    if report:
        report.unlink(missing_ok=True)  # a crash must not leave a former verdict behind
    closed, begin = None, time.monotonic()
    try:
        record = main(**paths)
    except GateClosed as error:
        closed, record = error, {**error.record, "reasons": error.reasons}
    if report:
        head = {"stage": name, "verdict": "failed" if closed else "passed"}
        section = {"params": params.section(name)}
        write_json(report, {**head, **section, **custody.links(kinds, paths), **(record or {})})
        note_time(name, time.monotonic() - begin, custody.digest(report))
    if closed:
        raise closed


def note_time(name: str, seconds: float, record: str) -> None:
    """Note how long the stage `name` took to come to the record of this digest.

    A time is no reason to fail: where it cannot be written, or what stands there cannot be read,
    it is left out.
    """
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    with contextlib.suppress(OSError):
        known = timings()
        known[name] = {"seconds": round(seconds, 3), "ended_at": now, "record": record}
        write_json(TIMINGS, known)


def timings() -> dict[str, dict[str, Any]]:
    """Return what `note_time` has noted, by stage."""
    try:
        known = read_json(TIMINGS)
    except Refusal:
        return {}
    return known if isinstance(known, dict) else {}


def say(text: str, error: bool = False) -> None:
    """Print a line at once, so that it keeps its place among the lines of child processes."""
    print(text, file=sys.stderr if error else sys.stdout, flush=True)


def progress(name: str) -> Callable[[int], None]:
    """Return a function that is told how many rows are done, and says so every TOLD_SECONDS."""
    last = time.monotonic()

    def tell(rows: int) -> None:
        nonlocal last
        if time.monotonic() - last >= TOLD_SECONDS:
            last = time.monotonic()
            say(f"{name}: {rows:,} rows so far")

    return tell


def plain(content: Any) -> Any:
    """Return `content` as JSON would give it back: dates as ISO strings, tuples as lists."""
    return json.loads(json.dumps(content, default=str, allow_nan=False))


def write_json(path: Path, content: Any) -> None:
    """Write JSON that is the same byte for byte for the same content, and never half of it."""
    text = json.dumps(plain(content), indent=2, sort_keys=True, ensure_ascii=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, text + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a text whole or not at all: half of it never stands under its name."""
    half = path.with_name(path.name + ".part")
    half.write_text(text, encoding="utf-8")
    half.replace(path)


def read_json(path: Path) -> Any:
    """Read a record; a `Refusal` names a file that is missing or is no JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Refusal(f"{path} is missing; `make validate` makes it") from None
    except ValueError as error:
        raise Refusal(f"{path} is not JSON ({error}); `make validate` makes it anew") from None


def os_sentence(error: OSError) -> str:
    """One sentence for an error of the operating system: no space, no permission, no file."""
    where = f" ({error.filename})" if error.filename else ""
    if error.errno == errno.ENOSPC:
        return f"the disk is full{where}; free some space and run the same command again"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"no permission to write or read{where}; check the owner and mode of it"
    return f"{error.strerror or error}{where}"


def _kinds(main) -> dict[str, str]:
    hints = get_type_hints(main, include_extras=True)
    return {key: hints[key].__metadata__[0] for key in inspect.signature(main).parameters}


def _arguments(main, kinds: dict[str, str]) -> dict[str, Path]:
    summary = (inspect.getdoc(sys.modules[main.__module__]) or "").splitlines()[0]
    parser = argparse.ArgumentParser(description=summary, allow_abbrev=False)
    for key, kind in kinds.items():
        of = {"type": str, "default": ""} if kind == "word" else {"type": Path, "required": True}
        parser.add_argument(f"--{key.replace('_', '-')}", help=kind, **of)
    return vars(parser.parse_args())


def _require(inputs: list[Path]) -> None:
    for path in inputs:
        if not path.exists():
            raise Refusal(
                f"{path} is missing; `dvc repro` makes what stages make, `dvc pull` data, "
                "`make mocks` tests/mocks.csv"
            )
        if not os.access(path, os.R_OK):
            raise Refusal(f"{path} cannot be read; check its owner and mode")


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """Answer an interrupt at the end of what must not be left half done."""
    noted: list[int] = []
    note = lambda number, frame: noted.append(number)  # noqa: E731
    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if noted:
        raise KeyboardInterrupt


def _interrupt(signum, frame):
    raise KeyboardInterrupt


def _exit(code: int) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.flush()
    sys.exit(code)
