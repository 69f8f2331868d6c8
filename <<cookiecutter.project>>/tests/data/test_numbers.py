"""Numbers: imputed, scaled and marked, as computed here from the rows by NumPy alone."""

import numpy as np
import pytest

EXACT = 1e-9  # how far a scaled value may be off, where the numbers themselves are exact
BITS = 100 * np.finfo("float64").eps


@pytest.fixture
def numbers(inputs):
    return inputs.schema.features_of("number")


class Learned:
    """A column of the training set: its median, and its mean and deviation once imputed."""

    def __init__(self, train):
        present = train[~np.isnan(train)]
        self.median = np.median(present) if present.size else 0.0
        filled = self.imputed(train)
        self.mean, self.deviation = filled.mean(), filled.std()
        # A large number that hardly varies cannot be scaled more exactly than it is stored.
        largest = np.abs(filled).max()
        self.varies = self.deviation > BITS * largest
        self.exact = EXACT + BITS * largest / self.deviation if self.varies else EXACT

    def imputed(self, values):
        return np.where(np.isnan(values), self.median, values)

    def scaled(self, values):
        return (self.imputed(values) - self.mean) / (self.deviation if self.varies else 1.0)


def test_numbers_are_scaled_by_the_training_sets_mean_and_deviation(numbers, read, features, part):
    for name in numbers:
        learned = Learned(read["train"][name].to_numpy())
        expected = learned.scaled(read[part][name].to_numpy())
        off = np.abs(features[part][name].to_numpy() - expected).max()
        right = off < learned.exact
        assert right, f"{part}: `{name}` is {off:.3g} away from the training set's scaling"


def test_scaled_training_numbers_have_mean_0_and_deviation_1(numbers, read, features):
    for name in numbers:
        learned, values = Learned(read["train"][name].to_numpy()), features["train"][name]
        mean, deviation = values.mean(), values.std(ddof=0)
        assert abs(mean) < learned.exact, f"`{name}`: the mean is {mean:.3g}, not 0"
        right = 1 if learned.varies else 0
        assert abs(deviation - right) < learned.exact, (
            f"`{name}`: the deviation is {deviation:.3g}, not {right}"
        )


def test_numbers_stay_in_the_range_the_schema_allows(numbers, read, features, inputs, part):
    for name in numbers:
        learned = Learned(read["train"][name].to_numpy())
        column, values = inputs.schema.columns[name], features[part][name]
        if column.min is not None:
            bound = learned.scaled(np.array(column.min)) - learned.exact
            assert values.min() >= bound, f"{part}: `{name}` is below its `min` in schema.yaml"
        if column.max is not None:
            bound = learned.scaled(np.array(column.max)) + learned.exact
            assert values.max() <= bound, f"{part}: `{name}` is above its `max` in schema.yaml"


def test_a_missing_number_is_marked(columns, read, features, part):
    for column in [column for column in columns if column["kind"] == "missing"]:
        expected = read[part][column["source"]].isna().to_numpy()
        marks = features[part][column["name"]].to_numpy()
        assert np.array_equal(marks, expected), f"{part}: `{column['name']}` marks the wrong rows"


def test_every_number_with_missing_training_values_has_a_mark(columns, numbers, read):
    marked = {column["source"] for column in columns if column["kind"] == "missing"}
    needed = {name for name in numbers if read["train"][name].isna().any()}
    assert marked == needed, (
        f"{sorted(marked ^ needed)} have a mark for missing values and should not, or the reverse"
    )
