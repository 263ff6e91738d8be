"""The doctor finds every kind of damage, and passes a sound index."""

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

CHECKS = [
    "model",
    "reading",
    "build",
    "files",
    "documents",
    "passages",
    "sources",
    "rights",
    "question",
]


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


def checks_of(settings: Settings) -> dict[str, Check]:
    return {check.name: check for check in examine(settings)}


def outcomes(checks: dict[str, Check]) -> dict[str, str]:
    return {name: check.outcome for name, check in checks.items()}


def sound_outcomes(**others: str) -> dict[str, str]:
    """The outcomes of a sound index, with these exceptions."""
    return {name: others.get(name, "ok") for name in CHECKS}


@contextmanager
def tampered(folder: Path) -> Iterator[sqlite3.Connection]:
    """The catalogue of a build, open for changes; afterwards the build gets matching seals."""
    with closing(sqlite3.connect(folder / layout.CATALOG, isolation_level=None)) as connection:
        yield connection
    replace(read_manifest(folder), seals=seal(folder)).write(folder)


# -- a sound index ---------------------------------------------------------------------------


def test_a_sound_index_passes_every_check(folder: Path, settings: Settings) -> None:
    """Each check reports a detail."""
    checks = checks_of(settings)
    assert outcomes(checks) == sound_outcomes()
    assert list(checks) == CHECKS
    details = {name: check.detail for name, check in checks.items()}
    assert details["model"].startswith("all-MiniLM-L6-v2 (")
    assert details["model"].endswith("), up to 256 tokens")
    assert details["build"] == f"{folder.name}, 2 documents, 3 passages"
    assert details["documents"] == "2 texts are unchanged"
    assert details["passages"] == "3 passages match their documents"
    assert details["sources"] == "2 files are unchanged since the build"
    files = sum(path.is_file() for path in folder.rglob("*")) - 1
    assert details["files"] == f"{files} files match their checksums"
    assert details["question"].endswith(" ms, without reaching outside this machine")


# -- the model and the build -----------------------------------------------------------------


@pytest.mark.usefixtures("folder")
def test_a_missing_model_is_found(settings: Settings) -> None:
    """The checks that don't need it run."""
    checks = checks_of(settings.model_copy(update={"model": "absent"}))
    expected = sound_outcomes(model="failed")
    del expected["question"]
    assert outcomes(checks) == expected
    assert "The model absent is not on this machine" in checks["model"].detail


def test_a_missing_index_is_found(settings: Settings) -> None:
    """The detail has the command that builds one."""
    checks = checks_of(settings)
    assert outcomes(checks) == {"model": "ok", "reading": "ok", "build": "failed"}
    assert checks["build"].detail.startswith(f"No index at {settings.index}. Build one with:")


def test_a_build_that_does_not_open_is_found(folder: Path, settings: Settings) -> None:
    """The detail names the truncated file and the command that repairs it."""
    (folder / layout.DENSE).write_bytes(b"")
    checks = checks_of(settings)
    assert outcomes(checks) == {"model": "ok", "reading": "ok", "build": "failed"}
    assert f"{layout.DENSE} has 0 bytes of" in checks["build"].detail
    assert "chatbot build --fresh" in checks["build"].detail


@pytest.mark.parametrize("name", [layout.DENSE, layout.SENTENCES, layout.CATALOG])
def test_a_changed_byte_is_found(
    folder: Path, settings: Settings, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is too large to hash when it's opened; later checks are left out."""
    monkeypatch.setattr("chatbot.index.opened_build.QUICK_BYTES", 0)
    content = bytearray((folder / name).read_bytes())
    content[-1] ^= 1
    (folder / name).write_bytes(content)
    checks = checks_of(settings)
    assert outcomes(checks) == {"model": "ok", "reading": "ok", "build": "ok", "files": "failed"}
    assert f"{name} has changed since the build" in checks["files"].detail


# -- the content of the build ----------------------------------------------------------------


def test_an_altered_text_is_found(folder: Path, settings: Settings) -> None:
    """The document is named."""
    with tampered(folder) as catalog:
        catalog.execute("UPDATE documents SET text = replace(text, 'sold', 'gave')")
    checks = checks_of(settings)
    assert outcomes(checks) == sound_outcomes(documents="failed")
    assert (
        "a document's text has changed since it was read (1, the first is arms.md)"
        in checks["documents"].detail
    )


def test_a_sentence_outside_its_passage_is_found(folder: Path, settings: Settings) -> None:
    """The passage is named."""
    with tampered(folder) as catalog:
        beyond = np.array([0, 10_000], "<i4").tobytes()
        catalog.execute("UPDATE passages SET sentences = ? WHERE row = 2", (beyond,))
    checks = checks_of(settings)
    assert checks["passages"].outcome == "failed"
    assert "doesn't match its document at its span (1, the first is drill.txt#0)" in (
        checks["passages"].detail
    )


def test_a_passage_that_differs_from_its_document_is_found(
    folder: Path, settings: Settings
) -> None:
    """SQLite ends a text at a NUL character and Python doesn't, so none may be stored."""
    with tampered(folder) as catalog:
        ((text,),) = catalog.execute("SELECT text FROM documents WHERE doc_id = 'drill.txt'")
        text = text.replace("train", "tr\0in")
        digest = hashlib.sha256(text.encode()).hexdigest()
        catalog.execute(
            "UPDATE documents SET text = ?, fingerprint = ? WHERE doc_id = 'drill.txt'",
            (text, digest),
        )
    checks = checks_of(settings)
    assert checks["documents"].outcome == "ok"
    assert checks["passages"].outcome == "failed"
    assert "(1, the first is drill.txt#0)" in checks["passages"].detail


@pytest.mark.usefixtures("folder")
def test_access_rules_that_have_changed_are_noted(settings: Settings) -> None:
    """They hold from the next build on; a file with a mistake would stop it."""
    file = settings.corpus / ".chatbot-access.toml"
    assert checks_of(settings)["rights"].detail == "0 access rules"
    file.write_text('[[rule]]\npaths = ["arms.md"]\ngroups = ["trade"]\n')
    check = checks_of(settings)["rights"]
    hint = "has changed since the build; to apply it, run: chatbot build"
    assert (check.outcome, check.detail) == ("note", f"{file} {hint}")
    build_index(settings)
    check = checks_of(settings)["rights"]
    assert (check.outcome, check.detail) == ("ok", "1 access rule")
    file.write_text("[[rule]]\n")
    check = checks_of(settings)["rights"]
    assert check.outcome == "failed"
    assert "paths" in check.detail
    file.unlink()
    check = checks_of(settings)["rights"]
    hint = "is gone since the build; put it back, or leave an empty file"
    assert (check.outcome, check.detail) == ("note", f"{file} {hint}")


@pytest.mark.usefixtures("folder")
def test_sources_that_have_changed_are_noted(settings: Settings) -> None:
    """It's a note, because the index is intact and the next build updates it."""
    (settings.corpus / "arms.md").write_text("Something else.\n")
    (settings.corpus / "drill.txt").unlink()
    checks = checks_of(settings)
    assert outcomes(checks) == sound_outcomes(sources="note")
    assert checks["sources"].detail == (
        "1 file changed and 1 file gone since the build; update the index with: chatbot build"
    )


@pytest.mark.usefixtures("folder")
def test_a_skipped_file_is_not_a_source(settings: Settings) -> None:
    """It may be deleted, because nothing of it is in the index."""
    (settings.corpus / "broken.md").write_bytes(b"")
    build_index(settings)
    (settings.corpus / "broken.md").unlink()
    checks = checks_of(settings)
    assert outcomes(checks) == sound_outcomes()
    assert checks["sources"].detail == "2 files are unchanged since the build"


# -- asking ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("folder")
def test_an_index_of_another_model_is_found(settings: Settings, tmp_path: Path) -> None:
    """Both are intact, but they don't match."""
    short = {"sentence_bert_config.json": {"max_seq_length": 128}}
    model = variant(tmp_path / "model", short)
    checks = checks_of(settings.model_copy(update={"model": str(model)}))
    assert outcomes(checks) == sound_outcomes(question="failed")
    assert "was built with the model all-MiniLM-L6-v2" in checks["question"].detail


class ReachingOut(logging.Handler):
    """A log handler that sends to another machine."""

    def emit(self, record: logging.LogRecord) -> None:  # noqa: ARG002 - logging's signature
        # Connecting a datagram socket sends nothing; the address is reserved (RFC 5737).
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link, suppress(OSError):
            link.connect(("192.0.2.1", 9))


@pytest.mark.skipif(has_accelerator(), reason="nothing is logged where nothing is compiled")
def test_reaching_outside_the_machine_is_found(folder: Path, settings: Settings) -> None:
    """Any part of the process may do it during a question; the address is named."""
    handler = ReachingOut()
    log = logging.getLogger("chatbot.encoder")
    log.addHandler(handler)
    try:
        # This cache can't be created, so the encoder logs a message.
        checks = checks_of(settings.model_copy(update={"cache": folder / layout.CATALOG}))
    finally:
        log.removeHandler(handler)
    assert outcomes(checks) == sound_outcomes(question="failed")
    assert checks["question"].detail.startswith("Asking a question tried to reach 192.0.2.1. ")
    assert outcomes(checks_of(settings)) == sound_outcomes()


# -- the command -----------------------------------------------------------------------------


def test_the_command_fails_if_a_check_does(folder: Path, settings: Settings) -> None:
    """A note is no failure; every check has one line."""
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
        ["ok", "reading"],
        ["failed", "build"],
    ]
