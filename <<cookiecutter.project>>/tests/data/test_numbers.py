"""Numbers: imputed, scaled and marked, as computed here from the rows by NumPy alone."""

import numpy as np
import pytest


@pytest.fixture
def numbers(columns):
    return [column["source"] for column in columns if column["kind"] == "number"]


def _imputed(values, train):
    present = train[~np.isnan(train)]
    return np.where(np.isnan(values), np.median(present) if present.size else 0.0, values)


def test_numbers_are_scaled_by_the_train_parts_mean_and_deviation(numbers, rows, features, part):
    for name in numbers:
        train = rows["train"][name].to_numpy()
        learned = _imputed(train, train)
        deviation = learned.std() or 1.0
        expected = (_imputed(rows[part][name].to_numpy(), train) - learned.mean()) / deviation
        off = np.abs(features[part][name].to_numpy() - expected).max()
        assert off < 1e-9, f"{part}: `{name}` is off by {off:.3g} from the train part's scaling"


def test_scaled_numbers_of_the_train_part_have_mean_0_and_deviation_1(numbers, features):
    for name in numbers:
        values = features["train"][name].to_numpy()
        assert abs(values.mean()) < 1e-9, f"`{name}`: the mean is {values.mean():.3g}, not 0"
        assert abs(values.std() - 1) < 1e-9, f"`{name}`: the deviation is {values.std():.3g}, not 1"


def test_numbers_stay_in_the_range_the_schema_allows(numbers, rows, features, rules, part):
    for name in numbers:
        train = _imputed(rows["train"][name].to_numpy(), rows["train"][name].to_numpy())
        column, values = rules.columns[name], features[part][name]
        lowest, highest = (values.min(), values.max())
        scale = train.std() or 1.0
        if column.min is not None:
            bound = (column.min - train.mean()) / scale
            assert lowest >= bound - 1e-9, f"{part}: `{name}` is below its `min` in schema.yaml"
        if column.max is not None:
            bound = (column.max - train.mean()) / scale
            assert highest <= bound + 1e-9, f"{part}: `{name}` is above its `max` in schema.yaml"


def test_a_missing_number_is_marked(columns, rows, features, part):
    for column in [column for column in columns if column["kind"] == "missing"]:
        expected = rows[part][column["source"]].isna().to_numpy()
        marks = features[part][column["name"]].to_numpy()
        assert np.array_equal(marks, expected), f"{part}: `{column['name']}` marks the wrong rows"


def test_every_number_missing_in_the_train_part_has_a_mark(columns, numbers, rows):
    marked = {column["source"] for column in columns if column["kind"] == "missing"}
    needed = {name for name in numbers if rows["train"][name].isna().any()}
    assert marked == needed, f"{sorted(marked ^ needed)} should (not) have a mark for missing"
