"""Answers a question that asks for several things: a quote for each part, under one verdict."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from chatbot.answers import Answer, AnswerPart, Citation, Verdict
from chatbot.retrieval.parts import QuestionPart, SplitQuestion
from chatbot.retrieval.query import content_words


@dataclass(frozen=True, slots=True)
class PartResult:
    """The result for one part: the question as understood, the best card, and how sure it is."""

    question: str
    card: Citation | None
    confidence: float
    verdict: Verdict

    @property
    def place(self) -> tuple[str, int, int] | None:
        """The document and the span of the quote; None if there is no answer."""
        return _place(self.card) if self.card else None


Ask = Callable[[QuestionPart], PartResult]
Terms = Callable[[str], Collection[str]]

# A sentence with one of these words compares things.
_CONTRASTS: Final = frozenset(
    "whereas while unlike than contrast differ differs different difference both same".split()
)
# The least share of the question's other words in a sentence that answers about all its names.
_OTHER_WORDS: Final = 0.5


def answered_by_parts(
    answer: Answer, split: SplitQuestion, ask: Ask, terms: Terms, *, top_k: int
) -> Answer:
    """The answer with a quote for each part; unchanged if one quote answers all of them."""
    own_terms = _own_terms(split.parts, terms)
    first = answer.citations[0] if answer.citations else None
    if first and _answers_all(first, answer, split, own_terms, terms):
        return answer
    results = [ask(part) for part in split.parts]
    if split.kind != "questions":
        results = [
            result if _is_about(result, own, terms) else replace(result, card=None, verdict="none")
            for result, own in zip(results, own_terms, strict=True)
        ]
    places = {result.place for result in results}
    # Where names act together, the whole question has the better answer.
    if places == {None} or len(places) < (2 if split.kind != "names" else len(results)):
        return answer
    if split.kind == "names" and None in places:
        return answer
    return with_parts(answer, [part.text for part in split.parts], results, top_k=top_k)


def with_parts(
    answer: Answer, texts: Sequence[str], results: Sequence[PartResult], *, top_k: int
) -> Answer:
    """The answer with these parts, at least one of which is answered.

    Their citations come first, then the cards of the whole question for other documents.
    """
    card_at = {result.place: result.card for result in reversed(results) if result.card}
    places = list(dict.fromkeys(result.place for result in results if result.card))
    parts = tuple(
        AnswerPart(
            text,
            result.question,
            result.verdict,
            result.confidence,
            places.index(result.place) + 1 if result.card else None,
        )
        for text, result in zip(texts, results, strict=True)
    )
    cards = [card_at[place] for place in places]
    shown = {card.passage.passage_id for card in cards}
    documents = {card.doc_id for card in cards}
    rest = [card for card in (*answer.citations, *answer.nearest) if card.doc_id not in documents]
    citations = [
        *(_without(card, shown) for card in cards),
        *rest[: max(top_k - len(cards), 0)],
    ]
    weakest = min((result for result in results if result.card), key=lambda part: part.confidence)
    return replace(
        answer,
        abstained=False,
        verdict=weakest.verdict if all(result.card for result in results) else "possible",
        confidence=weakest.confidence,
        citations=tuple(replace(card, marker=n) for n, card in enumerate(citations, start=1)),
        nearest=(),
        parts=parts,
    )


def _without(card: Citation, shown: Collection[str]) -> Citation:
    """A card without further passages that have a card of their own."""
    further = [other for other in card.further if other.passage.passage_id not in shown]
    return replace(card, further=tuple(further))


def _place(card: Citation) -> tuple[str, int, int]:
    return (card.doc_id, *card.span)


def _terms_of(text: str, terms: Terms) -> set[str]:
    return {term for word in content_words(text) for term in terms(word)}


def _own_terms(parts: Sequence[QuestionPart], terms: Terms) -> list[set[str]]:
    """For each part, the terms that distinguish it from the others."""
    all_terms = [_terms_of(part.text, terms) for part in parts]
    shared = set.intersection(*all_terms)
    return [own - shared or own for own in all_terms]


def _is_about(result: PartResult, own_terms: Collection[str], terms: Terms) -> bool:
    """Whether the quote, its title or its section has one of the part's terms, and all its numbers.

    The number tells the Su-35 from the Su-27.
    """
    if result.card is None:
        return False
    card = result.card
    held = {*terms(" ".join([card.quote, card.title, *card.section]))}
    numbers = {term for term in own_terms if any(map(str.isdigit, term))}
    return numbers <= held and not held.isdisjoint(own_terms)


def _answers_all(
    first: Citation,
    answer: Answer,
    split: SplitQuestion,
    own_terms: Sequence[set[str]],
    terms: Terms,
) -> bool:
    """Whether one quote names all parts and compares them, or says what the question asks."""
    held = {*terms(first.quote)}
    if split.kind == "questions" or not all(own <= held for own in own_terms):
        return False
    if split.kind == "comparison":
        return not _CONTRASTS.isdisjoint(first.quote.lower().split())
    others = _terms_of(answer.question, terms).difference(*own_terms)
    return len(others & held) >= _OTHER_WORDS * len(others)
