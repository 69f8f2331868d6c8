"""How long each stage took, in reports/timings.json; the records themselves hold no times."""

import contextlib
import datetime
from pathlib import Path
from typing import Any

from pipeline.core.errors import Refusal
from pipeline.core.files import read_json, write_json

TIMINGS = Path("reports/timings.json")


def note_time(name: str, seconds: float, record: str) -> None:
    """Note how long the stage `name` took to write the record of this digest.

    A time is no reason to fail: it is left out where it cannot be written, and the others are
    begun anew where they cannot be read.
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
