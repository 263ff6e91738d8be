"""A text without the end of a sentence, or with far too many, costs its file and no memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nupunkt
import pytest

from chatbot.chunking import TooManyPassages, chunk
from chatbot.errors import SkipKind, SkipReason
from chatbot.readers import RawFile, read
from chatbot.readers.document_writer import DocumentWriter
from chatbot.text import sentences
from chatbot.text.sentences import sentence_spans
from chatbot.types import Document, Span
from tests.building import RADAR, SHIPS, write
from tests.readers.packages import zipped
from tests.security.corpora import read_corpus

MILLION = 1_000_000


def document(text: str) -> Document:
    (made,) = read(RawFile("a.txt", text.encode()))
    assert isinstance(made, Document)
    return made


def words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def test_a_line_without_end_is_cut_in_small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the splitter nor the tokenizer, whose memory grows with a text, sees all of it."""
    seen: list[int] = []
    real = nupunkt.sent_spans

    def watched(text: str) -> Any:
        seen.append(len(text))
        return real(text)

    def counted(texts: Sequence[str]) -> list[int]:
        seen.append(sum(map(len, texts)) // 10)
        return words(texts)

    monkeypatch.setattr(nupunkt, "sent_spans", watched)
    made = document("radar ship " * (3 * MILLION // 11))
    passages = chunk(made, count_tokens=counted, budget=200)
    assert max(seen) <= 110_000
    assert max(len(passage.text.split()) for passage in passages) <= 200
    assert "".join(passage.text for passage in passages).replace(" ", "") == made.text.replace(
        " ", ""
    )


def test_windows_do_not_change_the_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentence that begins in one window and ends in the next stays whole."""
    text = " ".join(f"The radar of Mr. Ivanov, no. {n}, cost nine roubles." for n in range(300))
    whole = sentence_spans(text, Span(0, len(text)))
    assert len(whole) == 300
    monkeypatch.setattr(sentences, "_WINDOW", 700)
    assert sentence_spans(text, Span(0, len(text))) == whole


@pytest.mark.parametrize("text", ["! ", "a. ", "1) ", "。", "? ! ", "x\u0301 "])
def test_fragments_without_end_take_time_in_proportion(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The splitter, whose time grows faster than its text, sees a part at most three times."""
    seen: list[int] = []
    real = nupunkt.sent_spans

    def watched(part: str) -> Any:
        seen.append(len(part))
        return real(part)

    monkeypatch.setattr(nupunkt, "sent_spans", watched)
    content = text * (200_000 // len(text))
    spans = sentence_spans(content, Span(0, len(content)))
    assert all(span.end - span.start <= 210_000 for span in spans)
    assert max(seen) <= 110_000
    assert sum(seen) <= 3 * len(content)


def test_sentences_without_tokens_end() -> None:
    """Each counts towards the size of its passage, so a passage has a bounded number of them."""
    made = document("It left. " * 5_000)
    passages = chunk(made, count_tokens=lambda texts: [0] * len(texts), budget=100)
    assert max(len(passage.sentences) for passage in passages) <= 101


def test_a_table_of_header_rows_takes_memory_in_proportion() -> None:
    """A row has the nearest header rows, not all of a hundred thousand."""
    writer = DocumentWriter()
    for number in range(20_000):
        writer.add("header_row", f"Name {number} | Price {number}")
    made = writer.document("a", source="a", media_type="text/html")
    passages = chunk(made, count_tokens=words, budget=50)
    assert max(len(passage.lead) for passage in passages) <= 8


def test_a_file_with_too_many_passages_is_skipped(tmp_path: Path) -> None:
    """It stops there, the files before and after it are read, and the reason names the setting."""
    corpus = tmp_path / "corpus"
    write(corpus, {"a.md": RADAR, "b.txt": "It left the harbour. " * 2_000, "d.md": SHIPS})
    (corpus / "c.zip").write_bytes(zipped(*((f"{n}.md", RADAR) for n in range(12))))
    rows = read_corpus(corpus, tmp_path, file_passages=10)
    reason = SkipReason(SkipKind.TOO_LARGE, "more than 10 passages (the setting file_passages)")
    assert {name: row.reason for name, row in rows.items()} == {
        "a.md": None,
        "b.txt": reason,
        "c.zip": reason,
        "d.md": None,
    }
    with pytest.raises(TooManyPassages):
        chunk(document("It left. " * 500), count_tokens=words, budget=10, most=3)


def test_a_file_with_too_many_unreadable_parts_is_skipped(tmp_path: Path) -> None:
    """The list of skipped parts can't grow for ever."""
    corpus = tmp_path / "corpus"
    write(corpus, {"d.md": SHIPS})
    (corpus / "c.zip").write_bytes(zipped(*((f"{n}.md", "") for n in range(12))))
    rows = read_corpus(corpus, tmp_path, file_passages=10)
    detail = "more than 10 files inside (the setting file_passages)"
    assert rows["c.zip"].reason == SkipReason(SkipKind.TOO_LARGE, detail)
    assert rows["d.md"].reason is None
