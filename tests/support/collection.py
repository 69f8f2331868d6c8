"""Hooks that make a run of the machinery's tests quick; a conftest.py imports them by name."""

import functools
import gc
import importlib
import os
import pkgutil
import shutil
import sys
from pathlib import Path

import pytest

import calls_untraced  # noqa: F401 - first: the imports of what is imported after it are untraced too
from mock_project import ROOT

MEMORY, ROOM = Path("/dev/shm"), 2**30  # a folder in memory, and the bytes that must be free in it


def pytest_configure():
    """Let the tests write to memory where there is room: the mock projects are small."""
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


@functools.cache
def import_pipeline() -> None:
    """Run the lines of pipeline/ that an import runs."""
    for folder in ("pipeline", "recipe"):
        for module in pkgutil.walk_packages([str(ROOT / folder)], f"{folder}."):
            importlib.import_module(module.name)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report():
    """Collect without a tracer: the lines of pipeline/ that an import runs have run by now."""
    tracer = sys.gettrace()
    if tracer:
        import_pipeline()
        sys.settrace(None)
    try:
        return (yield)
    finally:
        if tracer:
            sys.settrace(tracer)


def pytest_collection_modifyitems(items):
    """Begin with what looks at the journey: it takes seconds to make, and one worker has them all.

    (pytest-xdist deals the first tests out in long rows; its groups need an older pytest.)
    """
    items.sort(key=lambda item: "journey" not in item.fixturenames)


def pytest_collection_finish():
    """Spare what was imported from garbage collection: each gate that runs collects ten times."""
    gc.freeze()
    gc.set_threshold(50_000)
    gc.enable()
