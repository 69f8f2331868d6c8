"""Moves the clock that Python code sees: time, datetime, and the "now" of NumPy and pandas.

The system's own clock stays. What was imported before is moved too: the classes of datetime are
changed in place, as their methods are bound in many modules.
"""

import ctypes
import datetime
import gc
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

DAY = 86_400  # seconds
NOW = ("now", "today")


def move(days: int) -> None:
    """Move the clock of this process by so many days, for good."""
    real, shift = time.time, days * DAY + 5 * 3600 + 420  # another hour and minute, too

    def now() -> float:
        return real() + shift

    _move_time(now)
    _in_place(datetime.datetime, "now", lambda cls, tz=None: cls.fromtimestamp(now(), tz))
    _in_place(datetime.datetime, "today", lambda cls: cls.fromtimestamp(now()))
    _in_place(
        datetime.datetime,
        "utcnow",
        lambda cls: cls.fromtimestamp(now(), datetime.UTC).replace(tzinfo=None),
    )
    _in_place(datetime.date, "today", lambda cls: cls.fromtimestamp(now()))
    moment = lambda tz=None: datetime.datetime.fromtimestamp(now(), tz)  # noqa: E731
    stamp, real_to_datetime = pd.Timestamp, pd.to_datetime
    methods = {
        "now": lambda tz=None: stamp(moment(tz)),
        "today": lambda tz=None: stamp(moment(tz)),
        "utcnow": lambda: stamp(moment(datetime.UTC)),
    }
    pd.Timestamp = _stand_in(stamp, moment, methods)
    np.datetime64 = _stand_in(np.datetime64, moment, {})
    pd.to_datetime = lambda value, *more, **how: real_to_datetime(
        moment() if _is_now(value) else value, *more, **how
    )


def _move_time(now: Callable[[], float]) -> None:
    """Replace the functions of the module time that tell what time it is."""
    real = {name: getattr(time, name) for name in ("localtime", "gmtime", "strftime", "ctime")}
    time.time = now
    time.time_ns = lambda: int(now() * 10**9)
    time.localtime = lambda seconds=None: real["localtime"](now() if seconds is None else seconds)
    time.gmtime = lambda seconds=None: real["gmtime"](now() if seconds is None else seconds)
    time.ctime = lambda seconds=None: real["ctime"](now() if seconds is None else seconds)
    time.asctime = lambda value=None, real=time.asctime: real(value or time.localtime())
    time.strftime = lambda form, value=None: real["strftime"](form, value or time.localtime())
    clocks = time.clock_gettime
    time.clock_gettime = lambda which: now() if which == time.CLOCK_REALTIME else clocks(which)


def _in_place(kind: type, name: str, method: Callable) -> None:
    """Replace a method of a class that is written in C, whose attributes cannot be set."""
    gc.get_referents(kind.__dict__)[0][name] = classmethod(method)
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))


def _is_now(value: Any) -> bool:
    return isinstance(value, str) and value.strip().lower() in NOW


def _stand_in(real: type, moment: Callable, methods: dict[str, Callable]) -> type:
    """Return a class that makes what `real` does, but for which now is `moment()`."""

    class Meta(type):
        def __instancecheck__(cls, value: Any) -> bool:
            return isinstance(value, real)

        def __getattr__(cls, name: str) -> Any:
            return methods[name] if name in methods else getattr(real, name)

    class StandIn(metaclass=Meta):
        def __new__(cls, *values: Any, **more: Any):
            first = (moment(),) if values and _is_now(values[0]) else values[:1]
            return real(*first, *values[1:], **more)

    return StandIn
