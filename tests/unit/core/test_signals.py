"""Ctrl-C and SIGTERM, held back while something must not be left half done."""

import signal

import pytest

from pipeline.core import signals
from pipeline.core.errors import Refusal


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_is_held_back_until_the_work_is_whole(number):
    done, before = [], signal.getsignal(number)

    def work():
        with signals.held_back():
            signal.raise_signal(number)
            done.append("whole")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["whole"]
    assert signal.getsignal(number) is before


@pytest.mark.slow
def test_what_is_not_interrupted_ends_as_it_would():
    with signals.held_back():
        pass
    with pytest.raises(Refusal, match="stale"), signals.held_back():
        raise Refusal("stale")
