"""The coverage page names every skipped file's reason in the page's language."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from chatbot.assistant import Chatbot
from chatbot.errors import SkipKind
from chatbot.index.manifest import SkippedFile
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings
from chatbot.web.html.page_texts import words_in
from tests.building import RADAR, write
from tests.doors import application
from tests.markup import select
from tests.readers.packages import zipped

PNG = b"\x89PNG\r\n\x1a\n" + bytes(50)


@pytest.fixture
def skipped(settings: Settings) -> Iterator[tuple[TestClient, tuple[SkippedFile, ...]]]:
    """A server over a corpus with a readable file and many that aren't, and the skipped files."""
    write(settings.corpus, {"radar.md": RADAR, "empty.md": "", "cut.pdf": "%PDF-1.7"})
    write(settings.corpus, {"a.gif": "GIF89a", "lines.jsonl": '{"_id": 1}\n'})
    write(settings.corpus, {"big.md": "x " * 90_000})
    (settings.corpus / "photo.png").write_bytes(PNG)
    (settings.corpus / "zeros.txt").write_bytes(bytes(4000))
    (settings.corpus / "photos.zip").write_bytes(zipped(("a.png", PNG), ("b.png", PNG)))
    (settings.corpus / "link.md").symlink_to("radar.md")
    settings = settings.model_copy(update={"file_megabytes": 0.1})
    report = build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        yield TestClient(application(chatbot)), report.skipped


def summaries(client: TestClient, language: str) -> list[str]:
    page = client.get("/coverage", headers={"accept-language": language}).text
    return [element.text.partition(": ")[2] for element in select(page, "summary")]


def test_the_german_page_gives_no_english_reason(
    skipped: tuple[TestClient, tuple[SkippedFile, ...]],
) -> None:
    """It has a text for each kind, and leaves out the details, which are in English."""
    client, files = skipped
    kinds = {file.kind for file in files}
    assert len(kinds) == 7
    german = {words_in("de")(f"skipped_{kind}") for kind in kinds}
    assert sorted(summaries(client, "de")) == sorted(german)


def test_the_english_page_gives_the_details(
    skipped: tuple[TestClient, tuple[SkippedFile, ...]],
) -> None:
    """It gives the kind and the detail."""
    client, files = skipped
    reasons = summaries(client, "en")
    assert "damaged: neither PDF library can open it" in reasons
    assert "scanned pages without text: a picture" in reasons
    assert len(reasons) == len({file.reason for file in files})


def test_no_kind_has_the_same_text_in_both_languages() -> None:
    """Each kind is translated."""
    for kind in SkipKind:
        assert words_in("de")(f"skipped_{kind}") != words_in("en")(f"skipped_{kind}")
