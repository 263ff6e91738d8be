"""What a build prints."""

from __future__ import annotations

import pytest

from chatbot.cli.build_output import show_build
from chatbot.ingestion.build_index import BuildReport


def report(model: str, languages: dict[str, int]) -> BuildReport:
    """The report of a build that read documents in these languages."""
    return BuildReport(
        build="b",
        published=True,
        read=10,
        carried=0,
        skipped=(),
        parts=(),
        ignored=0,
        ignored_by={},
        duplicates=0,
        formats={},
        model=model,
        document_languages=languages,
        documents=10,
        passages=10,
        sentences=10,
        embedded_texts=10,
        seconds={},
    )


@pytest.mark.parametrize(
    ("model", "languages", "said"),
    [
        ("all-MiniLM-L6-v2", {"en": 7, "de": 3}, True),
        ("all-MiniLM-L6-v2", {"en": 9, "de": 1}, False),
        ("multilingual-e5-small", {"de": 10}, False),
    ],
)
def test_a_build_names_the_command_for_documents_that_the_model_cannot_read(
    model: str, languages: dict[str, int], capsys: pytest.CaptureFixture[str], *, said: bool
) -> None:
    """It says nothing if the model reads them, or if they are few."""
    show_build(report(model, languages))
    printed = " ".join(capsys.readouterr().out.split())
    assert ("3 documents not in English" in printed) == said
    assert ("CHATBOT_MODEL=multilingual-e5-small chatbot build" in printed) == said
