"""The record of `evaluate` holds what its types say."""

from typing import NotRequired, get_origin, get_type_hints

from evaluations import LARGE_WRONG, MODEL, ROWS, judged, params_of
from pipeline.evaluation.record import Comparison, Evaluation, MeasuredSlice, Spread


def keys_of(kind: type) -> tuple[set[str], set[str]]:
    """Return the keys that a record of `kind` must have, and all that it may have."""
    hints = get_type_hints(kind, include_extras=True)
    needed = {key for key, hint in hints.items() if get_origin(hint) is not NotRequired}
    return needed if kind is not Comparison else set(), set(hints)


def fits(record: dict, kind: type) -> bool:
    needed, known = keys_of(kind)
    return needed <= set(record) <= known


def test_a_record_has_the_keys_of_its_types():
    limits = {"error_rate": {"max": 0.4}}
    settings = params_of(on_slices=limits, disparity={"recall": {"max_ratio": 2}})
    _, measured = judged(settings, LARGE_WRONG, rival=MODEL)
    measured["champion"].update(bento="bakery:1", model="sha256:1", absent=None)
    assert fits(measured, Evaluation)
    assert set(measured["champion"]) == keys_of(Comparison)[1]
    assert all(fits(piece, MeasuredSlice) for piece in measured["slices"])
    assert all(fits(spread, Spread) for spread in measured["disparity"])
    assert fits(measured["champion"], Comparison)
    assert not fits({"by": "size"}, Spread)


def test_a_lost_slice_is_recorded_like_the_others():
    rows = ROWS.assign(size="small")
    _, measured = judged(params_of(), rows=rows)
    (lost,) = [piece for piece in measured["slices"] if "train_rows" in piece]
    assert fits(lost, MeasuredSlice)
