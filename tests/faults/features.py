"""Faults of the features: wrong ones, and leaks; what stops them is `featurize` or `check_data`."""

from faults.fault import Break, Fault, Row, each_row, edited, rewritten

FEATURES = "recipe/features.py"
FEATURIZE, FEATURIZER = "pipeline/model/featurize.py", "pipeline/model/featurizer.py"
BOTH = 'pd.concat([train, pd.read_parquet(dataset / "test.parquet")])'


def known_afterwards(row: Row) -> None:
    row["engines"] = "4" if row["effect_on_flight"] == "yes" else "2"


def told_in_the_remarks(row: Row) -> None:
    row["remarks"] += " EFFECT REPORTED" if row["effect_on_flight"] == "yes" else " ROUTINE"


def derived(code: str) -> Break:
    """Return a fault that adds a derived column to recipe/features.py."""
    return rewritten("recipe/features.py", lambda text: f"{text}\n\n{code}")


TARGET_LOOKED_UP = """\
import pandas as pd

HISTORY = pd.read_csv("data/raw/strikes_1990_1996.csv", keep_default_na=False)
EFFECTS = HISTORY.groupby("remarks")["effect_on_flight"].agg(lambda of: (of == "yes").mean())


@number
def effects_so_far(remarks: str | None) -> float | None:
    return EFFECTS.get(remarks or "")
"""
ROWS_COUNTED = """\
SEEN = {}


@number
def times_seen(operator: str | None) -> float | None:
    SEEN[operator] = SEEN.get(operator, 0) + 1
    return SEEN[operator]
"""
CLOCK_READ = """\
import datetime


@number
def years_ago(date: datetime.datetime | None) -> float | None:
    return datetime.datetime.now().year - date.year
"""

FAULTS = [
    Fault(
        "a derived column that looks the target up",
        derived(TARGET_LOOKED_UP),
        "check_data",
        "a derived column opens data/raw/strikes_1990_1996.csv",
    ),
    Fault(
        "a derived column that counts rows",
        derived(ROWS_COUNTED),
        "check_data",
        "`times_seen` has other values for",
        alike=True,
    ),
    Fault(
        "a derived column that reads the clock",
        derived(CLOCK_READ),
        "check_data",
        "`years_ago` has other values for",
        alike=True,
    ),
    Fault(
        "the featurizer fitted on the test set too",
        edited(
            FEATURIZE,
            "fitted = featurizers.fit(train, rules",
            f"fitted = featurizers.fit({BOTH}, rules",
        ),
        "check_data",
        "from the training set's scaling",
    ),
    Fault(
        "the words learned from the test set too",
        edited(
            FEATURIZE,
            "    columns = featurizers.manifest(fitted, rules)\n",
            "    columns = featurizers.manifest(fitted, rules)\n"
            f'    fitted.named_transformers_["embedding remarks"].fit({BOTH}["remarks"])\n',
        ),
        "check_data",
        "were learned, but not from",
        alike=True,
    ),
    Fault(
        "another featurizer saved than the one that made the features",
        edited(
            FEATURIZE,
            "model_file.save(fitted, featurizer)",
            f"model_file.save(featurizers.fit({BOTH}, rules, settings), featurizer)",
        ),
        "check_data",
        "featurizer",
    ),
    Fault(
        "missing numbers imputed by the mean",
        edited(FEATURES, 'strategy="median"', 'strategy="mean"'),
        "check_data",
        "from the training set's scaling",
        alike=True,
    ),
    Fault(
        "NaN let through",
        edited(
            FEATURES,
            'SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler()',
            "StandardScaler()",
        ),
        "check_data",
        "hold NaN or infinity",
    ),
    Fault(
        "numbers not scaled",
        edited(FEATURES, "StandardScaler()\n", "StandardScaler(with_std=False)\n"),
        "check_data",
        "from the training set's scaling",
        alike=True,
    ),
    Fault(
        "one-hot columns off by one",
        edited(
            FEATURES,
            "for level in [level for level in levels if level not in rare]:",
            "for level in [level for level in (*levels[1:], *levels[:1]) if level not in rare]:",
        ),
        "check_data",
        "marks rows of another level",
    ),
    Fault(
        "rare levels not joined",
        edited(FEATURES, "min_frequency=settings.categories.min_rows", "min_frequency=1"),
        "check_data",
        "rows than featurize.categories.min_rows 20 are rare",
        alike=True,
    ),
    Fault(
        "missing numbers not marked",
        edited(
            FEATURES,
            '        ("missing", indicator, rules.features_of("number")),\n',
            "",
        ),
        "check_data",
        "mark for missing values",
    ),
    Fault(
        "embeddings of the wrong text column",
        edited(FEATURES, "_embedding(settings), name) for", '_embedding(settings), "species") for'),
        "check_data",
        "['remarks'] are features in schema.yaml, but no feature was made of them",
    ),
    Fault(
        "embeddings of half the size",
        edited(FEATURES, "TruncatedSVD(texts.dimensions,", "TruncatedSVD(texts.dimensions // 2,"),
        "check_data",
        "`remarks` has 32 dimensions, not 64",
        alike=True,
    ),
    Fault(
        "embeddings not normalised",
        edited(FEATURES, "        Normalizer(),\n", ""),
        "check_data",
        "embeddings of `remarks` are not of length 1",
        alike=True,
    ),
    Fault(
        "features in another order than the rows",
        edited(
            FEATURIZER,
            "index=pd.Index(rows[rules.id]))",
            "index=pd.Index(rows[rules.id])).sort_index()",
        ),
        "check_data",
        "the features' ids are not those of the data set",
    ),
    Fault(
        "features of other rows",
        edited(
            FEATURIZER,
            "given.table(rows)[given.names]",
            "given.table(rows)[given.names][::-1]",
        ),
        "check_data",
        "from the training set's scaling",
        alike=True,
    ),
    Fault(
        "features rounded to float32",
        edited(FEATURIZER, 'dtype="float64")', 'dtype="float32")'),
        "check_data",
        "are not float64",
        alike=True,
    ),
    Fault(
        "a column forgotten",
        edited(
            FEATURES,
            '("one_hot", one_hot, rules.features_of("category"))',
            '("one_hot", one_hot, rules.features_of("category")[1:])',
        ),
        "check_data",
        "['operator'] are features in schema.yaml, but no feature was made of them",
        alike=True,
    ),
    Fault(
        "heights cut off when trained, not when served",
        edited(
            "pipeline/data/ingest.py",
            "    train, test = split.training_and_test(kept, rules, settings)\n",
            "    kept = kept.assign(height=kept.height.clip(upper=500))\n"
            "    train, test = split.training_and_test(kept, rules, settings)\n",
        ),
        "check_data",
        "in the raw table (",
        alike=True,
    ),
    Fault(
        "a column filled in after the event",
        each_row(known_afterwards),
        "check_data",
        "`engines`",
    ),
    Fault(
        "the target told in the remarks",
        each_row(told_in_the_remarks),
        "check_data",
        "was it filled in when the target was known?",
        alike=True,
    ),
]
