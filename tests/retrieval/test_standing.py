"""The standing of a document, compared with the stages computed one by one."""

from __future__ import annotations

import pytest

from chatbot.assistant import Chatbot
from chatbot.errors import QuestionSetError, UsageError
from chatbot.evaluation.question_set import Judgment, Question
from chatbot.evaluation.why import questions_judging, why, why_not
from chatbot.ingestion.build_index import build_index
from chatbot.retrieval.standing import document_standing
from chatbot.settings import Settings

QUESTION = "Which air defence system did Russia sell to China?"


def rank_of(doc_id: str, owners: list[str]) -> int | None:
    """The rank of a document in a ranking of passages, given as their documents."""
    documents = list(dict.fromkeys(owners))
    return documents.index(doc_id) + 1 if doc_id in documents else None


@pytest.mark.parametrize("question", [QUESTION, "s-400 sale date", "since when?"])
def test_ranks_are_those_of_each_stage(demo: Chatbot, question: str) -> None:
    """Both arms are searched again and scores added up from the clues, for every document."""
    answer, ranking = demo.ask_and_rank(question, top_k=3)
    index, query = demo.build, ranking.query
    arms = [
        index.owners(hits[0])
        for hits in (
            index.dense_hits(query.vector, demo.settings.depth, None),
            index.lexical_hits(query.emphasis, demo.settings.depth, None),
        )
    ]
    whys = [ranking.candidates.why(position) for position in range(len(ranking.candidates))]
    owners = index.owners(ranking.candidates.rows)
    rows = ranking.candidates.rows.tolist()
    weight = demo.settings.weights
    without = [
        weight["dense"] * w.dense + weight["lexical"] * w.lexical + weight["document"] * w.document
        for w in whys
    ]
    whole = [
        total + weight["evidence"] * w.evidence for total, w in zip(without, whys, strict=True)
    ]

    def ranked(scores: list[float]) -> list[str]:
        # To six digits, the precision of the index; then by row, as every ranking.
        order = sorted(
            range(len(rows)), key=lambda position: (-round(scores[position], 6), rows[position])
        )
        return [owners[position] for position in order]

    for doc_id in index.document_ids:
        standing = document_standing(doc_id, answer, ranking)
        assert (standing.dense, standing.lexical) == tuple(rank_of(doc_id, arm) for arm in arms)
        assert standing.fused == rank_of(doc_id, ranked(without))
        assert standing.evidence == rank_of(doc_id, ranked(whole))
        assert standing.final == rank_of(doc_id, owners)
        doc_ids = [citation.doc_id for citation in (answer.citations or answer.nearest)]
        assert standing.card == (doc_ids.index(doc_id) + 1 if doc_id in doc_ids else None)
        if doc_id in doc_ids:
            assert standing.fell_out == ("abstained" if answer.abstained else "")
        else:
            assert standing.fell_out == "below the cards"


@pytest.fixture
def three(settings: Settings) -> Chatbot:
    """Two documents about the radar with the same text, and two others; depth is 3."""
    for name, text in (
        ("radar.md", "# Radar\n\nThe radar was sold in Omsk for nine million roubles in spring."),
        (
            "copy.md",
            "# Radar again\n\nThe radar was sold in Omsk for nine million roubles in spring.",
        ),
        ("bread.md", "# Bread\n\nBread is baked from flour, water, salt and a little yeast."),
        ("paint.md", "# Paint\n\nPaint dries slowly where the air is damp and cold."),
    ):
        (settings.corpus / name).write_text(text, "utf-8")
    (settings.corpus / "empty.md").write_text("", "utf-8")
    build_index(settings)
    return Chatbot.open(settings=settings.model_copy(update={"depth": 3, "top_k": 3}))


RADAR = "Where was the radar sold, and for how much money?"


def test_a_repetition_is_folded_into_the_card_that_says_the_same(three: Chatbot) -> None:
    """The standing names that card."""
    answer, ranking = three.ask_and_rank(RADAR)
    doc_id = answer.citations[0].doc_id
    other = {"radar.md": "copy.md", "copy.md": "radar.md"}[doc_id]
    assert document_standing(doc_id, answer, ranking).fell_out == ""
    standing = document_standing(other, answer, ranking)
    assert (standing.fell_out, standing.card, standing.evidence) == ("folded", 1, 2)


def test_a_document_that_neither_arm_returned_has_no_rank(three: Chatbot) -> None:
    """The arms return only three of four passages."""
    answer, ranking = three.ask_and_rank("radar sold Omsk roubles")
    reached = {doc_id for doc_id, _ in ranking.documents(9)}
    (missed,) = {"bread.md", "paint.md"} - reached
    standing = document_standing(missed, answer, ranking)
    assert (standing.dense, standing.lexical, standing.fused, standing.evidence, standing.card) == (
        None,
    ) * 5
    assert standing.fell_out == "not found"


def test_an_arm_that_did_not_return_it_gives_no_rank(three: Chatbot) -> None:
    """The document has no word of the question; only the dense arm returns it."""
    answer, ranking = three.ask_and_rank("radar sold Omsk roubles")
    reached = [doc_id for doc_id, _ in ranking.documents(9)]
    far = document_standing(reached[2], answer, ranking)
    assert (far.dense, far.lexical) == (3, None)


def test_why_asks_the_questions_that_judge_a_document(demo: Chatbot) -> None:
    """There is one standing per question, in their order."""
    questions = (
        Question("q1", QUESTION, (Judgment("arms-sales.md"),)),
        Question("q2", "Who?", (Judgment("outlook.md"),)),
        Question("q3", "s-400 sale date", (Judgment("outlook.md"), Judgment("arms-sales.md"))),
    )
    judging = questions_judging(questions, "arms-sales.md")
    steps: list[int] = []
    entries = why(demo, judging, "arms-sales.md", advance=steps.append)
    assert [entry.question_id for entry in entries] == ["q1", "q3"]
    assert steps == [1, 1]
    for entry in entries:
        assert entry.standing == why_not(demo, entry.question, "arms-sales.md")


def test_a_document_that_no_question_judges_is_refused() -> None:
    """Without such a question there is nothing to show."""
    questions = (Question("q1", "Who?", (Judgment("a"),)),)
    with pytest.raises(QuestionSetError, match=r"^No question judges 'b' relevant\. Name a docu"):
        questions_judging(questions, "b")


def test_a_document_that_is_not_indexed_is_refused(three: Chatbot) -> None:
    """The error has the reason if it was skipped."""
    with pytest.raises(UsageError, match=r"^'none\.md' is not in the index\. .+: chatbot info$"):
        why_not(three, RADAR, "none.md")
    with pytest.raises(UsageError, match=r"^'empty\.md' is not in the index; it was skipped: .+"):
        why_not(three, RADAR, "empty.md")


def test_a_document_that_the_filters_exclude_is_refused(three: Chatbot) -> None:
    """Its absence would say nothing about its rank."""
    with pytest.raises(UsageError, match=r"^The filters exclude 'radar\.md'\. Ask without"):
        why_not(three, RADAR, "radar.md", filters={"document": "bread.md"})
    standing = why_not(three, RADAR, "radar.md", filters={"document": "radar.md"})
    assert standing.fell_out == ""
