"""The clock is moved for all that asks what time it is, and for nothing else."""

import subprocess
import sys

import pytest

from baked import TEMPLATE

SCRIPT = """\
import datetime, time
from datetime import date, datetime as moment
import numpy as np
import pandas as pd
from pipeline.gates import clock
year, at = time.localtime().tm_year, moment(2024, 2, 29, 12)
before = moment.now()
clock.move(-3653)
years = [time.localtime().tm_year, time.gmtime().tm_year, int(time.strftime("%Y")),
         int(time.ctime()[-4:]), int(time.asctime()[-4:]), moment.now().year, moment.today().year,
         moment.utcnow().year, moment.now(datetime.UTC).year, date.today().year,
         moment.fromtimestamp(time.time()).year, moment.fromtimestamp(time.time_ns() / 1e9).year,
         moment.fromtimestamp(time.clock_gettime(time.CLOCK_REALTIME)).year,
         pd.Timestamp.now().year, pd.Timestamp.today().year, pd.Timestamp("now").year,
         pd.Timestamp.utcnow().year, pd.to_datetime("now").year,
         np.datetime64("now").astype("datetime64[Y]").astype(int) + 1970]
assert all(one in (year - 11, year - 10) for one in years), years
assert (before - moment.now()).days in (3652, 3653)
assert at == moment(2024, 2, 29, 12) == pd.Timestamp("2024-02-29 12:00")
assert pd.to_datetime("2024-02-29").day == 29
assert isinstance(pd.Series([at]).iloc[0], pd.Timestamp)
assert isinstance(np.datetime64(at), np.datetime64)
assert time.gmtime(0).tm_year == 1970 and moment.fromtimestamp(0, datetime.UTC).year == 1970
print("moved")
"""


@pytest.mark.slow
def test_every_way_to_ask_the_time_is_moved():
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT], cwd=TEMPLATE, capture_output=True, text=True
    )
    assert ended.stdout == "moved\n", ended.stderr
