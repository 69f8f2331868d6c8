"""What was found in a stream of rows: all is counted, few is listed."""

import numpy as np
import pandas as pd
import pytest

from pipeline.data import tally
from pipeline.data.columns import PROBLEM_COLUMNS


@pytest.fixture
def stream(typed, rules):
    """`stream(cases, size)` counts the mock rows in frames of `size`, with these violations."""

    def stream(cases, size=10, most=5, rows=typed):
        rows = rows.set_axis(pd.RangeIndex(1, len(rows) + 1), axis=0)
        found = pd.DataFrame(cases, columns=PROBLEM_COLUMNS)
        made = tally.Tally(rules, most)
        good = []
        for begin in range(0, len(rows), size):
            frame = rows.iloc[begin : begin + size]
            good.append(made.add(frame, found[found["row"].isin(frame.index)]))
        return made, pd.concat(good)

    return stream


CASES = [(row, "size", "giant", "is none of the levels") for row in range(3, 60, 4)]
CASES.append((7, "weight", "-1", "is below 0"))


@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 10, 200])
def test_all_violations_are_counted_and_the_first_are_listed(stream, size):
    made, good = stream(CASES, size)
    assert made.counts == {
        ("size", "is none of the levels"): 15,
        ("weight", "is below 0"): 1,
    }
    assert made.examples["size", "is none of the levels"] == (3, "giant")
    assert made.listed["row"].tolist() == [3, 7, 7, 11, 15]
    assert made.bad.tolist() == list(range(3, 60, 4))
    assert (made.rows, made.good, len(good)) == (120, 105, 105)


@pytest.mark.slow
def test_missing_values_are_counted_among_good_rows(stream, typed, rules):
    made, good = stream(CASES)
    assert made.missing == tally.missing_counts(good, rules)
    assert made.missing["weight"] == good["weight"].isna().sum() > 0
    assert made.missing["wish"] == (good["wish"] == "").sum() > 0


@pytest.mark.slow
def test_ids_that_stand_twice_are_confirmed(stream, typed):
    typed = typed.copy()
    typed.loc[typed.index[[2, 50, 60]], "order"] = "same"
    typed.loc[typed.index[[4, 5]], "order"] = np.nan
    typed.loc[typed.index[60], "weight"] = np.nan
    made, _ = stream(CASES, rows=typed)
    suspects = made.suspects()
    assert suspects.tolist() == [3, 5, 6, 51, 61]
    missing = made.missing["weight"]
    rows = typed.set_axis(pd.RangeIndex(1, 121), axis=0).loc[suspects]
    # Hashes that are equal by chance are no reason.
    other = typed.set_axis(pd.RangeIndex(1, 121), axis=0).loc[[100]]
    assert made.add_repeated([rows.iloc[:2], rows.iloc[2:], other]).tolist() == [3, 51, 61]
    assert made.counts["order", tally.REPEATED] == 3
    assert made.listed["row"].tolist() == [3, 3, 7, 7, 11]
    assert made.good == 105 - 1, "row 3 and row 51 were bad already"
    assert made.missing["weight"] == missing - 1


@pytest.mark.slow
def test_an_id_with_another_fault_is_told_once(stream, typed):
    typed = typed.copy()
    typed.loc[typed.index[[2, 50]], "order"] = "too long"
    made, _ = stream([(3, "order", "too long", "is longer than 3 characters")], rows=typed)
    rows = typed.set_axis(pd.RangeIndex(1, 121), axis=0).loc[made.suspects()]
    assert made.add_repeated([rows]).tolist() == [3, 51]
    assert made.listed[["row", "rule"]].to_numpy().tolist() == [
        [3, "is longer than 3 characters"],
        [51, tally.REPEATED],
    ]


def test_rows_without_ids_are_never_twice(typed, rules):
    columns = {name: column for name, column in rules.columns.items() if name != "order"}
    made = tally.Tally(rules.model_copy(update={"columns": columns}), 5)
    made.add(typed, pd.DataFrame(columns=PROBLEM_COLUMNS))
    assert made.suspects().size == 0
    assert made.add_repeated([]).size == 0
