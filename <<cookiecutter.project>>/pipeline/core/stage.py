"""How a stage starts, fails and leaves its record.

A stage is a module with a `main` whose parameters are paths, each annotated `Input`, `Output`,
`Figures`, `Report` or `IfThere`, or a `Word`. `run(main)` turns them into options of the command
line, so that paths stand in `dvc.yaml` and the Makefile only, and turns what `main` returns into
the stage's record: its verdict, and the digest of each file that went in and came out (see
`custody`). A record is the same byte for byte each time; how long it took is noted apart, in
reports/timings.json.
"""

import argparse
import inspect
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NoReturn, get_type_hints

from pipeline.core import custody, params
from pipeline.core.console import say
from pipeline.core.errors import FAILED, INTERRUPTED, GateClosed, Refusal, os_sentence
from pipeline.core.files import write_json
from pipeline.core.signals import interrupt_on_sigterm
from pipeline.core.timings import note_time

Input = Annotated[Path, "input"]
Output = Annotated[Path, "output"]
Report = Annotated[Path, "report"]
Figures = Annotated[Path, "figures"]  # pages and pictures, which are no part of the chain
IfThere = Annotated[Path, "if there"]  # an action reads it if it exists; no part of the chain
Word = Annotated[str, "word"]  # no path but a person's choice; "" where there is none

Main = Callable[..., dict | None]  # its parameters are of the kinds above


def run(main: Main) -> NoReturn:
    """Run `main` with the paths of the command line; end the process with the stage's exit code."""
    name = Path(inspect.getsourcefile(main)).stem
    interrupt_on_sigterm()
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
        sentence = str(refusal).replace("\n", " ")  # a file's name may hold a line end
        say(f"{name}: {sentence}", error=True)
        _exit(refusal.code)
    except OSError as error:
        say(f"{name}: {os_sentence(error)}", error=True)
        _exit(FAILED)
    _exit(0)


def _run_recorded(main: Main, name: str, kinds: dict[str, str], paths: dict[str, Path]) -> None:
    """Call `main`; write its report, whether it passed or a gate closed."""
    report = next((path for key, path in paths.items() if kinds[key] == "report"), None)
    if report:
        report.unlink(missing_ok=True)  # a crash must not leave an older verdict behind
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


def _kinds(main: Main) -> dict[str, str]:
    hints = get_type_hints(main, include_extras=True)
    return {key: hints[key].__metadata__[0] for key in inspect.signature(main).parameters}


def _arguments(main: Main, kinds: dict[str, str]) -> dict[str, Path]:
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


def _exit(code: int) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.flush()
    sys.exit(code)
