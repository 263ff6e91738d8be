"""Questions about the documents are recognised exactly, and answered from the catalogue."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from chatbot.answers import AboutDocuments
from chatbot.assistant import Chatbot
from chatbot.evaluation.question_set import load_question_set
from chatbot.ingestion.build_index import build_index
from chatbot.retrieval.document_questions import document_question
from chatbot.settings import load_settings
from tests.benchmarks.indexes import open_set
from tests.shared import EVALUATION, QUESTIONS


def about(demo: Chatbot, question: str, **options: Any) -> AboutDocuments | None:
    return demo.ask(question, **options).about


@pytest.mark.parametrize(
    ("kind", "questions"),
    [
        (
            "list",
            (
                "What documents do you have?",
                "Please list all documents",
                "Which mails are there?",
                "Do you have any slides?",
                "Which reports were published in 2018?",
                "What is in the corpus?",
                "Welche E-Mails gibt es?",
                "Welche Berichte sind von 2018?",
                "Quels PDFs avez-vous ?",
                "Какие письма у вас есть?",
                "有哪些邮件？",
                "Welche Dokumente gibt es?",
                "Quels documents avez-vous ?",
                "Какие документы у вас есть?",
                "有哪些文档？",
            ),
        ),
        (
            "count",
            (
                "How many documents are there?",
                "how many files are in the corpus",
                "Wie viele Dokumente hast du?",
                "Combien de documents y a-t-il ?",
                "Сколько документов?",
                "有多少个文档？",
            ),
        ),
        (
            "formats",
            ("What kinds of files?", "Welche Dateiformate gibt es?", "Какие форматы файлов?"),
        ),
        ("author", ("Who wrote the report on X?", "Wer hat den Bericht über X geschrieben?")),
        (
            "date",
            (
                "When was the brief on X published?",
                "Wann erschien der Bericht über X?",
                "What is the newest document?",
                "Which is the oldest mail?",
                "Who sent the last mail?",
                "Was ist das neueste Dokument?",
                "Quel est le dernier rapport ?",
                "Какой самый новый документ?",
                "最新的文件是哪个？",
            ),
        ),
        (
            "topic",
            (
                "Which documents are on X?",
                "Is there a report about X?",
                "Welche Dokumente gibt es zu X?",
            ),
        ),
        ("summary", ("Summarise X", "tl;dr X", "Fasse X zusammen", "Résumez X", "总结一下《X》")),
        ("greeting", ("Hello!", "Guten Tag", "Bonjour", "Здравствуйте!", "你好")),
        ("thanks", ("Thanks a lot!", "Vielen Dank", "Merci beaucoup", "Спасибо", "谢谢")),
        (
            "mention",
            (
                "Which papers mention X?",
                "In how many reports is X mentioned?",
                "Welche Berichte erwähnen X?",
                "Quels rapports mentionnent X ?",
                "Какие документы упоминают X?",
                "哪些文件提到了X？",
            ),
        ),
        (
            "help",
            (
                "What can you do?",
                "Are you an AI?",
                "Was kannst du?",
                "Что ты умеешь?",
                "你能做什么？",
            ),
        ),
    ],
)
def test_a_question_about_the_documents_is_recognised(
    kind: str, questions: tuple[str, ...]
) -> None:
    """In every language of the page."""
    for text in questions:
        question = document_question(text)
        assert question, text
        assert question.kind == kind, text


def _development_questions() -> Iterator[str]:
    for name in ("demo", "articles"):
        for question in load_question_set(QUESTIONS / f"{name}.jsonl"):
            yield from (question.text, *question.history)
    for path in sorted(EVALUATION.glob("*/q*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            entry = json.loads(line)
            yield entry.get("text") or entry["question"]
            yield from entry.get("metadata", {}).get("all_user_turns", ())


def test_no_question_about_contents_is_taken_for_one_about_documents(demo: Chatbot) -> None:
    """None of the development sets' questions is; without the shared data, none of the demo's."""
    questions = [*_development_questions()]
    assert len(questions) > (3_500 if EVALUATION.is_dir() else 130)
    # Asking them all would take minutes, and any other question can't be answered this way.
    alike = [text for text in questions if document_question(text)]
    assert len(alike) < 12
    assert [text for text in alike if about(demo, text)] == []


@pytest.mark.slow
@pytest.mark.skipif(not EVALUATION.is_dir(), reason="the shared evaluation data is not here")
@pytest.mark.parametrize("name", ["squad20_sample", "mtrag_human_dev"])
def test_none_is_in_the_corpus_that_it_was_made_for_either(name: str) -> None:
    """In its own corpus, a title that a question names may exist."""
    alike = [text for text in _development_questions() if document_question(text)]
    with open_set(name) as chatbot:
        assert [text for text in alike if about(chatbot, text)] == []


# -- answers ---------------------------------------------------------------------------------


def test_documents_are_listed_with_the_address_of_each(demo: Chatbot) -> None:
    """All are counted; a filter leaves out the others."""
    listed = about(demo, "What documents do you have?")
    assert listed
    assert (listed.matching, len(listed.documents)) == (17, 17)
    assert [row.document for row in listed.documents] == [*demo.documents()]
    assert all(row.url.startswith(f"/source/{row.document.doc_id}?") for row in listed.documents)
    filtered = about(demo, "How many documents are there?", filters={"tag": "arms"})
    assert filtered
    assert filtered.matching == len(demo.documents({"tag": "arms"})) < 17


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chatbot]:
    """Three mails of two days, a note of another year, and a page without a date."""
    corpus = tmp_path_factory.mktemp("mixed") / "corpus"
    corpus.mkdir()
    for name, day in (("first", 2), ("second", 3), ("third", 3)):
        text = (
            f"From: {name}@example.org\nSubject: {name} boat\nDate: {day} May 2018 10:00:00 +0000"
        )
        (corpus / f"{name}.eml").write_text(f"{text}\n\nThe boat of the {name} day is blue.\n")
    note = "---\ntitle: The harbour\ndate: 2016-02-01\n---\nThe harbour has two gates.\n"
    (corpus / "note.md").write_text(note)
    (corpus / "page.html").write_text("<title>Gates</title><p>The gates are made of iron.</p>")
    settings = load_settings(corpus=corpus, index=corpus.parent / "index")
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        yield chatbot


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Which mails are there?", ["first.eml", "second.eml", "third.eml"]),
        ("What is the newest document?", ["second.eml", "third.eml"]),
        ("Who sent the last mail?", ["second.eml", "third.eml"]),
        ("What is the oldest document?", ["note.md"]),
        ("What is the oldest mail?", ["first.eml"]),
        ("Which documents are from 2016?", ["note.md"]),
        ("Show me the web pages", ["page.html"]),
        ("Which documents mention gates?", ["page.html", "note.md"]),
        ("Which documents contain the words harbour gate?", ["note.md"]),
        ("How many mails mention the boat?", ["first.eml", "second.eml", "third.eml"]),
        ("Which documents mention giraffes?", None),
        ("Which mails are about the second boat?", ["second.eml"]),
        ("Which spreadsheets do you have?", None),
        ("Which documents are from 2017?", None),
        ("Which mails are about the harbour?", None),
        ("What is the newest web page?", None),
    ],
)
def test_documents_of_a_format_a_year_or_an_age_are_listed(
    mixed: Chatbot, question: str, expected: list[str] | None
) -> None:
    """If there are none, the passages answer."""
    found = about(mixed, question)
    assert (found and [row.document.doc_id for row in found.documents]) == expected


def test_a_year_and_a_format_are_counted_within_the_filters(mixed: Chatbot) -> None:
    """A filter for a part of the year stays."""
    for question, filters, expected in (
        ("How many mails do you have?", {}, 3),
        ("How many documents are from 2018?", {}, 3),
        ("How many documents are from 2018?", {"date_from": "2018-05-03"}, 2),
        ("How many documents are from 2018?", {"date_to": "2018-05-02"}, 1),
    ):
        found = about(mixed, question, filters=filters)
        assert found
        assert (found.matching, sum(each.documents for each in found.formats)) == (expected,) * 2


def test_words_are_counted_in_every_document_with_any_of_their_forms(demo: Chatbot) -> None:
    """The oracle looks for the words in the stored texts."""
    for question, stems in (
        ("How many documents mention sanctions?", ("sanction",)),
        ("Which papers mention the Arctic and submarines?", ("arctic", "submarine")),
    ):
        found = about(demo, question)
        texts = {
            summary.doc_id: document.text.lower()
            for summary in demo.documents()
            if (document := demo.document(summary.doc_id))
        }
        expected = {doc_id for doc_id, text in texts.items() if all(stem in text for stem in stems)}
        assert found
        assert found.matching == len(expected)
        assert {row.document.doc_id for row in found.documents} == expected


def test_author_and_date_come_from_the_metadata(demo: Chatbot) -> None:
    """The document is named by words of its title, by its file, or as the only one admitted."""
    for question, options in (
        ("Who wrote the brief on arms sales?", {}),
        ("When was arms-sales.md published?", {}),
        ("Who is the author of “Arms sales from Russia to China”?", {}),
        ("When was this document published?", {"filters": {"document": "arms-sales.md"}}),
    ):
        found = about(demo, question, **options)
        assert found
        assert [row.document.doc_id for row in found.documents] == ["arms-sales.md"]
        metadata = found.documents[0].document.metadata
        assert (metadata.author, metadata.date) == ("Research desk", "2026-11-21")


def test_a_document_may_be_described_by_what_is_in_it(demo: Chatbot) -> None:
    """No title has these words, but the first card's document has all of them."""
    for question in (
        "Who wrote the brief about the S-400 and Sovremenny destroyers?",
        "When was the report on the S-400 and Sovremenny destroyers published?",
    ):
        found = about(demo, question)
        assert found
        assert [row.document.doc_id for row in found.documents] == ["arms-sales.md"]


@pytest.mark.parametrize(
    "question",
    [
        "Who wrote the brief about the S-400, Sovremenny destroyers and giraffes?",
        "Who wrote the CNAS introduction?",  # the answer is in a document
        "Who wrote the report on giraffes?",
        "When was the glossary published?",  # it doesn't say that this is a document
        "When was this document published?",  # which one?
        "What is Russia about?",
        "Summarise the brief on Russia",  # there are several
    ],
)
def test_a_document_that_is_not_certain_is_not_answered_from(demo: Chatbot, question: str) -> None:
    """The passages answer as usual."""
    assert about(demo, question) is None


def test_documents_on_a_topic_have_it_in_their_title_or_tags(demo: Chatbot) -> None:
    """A topic that only the text has is answered by passages."""
    found = about(demo, "Which documents are on uk-concepts?")
    assert found
    assert {row.document.doc_id for row in found.documents} == {
        summary.doc_id for summary in demo.documents({"tag": "uk-concepts"})
    }
    assert about(demo, "Which documents are on giraffes?") is None


def test_a_summary_is_made_of_verified_quotes_in_their_order(demo: Chatbot) -> None:
    """They are whole sentences from different passages of that document only."""
    found = about(demo, "Summarise the brief on arms sales")
    document = demo.document("arms-sales.md")
    assert found
    assert document
    quotes = found.sentences
    assert [quote.marker for quote in quotes] == [1, 2, 3, 4, 5]
    assert [quote.span for quote in quotes] == sorted(quote.span for quote in quotes)
    for quote in quotes:
        assert quote.verified
        assert quote.span.of(document.text) == quote.quote
        assert quote.quote.endswith(".")
        assert f"span={quote.span.start}-{quote.span.end}" in quote.url


def test_the_passages_are_ranked_all_the_same(demo: Chatbot) -> None:
    """A question that is taken for one about the documents still gets its passages."""
    answer = demo.ask("Summarise the brief on sanctions")
    assert answer.about
    assert (answer.citations or answer.nearest)[0].doc_id == "sanctions.md"


def test_a_greeting_says_nothing_about_documents(demo: Chatbot) -> None:
    """It lists none either."""
    assert about(demo, "Hello!") == AboutDocuments("greeting")
