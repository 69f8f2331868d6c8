"""The features as a whole: present, typed, finite, aligned with the rows they were made from."""

import numpy as np

SETS = {"train": "training set", "test": "test set"}
KINDS = {"number": {"number", "missing"}, "category": {"one_hot"}, "text": {"embedding"}}


def test_a_set_is_not_empty(features, part):
    assert len(features[part]) > 0, f"the {SETS[part]} has no rows"
    assert features[part].shape[1] > 0, f"the {SETS[part]} has no features"


def test_features_are_those_of_the_manifest(features, columns, part):
    names = [column["name"] for column in columns]
    assert list(features[part].columns) == names, f"{part}: the columns are not the manifest's"
    assert len(set(names)) == len(names), "two features have the same name"


def test_every_feature_is_a_float(features, part):
    wrong = [name for name, dtype in features[part].dtypes.items() if dtype != "float64"]
    assert not wrong, f"{part}: {wrong[:3]} are not float64"


def test_every_value_is_finite(features, part):
    wrong = features[part].columns[~np.isfinite(features[part].to_numpy()).all(axis=0)]
    assert wrong.empty, f"{part}: {list(wrong[:3])} hold NaN or infinity"


def test_rows_are_in_the_order_of_the_data_set(features, rows, rules, part):
    same = features[part].index.tolist() == rows[part][rules.id].tolist()
    assert same, f"{part}: the features' ids are not those of the data set, row by row"


def test_constant_features_are_the_declared_ones(features, settings):
    train = features["train"]
    constant = set(train.columns[(train.nunique() == 1).to_numpy()])
    undeclared = sorted(constant - set(settings.constant))
    assert not undeclared, (
        f"{undeclared[:3]} never vary, so no model can learn from them; if that is right, "
        "name them in check_data.constant"
    )
    vary = sorted(set(settings.constant) - constant)
    assert not vary, f"check_data.constant names {vary[:3]}, which are not features, or vary"


def test_every_schema_feature_became_a_feature(columns, rules, inputs):
    sources = {column["source"] for column in columns}
    lost = {name for name in inputs.names if name in rules.columns} - sources
    assert not lost, f"{sorted(lost)} are features in schema.yaml, but no feature was made of them"
    derived = {one.name for one in inputs.derived} - sources
    assert not derived, f"{sorted(derived)} are derived columns, but no feature was made of them"


def test_a_features_kind_fits_its_columns_type(columns, inputs):
    for column in columns:
        source = inputs.schema.columns.get(column["source"])
        assert source, f"`{column['name']}` comes from `{column['source']}`, which is not a column"
        assert column["kind"] in KINDS.get(source.type, set()), (
            f"`{column['name']}` is a feature of kind {column['kind']}, but comes from a "
            f"{source.type}"
        )


def test_no_feature_comes_from_the_id_the_time_or_the_target(columns, rules):
    never = {*rules.with_role("id", "time", "group", "target", "ignored")}
    wrong = sorted({column["source"] for column in columns} & never)
    assert not wrong, f"features were made from {wrong}, which are not features in schema.yaml"
