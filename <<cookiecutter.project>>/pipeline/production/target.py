"""A place to deploy to: what a rollout needs of it, whatever runs the replicas there.

`swarm_target` is Docker Swarm behind a proxy; `manifests` writes what a Kubernetes cluster is to
run. Another place is another class with these methods.
"""

from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol, runtime_checkable

from pipeline.production.releases import Release

BACK_SECONDS = 120  # for the former release to answer again after a failed rollout


class Door(NamedTuple):
    """Where clients send their requests: a URL, and the headers that the requests need."""

    address: str
    headers: dict[str, str]


class Traffic(NamedTuple):
    """Numbers of requests of all clients since the proxy started: answered, and failed (5xx)."""

    answered: int
    failed: int


@runtime_checkable
class Target(Protocol):
    """A place that runs one release at a time.

    A method raises CouldNotTell where the place cannot know the answer.
    """

    def up(self, release: Release | None, canary: Release | None = None) -> None:
        """Ask for the replicas of `release`, and for one replica of `canary` beside them.

        Returns before they run. Clients' requests do not reach the canary.
        """

    def running(self) -> Release | None:
        """Return the release that the place runs, or None."""

    def settled(self, release: Release) -> bool:
        """Return whether all replicas run `release`.

        Raises Refusal when the place has taken it back, NotReady when it has taken too long.
        """

    def undo(self, former: Release | None) -> None:
        """Run `former` again and wait for its replicas; without one, take everything down."""

    def logs(self) -> list[str]:
        """Return the last lines that the newest replicas printed."""


@runtime_checkable
class WatchedTarget(Target, Protocol):
    """A place whose answers can be watched while replicas are replaced."""

    def turn(self, release: Release) -> AbstractContextManager[None]:
        """Hold the right to deploy, which one process has at a time, with the place made ready.

        Raises CouldNotTell while another process has it.
        """

    def door(self, canary: bool = False) -> Door:
        """Return where clients ask the release, or where only this program asks the canary."""

    def down_because(self, canary: bool = False) -> str | None:
        """Return why no replica runs or can still start, or None."""

    def traffic(self) -> Traffic:
        """Return the numbers of requests that clients have sent."""
