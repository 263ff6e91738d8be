"""From a question to a ranking, compared with formulas and the index in memory."""

from __future__ import annotations

import math
import shutil
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.assistant import Chatbot
from chatbot.clues import CLUES, UNSCALED, Clues, CosineScale
from chatbot.encoder import Encoder
from chatbot.errors import QuestionError
from chatbot.ingestion.build_index import build_index
from chatbot.readers import RawFile, read
from chatbot.retrieval.arms import ArmHits, Hits
from chatbot.retrieval.candidates import Candidates, rank_candidates
from chatbot.retrieval.clue_scores import SCORES
from chatbot.retrieval.follow_ups import InterpretedQuestion
from chatbot.retrieval.passage_index import Scores
from chatbot.retrieval.query import (
    Query,
    check_question,
    content_words,
    query_terms,
    query_vector,
)
from chatbot.settings import load_settings
from chatbot.text.bm25 import CEILING, inverse_document_frequency
from chatbot.types import Document, Filters
from tests.memory_index import Entry, MemoryIndex, scores_of, written
from tests.shared import PROJECT

WEIGHTS = {"dense": 0.3, "evidence": 0.7, "lexical": 0.9, "document": 0.4}
NORTH = scores_of([1.0, 0.0])


def at(cosine: float) -> Scores:
    """A unit vector with this cosine to NORTH, the question's vector."""
    return scores_of([cosine, math.sqrt(1 - cosine**2)])


@dataclass(frozen=True)
class Spec:
    """A document of one passage with chosen cosines."""

    text: str
    cosine: float
    sentence: float = 0.0
    title: float = 0.0


def index_of(specs: Sequence[Spec]) -> MemoryIndex:
    """The documents d0, d1, … in this order, one passage each, without titles."""
    documents, entries, titles = [], [], {}
    for number, spec in enumerate(specs):
        document, (passage,) = written(f"d{number}", spec.text)
        sentences = np.stack([at(spec.sentence)] * len(passage.sentences))
        documents.append(document)
        entries.append(Entry(passage, "", at(spec.cosine), sentences))
        titles[document.doc_id] = at(spec.title)
    return MemoryIndex(documents, entries, titles)


def asking(**emphasis: float) -> Query:
    """A query whose vector is NORTH, with these terms and an ideal BM25 of 2."""
    terms = MappingProxyType(emphasis)
    return Query("Why?", NORTH, terms, terms, ideal_bm25=2.0)


def query_for(question: str, index: MemoryIndex, encode: Callable[[str], Scores]) -> Query:
    """The question prepared for both arms."""
    return Query(question, query_vector(question, encode), *query_terms(question, index))


def fuse(
    index: MemoryIndex,
    query: Query,
    depth: int,
    weights: Mapping[str, float] = WEIGHTS,
    allowed: frozenset[str] | None = None,
    scale: CosineScale = UNSCALED,
) -> Candidates:
    hits = Hits(
        dense=ArmHits(*index.dense_hits(query.vector, depth, allowed)),
        lexical=ArmHits(*index.lexical_hits(query.emphasis, depth, allowed)),
    )
    return rank_candidates(query, hits, index, weights, scale)


# -- candidates ------------------------------------------------------------------------------


MIXED = (
    Spec("Nothing of note.", 0.9),
    Spec("Missile missile.", 0.1, sentence=0.4),
    Spec("Nothing at all.", 0.8, title=0.6),
    Spec("Missile tests.", 0.2, sentence=0.1, title=0.3),
    Spec("Nothing else here.", 0.3),
)


def test_every_cosine_is_scaled_and_nothing_else() -> None:
    """Among the clues, only the lexical one is no cosine."""
    plain = fuse(index_of(MIXED), asking(missile=1.0), 5)
    scaled = fuse(index_of(MIXED), asking(missile=1.0), 5, scale=CosineScale(2.0, 0.25))
    back = np.searchsorted(np.sort(plain.rows), scaled.rows)
    order = np.argsort(plain.rows)[back]
    for name, column in scaled.clues.items():
        before = plain.clues[name][order]
        expected = before if name == "lexical" else 2 * (before - 0.25)
        np.testing.assert_allclose(column, expected, atol=1e-6)
    np.testing.assert_allclose(scaled.sentences, 2 * (plain.sentences - 0.25), atol=1e-6)
    together = sum(WEIGHTS[name] * column for name, column in scaled.clues.items())
    np.testing.assert_allclose(scaled.score, together, atol=1e-6)


def test_candidates_are_the_union_of_both_arms() -> None:
    """They are the two nearest in meaning and the two with the word."""
    candidates = fuse(index_of(MIXED), asking(missil=1.0), depth=2)
    assert sorted(candidates.rows.tolist()) == [0, 1, 2, 3]


def test_a_passage_found_by_its_words_alone_has_its_true_cosine() -> None:
    """Its cosine is computed although the dense arm didn't return it."""
    candidates = fuse(index_of(MIXED), asking(missil=1.0), depth=2)
    by_row = dict(zip(candidates.rows.tolist(), range(4), strict=True))
    for row in (1, 3):
        why = candidates.why(by_row[row])
        assert why.dense_rank is None
        assert why.dense == pytest.approx(MIXED[row].cosine)
        assert why.document == pytest.approx(MIXED[row].cosine)


def test_a_passage_found_by_its_meaning_alone_has_no_word_score() -> None:
    """A missing word score is 0, not the lowest or the mean of the others."""
    candidates = fuse(index_of(MIXED), asking(missil=1.0), depth=2)
    by_row = dict(zip(candidates.rows.tolist(), range(4), strict=True))
    for row, rank in ((0, 1), (2, 2)):
        why = candidates.why(by_row[row])
        assert (why.lexical, why.lexical_rank, why.dense_rank) == (0.0, None, rank)


def test_every_clue_of_the_table_is_computed_weighted_and_explained() -> None:
    """Ranking, settings and `Why` have exactly the clues of the table."""
    names = [clue.name for clue in CLUES]
    assert names == [field.name for field in fields(Clues)]
    assert SCORES.keys() == load_settings().weights.keys() == {*names}
    candidates = fuse(index_of(MIXED), asking(missil=1.0), depth=2)
    assert [*candidates.clues] == names
    assert [*candidates.ranks] == [clue.name for clue in CLUES if clue.ranked]
    for clue in CLUES:
        assert getattr(candidates.why(0), clue.name) == candidates.clues[clue.name][0]
        assert getattr(load_settings(), clue.setting) == clue.weight


def test_evidence_is_the_best_sentence_or_the_title() -> None:
    """The nearer one to the question counts."""
    candidates = fuse(index_of(MIXED), asking(missil=1.0), depth=5)
    evidence = dict(
        zip(candidates.rows.tolist(), candidates.clues["evidence"].tolist(), strict=True)
    )
    assert evidence == pytest.approx({0: 0.0, 1: 0.4, 2: 0.6, 3: 0.3, 4: 0.0}, abs=1e-6)


def test_the_score_is_the_weighted_sum() -> None:
    """By hand, for three passages of two words, one of which has the term once.

    N = 3, n = 1, tf = 1 and every length is the mean, so the impact is 1 / 2.2 of its ceiling,
    stored as 115 of 255 steps. The idf is ln(1 + 2.5 / 1.5), and the ideal score is 2.
    """
    specs = (
        Spec("Missile tests.", 0.5, sentence=0.7, title=0.2),
        Spec("Two words.", 0.6),
        Spec("Other words.", 0.1),
    )
    index = index_of(specs)
    lexical = 2.2 * 115 / 255 * math.log(1 + 2.5 / 1.5) / 2
    expected = {
        0: 0.3 * 0.5 + 0.7 * 0.7 + 0.9 * lexical + 0.4 * 0.5,
        1: 0.3 * 0.6 + 0.7 * 0.0 + 0.9 * 0.0 + 0.4 * 0.6,
        2: 0.3 * 0.1 + 0.7 * 0.0 + 0.9 * 0.0 + 0.4 * 0.1,
    }
    candidates = fuse(index, asking(missil=1.0), depth=3)
    assert dict(
        zip(candidates.rows.tolist(), candidates.score.tolist(), strict=True)
    ) == pytest.approx(expected)
    assert candidates.rows.tolist() == [0, 1, 2]


def test_equal_passages_come_in_the_order_of_rows() -> None:
    """The order is total, whichever arm returned them."""
    index = index_of([Spec("Missile tests.", 0.5)] * 4 + [Spec("Missile missile.", 0.6)])
    assert fuse(index, asking(missil=1.0), depth=5).rows.tolist() == [4, 0, 1, 2, 3]
    assert fuse(index, asking(radar=1.0), depth=5).rows.tolist() == [4, 0, 1, 2, 3]


def test_filters_that_admit_nothing_give_no_candidates() -> None:
    """The ranking is empty; that's no error."""
    query, index = asking(missil=1.0), index_of(MIXED)
    candidates = fuse(index, query, depth=5, allowed=frozenset())
    assert len(candidates) == 0
    assert len(candidates.sentences) == 0


def test_each_row_keeps_its_own_columns() -> None:
    """Sorting reorders every column alike."""
    index = index_of(MIXED)
    candidates = fuse(index, asking(missil=1.0), depth=5)
    assert candidates.score.tolist() == sorted(candidates.score.tolist(), reverse=True)
    for place, row in enumerate(candidates.rows.tolist()):
        assert candidates.clues["dense"][place] == pytest.approx(MIXED[row].cosine)
        first = candidates.first_sentence[place]
        assert candidates.sentences[first] == pytest.approx(MIXED[row].sentence)


def test_arrays_of_the_index_are_not_modified() -> None:
    """The index returns read-only arrays, and ranking them works."""
    index = index_of(MIXED)
    rows, scores = index.dense_hits(NORTH, 5, None)
    for array in (rows, scores, index.similarities(rows, NORTH), NORTH):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    assert len(fuse(index, asking(missil=1.0), depth=5)) == 5


_WORD = st.sampled_from(["missile", "radar", "treaty", "trade", "exercise"])
_SPECS = st.builds(
    Spec,
    st.lists(_WORD, min_size=1, max_size=6).map(lambda words: " ".join(words) + "."),
    st.floats(-1, 1),
    st.floats(-1, 1),
    st.floats(-1, 1),
)


@given(st.lists(_SPECS, min_size=1, max_size=8), st.data())
@settings(max_examples=150, deadline=None)
def test_the_order_of_rows_does_not_change_the_ranking(
    specs: list[Spec], data: st.DataObject
) -> None:
    """Shuffling the index changes the rows of the passages and nothing else."""
    shuffled = data.draw(st.permutations(range(len(specs))))
    query = asking(missil=1.0, radar=0.5)
    plain = fuse(index_of(specs), query, depth=len(specs))
    other = fuse(index_of([specs[place] for place in shuffled]), query, depth=len(specs))
    assert ranking(plain, range(len(specs))) == ranking(other, shuffled)


def ranking(candidates: Candidates, places: Sequence[int]) -> list[tuple[float, int]]:
    """Each score with the passage's original place, equal scores by that place."""
    rows = zip(candidates.score.tolist(), candidates.rows.tolist(), strict=True)
    return sorted(((score, places[row]) for score, row in rows), key=lambda x: (-x[0], x[1]))


# -- the index on disk against the index in memory -------------------------------------------

CORPUS = ("glossary.md", "joint-exercises.md", "sanctions.md", "limits-and-mistrust.md")
QUESTIONS = (
    "Which air defence system did Russia sell to China?",
    "joint naval exercises Baltic",
    "Why was Russia sanctioned in 2014?",
    "What do officials complain about?",
    "who trains with whom",
    "Какие учения?",
    "grey-zone",
    "What is it about?",
    "zeppelin",
)


@pytest.fixture(scope="module")
def on_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chatbot]:
    """Four documents of the demo corpus, indexed as usual."""
    home = tmp_path_factory.mktemp("four")
    (home / "corpus").mkdir()
    for name in CORPUS:
        shutil.copy(PROJECT / "corpus" / name, home / "corpus")
    chosen = load_settings(corpus=home / "corpus", index=home / "index")
    build_index(chosen)
    with Chatbot.open(settings=chosen) as chatbot:
        yield chatbot


@pytest.fixture(scope="module")
def in_memory(encoder: Encoder) -> MemoryIndex:
    """The same four documents, by brute force."""
    documents = [
        document
        for name in sorted(CORPUS)
        for document in read(RawFile(name, (PROJECT / "corpus" / name).read_bytes(), ""))
        if isinstance(document, Document)
    ]
    return MemoryIndex.of(documents, encoder, budget=200)


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("filters", [Filters(), Filters(tag=("exercises", "sanctions"))], ids=str)
def test_the_index_on_disk_ranks_as_brute_force_does(
    on_disk: Chatbot, in_memory: MemoryIndex, encoder: Encoder, question: str, filters: Filters
) -> None:
    """Passages and scores are the same, up to half precision and quantised sentences."""
    retriever = on_disk.retriever()
    allowed = retriever.index.allowed(filters)
    ranked = retriever.rank(InterpretedQuestion(question), allowed=allowed)
    query = query_for(question, in_memory, encoder.encode_query)
    expected = fuse(in_memory, query, 100, retriever.weights, in_memory.allowed(filters))
    names = [passage.passage_id for passage in in_memory.passages(expected.rows.tolist())]
    scores = dict(zip(names, expected.score.tolist(), strict=True))
    places = {passage.passage_id: place for place, passage in ranked.passages()}
    assert places.keys() == scores.keys()
    for name, place in places.items():
        assert ranked.candidates.score[place] == pytest.approx(scores[name], abs=3e-3)
    assert_ordered([scores[name] for name in places])
    for name, rank in zip(names, expected.ranks["lexical"].tolist(), strict=True):
        assert (ranked.candidates.why(places[name]).lexical_rank or 0) == rank


def assert_ordered(scores: Sequence[float]) -> None:
    """Hits are best first, up to differences within the precision."""
    for place, score in enumerate(scores[:-1]):
        assert score >= max(scores[place + 1 :]) - 6e-3


@pytest.mark.parametrize("question", QUESTIONS)
def test_bm25_is_the_formula(
    on_disk: Chatbot, in_memory: MemoryIndex, encoder: Encoder, question: str
) -> None:
    """The lexical arm returns BM25 over both fields, to the precision of a float."""
    query = query_for(question, in_memory, encoder.encode_query)
    rows, scores = in_memory.lexical_hits(query.emphasis, 10, None)
    found_rows, found_scores = on_disk.build.lexical_hits(query.emphasis, 10, None)
    assert found_rows.tolist() == rows.tolist()
    assert found_scores.tolist() == pytest.approx(scores.tolist(), rel=1e-5)
    terms = list(query.emphasis)
    assert on_disk.build.document_frequencies(terms) == in_memory.document_frequencies(terms)


# -- the query -------------------------------------------------------------------------------

THREE = index_of((Spec("Missile tests.", 0.5), Spec("Missile ranges.", 0.5), Spec("Talks.", 0.5)))


def query_of(question: str) -> Query:
    return query_for(question, THREE, lambda _: NORTH)


def test_inverse_document_frequency_is_the_formula() -> None:
    """ln(1 + (N - n + 0.5) / (n + 0.5)) holds for a word in 2 of 3 passages and one in none."""
    assert inverse_document_frequency(2, 3) == pytest.approx(math.log(1.6))
    assert inverse_document_frequency(0, 3) == pytest.approx(math.log(8))


@given(st.integers(1, 10_000), st.data())
@settings(deadline=None)
def test_a_rarer_word_weighs_more_and_every_word_weighs_something(
    passages: int, data: st.DataObject
) -> None:
    """Weights fall with frequency and stay above 0, even for a word in every passage."""
    frequency = data.draw(st.integers(1, passages))
    common = inverse_document_frequency(frequency, passages)
    assert 0 < common < inverse_document_frequency(frequency - 1, passages)


def test_question_words_count_half() -> None:
    """The words "what" and "about" count half; "missiles" counts in full."""
    query = query_of("What about missiles?")
    assert query.emphasis == {"what": 0.5, "about": 0.5, "missil": 1.0}
    assert query.weights == pytest.approx({"missil": math.log(1.6)})


def test_the_best_possible_bm25_is_that_of_every_word_in_plenty() -> None:
    """It is k1 + 1 times the idf of each word; question words count half."""
    best = 2.2 * (0.5 * math.log(8) + 1.0 * math.log(1.6))
    assert pytest.approx(2.2) == CEILING
    assert query_of("What missiles?").ideal_bm25 == pytest.approx(best)


def test_a_long_question_expects_a_passage_to_have_part_of_its_words() -> None:
    """Beyond a sum of 30 the expected score grows with its square root."""
    unknown = [f"word{number}" for number in range(40)]
    total = 40 * math.log(8)
    assert query_of(" ".join(unknown)).ideal_bm25 == pytest.approx(2.2 * math.sqrt(30 * total))
    assert query_of(" ".join(unknown[:14])).ideal_bm25 == pytest.approx(2.2 * 14 * math.log(8))


def test_a_question_of_question_words_alone_keeps_them() -> None:
    """Without content words, they are the whole query."""
    query = query_of("What is it about?")
    assert query.weights.keys() == {"what", "is", "it", "about"}
    assert query.ideal_bm25 == pytest.approx(2.2 * 0.5 * 4 * math.log(8))
    assert content_words("What is it about?") == ["what", "is", "it", "about"]


def test_a_term_of_a_question_word_and_a_content_word_counts_in_full() -> None:
    """The word "will" is a question word, "wills" is not; both are the term "will"."""
    assert query_of("Will wills do?").emphasis == {"will": 1.0, "do": 0.5}
    assert query_of("Wills will do?").emphasis == {"will": 1.0, "do": 0.5}


def test_content_words_are_listed_once() -> None:
    """They keep the order of the question; case doesn't matter."""
    assert content_words("Who sold WHAT to China, and what did china pay?") == [
        "sold",
        "china",
        "pay",
    ]


def test_a_question_without_a_term_can_be_asked() -> None:
    """Meaning alone decides its ranking."""
    query = query_of("_" * 3)
    assert (dict(query.emphasis), query.ideal_bm25) == ({}, 0)
    assert fuse(THREE, query, depth=3).clues["lexical"].tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("typed", "question"),
    [
        ("Who\x00 sold\x1b it?", "Who sold it?"),
        (" Who\n\tsold\r\nit? ", "Who sold it?"),
        ("Who \u202esold\u202c i\u200bt?", "Who sold it?"),
        ("Cafe\u0301?", "Café?"),
        ("Who\udcff?", "Who?"),
    ],
    ids=["control", "white space", "direction", "composed", "surrogate"],
)
def test_a_question_is_one_line_without_invisible_characters(typed: str, question: str) -> None:
    """Only these characters are removed."""
    assert check_question(typed, limit=100) == question


@given(st.text(max_size=50))
@settings(deadline=None)
def test_a_checked_question_has_no_control_characters(typed: str) -> None:
    """Checking it again changes nothing."""
    try:
        question = check_question(typed, limit=50)
    except QuestionError:
        return
    assert not any(unicodedata.category(character) in {"Cc", "Cs"} for character in question)
    assert check_question(question, limit=len(question)) == question


@pytest.mark.parametrize("typed", ["", "   ", "\n", "?!…", "\u200b", "—", "\x00"])
def test_a_question_without_words_is_refused(typed: str) -> None:
    """The error says what is missing and what to do."""
    with pytest.raises(QuestionError, match=r"^The question has no words\. Ask .+\.$"):
        check_question(typed, limit=100)


def test_a_question_over_the_limit_is_refused_with_both_numbers() -> None:
    """A question at the limit is accepted; one more character is refused."""
    assert check_question("x" * 4000, limit=4000) == "x" * 4000
    with pytest.raises(QuestionError, match=r"has 4,001 characters and the limit is 4,000\. Ask"):
        check_question("x" * 4001, limit=4000)
