"""Answers questions about the documents themselves, from the catalogue."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, Final, Literal, Protocol

import numpy as np

from chatbot.addresses import document_address
from chatbot.answers import AboutDocuments, Citation, DocumentCount, LinkedDocument, Quote
from chatbot.retrieval.document_questions import DocumentQuestion, document_question, naming_words
from chatbot.retrieval.evidence import sentence_text
from chatbot.retrieval.mentions import documents_with
from chatbot.retrieval.passage_index import PassageIndex, Scores
from chatbot.text.clean import folded_words
from chatbot.types import DocumentSummary, Filters, Passage, Span

_MOST_ROWS: Final = 20
# A name that fits more documents than this is too vague.
_MOST_NAMED: Final = 10
_KEY_SENTENCES: Final = 5
# The passages from which they are chosen.
_PASSAGES_READ: Final = 24
# Fewer words are a heading, a label or a cell.
_FEWEST_WORDS: Final = 7
# A title of one or two words may just be the subject of the question: "Who wrote the glossary?"
_FEWEST_TITLE_WORDS: Final = 3


class DocumentNames(Protocol):
    """Finds documents by their names."""

    def listing(
        self,
        words: str,
        *,
        first: int,
        most: int,
        filters: Filters,
        in_tags: bool = False,
        media_types: Collection[str] = (),
        order: Literal["name", "newest", "oldest"] = "name",
    ) -> tuple[list[str], int]:
        """Ids of documents with every word in their names, and the number of all such documents."""
        ...

    def media_types(self, filters: Filters) -> Sequence[DocumentCount]:
        """The media types of the admitted documents, most documents first."""
        ...


class DocumentIndex(PassageIndex[Any], Protocol):
    """An index of passages that knows the passages of a document, and the mean of their vectors."""

    def passage_rows(self, doc_id: str) -> range:
        """The rows of a document's passages."""
        ...

    def document_vector(self, doc_id: str) -> Scores:
        """The mean of a document's vectors, `(dim,)`."""
        ...


def about_documents(
    text: str,
    names: DocumentNames,
    index: DocumentIndex,
    filters: Filters,
    build: str,
    cards: Sequence[Citation] = (),
) -> AboutDocuments | None:
    """The answer to a checked question about the documents.

    `cards` are the cards of the answer from passages. If no document has the name in the question,
    the document of the first card may be the one that the question describes. Returns None if the
    question is about something else, or if the catalogue doesn't have the answer.
    """
    question = document_question(text)
    if question is None:
        return None
    if question.kind in {"greeting", "thanks", "help"}:
        return AboutDocuments(question.kind)
    if question.kind in {"list", "count", "formats", "topic"}:
        return _listed(question, names, index, filters, build)
    if question.kind == "mention":
        found = _mentioning(question, index, filters)
        rows = _linked(found[:_MOST_ROWS], build)
        return AboutDocuments("mention", rows, len(found)) if found else None
    if question.age:
        documents = _of_age(question, names, index, filters)
    else:
        documents = _named(question, names, index, filters, cards)
    if question.kind == "summary":
        return _summary(documents[0], index, build) if len(documents) == 1 else None
    known = [
        document
        for document in documents
        if (document.metadata.author if question.kind == "author" else document.metadata.date)
    ]
    return AboutDocuments(question.kind, _linked(known, build), len(known)) if known else None


def _listed(
    question: DocumentQuestion,
    names: DocumentNames,
    index: DocumentIndex,
    filters: Filters,
    build: str,
) -> AboutDocuments | None:
    """The documents on a topic, of a format or a year, or all; None if there are none of these."""
    if question.year:
        filters = _in_year(filters, question.year)
    ids, matching = names.listing(
        " ".join(question.subject),
        first=0,
        most=_MOST_ROWS,
        filters=filters,
        in_tags=True,
        media_types=question.media_types,
    )
    if not matching and (question.kind == "topic" or question.media_types or question.year):
        return None
    rows = _linked(index.summaries(ids), build) if question.kind in {"list", "topic"} else ()
    if question.kind == "topic":
        return AboutDocuments("topic", rows, matching)
    asked = question.media_types
    formats = [each for each in names.media_types(filters) if not asked or each.media_type in asked]
    return AboutDocuments(question.kind, rows, matching, tuple(formats))


def _mentioning(
    question: DocumentQuestion, index: DocumentIndex, filters: Filters
) -> list[DocumentSummary]:
    """The documents whose text has all the words, of the formats that are asked for."""
    found = index.summaries(documents_with(" ".join(question.subject), index, filters))
    asked = question.media_types
    return [document for document in found if not asked or document.media_type in asked]


def _in_year(filters: Filters, year: str) -> Filters:
    """The filters for this year only."""
    date_from = max(filters.date_from or "", year)
    date_to = min(
        filters.date_to or year, year, key=lambda date: date.ljust(len("2018-01-01"), "9")
    )
    return replace(filters, date_from=date_from, date_to=date_to)


def _of_age(
    question: DocumentQuestion, names: DocumentNames, index: DocumentIndex, filters: Filters
) -> list[DocumentSummary]:
    """The newest or oldest documents: those with the same date as the first one."""
    ids, _ = names.listing(
        "",
        first=0,
        most=_MOST_ROWS,
        filters=filters,
        media_types=question.media_types,
        order=question.age or "name",
    )
    documents = index.summaries(ids)
    date = documents[0].metadata.date if documents else None
    return [document for document in documents if date and document.metadata.date == date]


def _named(
    question: DocumentQuestion,
    names: DocumentNames,
    index: DocumentIndex,
    filters: Filters,
    cards: Sequence[Citation],
) -> list[DocumentSummary]:
    """The documents that a question names; none if the name fits too many or is uncertain."""
    words = " ".join(question.subject)
    ids, matching = names.listing(words, first=0, most=_MOST_NAMED, filters=filters)
    if question.is_named and not matching and question.kind in {"author", "date"}:
        return _described(question, cards[0], index) if cards else []
    if matching > _MOST_NAMED or (question.is_this and (not filters.document or matching != 1)):
        return []
    documents = index.summaries(ids)
    if question.is_this:
        return documents
    asked = {*question.subject}
    titled = [document for document in documents if {*naming_words(document.title)} == asked]
    if titled and (question.is_named or len(asked) >= _FEWEST_TITLE_WORDS):
        return titled
    if not question.is_named:
        return []
    return [
        document
        for document in documents
        if asked <= {*folded_words(f"{document.title} {document.source}")}
    ]


def _described(
    question: DocumentQuestion, card: Citation, index: DocumentIndex
) -> list[DocumentSummary]:
    """The document of a card, if its name and shown passages have all words of the description."""
    asked = {*index.terms(" ".join(question.subject))}
    return index.summaries([card.doc_id]) if asked <= {*index.terms(_shown_words(card))} else []


def _shown_words(card: Citation) -> str:
    passages = (card.passage, *(further.passage for further in card.further))
    return " ".join([card.title, card.source, *(passage.text for passage in passages)])


def _linked(documents: Sequence[DocumentSummary], build: str) -> tuple[LinkedDocument, ...]:
    return tuple(
        LinkedDocument(document, document_address("source", document.doc_id, build=build))
        for document in documents
    )


def _summary(document: DocumentSummary, index: DocumentIndex, build: str) -> AboutDocuments:
    """The sentences nearest to the document's vector, one per passage, in the document's order."""
    rows = np.array(index.passage_rows(document.doc_id), np.int64)
    cosines, bounds = index.sentence_similarities(rows, index.document_vector(document.doc_id))
    best = np.maximum.reduceat(cosines, bounds[:-1])
    order = np.lexsort((rows, -best))[:_PASSAGES_READ].tolist()
    sentences: list[tuple[float, Passage, Span]] = []
    for position, passage in zip(order, index.passages(rows[order].tolist()), strict=True):
        own = cosines[bounds[position] : bounds[position + 1]].tolist()
        choices = [
            (cosine, sentence)
            for cosine, sentence in zip(own, passage.sentences, strict=True)
            if _is_sentence(passage, sentence)
        ]
        if choices:
            cosine, sentence = max(choices, key=lambda choice: choice[0])
            sentences.append((cosine, passage, sentence))
    sentences = sorted(sentences, key=lambda choice: -choice[0])[:_KEY_SENTENCES]
    sentences.sort(key=lambda choice: choice[2])
    quotes = tuple(
        _quote(marker, document, passage, sentence, index, build)
        for marker, (_, passage, sentence) in enumerate(sentences, start=1)
    )
    return AboutDocuments("summary", _linked([document], build), 1, sentences=quotes)


def _is_sentence(passage: Passage, sentence: Span) -> bool:
    text = sentence_text(passage, sentence)
    return len(text.split()) >= _FEWEST_WORDS and text.rstrip("\"'”’) ").endswith((".", "!", "。"))


def _quote(
    marker: int,
    document: DocumentSummary,
    passage: Passage,
    sentence: Span,
    index: DocumentIndex,
    build: str,
) -> Quote:
    quote = sentence_text(passage, sentence)
    offsets = f"{sentence.start}-{sentence.end}"
    address = document_address("source", document.doc_id, span=offsets, build=build)
    return Quote(
        marker=marker,
        doc_id=document.doc_id,
        title=document.title,
        section=passage.section,
        pages=passage.pages or None,
        span=sentence,
        quote=quote,
        url=f"{address}#evidence",
        verified=index.holds(document.doc_id, sentence, quote),
    )
