"""Checks the installation, from the model to the source files, and says how to repair it."""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from chatbot.assistant import Chatbot
from chatbot.encoder import resolve_model
from chatbot.errors import ChatbotError, IndexDamaged, ModelMissing
from chatbot.index.find_builds import open_current
from chatbot.index.manifest import check_contents
from chatbot.index.opened_build import Build
from chatbot.ingestion.access_rules import read_access_rules, rules_file
from chatbot.ingestion.isolation import reading_confinement
from chatbot.settings import Settings

_SAMPLE_QUESTION = "What are these documents about?"
_LOOPBACK = ("127.", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class Check:
    """One check and its outcome; a "note" is worth knowing but isn't a fault."""

    name: str
    outcome: Literal["ok", "note", "failed"]
    detail: str


def examine(settings: Settings) -> tuple[Check, ...]:
    """Run all checks except those that an earlier failure makes impossible."""
    model = _run("model", lambda: _model(settings))
    reading = _reading()
    opened = _run("build", lambda: _build(settings))
    if opened.outcome == "failed":
        return model, reading, opened
    build = open_current(settings)
    try:
        files = _run("files", lambda: _files(build))
        if files.outcome == "failed":
            return model, reading, opened, files
        checks = [
            model,
            reading,
            opened,
            files,
            _run("documents", lambda: _documents(build)),
            _run("passages", lambda: _passages(build)),
            _sources(build),
            _rights(build),
        ]
    finally:
        build.close()
    if settings.reranker:
        checks += [_reranker(settings)]
    if model.outcome == "ok":
        checks += [_run("question", lambda: _question(settings))]
    return tuple(checks)


def _run(name: str, check: Callable[[], str]) -> Check:
    try:
        return Check(name, "ok", check())
    except ChatbotError as failure:
        return Check(name, "failed", str(failure))


def _model(settings: Settings) -> str:
    model = resolve_model(settings)
    return f"{model.name} ({model.fingerprint[:12]}), up to {model.max_tokens} tokens"


def _reading() -> Check:
    """Whether the process that reads files is confined; it reads them in any case."""
    confinement = reading_confinement()
    return Check("reading", "ok" if confinement.complete else "note", str(confinement))


def _build(settings: Settings) -> str:
    build = open_current(settings)
    build.close()
    manifest = build.manifest
    return f"{manifest.name}, {manifest.documents:,} documents, {manifest.passages:,} passages"


def _files(build: Build) -> str:
    check_contents(build.folder, build.manifest)
    return f"{len(build.manifest.seals)} files match their checksums"


def _documents(build: Build) -> str:
    altered = [
        document.doc_id
        for document in build.catalog.documents()
        if hashlib.sha256(document.text.encode()).hexdigest() != document.fingerprint
    ]
    _require_none(build, altered, "a document's text has changed since it was read")
    return f"{build.manifest.documents:,} texts are unchanged"


def _passages(build: Build) -> str:
    altered = [
        passage.passage_id
        for document in build.catalog.documents()
        for passage in build.passages(build.catalog.passage_rows(document.doc_id))
        if passage.span.of(document.text) != passage.text
        or not all(passage.span.holds(sentence) for sentence in passage.sentences)
    ]
    _require_none(build, altered, "a passage doesn't match its document at its span")
    return f"{build.manifest.passages:,} passages match their documents"


def _require_none(build: Build, ids: Sequence[str], problem: str) -> None:
    if ids:
        raise IndexDamaged(build.folder, f"{problem} ({len(ids):,}, the first is {ids[0]})")


def _sources(build: Build) -> Check:
    """Whether the indexed files are unchanged."""
    states = Counter(build.file_state(file) for file in build.catalog.files() if not file.skipped)
    if states.keys() <= {"same"}:
        return Check("sources", "ok", f"{states['same']:,} files are unchanged since the build")
    return Check(
        "sources",
        "note",
        f"{_file_count(states['changed'])} changed and {_file_count(states['gone'])} gone "
        f"since the build; update the index with: chatbot build",
    )


def _file_count(number: int) -> str:
    return f"{number:,} file{'' if number == 1 else 's'}"


def _rights(build: Build) -> Check:
    """Whether the access rules are those of the build; new ones apply from the next build on."""
    path = rules_file(Path(build.manifest.corpus))
    count = len(build.rights.rules)
    try:
        rules = read_access_rules(path)
    except ChatbotError as failure:
        return Check("rights", "failed", str(failure))
    if (rules.rules if rules else ()) == build.rights.rules:
        return Check("rights", "ok", f"{count} access {'rule' if count == 1 else 'rules'}")
    what = "has changed" if rules else "is gone"
    hint = "to apply it, run: chatbot build" if rules else "put it back, or leave an empty file"
    return Check("rights", "note", f"{path} {what} since the build; {hint}")


def _reranker(settings: Settings) -> Check:
    """Whether the cross-encoder can be used; questions are answered without it, too."""
    from chatbot.encoder.reranker import Reranker, find_reranker

    try:
        folder = find_reranker(settings.reranker)
        Reranker(folder)
    except ModelMissing as failure:
        return Check("reranker", "note", str(failure))
    return Check("reranker", "ok", f"{settings.reranker}, in {folder}")


def _question(settings: Settings) -> str:
    """Ask a question, and record the hosts that the process tries to reach."""
    hosts: list[str] = []

    def audit(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.connect" and isinstance(arguments[1], tuple):
            hosts.append(str(arguments[1][0]))
        elif event == "socket.getaddrinfo":
            hosts.append(str(arguments[0]))

    sys.addaudithook(audit)
    with Chatbot.open(settings=settings) as chatbot:
        answer = chatbot.ask(_SAMPLE_QUESTION)
    outside = [host for host in hosts if not host.startswith(_LOOPBACK)]
    if outside:
        raise ChatbotError(
            f"Asking a question tried to reach {', '.join(outside)}. "
            f"Please report this; nothing should leave the machine."
        )
    total = answer.timings["total"]
    return f"answered in {total:.0f} ms, without reaching outside this machine"
