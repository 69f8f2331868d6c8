"""The features' parameters, and what the manifest says of each."""

import pytest
from pydantic import ValidationError

from pipeline.model import featurizer as featurizers
from recipe import features as recipe_features

LEAST = {"categories": {"min_rows": 1}, "texts": {"dimensions": 1, "min_rows": 1, "max_words": 2}}
REST = {"max_cells": 1, "seed": 1}


@pytest.mark.slow
def test_the_manifest_tells_each_column_in_order(featurizer, rules):
    def one_hot(source, *levels):
        return [
            {"name": f"{source}={level}", "kind": "one_hot", "source": source, "level": level}
            for level in levels
        ]

    rare = {"name": "town=(rare)", "kind": "one_hot", "source": "town", "rare": ["Trier"]}
    assert featurizers.manifest(featurizer, rules) == [
        {"name": "weight", "kind": "number", "source": "weight"},
        {"name": "guests", "kind": "number", "source": "guests"},
        {"name": "weight (missing)", "kind": "missing", "source": "weight"},
        *one_hot("size", "(missing)", "large", "medium", "small"),
        *one_hot("town", "Bonn", "Kiel", "Ulm"),
        rare,
        *(
            {"name": f"wish[{n}]", "kind": "embedding", "source": "wish", "dimension": n}
            for n in range(6)
        ),
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("section", "key"), [(section, key) for section, keys in LEAST.items() for key in keys]
)
def test_parameters_that_keep_nothing_are_refused(section, key):
    recipe_features.Params.model_validate({**LEAST, **REST})
    less = {**LEAST[section], key: LEAST[section][key] - 1}
    with pytest.raises(ValidationError, match="Input should be greater than or equal to"):
        recipe_features.Params.model_validate({**LEAST, section: less, **REST})
