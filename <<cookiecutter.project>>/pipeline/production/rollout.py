"""A rollout: a release proves itself, then takes the former one's place without losing a request.

It first runs as a canary, which clients' requests do not reach; then it replaces the former release
replica by replica, while its answers are watched. If anything goes wrong, the former comes back.
"""

import contextlib
import math

from pipeline.core.console import say
from pipeline.core.errors import Refusal
from pipeline.core.waiting import wait_for
from pipeline.production import target as targets
from pipeline.production.releases import Release
from pipeline.production.settings import Params
from pipeline.production.target import WatchedTarget
from pipeline.production.watch import Watch, judge_errors
from pipeline.release.sandbox import wait_ready

POLL_SECONDS = 0.2


def roll_out(target: WatchedTarget, release: Release, settings: Params) -> None:
    """Run `release` at `target`; when it fails, the former release goes on or comes back.

    Raises Refusal when the release failed, CouldNotTell when the target is not ours to change.
    """
    with target.turn(release):
        former = target.running()
        try:
            prove_canary(target, former, release, settings)
            replace(target, former, release, settings)
        except BaseException as error:
            logs = target.logs()
            outcome = bring_back(target, former)
            if not isinstance(error, Refusal):
                raise
            printed = f" (it printed: {logs[-1]})" if logs else ""
            raise type(error)(
                f"{release['bento']} was not deployed: {error}{printed}; {outcome}"
            ) from None


def prove_canary(
    target: WatchedTarget, former: Release | None, release: Release, settings: Params
) -> None:
    """Start one replica of `release` beside `former`; it has to answer correctly and fast."""
    say(f"production: a canary of {release['bento']} has to prove itself")
    target.up(former, canary=release)
    door = target.door(canary=True)
    why_down = lambda: target.down_because(canary=True)  # noqa: E731
    wait_ready(door.address, why_down, settings.ready_seconds, door.headers)
    with contextlib.closing(Watch(door, release)) as watch:
        for _ in range(settings.canary_requests):
            watch.ask()
        watch.judge_speed(settings.max_p95_ms)


def replace(
    target: WatchedTarget, former: Release | None, release: Release, settings: Params
) -> None:
    """Let `release` take the place of `former`, replica by replica, and watch its answers."""
    say(f"production: {release['bento']} takes its place, one of {settings.replicas} at a time")
    target.up(release)
    if former is None:  # no replica that could answer meanwhile
        wait_for(lambda: target.settled(release), math.inf, POLL_SECONDS)
        wait_ready(target.door().address, target.down_because, settings.ready_seconds)
    with contextlib.closing(Watch(target.door(), release)) as watch:
        before = target.traffic()
        watch.former = former["model"] if former else ""
        wait_for(lambda: target.settled(release) or watch.ask(), math.inf, POLL_SECONDS)
        watch.former, watch.milliseconds = "", []
        say(f"production: it answers; it is watched for {settings.watch_seconds:g} s")
        watch.ask_for(settings.watch_seconds)
        watch.judge_speed(settings.max_p95_ms)
        judge_errors(before, target.traffic(), settings.max_error_share)


def bring_back(target: WatchedTarget, former: Release | None) -> str:
    """Run what ran before; return in words how that went."""
    if former is None:
        target.undo(None)
        return "nothing was deployed before"
    try:
        target.undo(former)
        wait_ready(target.door().address, target.down_because, targets.BACK_SECONDS)
    except Refusal as error:
        return f"the former release was asked for again but does not answer either ({error})"
    return "the former release answers"
