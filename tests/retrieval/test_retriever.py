"""From a question to a ranking: both arms together, against formulas and the index in memory."""

from __future__ import annotations

import math
import shutil
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.assistant import Chatbot
from chatbot.encoder import Encoder
from chatbot.errors import QuestionError
from chatbot.ingestion.build_index import build_index
from chatbot.readers import RawFile, read
from chatbot.retrieval.candidates import Candidates, Weights, find_candidates
from chatbot.retrieval.follow_ups import Interpretation
from chatbot.retrieval.passage_index import Scores
from chatbot.retrieval.query import (
    Query,
    check_question,
    meaning,
    naming_words,
    weigh,
)
from chatbot.settings import load_settings
from chatbot.text.bm25 import CEILING, inverse_document_frequency
from chatbot.types import Document, Filters
from tests.memory_index import Entry, MemoryIndex, kept, written
from tests.shared import PROJECT

WEIGHTS = Weights(dense=0.3, evidence=0.7, lexical=0.9, document=0.4)
NORTH = kept([1.0, 0.0])


def at(cosine: float) -> Scores:
    """A unit vector with this cosine to NORTH, which stands for the question."""
    return kept([cosine, math.sqrt(1 - cosine**2)])


@dataclass(frozen=True)
class Made:
    """A document of one passage, with the cosines that it is to have."""

    text: str
    cosine: float
    sentence: float = 0.0
    title: float = 0.0


def index_of(made: Sequence[Made]) -> MemoryIndex:
    """The documents d0, d1, … in this order, a passage each, with no words but their own."""
    documents, entries, titles = [], [], {}
    for number, each in enumerate(made):
        document, (passage,) = written(f"d{number}", each.text)
        sentences = np.stack([at(each.sentence)] * len(passage.sentences))
        documents.append(document)
        entries.append(Entry(passage, "", at(each.cosine), sentences))
        titles[document.doc_id] = at(each.title)
    return MemoryIndex(documents, entries, titles)


def asking(**emphasis: float) -> Query:
    """A question that points NORTH and has these terms; its best possible BM25 is 2."""
    terms = MappingProxyType(emphasis)
    return Query("Why?", NORTH, terms, terms, ideal_bm25=2.0)


def made(question: str, index: MemoryIndex, encode: Callable[[str], Scores]) -> Query:
    """The question ready for both arms."""
    return Query(question, meaning(question, encode), *weigh(question, index))


def find(
    index: MemoryIndex,
    query: Query,
    depth: int,
    weights: Weights = WEIGHTS,
    allowed: frozenset[str] | None = None,
) -> Candidates:
    lexical = index.lexical_hits(query.emphasis, depth, allowed)
    return find_candidates(query, index, weights, depth=depth, allowed=allowed, lexical=lexical)


# -- candidates ------------------------------------------------------------------------------


MIXED = (
    Made("Nothing of note.", 0.9),
    Made("Missile missile.", 0.1, sentence=0.4),
    Made("Nothing at all.", 0.8, title=0.6),
    Made("Missile tests.", 0.2, sentence=0.1, title=0.3),
    Made("Nothing else here.", 0.3),
)


def test_candidates_are_the_union_of_both_arms() -> None:
    """The two nearest in meaning and the two with the word, and nothing else."""
    found = find(index_of(MIXED), asking(missil=1.0), depth=2)
    assert sorted(found.rows.tolist()) == [0, 1, 2, 3]


def test_a_passage_found_by_its_words_alone_has_its_true_cosine() -> None:
    """Fusion never takes a passage's meaning for nothing because the dense arm missed it."""
    found = find(index_of(MIXED), asking(missil=1.0), depth=2)
    by_row = dict(zip(found.rows.tolist(), range(4), strict=True))
    for row in (1, 3):
        why = found.why(by_row[row])
        assert why.dense_rank is None
        assert why.dense == pytest.approx(MIXED[row].cosine)
        assert why.document == pytest.approx(MIXED[row].cosine)


def test_a_passage_found_by_its_meaning_alone_has_no_word_score() -> None:
    """A missing word score is 0, not the lowest or the mean of those found."""
    found = find(index_of(MIXED), asking(missil=1.0), depth=2)
    by_row = dict(zip(found.rows.tolist(), range(4), strict=True))
    for row, rank in ((0, 1), (2, 2)):
        why = found.why(by_row[row])
        assert (why.lexical, why.lexical_rank, why.dense_rank) == (0.0, None, rank)


def test_evidence_is_the_best_sentence_or_the_title() -> None:
    """Whichever of the two is nearer to the question."""
    found = find(index_of(MIXED), asking(missil=1.0), depth=5)
    evidence = dict(zip(found.rows.tolist(), found.evidence.tolist(), strict=True))
    assert evidence == pytest.approx({0: 0.0, 1: 0.4, 2: 0.6, 3: 0.3, 4: 0.0}, abs=1e-6)


def test_the_score_is_the_weighted_sum() -> None:
    """Worked out by hand for three passages of two words, one of which has the term once.

    N = 3, n = 1, tf = 1 and all lengths are the mean, so the impact is 1 / 2.2 of what it could be,
    which is kept as 115 of 255 steps; the idf is ln(1 + 2.5 / 1.5), and the question could score 2
    at best.
    """
    made = (Made("Missile tests.", 0.5, sentence=0.7, title=0.2), Made("Two words.", 0.6))
    index = index_of((*made, Made("Other words.", 0.1)))
    lexical = 2.2 * 115 / 255 * math.log(1 + 2.5 / 1.5) / 2
    expected = {
        0: 0.3 * 0.5 + 0.7 * 0.7 + 0.9 * lexical + 0.4 * 0.5,
        1: 0.3 * 0.6 + 0.7 * 0.0 + 0.9 * 0.0 + 0.4 * 0.6,
        2: 0.3 * 0.1 + 0.7 * 0.0 + 0.9 * 0.0 + 0.4 * 0.1,
    }
    found = find(index, asking(missil=1.0), depth=3)
    assert dict(zip(found.rows.tolist(), found.score.tolist(), strict=True)) == pytest.approx(
        expected
    )
    assert found.rows.tolist() == [0, 1, 2]


def test_equal_passages_come_in_the_order_of_rows() -> None:
    """The order is total, whichever arm found them."""
    index = index_of([Made("Missile tests.", 0.5)] * 4 + [Made("Missile missile.", 0.6)])
    assert find(index, asking(missil=1.0), depth=5).rows.tolist() == [4, 0, 1, 2, 3]
    assert find(index, asking(radar=1.0), depth=5).rows.tolist() == [4, 0, 1, 2, 3]


def test_no_passage_that_is_admitted_means_no_candidates() -> None:
    """Filters that admit nothing give an empty ranking, not an error."""
    query, index = asking(missil=1.0), index_of(MIXED)
    found = find(index, query, depth=5, allowed=frozenset())
    assert len(found) == 0
    assert len(found.sentences) == 0


def test_each_row_keeps_its_own_columns() -> None:
    """Sorting moves every column alike: the row named is the row described."""
    index = index_of(MIXED)
    found = find(index, asking(missil=1.0), depth=5)
    assert found.score.tolist() == sorted(found.score.tolist(), reverse=True)
    for place, row in enumerate(found.rows.tolist()):
        assert found.dense[place] == pytest.approx(MIXED[row].cosine)
        first = found.first_sentence[place]
        assert found.sentences[first] == pytest.approx(MIXED[row].sentence)


def test_nothing_that_is_given_is_written_into() -> None:
    """All that the index hands out is read-only, and ranking it works all the same."""
    index = index_of(MIXED)
    rows, scores = index.dense_hits(NORTH, 5, None)
    for given_array in (rows, scores, index.similarities(rows, NORTH), NORTH):
        with pytest.raises(ValueError, match="read-only"):
            given_array[0] = 0
    assert len(find(index, asking(missil=1.0), depth=5)) == 5


_WORD = st.sampled_from(["missile", "radar", "treaty", "trade", "exercise"])
_MADE = st.builds(
    Made,
    st.lists(_WORD, min_size=1, max_size=6).map(lambda words: " ".join(words) + "."),
    st.floats(-1, 1),
    st.floats(-1, 1),
    st.floats(-1, 1),
)


@given(st.lists(_MADE, min_size=1, max_size=8), st.data())
@settings(max_examples=150, deadline=None)
def test_the_order_of_rows_does_not_change_the_ranking(
    made: list[Made], data: st.DataObject
) -> None:
    """Shuffling the index changes which row a passage has, and nothing that is said of it."""
    shuffled = data.draw(st.permutations(range(len(made))))
    query = asking(missil=1.0, radar=0.5)
    plain = find(index_of(made), query, depth=len(made))
    other = find(index_of([made[place] for place in shuffled]), query, depth=len(made))
    assert ranking(plain, range(len(made))) == ranking(other, shuffled)


def ranking(found: Candidates, places: Sequence[int]) -> list[tuple[float, int]]:
    """Each score with the place that its passage had at first, equal scores by that place."""
    rows = zip(found.score.tolist(), found.rows.tolist(), strict=True)
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
    """Four documents of the demo corpus as the product indexes them."""
    home = tmp_path_factory.mktemp("four")
    (home / "corpus").mkdir()
    for name in CORPUS:
        shutil.copy(PROJECT / "corpus" / name, home / "corpus")
    made = load_settings(corpus=home / "corpus", index=home / "index")
    build_index(made)
    with Chatbot.open(settings=made) as chatbot:
        yield chatbot


@pytest.fixture(scope="module")
def in_memory(encoder: Encoder) -> MemoryIndex:
    """The same four documents by brute force."""
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
    """The same passages with the same scores, but for half precision and quantised sentences."""
    retriever = on_disk.retriever()
    ranked = retriever.rank(Interpretation(question), allowed=retriever.index.allowed(filters))
    query = made(question, in_memory, encoder.encode_query)
    expected = find(in_memory, query, 100, retriever.weights, in_memory.allowed(filters))
    names = [each.passage_id for each in in_memory.passages(expected.rows.tolist())]
    scores = dict(zip(names, expected.score.tolist(), strict=True))
    found = {passage.passage_id: place for place, passage in ranked.passages()}
    assert found.keys() == scores.keys()
    for name, place in found.items():
        assert ranked.candidates.score[place] == pytest.approx(scores[name], abs=3e-3)
    assert_ordered([scores[name] for name in found])
    for name, rank in zip(names, expected.lexical_rank.tolist(), strict=True):
        assert (ranked.candidates.why(found[name]).lexical_rank or 0) == rank


def assert_ordered(scores: Sequence[float]) -> None:
    """Best first, where a difference is more than what precision costs."""
    for place, score in enumerate(scores[:-1]):
        assert score >= max(scores[place + 1 :]) - 6e-3


@pytest.mark.parametrize("question", QUESTIONS)
def test_bm25_is_the_formula(
    on_disk: Chatbot, in_memory: MemoryIndex, encoder: Encoder, question: str
) -> None:
    """The lexical arm gives BM25 over both fields to the precision of a float."""
    query = made(question, in_memory, encoder.encode_query)
    rows, scores = in_memory.lexical_hits(query.emphasis, 10, None)
    found_rows, found_scores = on_disk.build.lexical_hits(query.emphasis, 10, None)
    assert found_rows.tolist() == rows.tolist()
    assert found_scores.tolist() == pytest.approx(scores.tolist(), rel=1e-5)
    terms = list(query.emphasis)
    assert on_disk.build.document_frequencies(terms) == in_memory.document_frequencies(terms)


# -- the query -------------------------------------------------------------------------------

THREE = index_of((Made("Missile tests.", 0.5), Made("Missile ranges.", 0.5), Made("Talks.", 0.5)))


def query_of(question: str) -> Query:
    return made(question, THREE, lambda _: NORTH)


def test_inverse_document_frequency_is_the_formula() -> None:
    """ln(1 + (N - n + 0.5) / (n + 0.5)), for a word in 2 of 3 passages and a word in none."""
    assert inverse_document_frequency(2, 3) == pytest.approx(math.log(1.6))
    assert inverse_document_frequency(0, 3) == pytest.approx(math.log(8))


@given(st.integers(1, 10_000), st.data())
@settings(deadline=None)
def test_a_rarer_word_weighs_more_and_none_less_than_nothing(
    passages: int, data: st.DataObject
) -> None:
    """Weights fall with frequency and stay above 0, even for a word in every passage."""
    frequency = data.draw(st.integers(1, passages))
    common = inverse_document_frequency(frequency, passages)
    assert 0 < common < inverse_document_frequency(frequency - 1, passages)


def test_words_that_ask_count_half() -> None:
    """That is, "what" and "about", which say how to answer; "missiles" says what about."""
    query = query_of("What about missiles?")
    assert query.emphasis == {"what": 0.5, "about": 0.5, "missil": 1.0}
    assert query.weights == pytest.approx({"missil": math.log(1.6)})


def test_the_best_possible_bm25_is_that_of_every_word_in_plenty() -> None:
    """k1 + 1 times the idf of each word, those that ask at half."""
    best = 2.2 * (0.5 * math.log(8) + 1.0 * math.log(1.6))
    assert pytest.approx(2.2) == CEILING
    assert query_of("What missiles?").ideal_bm25 == pytest.approx(best)


def test_a_question_of_asking_words_alone_keeps_them() -> None:
    """Where nothing is named, what there is has to tell."""
    query = query_of("What is it about?")
    assert query.weights.keys() == {"what", "is", "it", "about"}
    assert query.ideal_bm25 == pytest.approx(2.2 * 0.5 * 4 * math.log(8))
    assert naming_words("What is it about?") == ["what", "is", "it", "about"]


def test_a_term_that_asks_in_one_word_and_names_in_another_names() -> None:
    """The word "will" asks and "wills" names; both are the term "will"."""
    assert query_of("Will wills do?").emphasis == {"will": 1.0, "do": 0.5}
    assert query_of("Wills will do?").emphasis == {"will": 1.0, "do": 0.5}


def test_naming_words_are_each_word_once() -> None:
    """Case does not make another word, and order is that of the question."""
    assert naming_words("Who sold WHAT to China, and what did china pay?") == [
        "sold",
        "china",
        "pay",
    ]


def test_a_question_without_a_term_can_be_asked() -> None:
    """A word that is no term anywhere leaves the question to its meaning."""
    query = query_of("_" * 3)
    assert (dict(query.emphasis), query.ideal_bm25) == ({}, 0)
    assert find(THREE, query, depth=3).lexical.tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("Who\x00 sold\x1b it?", "Who sold it?"),
        (" Who\n\tsold\r\nit? ", "Who sold it?"),
        ("Who \u202esold\u202c i\u200bt?", "Who sold it?"),
        ("Cafe\u0301?", "Café?"),
        ("Who\udcff?", "Who?"),
    ],
    ids=["control", "white space", "direction", "composed", "surrogate"],
)
def test_a_question_is_one_line_of_what_can_be_seen(typed: str, asked: str) -> None:
    """What cannot be seen is taken out, and nothing else."""
    assert check_question(typed, limit=100) == asked


@given(st.text(max_size=50))
@settings(deadline=None)
def test_a_checked_question_has_no_control_characters(typed: str) -> None:
    """Whatever is typed; and checking again changes nothing."""
    try:
        asked = check_question(typed, limit=50)
    except QuestionError:
        return
    assert not any(unicodedata.category(each) in {"Cc", "Cs"} for each in asked)
    assert check_question(asked, limit=len(asked)) == asked


@pytest.mark.parametrize("typed", ["", "   ", "\n", "?!…", "\u200b", "—", "\x00"])
def test_a_question_without_words_is_refused(typed: str) -> None:
    """It says what is missing and what to do."""
    with pytest.raises(QuestionError, match=r"^The question has no words\. Ask .+\.$"):
        check_question(typed, limit=100)


def test_a_question_over_the_limit_is_refused_with_both_numbers() -> None:
    """At the limit it is asked; one character more and it is not."""
    assert check_question("x" * 4000, limit=4000) == "x" * 4000
    with pytest.raises(QuestionError, match=r"has 4,001 characters and the limit is 4,000\. Ask"):
        check_question("x" * 4001, limit=4000)
