"""One question as it was asked, and what can be said of the answer by its judgments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from chatbot.evaluation.judged_places import covers, names_place
from chatbot.evaluation.question_set import Question
from chatbot.text.clean import fold
from chatbot.types import Answer, Citation


@dataclass(frozen=True, slots=True)
class Outcome:
    """A question with the ranking of documents, best first, the answer, and its measures.

    What is shown is judged whether or not the chatbot abstained: retrieval and abstention are
    faults of their own.
    """

    question: Question
    ranking: tuple[tuple[str, float], ...]
    answer: Answer
    measures: Mapping[str, float] = field(default_factory=dict)

    @property
    def shown(self) -> tuple[Citation, ...]:
        """The cards, or those kept for whoever wants to look where the chatbot abstained."""
        return self.answer.citations or self.answer.nearest

    def rank(self, doc_id: str) -> int | None:
        """The rank of a document, from 1; None where it was not found."""
        places = (place for place, (found, _) in enumerate(self.ranking, 1) if found == doc_id)
        return next(places, None)

    @property
    def answered_rightly(self) -> bool:
        """Whether there is an answer and a card is of a document that has it."""
        return self.question.answerable and any(
            card.doc_id in self.question.grades for card in self.shown
        )

    @property
    def shows_right_document(self) -> bool:
        """Whether the first card is of a judged document."""
        return bool(self.shown) and self.shown[0].doc_id in self.question.grades

    @property
    def shows_right_sentence(self) -> bool:
        """Whether the first card's sentence holds a wording of the answer, or is part of one."""
        shown = fold(self.shown[0].quote)
        wordings = filter(None, map(fold, self.question.wordings))
        return bool(shown) and any(w in shown or shown in w for w in wordings)

    @property
    def names_places(self) -> bool:
        """Whether a judgment says where in a document the answer stands."""
        return any(map(names_place, self.question.relevant))

    @property
    def shows_right_place_first(self) -> bool:
        """Whether the first card's passage is at a judged place."""
        return self._any_at_place(self.shown[:1])

    @property
    def shows_right_place(self) -> bool:
        """Whether any card, or a section under it, is at a judged place."""
        return self._any_at_place(each for card in self.shown for each in (card, *card.further))

    def _any_at_place(self, citations: Iterable[Citation]) -> bool:
        return any(
            covers(citation, judgment)
            for citation in citations
            for judgment in self.question.relevant
        )
