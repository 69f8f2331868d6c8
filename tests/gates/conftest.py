"""The gates' own tests: each must close for a fault, on mock orders of a bakery."""

from bakery import *  # noqa: F403 - its fixtures and hooks
