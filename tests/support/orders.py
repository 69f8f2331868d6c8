"""Mock orders of a bakery: their rows, their schema, and parameters for the stages.

SCHEMA and PARAMS describe a binary task with a column of each type, OTHER and CHANGED a multiclass
task and a regression.
"""

import functools

import numpy as np
import pandas as pd

from pipeline.data.schema import Schema
from pipeline.data.split import Params, training_and_test

SCHEMA = """\
missing: ["", "n/a"]
rows: {min: 50}
columns:
  order: {type: identifier, role: id}
  day: {type: date, role: time, min: 2024-01-01, max: 2024-12-31}
  shop: {type: identifier, role: group}
  weight: {type: number, unit: g, min: 0, max: 5000, max_missing: 0.3}
  guests: {type: number, integer: true, min: 1, max: 12}
  size: {type: category, levels: [small, medium, large], max_missing: 0.2}
  town: {type: category, max_length: 20}
  wish: {type: text, max_length: 200, max_missing: 0.3}
  late: {type: category, role: target, levels: ["no", "yes"], positive: "yes"}
"""


PARAMS = """\
project: {name: bakery, registry: ""}
ingest:
  raw: data/raw/orders.csv
  max_bad_rows: 0.05
  max_rows: 1000
  split: {by: time, test_from: "2024-03-31", test_share: 0.25}
  seed: 1
featurize:
  categories: {min_rows: 5}
  texts: {dimensions: 6, min_rows: 2, max_words: 100}
  max_cells: 100000
  seed: 1
mocks:
  max_share: 0.01
  max_rows: 300
  small_table_rows: 40
  common_rows: 2
  bins: 10
  rare_share: 0.02
  region_quantile: 0.99
  min_coverage: 0.9
  min_column_coverage: 0.97
  min_in_region: 0.9
  seed: 1
train:
  estimator: sklearn.linear_model.LogisticRegression
  arguments: {C: 10.0, max_iter: 500}
  seed: 1
check_data:
  max_psi: {number: 9.0, category: 9.0, text: 9.0}
  max_missing_gap: 0.9
  constant: []
  max_leak_auc: 0.98
  max_leak_correlation: 0.98
  max_shared_rows: 0.1
  max_shared_groups: 1.0
  max_silent_texts: 0.05
  neighbour_texts: 10
  min_neighbour_gain: 2
check_model:
  tolerance: 1e-9
  retrained_tolerance: 1e-6
  rows: 10
  max_beyond: 1.0
  unused: []
  overfit_rows: 20
  min_overfit: 0.9
  min_gain: 0.1
  shuffled_rows: 200
  max_shuffled_skill: 0.1
  expectations:
    - {name: the day means nothing, set: {day: "2024-05-01"}, expect: same}
    - {name: a hurry makes it late, set: {wish: "urgent quick hurry"}, expect: higher, share: 0.8}
evaluate:
  decision_threshold: 0.5
  reads: point
  bootstrap: {confidence: 0.9, resamples: 100, seed: 1}
  no_champion: pass
  thresholds: {roc_auc: {min: 0.6, gain: 0.1, max_worse: 0.1}, error_rate: {max: 0.4}}
  slices:
    values: [size, guests]
    min_rows: 8
    too_few_rows: pass
    reads: point
    thresholds: {error_rate: {max: 0.6}}
package:
  max_rows: 200
  max_body_mb: 1
  max_concurrency: 8
  request_seconds: 10
  log: {share: 1.0, max_mb: 1, keep_mb: 3}
containerize: {base_image: "python:mock"}
smoke:
  targets: [built]
  memory: 512m
  cpus: 1.0
  ready_seconds: 0.5
  request_seconds: 5
  golden_rows: 5
  tolerance: 1e-9
  mode: load_and_query
  tries: 1
  latency_requests: 3
  max_p95_ms: 2000
  load_seconds: 0.05
  load_connections: 2
  min_requests_per_second: 1
  max_loaded_p99_ms: 5000
  max_memory_share: 0.9
deploy:
  port: 3000
  replicas: 2
  ready_seconds: 0.3
  canary_requests: 3
  watch_seconds: 0.2
  max_p95_ms: 500
  max_error_share: 0.0
  proxy_image: proxy:1
  environments: {staging: {replicas: 1}, broken: {replicas: none}}
predict: {chunk_rows: 50}
replay: {rows: data/live/orders.csv, batch_rows: 20}
monitor:
  labels: data/live/orders.csv
  min_rows: 20
  drifted_psi: 0.5
  drifted_missing: 0.2
  max_psi: 2.5
  thresholds: {roc_auc: {min: 0.6}}
  slices: {values: [size]}
card: {intended_use: order, not_for: wages, data: mock, limits: few, ethics: none, owner: baker}
report:
  costs: {false_alarm: 1, miss: 5, unit: loaves}
  importance: {rows: 20, repeats: 2, seed: 1}
  columns: 40
  wrong_rows: 5
"""


TOPICS = (
    "urgent quick hurry fast soon now",
    "cherry cream chocolate sponge icing vanilla",
    "rye seeds crust sourdough grain malt",
    "candles birthday ribbon balloon card gift",
    "vegan soy almond oat coconut carob",
)


OTHER = {
    # Texts and categories only, three classes, named by no id and split by group.
    "multiclass": """\
missing: [""]
columns:
  day: {type: date, role: time}
  shop: {type: identifier, role: group}
  size: {type: category, max_missing: 0.2}
  wish: {type: text, max_missing: 0.3}
  late: {type: category, role: ignored}
  kind: {type: category, role: target, levels: [rush, cake, bread]}
""",
    # Two numbers, and a third one to be learned; split at random.
    "regression": """\
missing: [""]
columns:
  order: {type: identifier, role: id}
  weight: {type: number, max_missing: 0.3}
  guests: {type: number}
  price: {type: number, role: target}
""",
}
CHANGED = {
    "multiclass": {
        "ingest": {"split": {"by": "group", "test_share": 0.3}},
        "train": {"arguments": {"C": 100.0, "max_iter": 500}},
        "mocks": {"min_column_coverage": 0.9},
        "check_data": {"max_shared_groups": 0.0, "max_shared_rows": 0.2},
        "check_model": {
            "expectations": [
                {
                    "name": "seeds are for bread",
                    "add": {"wish": " seeds"},
                    "label": "bread",
                    "expect": "higher",
                    "share": 0.7,
                },
                {"name": "a day", "set": {"day": "2024-05-01"}, "expect": "same"},
            ]
        },
    },
    "regression": {
        "ingest": {"split": {"by": "random", "test_share": 0.2}},
        "train": {"estimator": "sklearn.linear_model.Ridge", "arguments": {}},
        "check_model": {
            "expectations": [
                {"name": "a guest costs", "add": {"guests": 1}, "expect": "higher"},
                {"name": "one costs little", "set": {"guests": 1}, "expect": "lower", "share": 0.7},
            ]
        },
    },
}


def orders(count: int = 120, seed: int = 7) -> pd.DataFrame:
    """Return mock rows as a CSV holds them: strings, `""` where a value is missing."""
    return _orders(count, seed).copy()


@functools.cache
def orders_csv(count: int = 120, seed: int = 7) -> str:
    return _orders(count, seed).to_csv(index=False)


@functools.cache
def _orders(count: int, seed: int) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    topic = draw.integers(0, len(TOPICS), count)
    wishes = [" ".join(draw.choice(TOPICS[number].split(), 4, replace=False)) for number in topic]
    guests = draw.integers(1, 13, count)
    late = (topic == 0) * 3 + guests * 0.3 + draw.normal(0, 0.7, count) > 3
    table = pd.DataFrame(
        {
            "order": [f"o{number:03}" for number in range(count)],
            "day": pd.date_range("2024-01-01", periods=count).strftime("%Y-%m-%d"),
            "shop": [f"shop {number % 6}" for number in range(count)],
            "weight": draw.integers(100, 4000, count).astype("str"),
            "guests": guests.astype("str"),
            "size": draw.choice(["small", "medium", "large"], count),
            "town": draw.choice(["Bonn", "Kiel", "Ulm"], count),
            "wish": wishes,
            "late": np.where(late, "yes", "no"),
        }
    )
    for name, share in (("weight", 0.15), ("size", 0.1), ("wish", 0.1)):
        table.loc[draw.random(count) < share, name] = ""
    table.loc[[3, 30], "town"] = "Trier"
    return table.astype("object")


def other_orders(task: str) -> pd.DataFrame:
    """Return mock rows of another task, as a CSV holds them."""
    table, draw = orders(160, seed=9), np.random.default_rng(1)
    if task == "regression":
        weight = table["weight"].replace("", "2000").astype("float64")
        price = table["guests"].astype("float64") + weight / 1000 + draw.normal(0, 0.5, len(table))
        columns = table[["order", "weight", "guests"]]
        return columns.assign(price=price.round(3).astype("str"))
    kinds = dict(zip(TOPICS, ("rush", "cake", "bread", "cake", "bread"), strict=True))
    words = {word: kind for topic, kind in kinds.items() for word in topic.split()}
    kind = table["wish"].str.split().str[0].map(words).fillna("cake")
    kind = kind.mask(draw.random(len(table)) < 0.15, "cake")
    return table[["day", "shop", "size", "wish", "late"]].assign(kind=kind)


def split_of(typed: pd.DataFrame, rules, settings) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the training set and the test set of the mock rows."""
    return training_and_test(typed, rules, settings("ingest", Params))


def private(rules: Schema, *names: str) -> Schema:
    """Return the schema with these columns private, and no others."""
    columns = {
        name: column.model_copy(update={"private": name in names})
        for name, column in rules.columns.items()
    }
    return rules.model_copy(update={"columns": columns})
