"""Text embeddings: of the right size and length, near for texts of like words.

Each embedding is computed again from the text: the TF-IDF of Salton and Buckley (1988), with
1 + ln(count), ln((1 + texts) / (1 + texts with the word)) + 1 and rows of unit length, times the
components that the featurizer learned, at unit length again.
"""

import numpy as np
import pandas as pd
import pytest

from pipeline.core import params
from pipeline.gates import leaks
from recipe import features as recipe_features

ZERO = 1e-9  # a shorter projection is made of rounding errors alone


@pytest.fixture(scope="module")
def how():
    return params.load("featurize", recipe_features.Params).texts


@pytest.fixture(scope="module")
def embeddings(columns, inputs):
    """The embedding columns of each text column, in the order of their dimensions."""
    return {
        source: [c["name"] for c in columns if c["kind"] == "embedding" and c["source"] == source]
        for source in inputs.schema.features_of("text")
    }


@pytest.fixture(scope="module")
def words(read, embeddings):
    """The words of each text, by text column and part: lists of lists."""
    return {
        source: {part: [leaks.words(text) for text in read[part][source]] for part in read}
        for source in embeddings
    }


@pytest.fixture(scope="module")
def steps(featurizer, embeddings):
    """What the featurizer learned of each text column: (TF-IDF, SVD)."""
    fitted = featurizer.named_transformers_
    lost = [source for source in embeddings if f"embedding {source}" not in fitted]
    assert not lost, f"the featurizer embeds no text of {lost}"
    return {source: list(fitted[f"embedding {source}"])[:2] for source in embeddings}


def test_embeddings_have_the_declared_size(embeddings, how):
    size = how.dimensions
    for source, names in embeddings.items():
        assert len(names) == size, f"`{source}` has {len(names)} dimensions, not {size}"


def test_an_embedding_is_of_unit_length_or_all_zero(embeddings, features, part):
    for source, names in embeddings.items():
        lengths = np.linalg.norm(features[part][names].to_numpy(), axis=1)
        right = (np.abs(lengths - 1) < 1e-9) | (lengths < ZERO)
        assert right.all(), f"{part}: {(~right).sum()} embeddings of `{source}` are not of length 1"


def test_learned_words_are_those_of_the_training_set(rows, steps, how):
    for source, (tfidf, _) in steps.items():
        learned = set(tfidf.vocabulary_)
        right, undecided = _vocabulary(rows["train"][source], how)
        strange, lost = sorted(learned - right - undecided), sorted(right - learned)
        assert not strange, (
            f"`{source}`: {len(strange)} words such as {strange[0]!r} were learned, but not from "
            "the training set by featurize.texts"
        )
        assert not lost, f"`{source}`: {len(lost)} words such as {lost[0]!r} were not learned"


def _vocabulary(texts, how):
    """The words to be learned, and those as frequent as the last of them: any may be learned."""
    known, counts = leaks.document_words(texts)
    known, total = np.array(known, dtype=object), counts.sum(axis=0)
    enough = (counts > 0).sum(axis=0) >= how.min_rows
    known, total = known[enough], total[enough]
    if len(known) <= how.max_words:
        return set(known), set()
    last = np.sort(total)[-how.max_words]
    return set(known[total > last]), set(known[total == last])


def test_a_text_without_learned_words_is_all_zero(
    embeddings, words, steps, features, settings, part
):
    for source, names in embeddings.items():
        learned, texts = set(steps[source][0].vocabulary_), words[source][part]
        values = features[part][names].to_numpy()
        silent = np.array([learned.isdisjoint(text) for text in texts])
        assert not values[silent].any(), (
            f"{part}: a text of `{source}` that holds no word of the training set has an embedding"
        )
        written = np.array([bool(text) for text in texts])
        share = silent[written].mean() if written.any() else 0
        assert share <= settings.max_silent_texts, (
            f"{part}: {share:.0%} of the texts in `{source}` hold no word of the training "
            f"set: more than check_data.max_silent_texts {settings.max_silent_texts:.0%}"
        )


def test_an_embedding_is_computed_from_the_words_of_its_text(
    embeddings, rows, steps, features, part
):
    for source, names in embeddings.items():
        tfidf, svd = steps[source]
        expected = _embedded(rows, source, part, tfidf.vocabulary_, svd.components_)
        lengths = np.linalg.norm(expected, axis=1)
        clear = lengths > ZERO / 1e-3
        right = expected[clear] / lengths[clear, None]
        off = np.abs(features[part][names].to_numpy()[clear] - right).max(initial=0)
        assert off < 1e-9, (
            f"{part}: the embeddings of `{source}` are not computed from its words: "
            f"they differ by {off:.3g}"
        )


def _embedded(rows, source, part, vocabulary, components):
    """The TF-IDF of a part's texts, by the training set's words, times the SVD's components."""
    known, counts = leaks.document_words([*rows["train"][source], *rows["test"][source]])
    size = len(rows["train"])
    place = [number for number, word in enumerate(known) if word in vocabulary]
    components = components[:, [vocabulary[known[number]] for number in place]]
    counts = counts[:, place]
    idf = np.log((1 + size) / (1 + (counts[:size] > 0).sum(axis=0))) + 1
    counts = counts[:size] if part == "train" else counts[size:]
    counts.data = 1 + np.log(counts.data)
    weights = counts.multiply(idf).tocsr()
    lengths = np.sqrt((weights**2).sum(axis=1))
    return (weights @ components.T) / np.where(lengths > 0, lengths, 1)[:, None]


def test_equal_texts_have_equal_embeddings(embeddings, features, read):
    for source, names in embeddings.items():
        values = np.concatenate([features[part][names].to_numpy() for part in read])
        same, _ = pd.factorize(pd.concat([read[part][source] for part in read]))
        _, first = np.unique(same, return_index=True)
        spread = np.abs(values - values[first[same]]).max()
        assert spread < 1e-9, f"embeddings of equal texts of `{source}` differ by {spread:.3g}"


def test_neighbours_share_more_words_than_strangers(embeddings, features, words, settings):
    generator = np.random.default_rng(0)
    for source, names in embeddings.items():
        texts = [frozenset(text) for text in words[source]["train"]]
        first = {text: number for number, text in enumerate(texts) if text}
        if len(first) < 3:  # too few texts to have neighbours and strangers
            continue
        chosen = generator.permutation(list(first.values()))[: settings.neighbour_texts * 10]
        values, texts = features["train"][names].to_numpy()[chosen], [texts[n] for n in chosen]
        alike = values[: settings.neighbour_texts] @ values.T
        np.fill_diagonal(alike, -np.inf)
        near = _shared(texts, alike.argmax(axis=1))
        far = _shared(texts, (np.arange(len(alike)) + 1) % len(texts))
        assert near > far * settings.min_neighbour_gain, (
            f"`{source}`: neighbours share {near:.2f} of words, strangers {far:.2f}; that is not "
            f"check_data.min_neighbour_gain {settings.min_neighbour_gain:g} times as many"
        )


def _shared(words, others):
    """The mean share of words that texts 0, 1, 2... have in common with texts `others`."""
    shares = [
        len(words[one] & words[other]) / max(1, len(words[one] | words[other]))
        for one, other in enumerate(others)
    ]
    return float(np.mean(shares))
