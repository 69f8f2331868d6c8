"""Text embeddings: of the right size, length and words, near for near texts.

What an embedding is, is computed anew from the texts: the TF-IDF of Salton and Buckley (1988), with
1 + ln(count), ln((1 + texts) / (1 + texts with the word)) + 1 and rows of unit length, times the
components that the featurizer learned, at unit length again.
"""

import numpy as np
import pandas as pd
import pytest

from pipeline.core import params
from pipeline.gates import leaks
from recipe import features as recipe_features

ZERO = 1e-9  # a projection shorter than this is one of rounding errors, and points nowhere


@pytest.fixture(scope="module")
def how():
    return params.load("featurize", recipe_features.Params).texts


@pytest.fixture(scope="module")
def embeddings(columns, rules):
    """The embedding columns of each text column, in the order of their dimensions."""
    return {
        source: [c["name"] for c in columns if c["kind"] == "embedding" and c["source"] == source]
        for source in rules.features_of("text")
    }


@pytest.fixture(scope="module")
def words(rows, embeddings):
    """The words of each text, by text column and part: lists of lists."""
    return {
        source: {part: [leaks.words(text) for text in rows[part][source]] for part in rows}
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


def test_words_are_those_of_the_train_part(words, steps, how):
    for source, (tfidf, _) in steps.items():
        learned = set(tfidf.vocabulary_)
        right, undecided = _vocabulary(words[source]["train"], how)
        strange, lost = sorted(learned - right - undecided), sorted(right - learned)
        assert not strange, (
            f"`{source}`: {len(strange)} words such as {strange[0]!r} were learned, and not from "
            "the train part by featurize.texts"
        )
        assert not lost, f"`{source}`: {len(lost)} words such as {lost[0]!r} were not learned"


def _vocabulary(texts, how):
    """The words to be learned, and those of which chance decides: all as frequent as the last."""
    known, there = leaks.document_words(texts)
    known, total = np.array(known, dtype=object), there.sum(axis=0)
    enough = (there > 0).sum(axis=0) >= how.min_rows
    known, total = known[enough], total[enough]
    if len(known) <= how.max_words:
        return set(known), set()
    last = np.sort(total)[-how.max_words]
    return set(known[total > last]), set(known[total == last])


def test_a_text_without_a_learned_word_is_all_zero_and_few_are(
    embeddings, words, steps, features, settings, part
):
    for source, names in embeddings.items():
        learned, texts = set(steps[source][0].vocabulary_), words[source][part]
        values = features[part][names].to_numpy()
        silent = np.array([learned.isdisjoint(text) for text in texts])
        assert not values[silent].any(), (
            f"{part}: a text of `{source}` that holds no word of the train part has an embedding"
        )
        written = np.array([bool(text) for text in texts])
        share = silent[written].mean() if written.any() else 0
        assert share <= settings.max_silent_texts, (
            f"{part}: {share:.0%} of the texts in `{source}` say nothing, more than "
            f"check_data.max_silent_texts {settings.max_silent_texts:.0%}"
        )


def test_embeddings_are_those_of_their_own_columns_words(embeddings, words, steps, features, part):
    for source, names in embeddings.items():
        tfidf, svd = steps[source]
        expected = _embedded(words[source], part, tfidf.vocabulary_, svd.components_)
        lengths = np.linalg.norm(expected, axis=1)
        clear = lengths > ZERO / 1e-3
        right = expected[clear] / lengths[clear, None]
        off = np.abs(features[part][names].to_numpy()[clear] - right).max(initial=0)
        assert off < 1e-9, (
            f"{part}: the embeddings of `{source}` are not those of its words: off by {off:.3g}"
        )


def _embedded(texts, part, vocabulary, components):
    """The TF-IDF of the texts of `part` by what the train part says of words, times components."""
    known, there = leaks.document_words([*texts["train"], *texts["test"]])
    size = len(texts["train"])
    place = [number for number, word in enumerate(known) if word in vocabulary]
    components = components[:, [vocabulary[known[number]] for number in place]]
    there = there[:, place]
    idf = np.log((1 + size) / (1 + (there[:size] > 0).sum(axis=0))) + 1
    there = there[:size] if part == "train" else there[size:]
    there.data = 1 + np.log(there.data)
    weights = there.multiply(idf).tocsr()
    lengths = np.sqrt((weights**2).sum(axis=1))
    return (weights @ components.T) / np.where(lengths > 0, lengths, 1)[:, None]


def test_equal_texts_have_equal_embeddings(embeddings, features, rows):
    for source, names in embeddings.items():
        values = np.concatenate([features[part][names].to_numpy() for part in rows])
        same, _ = pd.factorize(pd.concat([rows[part][source] for part in rows]))
        _, first = np.unique(same, return_index=True)
        spread = np.abs(values - values[first[same]]).max()
        assert spread < 1e-9, f"equal texts of `{source}` are {spread:.3g} apart"


def test_neighbours_share_more_words_than_strangers(embeddings, features, words, settings):
    generator = np.random.default_rng(0)
    for source, names in embeddings.items():
        texts = [frozenset(text) for text in words[source]["train"]]
        first = {text: number for number, text in enumerate(texts) if text}
        if len(first) < 3:  # too few for anybody to be a neighbour or a stranger
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
