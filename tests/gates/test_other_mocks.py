"""Mocks of tables that scikit-learn brings: they reach the goals there too."""

import pandas as pd
import pytest
from sklearn.datasets import load_diabetes, load_wine

from pipeline.data import schema as schemas
from pipeline.mocks import likeness as likenesses
from pipeline.mocks import make, mock_rows
from pipeline.mocks.likeness import Real
from pipeline.mocks.settings import Params
from pipeline.model import featurizer as featurizers
from recipe import features as recipe_features

pytestmark = pytest.mark.slow


def of_frame(frame: pd.DataFrame, declared: bool):
    """Return the schema and the rows of a frame of numbers; few whole targets are classes."""
    rows = frame.astype("float64")
    columns = {
        name: {"type": "number"}
        | ({"min": float(rows[name].min()), "max": float(rows[name].max())} if declared else {})
        for name in rows
    }
    columns["target"]["role"] = "target"
    if rows["target"].nunique() == 3:
        columns["target"] = {"type": "category", "role": "target", "levels": ["0", "1", "2"]}
        rows["target"] = frame["target"].astype("str")
    rules = schemas.Schema.model_validate({"columns": columns})
    return rules, rows.assign(row=[str(number) for number in range(1, len(rows) + 1)])


@pytest.mark.parametrize(("load", "declared"), [(load_wine, False), (load_diabetes, True)])
def test_small_tables_reach_the_goals(load, declared, settings, tmp_path):
    rules, rows = of_frame(load(as_frame=True).frame, declared)
    limits = settings("mocks", Params).model_copy(update={"small_table_rows": 20})
    fitted = featurizers.fit(rows, rules, settings("featurize", recipe_features.Params))
    real = Real(
        rows=rows,
        others=rows.head(0),
        features=featurizers.transform(fitted, rows, rules).to_numpy(),
        manifest=featurizers.manifest(fitted, rules),
    )
    table, lost = make.make(real, fitted, rules, limits)
    assert lost == 0
    mock_rows.write(table, tmp_path / "mocks.csv")
    read, _ = mock_rows.read(tmp_path / "mocks.csv", rules)
    mocks = likenesses.featurized(read, fitted, rules)
    likeness = likenesses.measure(real, mocks, rules, limits)
    assert likeness.coverage >= 0.9
    assert likeness.in_region == 1
    assert likeness.bins >= 3
    assert likeness.rows <= 20
    assert likenesses.judge(likeness, limits) == {}
