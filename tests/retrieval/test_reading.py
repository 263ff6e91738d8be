"""The answer reader reorders the first passages and chooses their sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chatbot.answers import SentenceReading
from chatbot.assistant import Chatbot
from chatbot.ingestion.build_index import build_index
from chatbot.retrieval.follow_ups import InterpretedQuestion
from chatbot.retrieval.ranking import Ranking
from chatbot.retrieval.reading import Reading, read_first, window
from chatbot.settings import load_settings
from tests.building import write

QUESTION = "Which air defence system did Russia sell to China?"
PASSAGES = 8


@dataclass
class WordReader:
    """A reader that finds the answer exactly where a sentence has a word; it counts words."""

    word: str
    windows: list[list[str]] = field(default_factory=list)
    question: str = QUESTION

    def token_counts(self, sentences: Sequence[str]) -> list[int]:
        return [len(sentence.split()) for sentence in sentences]

    def read(
        self, question: str, windows: Sequence[Sequence[str]], *, limit: int
    ) -> list[list[SentenceReading]]:
        assert (question, limit > 0) == (self.question, True)
        self.windows += [list(sentences) for sentences in windows]
        return [[self._reading(sentence) for sentence in sentences] for sentences in windows]

    def _reading(self, sentence: str) -> SentenceReading:
        start = sentence.find(self.word)
        if start < 0:
            return SentenceReading(-20.0, 0, 1)
        return SentenceReading(20.0, start, start + len(self.word))


@contextmanager
def indexed(home: Path, files: Mapping[str, str]) -> Iterator[Chatbot]:
    """A chatbot over these files."""
    write(home / "corpus", files)
    settings = load_settings(corpus=home / "corpus", index=home / "index")
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        yield chatbot


def read(
    chatbot: Chatbot, reader: WordReader, *, weight: float = 10.0, tokens: int = 60
) -> Ranking:
    ranking, reading = plain(chatbot, reader.question), Reading(reader, PASSAGES, tokens, weight)
    return read_first(ranking, reader.question, reading)


def plain(chatbot: Chatbot, question: str = QUESTION) -> Ranking:
    return chatbot.retriever().rank(InterpretedQuestion(question))


def test_the_passage_that_answers_comes_first(demo: Chatbot) -> None:
    """With a large weight the reader alone decides among the passages that it read."""
    first = plain(demo).citations(PASSAGES)
    target = first[PASSAGES - 1]
    word = max(
        target.quote.split(), key=lambda word: (word not in first[0].passage.text, len(word))
    )
    ranking = read(demo, WordReader(word))
    assert word in ranking.citations(1)[0].quote
    rows = plain(demo).candidates.rows.tolist()
    assert sorted(ranking.candidates.rows[:PASSAGES].tolist()) == sorted(rows[:PASSAGES])
    assert ranking.candidates.rows[PASSAGES:].tolist() == rows[PASSAGES:]


def test_a_claim_keeps_its_order_and_gets_the_sentence_that_answers(demo: Chatbot) -> None:
    """The reader was trained on questions, so it doesn't reorder passages for a claim."""
    claim = "Russia sold an air defence system to China."
    before = demo.retriever().rank(InterpretedQuestion(claim))
    passages = before.citations(PASSAGES)
    last = passages[-1].passage
    sentence = last.sentences[-1]
    words = last.text[sentence.start - last.span.start : sentence.end - last.span.start]
    reading = Reading(WordReader(words, question=claim), PASSAGES, 500, 10.0)
    after = read_first(before, claim, reading)
    assert [cited.passage for cited in after.citations(PASSAGES)] == [
        cited.passage for cited in passages
    ]
    assert after.citations(PASSAGES)[-1].quote == words


def test_without_weight_the_order_stays_and_the_sentence_is_chosen(demo: Chatbot) -> None:
    """The sentence with the answer is quoted although another is nearer to the question."""
    before = plain(demo).citations(1)[0]
    other = next(span for span in before.passage.sentences if span != before.span)
    start = before.passage.span.start
    words = before.passage.text[other.start - start : other.end - start]
    ranking = read(demo, WordReader(words), weight=0.0, tokens=500)
    after = ranking.citations(1)[0]
    assert after.passage == before.passage
    assert after.quote == words
    assert ranking.candidates.rows.tolist() == plain(demo).candidates.rows.tolist()


def test_the_words_that_answer_are_named(demo: Chatbot) -> None:
    """The span stands in the document, inside the quote."""
    answered = read(demo, WordReader("S-400")).citations(1)[0]
    document = demo.document(answered.doc_id)
    assert document
    assert answered.answer
    assert answered.answer.of(document.text) == "S-400"
    assert answered.span.holds(answered.answer)
    unread = plain(demo).citations(1)[0]
    assert unread.answer is None


def test_a_header_row_answers_nothing(demo: Chatbot) -> None:
    """Even if the reader is sure of it."""
    ranking = plain(demo)
    rows = ranking.candidates.rows[:PASSAGES].tolist()
    tables = [passage for passage in demo.build.passages(rows) if passage.heads]
    assert tables
    reader = WordReader(tables[0].heads[0].of(text_of(demo, tables[0].doc_id)))
    read_ranking = read(demo, reader, tokens=500)
    assert any(reader.word in window for window in reader.windows)
    assert all(
        reading.score < 0
        for readings in read_ranking.readings.values()
        for reading in readings.values()
    )


def test_a_short_passage_is_read_with_its_heading(tmp_path: Path) -> None:
    """A longer one and rows of a table are read alone, and the heading never answers."""
    long = "The harbour has a crane that lifts many heavy things. " * 9
    rows = "| Year | Berths |\n| --- | --- |\n| 2014 | 12 |\n"
    parts = ("# Veldonia", "## Religions", "Buddhist 9.3%.", "## Harbour", long, "## Berths", rows)
    reader = WordReader("Religions", question="What share are Buddhists?")
    with indexed(tmp_path, {"veldonia.md": "\n\n".join(parts)}) as chatbot:
        ranking = read(chatbot, reader, tokens=500)
        assert ranking.citations(1)
    assert ["Religions.", "Buddhist 9.3%."] in reader.windows
    assert not any({"Harbour.", "Berths."} & {*window} for window in reader.windows)
    assert all(reading.score < 0 for by in ranking.readings.values() for reading in by.values())


def text_of(demo: Chatbot, doc_id: str) -> str:
    document = demo.document(doc_id)
    assert document
    return document.text


def test_only_the_first_passages_are_read_within_the_limit(demo: Chatbot) -> None:
    """A window has whole sentences, up to the limit; a longer sentence stands alone."""
    reader = WordReader("nothing")
    ranking = read(demo, reader)
    assert len(reader.windows) == PASSAGES
    for sentences in reader.windows:
        assert len(sentences) == 1 or sum(reader.token_counts(sentences)) <= 60
    read_rows = [ranking.candidates.why(place).reader for place in range(len(ranking.candidates))]
    assert [value is not None for value in read_rows] == [
        place < PASSAGES for place in range(len(read_rows))
    ]


SENTENCES = st.lists(st.tuples(st.integers(1, 40), st.integers(1, 100)), min_size=1, max_size=12)


@given(SENTENCES, st.integers(1, 100))
def test_a_window_is_as_large_as_it_can_be(sentences: list[tuple[int, int]], budget: int) -> None:
    """It has the best sentence, and neither neighbour would fit any more."""
    counts, scores = zip(*sentences, strict=True)
    first, last = window(counts, np.array(scores, np.float32), budget)
    size = sum(counts[first : last + 1])
    assert first <= int(np.argmax(scores)) <= last
    assert size <= budget or first == last
    for neighbour in (first - 1, last + 1):
        if 0 <= neighbour < len(counts):
            assert size + counts[neighbour] > budget


def test_a_window_has_the_sentences_that_match_best() -> None:
    """With room for two more, it takes the two that match, and not one on each side."""
    counts, scores = [10] * 6, [0.1, 0.2, 0.9, 0.3, 0.8, 0.1]
    assert window(counts, np.array(scores, np.float32), 30) == (2, 4)


def test_the_timings_of_an_answer_show_the_reading(demo: Chatbot) -> None:
    """A stage of its own, in milliseconds."""
    assert demo.ask(QUESTION).timings["reading"] > 0


def test_scripts_get_the_ranking_without_reading_unless_they_ask(demo: Chatbot) -> None:
    """Reading takes most of the time of a question."""
    assert all(citation.why.reader is None for citation in demo.retrieve(QUESTION))
    readings = [citation.why.reader for citation in demo.retrieve(QUESTION, top_k=9, read=True)]
    read_passages = demo.settings.reader_passages
    assert [value is not None for value in readings] == [
        place < read_passages for place in range(9)
    ]


def test_a_passage_in_another_language_is_not_read(tmp_path: Path) -> None:
    """It keeps its place, and the English ones are read and reordered."""
    ships = "The frigates left the harbour of Omsk at dawn, and the tankers followed at night."
    german = "Die Fregatten verließen den Hafen von Omsk im Morgengrauen, die Tanker erst nachts."
    reader = WordReader("dawn", question="When did the frigates leave Omsk?")
    files = {"ships.md": f"# Ships\n\n{ships}", "de.md": f"# Omsk\n\n{german}"}
    with indexed(tmp_path, files) as chatbot:
        after = read(chatbot, reader)
    assert len(after.candidates) == 2
    assert [window[-1] for window in reader.windows] == [ships]
    assert sorted(np.isnan(after.candidates.reader)) == [False, True]
