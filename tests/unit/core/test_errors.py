"""Reasons to stop, their exit codes and their sentences."""

import errno

import pytest

from pipeline.core.errors import CouldNotTell, GateClosed, Refusal, os_sentence


def test_each_reason_has_its_exit_code():
    assert (Refusal.code, CouldNotTell.code, GateClosed.code) == (1, 3, 1)


def test_a_closed_gate_is_a_refusal_with_all_its_reasons():
    closed = GateClosed(["too salty", "too flat"], {"salt": 3})
    assert str(closed) == "too salty; too flat"
    assert closed.record == {"salt": 3}


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(errno.ENOSPC, "x", "a.csv"), "the disk is full (a.csv); free some space"),
        (OSError(errno.EROFS, "x", "oven"), "no permission to write or read (oven); check the"),
        (OSError(errno.EISDIR, "Is a directory", "oven"), "Is a directory (oven)"),
        (OSError("the oven is cold"), "the oven is cold"),
    ],
)
def test_an_error_of_the_system_is_one_sentence(error, sentence):
    assert os_sentence(error).startswith(sentence)
