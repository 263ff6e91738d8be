"""The doctor finds each thing that can be wrong, and says of a sound index that it is."""

from __future__ import annotations

import hashlib
import logging
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from chatbot.cli.commands import app
from chatbot.doctor import Check, examine
from chatbot.encoder.reference_encoder import has_accelerator
from chatbot.index import layout
from chatbot.index.manifest import read_manifest, seal
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings
from tests.encoder.variants import variant

CHECKS = ["model", "build", "files", "documents", "passages", "sources", "question"]


@pytest.fixture
def folder(settings: Settings) -> Path:
    """A build of two documents, with two passages and one."""
    (settings.corpus / "arms.md").write_text(
        "# Arms\n\nRussia sold the S-400 air defence system to China.\n\n"
        "# Gas\n\nGas flows east. It is sold by contract.\n"
    )
    (settings.corpus / "drill.txt").write_text("The navies train together every year.\n")
    build_index(settings)
    return layout.current(settings.index)


def examined(settings: Settings) -> dict[str, Check]:
    return {check.name: check for check in examine(settings)}


def outcomes(found: dict[str, Check]) -> dict[str, str]:
    return {name: check.outcome for name, check in found.items()}


def sound(**others: str) -> dict[str, str]:
    """The outcomes where everything is as it should be, but for these."""
    return {name: others.get(name, "ok") for name in CHECKS}


@contextmanager
def tampered(folder: Path) -> Iterator[sqlite3.Connection]:
    """The catalogue of a build, open to be changed; then all is sealed again, as if built so."""
    with closing(sqlite3.connect(folder / layout.CATALOG, isolation_level=None)) as connection:
        yield connection
    replace(read_manifest(folder), seals=seal(folder)).write(folder)


# -- nothing is wrong ------------------------------------------------------------------------


def test_a_sound_index_passes_every_check(folder: Path, settings: Settings) -> None:
    """And each says what it looked at."""
    found = examined(settings)
    assert outcomes(found) == sound()
    assert list(found) == CHECKS
    said = {name: check.detail for name, check in found.items()}
    assert said["model"].startswith("all-MiniLM-L6-v2 (")
    assert said["model"].endswith("), up to 256 tokens")
    assert said["build"] == f"{folder.name}, 2 documents, 3 passages"
    assert said["documents"] == "2 texts are what was read"
    assert said["passages"] == "3 passages are at their place in their documents"
    assert said["sources"] == "2 files are as they were indexed"
    files = sum(path.is_file() for path in folder.rglob("*")) - 1
    assert said["files"] == f"{files} files are byte for byte what was built"
    assert said["question"].endswith(" ms, and nothing reached outside this machine")


# -- the model and the build -----------------------------------------------------------------


@pytest.mark.usefixtures("folder")
def test_a_missing_model_is_found(settings: Settings) -> None:
    """All that can be checked without it is checked all the same."""
    found = examined(settings.model_copy(update={"model": "absent"}))
    expected = sound(model="failed")
    del expected["question"]
    assert outcomes(found) == expected
    assert "The model absent is not on this machine" in found["model"].detail


def test_a_missing_index_is_found(settings: Settings) -> None:
    """With the command that makes one."""
    found = examined(settings)
    assert outcomes(found) == {"model": "ok", "build": "failed"}
    assert found["build"].detail.startswith(f"No index at {settings.index}. Build one with:")


def test_a_build_that_does_not_open_is_found(folder: Path, settings: Settings) -> None:
    """By the file that is not whole, and with the command that mends it."""
    (folder / layout.DENSE).write_bytes(b"")
    found = examined(settings)
    assert outcomes(found) == {"model": "ok", "build": "failed"}
    assert f"{layout.DENSE} has 0 bytes of" in found["build"].detail
    assert "chatbot build --fresh" in found["build"].detail


@pytest.mark.parametrize("name", [layout.DENSE, layout.SENTENCES, layout.CATALOG])
def test_a_changed_byte_is_found(
    folder: Path, settings: Settings, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a file is too large to be hashed when opened; what depends on it is left out."""
    monkeypatch.setattr("chatbot.index.opened_build.QUICK_BYTES", 0)
    content = bytearray((folder / name).read_bytes())
    content[-1] ^= 1
    (folder / name).write_bytes(content)
    found = examined(settings)
    assert outcomes(found) == {"model": "ok", "build": "ok", "files": "failed"}
    assert f"{name} is not what was built" in found["files"].detail


# -- what is in the build --------------------------------------------------------------------


def test_a_text_that_is_not_what_was_read_is_found(folder: Path, settings: Settings) -> None:
    """The document is named; its passages are still at their place."""
    with tampered(folder) as catalog:
        catalog.execute("UPDATE documents SET text = replace(text, 'sold', 'gave')")
    found = examined(settings)
    assert outcomes(found) == sound(documents="failed")
    assert (
        "a document's text is not what was read (1, the first is arms.md)"
        in found["documents"].detail
    )


def test_a_sentence_outside_its_passage_is_found(folder: Path, settings: Settings) -> None:
    """The passage is named."""
    with tampered(folder) as catalog:
        beyond = np.array([0, 10_000], "<i4").tobytes()
        catalog.execute("UPDATE passages SET sentences = ? WHERE row = 2", (beyond,))
    found = examined(settings)
    assert found["passages"].outcome == "failed"
    assert "not at its place in its document (1, the first is drill.txt#0)" in (
        found["passages"].detail
    )


def test_a_passage_that_reads_otherwise_than_its_document_is_found(
    folder: Path, settings: Settings
) -> None:
    """SQLite ends a text at a zero, Python does not: such a text must never be there."""
    with tampered(folder) as catalog:
        ((text,),) = catalog.execute("SELECT text FROM documents WHERE doc_id = 'drill.txt'")
        text = text.replace("train", "tr\0in")
        digest = hashlib.sha256(text.encode()).hexdigest()
        catalog.execute(
            "UPDATE documents SET text = ?, fingerprint = ? WHERE doc_id = 'drill.txt'",
            (text, digest),
        )
    found = examined(settings)
    assert found["documents"].outcome == "ok"
    assert found["passages"].outcome == "failed"
    assert "(1, the first is drill.txt#0)" in found["passages"].detail


@pytest.mark.usefixtures("folder")
def test_sources_that_have_changed_are_noted(settings: Settings) -> None:
    """A note and no fault: the index is as it was built, and the next build brings it up."""
    (settings.corpus / "arms.md").write_text("Something else.\n")
    (settings.corpus / "drill.txt").unlink()
    found = examined(settings)
    assert outcomes(found) == sound(sources="note")
    assert found["sources"].detail == (
        "1 file changed and 1 file vanished since the build; "
        "chatbot build brings the index up to date"
    )


@pytest.mark.usefixtures("folder")
def test_a_skipped_file_is_no_source(settings: Settings) -> None:
    """It may come and go: nothing of it is in the index."""
    (settings.corpus / "broken.md").write_bytes(b"")
    build_index(settings)
    (settings.corpus / "broken.md").unlink()
    found = examined(settings)
    assert outcomes(found) == sound()
    assert found["sources"].detail == "2 files are as they were indexed"


# -- asking ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("folder")
def test_an_index_of_another_model_is_found(settings: Settings, tmp_path: Path) -> None:
    """Both are whole, but they do not go together."""
    short = {"sentence_bert_config.json": {"max_seq_length": 128}}
    model = variant(tmp_path / "model", short)
    found = examined(settings.model_copy(update={"model": str(model)}))
    assert outcomes(found) == sound(question="failed")
    assert "was built with the model all-MiniLM-L6-v2" in found["question"].detail


class ReachingOut(logging.Handler):
    """Somebody's handler, which sends what is logged to another machine."""

    def emit(self, record: logging.LogRecord) -> None:  # noqa: ARG002 - logging's signature
        # A datagram socket sends nothing by this; the address is for documentation (RFC 5737).
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link, suppress(OSError):
            link.connect(("192.0.2.1", 9))


@pytest.mark.skipif(has_accelerator(), reason="nothing is logged where nothing is compiled")
def test_reaching_outside_the_machine_is_found(folder: Path, settings: Settings) -> None:
    """Whatever part of the process does it while a question is asked; the address is named."""
    handler = ReachingOut()
    log = logging.getLogger("chatbot.encoder")
    log.addHandler(handler)
    try:
        # This cache can't be made, and the encoder says so in the log.
        found = examined(settings.model_copy(update={"cache": folder / layout.CATALOG}))
    finally:
        log.removeHandler(handler)
    assert outcomes(found) == sound(question="failed")
    assert found["question"].detail.startswith("Asking a question reached for 192.0.2.1. ")
    assert outcomes(examined(settings)) == sound()


# -- the command -----------------------------------------------------------------------------


def test_the_command_fails_if_a_check_does(folder: Path, settings: Settings) -> None:
    """A note is no failure; a line a check, whatever comes out."""
    command = ["doctor", "--index", str(settings.index)]
    (settings.corpus / "drill.txt").unlink()
    passed = CliRunner().invoke(app, command)
    assert passed.exit_code == 0
    assert [line.split()[:2] for line in passed.stdout.splitlines()] == [
        ["note" if name == "sources" else "ok", name] for name in CHECKS
    ]
    (folder / layout.DENSE).unlink()
    failed = CliRunner().invoke(app, command)
    assert failed.exit_code == 1
    assert [line.split()[:2] for line in failed.stdout.splitlines()] == [
        ["ok", "model"],
        ["failed", "build"],
    ]
