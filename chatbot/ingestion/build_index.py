"""Bring the index up to date with the corpus.

Unchanged files are carried over from the build in service, with their passages and vectors. All
other files are read, chunked and embedded. The build in service keeps answering until the new one
is complete.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from chatbot.encoder import resolve_model
from chatbot.errors import IndexMissing, IndexUnusable
from chatbot.index import layout
from chatbot.index.manifest import FormatCount, Manifest, SkippedFile, check_contents
from chatbot.index.opened_build import Build
from chatbot.ingestion.build_progress import Progress, SilentProgress, Stages
from chatbot.ingestion.earlier_build import EarlierBuild, shaping_settings
from chatbot.ingestion.scan import Scan, scan
from chatbot.ingestion.write_build import write_build
from chatbot.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BuildReport:
    """The result of a build; `read`, `carried` and `skipped` add up to all files found.

    `published` is false if nothing had changed and the build in service stays. `skipped`,
    `parts`, `duplicates` and `formats` are those of the manifest. `ignored` counts the files that
    `.chatbotignore` excludes; they don't count as found.
    """

    build: str
    published: bool
    read: int
    carried: int
    skipped: tuple[SkippedFile, ...]
    parts: tuple[SkippedFile, ...]
    ignored: int
    duplicates: int
    formats: Mapping[str, FormatCount]
    documents: int
    passages: int
    sentences: int
    embedded_texts: int
    seconds: Mapping[str, float]


def build_index(
    settings: Settings, *, fresh: bool = False, progress: Progress | None = None
) -> BuildReport:
    """Bring the index up to date with the corpus; `fresh` carries nothing over.

    Raises CorpusError, IndexBusy, StorageError, ModelMissing.
    """
    model = resolve_model(settings)
    stages = Stages(progress or SilentProgress())
    with layout.writing(settings.index):
        current = None
        try:
            current, listing = _open_and_scan(settings, fresh=fresh)
            earlier = EarlierBuild(
                current, model=model.fingerprint, shaping=shaping_settings(settings)
            )
            if current and earlier.is_current(listing.files, settings.corpus):
                return _unchanged_report(current.manifest, listing)
            with layout.partial_build(settings.index, layout.new_name()) as folder:
                result = write_build(folder, listing, earlier, model, settings, stages)
                layout.publish(settings.index, folder, keep=settings.keep_builds)
                return _report(
                    result.manifest,
                    published=True,
                    read=result.outcomes["read"],
                    carried=result.outcomes["carried"],
                    ignored=listing.ignored,
                    embedded_texts=result.embedded_texts,
                    seconds=result.manifest.seconds,
                )
        finally:
            stages.progress.end()
            if current:
                current.close()


def _open_and_scan(settings: Settings, *, fresh: bool) -> tuple[Build | None, Scan]:
    """The build in service, unless it is damaged or `fresh` is set, and the files of the corpus."""
    # In parallel: the check keeps the processor busy, while the scan mostly waits for the disk.
    with ThreadPoolExecutor(1) as executor:
        future = None if fresh else executor.submit(_open_in_service, settings.index)
        largest = int(settings.file_megabytes * 1e6)
        listing = scan(settings.corpus, index=settings.index, largest=largest)
    return future.result() if future else None, listing


def _open_in_service(index: Path) -> Build | None:
    """The build in service; None if it's missing or damaged, and everything must be built again."""
    try:
        build = Build(layout.current(index))
        # The new build gets its own checksums, which would certify carried-over damage.
        check_contents(build.folder, build.manifest)
    except IndexMissing:
        return None
    except IndexUnusable as failure:
        log.warning("%s Everything is built again.", failure.problem)
        return None
    return build


def _unchanged_report(manifest: Manifest, listing: Scan) -> BuildReport:
    return _report(
        manifest,
        published=False,
        read=0,
        carried=len(listing.files) - len(manifest.skipped),
        ignored=listing.ignored,
        embedded_texts=0,
        seconds={},
    )


def _report(
    manifest: Manifest,
    *,
    published: bool,
    read: int,
    carried: int,
    ignored: int,
    embedded_texts: int,
    seconds: Mapping[str, float],
) -> BuildReport:
    return BuildReport(
        build=manifest.name,
        published=published,
        read=read,
        carried=carried,
        skipped=manifest.skipped,
        parts=manifest.parts,
        ignored=ignored,
        duplicates=manifest.duplicates,
        formats=manifest.formats,
        documents=manifest.documents,
        passages=manifest.passages,
        sentences=manifest.sentences,
        embedded_texts=embedded_texts,
        seconds=seconds,
    )
