"""Text embeddings: the right size and length, equal for equal texts, near for near ones."""

import re

import numpy as np
import pytest


@pytest.fixture
def embeddings(columns, rules):
    """The embedding columns of each text column, in the order of their dimensions."""
    names = {source: [] for source in rules.features_of("text")}
    for column in columns:
        if column["kind"] == "embedding":
            names[column["source"]].append(column["name"])
    return names


def _words(text):
    return set(re.findall(r"\w\w+", text.lower()))


def test_embeddings_have_the_declared_size(embeddings, artefacts):
    from pipeline import featurize, params

    size = params.load("featurize", featurize.Params).texts.dimensions
    for source, names in embeddings.items():
        assert len(names) == size, f"`{source}` has {len(names)} dimensions, not {size}"


def test_an_embedding_is_of_unit_length_or_all_zero(embeddings, features, part):
    for source, names in embeddings.items():
        lengths = np.linalg.norm(features[part][names].to_numpy(), axis=1)
        right = (np.abs(lengths - 1) < 1e-9) | (lengths == 0)
        assert right.all(), f"{part}: {(~right).sum()} embeddings of `{source}` are not of length 1"


def test_an_empty_text_is_all_zero_and_most_others_are_not(embeddings, features, rows, part):
    for source, names in embeddings.items():
        zero = ~features[part][names].to_numpy().any(axis=1)
        empty = (rows[part][source] == "").to_numpy()
        assert zero[empty].all(), f"{part}: an empty `{source}` has an embedding"
        silent = zero[~empty].mean() if (~empty).any() else 0
        assert silent < 0.05, f"{part}: {silent:.0%} of the texts in `{source}` say nothing"


def test_equal_texts_have_equal_embeddings(embeddings, features, rows, part):
    for source, names in embeddings.items():
        values = features[part][names].set_axis(rows[part][source], axis=0)
        equal = values.groupby(level=0)
        spread = (equal.max() - equal.min()).to_numpy().max()
        assert spread < 1e-9, f"{part}: equal texts of `{source}` are {spread:.3g} apart"


def test_neighbours_share_more_words_than_strangers(embeddings, features, rows, settings):
    generator = np.random.default_rng(0)
    for source, names in embeddings.items():
        texts = rows["train"][source].drop_duplicates()
        texts = texts[texts != ""]
        texts = texts.iloc[generator.permutation(len(texts))[: settings.neighbour_texts * 10]]
        values = features["train"][names].to_numpy()[rows["train"].index.get_indexer(texts.index)]
        words = [_words(text) for text in texts]
        alike = values[: settings.neighbour_texts] @ values.T
        np.fill_diagonal(alike, -1)
        near = _shared(words, alike.argmax(axis=1))
        far = _shared(words, generator.permutation(len(words))[: len(alike)])
        assert near > 2 * far, (
            f"`{source}`: neighbours share {near:.2f} of words, strangers {far:.2f}"
        )


def _shared(words, others):
    """The mean share of words that texts 0, 1, 2... have in common with texts `others`."""
    shares = [
        len(words[one] & words[other]) / max(1, len(words[one] | words[other]))
        for one, other in enumerate(others)
    ]
    return float(np.mean(shares))
