"""The index against the same formula written plainly: cosine of TF-IDF over words and letter trigrams."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenhour.students.text_index import TextIndex
from goldenhour.tools import normalise

texts = st.lists(st.text("ab cé夕🌅\udcff'", max_size=12).map(normalise), max_size=6)
spoken = texts.filter(lambda collection: any(collection) or not collection)  # the rest: the last test


def terms(text):
    padded = f" {text} "
    trigrams = [padded[i - 1 : i + 2] for i in range(1, len(padded) - 1) if padded[i] != " "]
    return Counter([("word", word) for word in text.split()] + [("trigram", trigram) for trigram in trigrams])


def cosines(collection, text):
    """Manning, Raghavan, Schütze, Introduction to Information Retrieval, ch. 6; document frequencies plus one."""
    documents = [terms(document) for document in collection]

    def vector(counts):
        idf = {term: math.log((1 + len(documents)) / (1 + sum(term in d for d in documents))) + 1 for term in counts}
        return {term: (1 + math.log(count)) * idf[term] for term, count in counts.items()}

    def cosine(a, b):
        dot = sum(a[term] * b.get(term, 0) for term in a)
        return dot and dot / math.hypot(*a.values()) / math.hypot(*b.values())

    return [cosine(vector(terms(text)), vector(document)) for document in documents]


@given(spoken, st.text("ab cdé夕\udcff", max_size=12).map(normalise))
def test_similarity_is_the_cosine_of_tfidf(collection, text):
    assert TextIndex(collection).similarity([text])[0] == pytest.approx(np.array(cosines(collection, text)))


@given(spoken)
def test_a_text_is_most_similar_to_itself(collection):
    index = TextIndex(collection)
    for number, text in enumerate(collection):
        if text:
            similarity = index.similarity([text])[0]
            assert similarity[number] == pytest.approx(1)
            assert similarity[number] >= similarity.max() - 1e-12


def test_similarity_is_at_most_1():
    collection = ["".join(chr(97 + i * j % 26) for j in range(1, 9)) for i in range(1, 26)]
    index = TextIndex(collection)
    assert index.similarity(collection).max() <= 1


def test_words_beat_parts_of_words_and_parts_beat_nothing():
    whole, part, nothing = TextIndex(["golden hour", "goldfish", "blue"]).similarity(["golden"])[0]
    assert whole > part > nothing == 0


def test_unknown_words_lower_the_similarity():
    index = TextIndex(["warm light", "cold light"])
    similar = index.similarity(["warm light", "warm light xyz", "warm light xyz qvk"])[:, 0].tolist()
    assert similar[0] > similar[1] > similar[2] > 0


@pytest.mark.parametrize(("collection", "text"), [([], ""), ([], "golden hour"), ([""], ""), (["", "hour"], "gold")])
def test_where_there_is_nothing_nothing_is_similar(collection, text):
    assert TextIndex(collection).similarity([text]).tolist() == [[0] * len(collection)]


def test_nothing_is_similar_to_texts_without_words():
    assert TextIndex(["", ""]).similarity(["golden hour"]).tolist() == [[0, 0]]
