"""Reasons to stop that a person can act on, and the exit codes that go with them.

Exit codes: 0 done or passed, 1 failed or refused, 3 could not tell, 130 interrupted.
"""

import errno
from typing import Any

FAILED, COULD_NOT_TELL, INTERRUPTED = 1, 3, 130


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


def os_sentence(error: OSError) -> str:
    """One sentence for an error of the operating system: no space, no permission, no file."""
    where = f" ({error.filename})" if error.filename else ""
    if error.errno == errno.ENOSPC:
        return f"the disk is full{where}; free some space and run the same command again"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"no permission to write or read{where}; check the owner and mode of it"
    return f"{error.strerror or error}{where}"
