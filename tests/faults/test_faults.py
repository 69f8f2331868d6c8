"""Each fault of the catalogue is stopped by its gate, and nothing that is right is stopped."""

from concurrent.futures import Future

import pytest

from faults import custody, evaluation, features, model, raw, serving
from faults.fault import Fault
from faults.runner import Outcome

GROUPS = {
    group.__name__.removeprefix("faults."): group.FAULTS
    for group in (raw, features, model, evaluation, serving, custody)
}
FAULTS = [fault for faults in GROUPS.values() for fault in faults]
SEEDS = range(2, 7)


@pytest.mark.parametrize("group", GROUPS)
def test_each_group_is_large_enough_to_say_something(group):
    assert len([fault for fault in GROUPS[group] if not fault.alike]) >= 8
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_stopped_by_its_gate(
    fault: Fault, outcomes: dict[object, Future[Outcome]], record_property
):
    outcome = outcomes[fault].result()
    said = next((line for line in outcome.sentences if fault.message in line), "")
    record_property("row", (fault.name, outcome.stopped_by or "nothing", said))
    assert outcome.stopped_by == fault.stage, outcome.output
    assert said, f"no sentence holds {fault.message!r}:\n{outcome.output}"
    assert "Traceback" not in outcome.output, outcome.output
    assert not outcome.touched, f"a stage after `{fault.stage}` wrote {outcome.touched}"
    assert outcome.refused, f"`make deploy` did not refuse:\n{outcome.output}"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_clean_run_is_not_stopped(seed: int, outcomes: dict[object, Future[Outcome]]):
    outcome = outcomes[seed].result()
    assert not outcome.stopped_by, f"{outcome.stopped_by} raised a false alarm:\n{outcome.output}"
