"""The outcome of one question: its answer compared with its judgments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from chatbot.answers import Answer, Citation
from chatbot.evaluation.judged_places import covers, names_place
from chatbot.evaluation.question_set import Question
from chatbot.text.clean import fold


@dataclass(frozen=True, slots=True)
class QuestionOutcome:
    """A question with the ranking of documents, best first, the answer, and its measures.

    Cards are judged even if the chatbot abstained, so that retrieval and abstention are measured
    separately.
    """

    question: Question
    ranking: tuple[tuple[str, float], ...]
    answer: Answer
    measures: Mapping[str, float] = field(default_factory=dict)

    @property
    def shown(self) -> tuple[Citation, ...]:
        """The cards, including those shown as closest passages after abstaining."""
        return self.answer.citations or self.answer.nearest

    def rank(self, doc_id: str) -> int | None:
        """The rank of a document, from 1; None if it wasn't found."""
        ranks = (rank for rank, (ranked, _) in enumerate(self.ranking, 1) if ranked == doc_id)
        return next(ranks, None)

    @property
    def answered_rightly(self) -> bool:
        """Whether the question is answerable and a card shows a judged document."""
        return self.question.answerable and any(
            card.doc_id in self.question.grades for card in self.shown
        )

    @property
    def shows_right_document(self) -> bool:
        """Whether the first card shows a judged document."""
        return bool(self.shown) and self.shown[0].doc_id in self.question.grades

    @property
    def shows_right_sentence(self) -> bool:
        """Whether the first card's sentence contains a wording of the answer, or is part of one."""
        sentence = fold(self.shown[0].quote)
        wordings = filter(None, map(fold, self.question.wordings))
        return bool(sentence) and any(words in sentence or sentence in words for words in wordings)

    @property
    def names_places(self) -> bool:
        """Whether any judgment names a place in its document."""
        return any(map(names_place, self.question.relevant))

    @property
    def shows_right_place_first(self) -> bool:
        """Whether the first card's passage covers a judged place."""
        return self._any_at_place(self.shown[:1])

    @property
    def shows_right_place(self) -> bool:
        """Whether any card, or a further passage under it, covers a judged place."""
        return self._any_at_place(
            citation for card in self.shown for citation in (card, *card.further)
        )

    def _any_at_place(self, citations: Iterable[Citation]) -> bool:
        return any(
            covers(citation, judgment)
            for citation in citations
            for judgment in self.question.relevant
        )
