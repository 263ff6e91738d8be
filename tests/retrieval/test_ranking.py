"""From a ranking to cards: evidence, folding, confidence, citations."""

from __future__ import annotations

import math
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.answers import Citation
from chatbot.assistant import Chatbot
from chatbot.clues import CLUES
from chatbot.ingestion.build_index import build_index
from chatbot.retrieval.candidates import Candidates
from chatbot.retrieval.confidence import (
    Calibration,
    Features,
    probability,
    verdict_of,
    word_match,
)
from chatbot.retrieval.evidence import is_statement, sentence_scores
from chatbot.retrieval.folding import Card, Shingles, cards, same_text
from chatbot.retrieval.follow_ups import InterpretedQuestion
from chatbot.retrieval.passage_index import Scores
from chatbot.retrieval.query import Query
from chatbot.retrieval.ranking import Ranking
from chatbot.settings import Settings
from chatbot.types import Passage
from tests.memory_index import Entry, MemoryIndex, held_terms, scores_of, written

# -- evidence --------------------------------------------------------------------------------

NORTH = scores_of([1.0, 0.0])
SENTENCES = "Talks began early. The radar was sold in Omsk. Nobody spoke."


def evidence(
    title: str, cosines: Sequence[float], *, section: tuple[str, ...] = (), **weights: float
) -> str:
    """The sentence of SENTENCES that is cited for a query with these terms."""
    document, (passage,) = written("d", SENTENCES, title=title)
    entry = Entry(replace(passage, section=section), title, NORTH, NORTH[None])
    query = Query("Why?", NORTH, weights, weights, ideal_bm25=1.0)
    candidates = one_candidate(cosines)
    ranking = Ranking(query, candidates, MemoryIndex([document], [entry], {}), "build")
    return ranking.citations(1)[0].quote


def one_candidate(cosines: Sequence[float]) -> Candidates:
    """The first row alone, with these cosines of its sentences."""
    row, ones = np.zeros(1, np.int64), scores_of([1.0])
    return Candidates(
        rows=row,
        score=ones,
        together=ones,
        fused=ones,
        clues={clue.name: ones for clue in CLUES},
        ranks={clue.name: row for clue in CLUES if clue.ranked},
        rerank=ones,
        reader=ones,
        sentences=scores_of(cosines),
        first_sentence=row,
    )


def test_the_sentence_with_the_words_of_the_question_wins() -> None:
    """Words decide between sentences with equal cosines."""
    assert evidence("Notes", [0.5, 0.5, 0.5], radar=2.0) == "The radar was sold in Omsk."
    assert evidence("Notes", [0.5, 0.5, 0.5], nobodi=2.0) == "Nobody spoke."


def test_the_share_of_words_adds_to_the_cosine() -> None:
    """By hand: 0.1 + 3/4 against 0.8 and 0.9, for words of weights 3 and 1."""
    assert evidence("Notes", [0.8, 0.1, 0.0], radar=3.0, tank=1.0) == "The radar was sold in Omsk."
    assert evidence("Notes", [0.9, 0.1, 0.0], radar=3.0, tank=1.0) == "Talks began early."


def test_words_of_the_title_do_not_count() -> None:
    """A sentence that repeats the title gains nothing by it."""
    assert evidence("Radar", [0.6, 0.5, 0.4], radar=2.0) == "Talks began early."
    assert evidence("Radars", [0.6, 0.5, 0.4], radar=2.0, omsk=1.0) == "The radar was sold in Omsk."


def test_words_of_the_section_do_not_count() -> None:
    """They apply to every sentence of the section."""
    sentence = evidence("Notes", [0.6, 0.5, 0.4], section=("Asia", "Radar"), radar=2.0)
    assert sentence == "Talks began early."


def test_of_equal_sentences_the_earlier_one_is_shown() -> None:
    """The order is total."""
    assert evidence("Notes", [0.5, 0.5, 0.5], zeppelin=1.0) == "Talks began early."
    assert evidence("Notes", [0.2, 0.5, 0.5], zeppelin=1.0) == "The radar was sold in Omsk."


def test_a_word_counts_once_in_a_sentence() -> None:
    """By hand: weights 1 and 3 give shares of 1/4 and 3/4, so a cosine 0.5 higher makes a tie."""
    document, (passage,) = written("d", "Radar, radar, radar. Tanks.")
    weights = {"radar": 1.0, "tank": 3.0}
    flags = held_terms(passage, [*weights])
    for cosine, expected in ((0.49, "Tanks."), (0.51, "Radar, radar, radar.")):
        statements = np.array([True, True])
        scores = sentence_scores(scores_of([cosine, 0.0]), flags, weights, [], statements)
        assert passage.sentences[np.argmax(scores)].of(document.text) == expected


def test_the_last_word_that_the_title_lacks_decides_little() -> None:
    """By hand: 1 of weights 1 + 9 counts 1/5, because at least half of all weights is expected."""
    document, (passage,) = written("d", "Radar, radar, radar. Tanks.")
    weights = {"radar": 1.0, "omsk": 9.0}
    flags, statements = held_terms(passage, [*weights]), np.array([True, True])
    for cosine, expected in ((0.19, "Radar, radar, radar."), (0.21, "Tanks.")):
        scores = sentence_scores(scores_of([0.0, cosine]), flags, weights, ["omsk"], statements)
        assert passage.sentences[np.argmax(scores)].of(document.text) == expected


def test_a_sentence_that_states_nothing_is_shown_only_for_want_of_a_better_one() -> None:
    """A question and a label lose half a cosine; they may still be the nearest by far."""
    statements = np.array([False, True])
    for cosine, expected in ((0.6, 1), (0.8, 0)):
        cosines, flags = scores_of([cosine, 0.2]), np.zeros((2, 0), np.bool_)
        assert np.argmax(sentence_scores(cosines, flags, {}, [], statements)) == expected
    for text in ("Who paid for it?", "Contact information:", "Index ........ 12"):
        assert not is_statement(text)
    assert is_statement("At 12:30 nobody asked: they left.")


def test_without_a_word_that_counts_the_nearest_sentence_is_shown() -> None:
    """Either the question has no such word, or the title has all of them."""
    assert evidence("Notes", [0.1, 0.5, 0.4]) == "The radar was sold in Omsk."
    assert evidence("Omsk", [0.1, 0.2, 0.4], omsk=2.0) == "Nobody spoke."


# -- folding ---------------------------------------------------------------------------------

TEXTS = (
    "The first exercise was held in the Baltic Sea in 2017 by both navies.",
    "Russia sold the missile system to China for an unknown sum of money.",
    "Both sides signed a plan of military cooperation in the year 2002.",
    "Nobody knows what the partners will do when the present leaders go.",
    "Yes.",
)


def ranked(*passages: tuple[str, str]) -> list[tuple[int, Passage]]:
    """A ranking of passages, given as document and text."""
    return [(place, written(doc_id, text)[1][0]) for place, (doc_id, text) in enumerate(passages)]


def outline(folded: Sequence[Card]) -> list[tuple[str, list[int], list[str]]]:
    """Document, positions and repetitions of each card."""
    return [
        (card.passage.doc_id, [card.position, *(place for place, _ in card.further)], card.also_in)
        for card in folded
    ]


def test_a_document_has_one_card_with_its_further_passages_under_it() -> None:
    """Cards and further passages keep the order of the ranking."""
    ranking = ranked(("a", TEXTS[0]), ("b", TEXTS[1]), ("a", TEXTS[2]), ("a", TEXTS[3]))
    assert outline(cards(ranking, top_k=5, further=3)) == [("a", [0, 2, 3], []), ("b", [1], [])]


def test_further_passages_are_bounded() -> None:
    """Passages beyond the limit are left out."""
    ranking = ranked(*(("a", text) for text in TEXTS))
    assert outline(cards(ranking, top_k=5, further=2)) == [("a", [0, 1, 2], [])]


def test_a_repetition_is_named_and_not_shown() -> None:
    """Punctuation, case and a few more words don't make another text."""
    repetition = f"{TEXTS[0].upper().replace('.', '!')} So it was."
    ranking = ranked(("a", TEXTS[0]), ("b", repetition), ("c", TEXTS[0]), ("b", TEXTS[1]))
    assert outline(cards(ranking, top_k=5, further=3)) == [
        ("a", [0], ["b", "c"]),
        ("b", [3], []),
    ]


def test_a_repetition_within_a_document_is_shown_once() -> None:
    """A document isn't "also in" itself."""
    ranking = ranked(("a", TEXTS[0]), ("a", TEXTS[0]), ("b", TEXTS[0]), ("b", TEXTS[0]))
    assert outline(cards(ranking, top_k=5, further=3)) == [("a", [0], ["b"])]


def test_a_repetition_of_a_further_passage_is_named_on_its_card() -> None:
    """A text is shown once, also as a further passage."""
    ranking = ranked(("a", TEXTS[0]), ("a", TEXTS[1]), ("b", TEXTS[1]))
    assert outline(cards(ranking, top_k=5, further=3)) == [("a", [0, 1], ["b"])]


def same(first: str, second: str) -> bool:
    return same_text(Shingles(first), Shingles(second))


def test_short_texts_repeat_only_what_is_equal() -> None:
    """Texts of fewer than four words have no shingles of four."""
    assert same("Yes.", "yes")
    assert not same("Yes.", "No.")
    assert not same("Yes.", f"Yes. {TEXTS[0]}")


def test_texts_are_the_same_from_four_fifths_of_the_shorter() -> None:
    """By hand: eight words have five shingles; another last word leaves four of them."""
    eight = "a b c d e f g h"
    assert same(eight, "a b c d e f g i")
    assert not same(eight, "a b c d e f i j")
    assert same(eight, "z a b c d e f g h i j")


REPORT = (
    "The ministry published its report on the harbour in spring, and the committee {} the plan to "
    "build {} new piers for {} euros by the end of the decade, as the mayor of the city had asked "
    "for in a long letter to the whole council."
)


@pytest.mark.parametrize(
    "changed",
    [
        ("approved", "three", "5 billion"),
        ("approved", "three", "5"),
        ("approved", "three", "-5 million"),
        ("approved", "three", "\u22125 million"),
        ("approved", "seven", "5 million"),
        ("approved", "thirty-three", "5 million"),
        ("did not approve", "three", "5 million"),
        ("never approved", "three", "5 million"),
        ("hasn't approved", "three", "5 million"),
        ("rejected", "three", "5 million"),
        ("disapproved", "three", "5 million"),
        ("has vetoed", "three", "5 million"),
    ],
)
def test_another_amount_or_a_denial_is_another_text(changed: tuple[str, str, str]) -> None:
    """A document that says the opposite isn't hidden behind the first one."""
    first, second = (
        REPORT.format("approved", "three", "5 million"),
        REPORT.format(*changed),
    )
    folded = cards(ranked(("a", first), ("b", second)), top_k=5, further=3)
    assert outline(folded) == [("a", [0], []), ("b", [1], [])]


@pytest.mark.parametrize(
    "changed", [("has approved", "three"), ("approved", "three wholly"), ("accepted", "three")]
)
def test_other_small_changes_make_no_other_text(changed: tuple[str, str]) -> None:
    """Neither does a further sentence, although it has a negation."""
    first = REPORT.format("approved", "three", "\u22125 million")
    second = REPORT.format(*changed, "-5 million")
    assert same(first, second)
    assert same(first, f"{second} The council of the city didn't answer the letter.")


_FEW_WORDS = st.lists(st.sampled_from("abcdefghij"), min_size=1, max_size=14)


@given(_FEW_WORDS, st.lists(st.tuples(st.integers(0, 14), _FEW_WORDS), max_size=2))
@settings(max_examples=500, deadline=None)
def test_two_texts_are_the_same_by_their_shingles(
    words: list[str], changes: list[tuple[int, list[str]]]
) -> None:
    """The oracle writes out the shingles of a text and an edited copy; either may be longer."""
    other = [*words]
    for place, fresh in changes:
        other[place : place + len(fresh) // 2] = fresh
    shingles = [
        {tuple(text[place : place + 4]) for place in range(max(1, len(text) - 3))}
        for text in (words, other)
    ]
    expected = len(shingles[0] & shingles[1]) >= 0.8 * min(map(len, shingles))
    assert same(" ".join(words), " ".join(other)) == expected


def test_reading_stops_when_the_cards_are_complete() -> None:
    """It stops at the first passage of a document beyond the limit."""
    source = iter(ranked(*((f"d{number}", text) for number, text in enumerate(TEXTS))))
    assert len(cards(source, top_k=2, further=3)) == 2
    assert [passage.doc_id for _, passage in source] == ["d3", "d4"]


_RANKINGS = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(TEXTS)), max_size=20)


@given(_RANKINGS, st.integers(1, 6), st.integers(0, 3))
@settings(max_examples=300, deadline=None)
def test_cards_keep_their_invariants(
    passages: list[tuple[str, str]], top_k: int, further: int
) -> None:
    """One card per document, no text twice, within the bounds, in the order of the ranking."""
    folded = cards(ranked(*passages), top_k=top_k, further=further)
    documents = [card.passage.doc_id for card in folded]
    places_shown = [
        pair for card in folded for pair in [(card.position, card.passage), *card.further]
    ]
    texts = [passage.text for _, passage in places_shown]
    assert len({*documents}) == len(documents) <= top_k
    assert len({*texts}) == len(texts)
    assert [card.position for card in folded] == sorted(card.position for card in folded)
    assert all(passages[place] == (passage.doc_id, passage.text) for place, passage in places_shown)
    for card in folded:
        places = [card.position, *(place for place, _ in card.further)]
        assert places == sorted({*places})
        assert len(card.further) <= further
        assert {passage.doc_id for _, passage in card.further} <= {card.passage.doc_id}
        assert len({*card.also_in}) == len(card.also_in)
        assert card.passage.doc_id not in card.also_in
    if passages:
        assert folded[0].position == 0


# -- confidence ------------------------------------------------------------------------------


def test_confidence_is_the_logistic_function() -> None:
    """1 / (1 + e^-(a + b score + c match + d reader)), written out; one half if the sum is 0."""
    calibration = Calibration(intercept=-6.0, score=3.0, word_match=5.0, reader=0.5)
    expected = math.exp(1.1) / (1 + math.exp(1.1))
    assert probability(Features(score=1.2, word_match=0.7), calibration) == pytest.approx(expected)
    read = Features(score=1.2, word_match=0.5, reader=2.0)
    assert probability(read, calibration) == pytest.approx(expected)
    assert probability(Features(score=2.0, word_match=0.0), calibration) == pytest.approx(0.5)


def test_a_claim_is_surer_if_its_document_is_far_ahead() -> None:
    """The lead decides, and what the reader says of a claim counts a quarter."""
    calibration = Calibration(intercept=-6.0, score=3.0, word_match=5.0, reader=0.5)
    question = Features(score=1.2, word_match=0.7)
    close, ahead = (probability(replace(question, lead=lead), calibration) for lead in (0.05, 0.5))
    assert close < 0.5
    assert ahead > 0.9
    sure, unsure = (
        probability(Features(1.2, 0.7, reader, lead=0.2), calibration) for reader in (3.0, -3.0)
    )
    assert 0 < sure - unsure < 0.2


_SCORES = st.floats(-2, 4)
_MATCHES = st.floats(-1, 1)


@given(_SCORES, _SCORES, _MATCHES, _MATCHES)
@settings(deadline=None)
def test_confidence_rises_with_each_feature(
    score: float, other_score: float, match: float, other_match: float
) -> None:
    """A better first passage never lowers it, and it stays a probability."""
    calibration = Calibration(intercept=-7.23, score=2.85, word_match=5.41)
    low = probability(Features(min(score, other_score), min(match, other_match)), calibration)
    high = probability(Features(max(score, other_score), max(match, other_match)), calibration)
    assert 0 < low <= high < 1


@pytest.mark.parametrize(
    ("chance", "word"),
    [
        (0.0, "none"),
        (0.1999, "none"),
        (0.2, "possible"),
        (0.8999, "possible"),
        (0.9, "strong"),
        (1.0, "strong"),
    ],
)
def test_a_verdict_holds_from_its_threshold_on(chance: float, word: str) -> None:
    """The threshold itself has the better verdict."""
    assert verdict_of(chance, strong_from=0.9, abstain_below=0.2) == word


VECTORS = {"radar": (1.0, 0.0), "sold": (0.0, 1.0), "antenna": (0.6, 0.8), "who": (1.0, 0.0)}


def word_vectors(words: Sequence[str]) -> Scores:
    """Vectors by hand; a word without one matches no other."""
    return np.array([VECTORS.get(word, (0.0, 0.0)) for word in words], np.float32)


def match_of(question: str, title: str, text: str, section: tuple[str, ...] = ()) -> float:
    _, (passage,) = written("d", text)
    under = Passage("d#0", "d", 0, text, passage.span, section, passage.sentences)
    return word_match(question, title, under, word_vectors)


def test_word_match_is_the_mean_of_the_best_matches() -> None:
    """By hand: "antenna" has 0.6 with "radar" and 0.8 with "sold"; "who" is a question word."""
    assert match_of("Who sold radar?", "Notes", "The antenna.") == pytest.approx(0.7)
    assert match_of("Who sold radar?", "Notes", "Antenna sold.") == pytest.approx((0.6 + 1) / 2)
    assert match_of("Radar?", "Notes", "Nothing.") == 0


def test_title_and_section_count_as_words_of_the_passage() -> None:
    """A passage needn't repeat its subject."""
    assert match_of("Radar?", "Radar", "It was large.") == pytest.approx(1)
    assert match_of("Radar?", "Notes", "It was large.", ("Radar",)) == pytest.approx(1)


def test_a_passage_without_a_word_matches_none() -> None:
    """A line of dots can come first if there is nothing else."""
    assert match_of("Radar?", "…", "?!…") == 0


def test_a_corpus_without_words_has_no_answer(settings: Settings) -> None:
    """The chatbot abstains."""
    (settings.corpus / "dots.txt").write_text("?! ... ;;;", "utf-8")
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        assert chatbot.ask("Who sold the radar?").abstained


# -- citations -------------------------------------------------------------------------------

QUESTIONS = (
    "Which air defence system did Russia sell to China?",
    "What is the grey zone?",
    "Who trains with whom?",
    "What is the population of Beijing?",
    "How does the United States plan its forces?",
)


def all_of(cited: Sequence[Citation]) -> Iterator[Citation]:
    for citation in cited:
        yield citation
        yield from citation.further


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_quote_stands_in_its_document_at_its_span(demo: Chatbot, question: str) -> None:
    """The quote lies in the passage, and both match the stored text (law 1)."""
    answer = demo.ask(question)
    citations = [*all_of(answer.citations or answer.nearest), *demo.retrieve(question, top_k=50)]
    assert len(citations) > 50
    for cited in citations:
        document = demo.document(cited.doc_id)
        assert document
        assert cited.quote == document.text[cited.span.start : cited.span.end] != ""
        assert cited.passage.text == cited.passage.span.of(document.text)
        assert cited.span in cited.passage.sentences
        assert (cited.title, cited.source) == (document.title, document.source)
        assert cited.metadata == document.metadata
        assert cited.section == cited.passage.section
        assert cited.pages is None
        assert cited.verified


@pytest.mark.parametrize("question", QUESTIONS)
def test_markers_count_the_cards(demo: Chatbot, question: str) -> None:
    """Markers begin at 1; further passages have the marker of their card."""
    answer = demo.ask(question, top_k=7)
    citations = answer.citations or answer.nearest
    assert [cited.marker for cited in citations] == [1, 2, 3, 4, 5, 6, 7]
    assert all(citation.marker == cited.marker for cited in citations for citation in cited.further)
    assert len({cited.doc_id for cited in citations}) == 7
    assert all(citation.doc_id == cited.doc_id for cited in citations for citation in cited.further)
    assert max(len(cited.further) for cited in citations) == 3


@pytest.mark.parametrize("question", QUESTIONS)
def test_scores_fall_and_are_the_weighted_sum_of_the_clues(demo: Chatbot, question: str) -> None:
    """The clues are those of `why`, the weights those of the settings."""
    weight = demo.settings.weights
    cited = demo.retrieve(question, top_k=30)
    assert [citation.score for citation in cited] == sorted((e.score for e in cited), reverse=True)
    for citation in cited:
        assert citation.score == pytest.approx(
            weight["dense"] * citation.why.dense
            + weight["evidence"] * citation.why.evidence
            + weight["lexical"] * citation.why.lexical
            + weight["document"] * citation.why.document,
            abs=1e-5,
        )
        assert citation.why.dense_rank or citation.why.lexical_rank


def test_the_ranking_itself_is_not_folded(settings: Settings) -> None:
    """`retrieve` returns every passage; `ask` folds repetitions and names them."""
    for name in ("a.txt", "b.txt", "c.txt"):
        (settings.corpus / name).write_text(TEXTS[1], "utf-8")
    (settings.corpus / "d.txt").write_text(TEXTS[2], "utf-8")
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        question = "Who sold the missile system?"
        cited = chatbot.retrieve(question)
        assert [citation.doc_id for citation in cited] == ["a.txt", "b.txt", "c.txt", "d.txt"]
        (first, *_) = chatbot.ask(question).citations
        assert (first.doc_id, first.also_in) == ("a.txt", ("b.txt", "c.txt"))


def test_the_newest_version_is_shown_and_the_others_are_listed(settings: Settings) -> None:
    """Documents are sorted by their dates, newest first; undated ones come last."""
    for name, date in (("a", "2020"), ("b", ""), ("c", "2021-05"), ("d", "2021-06-01")):
        dated = f"date: {date}\n" if date else ""
        text = f"---\ntitle: The sale\n{dated}---\n\n{TEXTS[1]}\n"
        (settings.corpus / f"{name}.md").write_text(text, "utf-8")
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        (cited,) = chatbot.ask("Who sold the missile system?").citations
        assert (cited.doc_id, cited.also_in) == ("d.md", ("c.md", "a.md", "b.md"))


def test_an_address_names_document_span_and_build(demo: Chatbot) -> None:
    """The id is percent-encoded in the path."""
    for cited in demo.retrieve(QUESTIONS[0], top_k=10):
        address = urlsplit(cited.url)
        assert unquote(address.path) == f"/source/{cited.doc_id}"
        assert parse_qs(address.query) == {
            "span": [f"{cited.span.start}-{cited.span.end}"],
            "build": [demo.build.name],
        }
        assert address.fragment == "evidence"


def test_documents_are_ranked_by_their_best_passage(demo: Chatbot) -> None:
    """The oracle is brute force over all passages."""
    ranking = demo.retriever().rank(InterpretedQuestion(QUESTIONS[0]))
    best: dict[str, float] = {}
    for cited in ranking.citations(len(ranking.candidates)):
        best[cited.doc_id] = max(cited.score, best.get(cited.doc_id, -9.0))
    expected = sorted(best.items(), key=lambda pair: -pair[1])
    assert ranking.documents(100) == tuple(expected)
    assert ranking.documents(3) == tuple(expected[:3])


def test_the_lead_is_that_of_the_first_document_over_the_next_five(demo: Chatbot) -> None:
    """The same from the documents and their scores; a document that is alone has no lead."""
    retriever = demo.retriever()
    ranking = retriever.rank(InterpretedQuestion(QUESTIONS[0]))
    first, *others = (score for _, score in ranking.documents(6))
    assert len(others) == 5
    assert ranking.lead == pytest.approx(first - sum(others) / 5)
    alone = retriever.rank(
        InterpretedQuestion(QUESTIONS[0]),
        allowed=demo.build.allowed_documents([0]),
    )
    assert alone.lead is None


def test_only_a_claim_has_a_lead(demo: Chatbot) -> None:
    """A question has none, however it's put."""
    retriever = demo.retriever()
    leads = []
    for text in ("Russia sold the S-400 to China.", "Did Russia sell the S-400 to China?", "s-400"):
        _, ranking = retriever.search(text, ())
        leads.append(retriever.features(text, ranking, ranking.cards(5)).lead)
    assert leads[0] is not None
    assert leads[1:] == [None, None]


def test_a_quote_from_an_altered_text_does_not_verify(demo_index: Path, tmp_path: Path) -> None:
    """A stored document changes while it's open: its citations are unverified, no others."""
    index = tmp_path / "index"
    shutil.copytree(demo_index, index)
    (catalog,) = index.glob("builds/*/catalog.sqlite")
    with Chatbot.open(index) as chatbot:
        with closing(sqlite3.connect(catalog)) as connection, connection:
            connection.execute(
                "UPDATE documents SET text = replace(text, 'S-400', 'S-500') "
                "WHERE doc_id = 'arms-sales.md'"
            )
        cited = chatbot.retrieve("Which air defence system did Russia sell?", top_k=40)
    assert {citation.doc_id for citation in cited if not citation.verified} == {"arms-sales.md"}
    assert {citation.doc_id for citation in cited if citation.verified} >= {"glossary.md"}
    assert "arms-sales.md" not in {citation.doc_id for citation in cited if citation.verified}
