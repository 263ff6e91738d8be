"""Bring the index up to date with the corpus.

Unchanged files are carried over from the build in service, with their passages and vectors. All
other files are read, chunked and embedded. The build in service keeps answering until the new one
is complete.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from chatbot.encoder import family_of, resolve_model
from chatbot.errors import IndexMissing, IndexUnusable
from chatbot.index import layout
from chatbot.index.folder_build import FolderBuild
from chatbot.index.manifest import FormatCount, Manifest, SkippedFile, check_contents
from chatbot.index.milvus.copy_build import copy_build
from chatbot.index_address import MilvusAddress, milvus_address
from chatbot.ingestion.access_rules import rules_in_force
from chatbot.ingestion.build_progress import Progress, SilentProgress, Stages
from chatbot.ingestion.earlier_build import EarlierBuild, shaping_settings
from chatbot.ingestion.machines import machines_for
from chatbot.ingestion.own_files import own_names
from chatbot.ingestion.scan import Scan, scan
from chatbot.ingestion.write_build import write_build
from chatbot.ingestion.write_rights import write_with_rights
from chatbot.reader.network import prepare_reader
from chatbot.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BuildReport:
    """The result of a build; `read`, `carried` and `skipped` add up to all files found.

    `published` is false if nothing had changed and the build in service stays. `skipped`,
    `parts`, `duplicates`, `formats`, `model` and the languages are those of the manifest. `ignored`
    counts the files that ignore rules exclude, and `ignored_by` those of each cause; they don't
    count as found.
    """

    build: str
    published: bool
    read: int
    carried: int
    skipped: tuple[SkippedFile, ...]
    parts: tuple[SkippedFile, ...]
    ignored: int
    ignored_by: Mapping[str, int]
    duplicates: int
    formats: Mapping[str, FormatCount]
    model: str
    document_languages: Mapping[str, int]
    documents: int
    passages: int
    sentences: int
    embedded_texts: int
    seconds: Mapping[str, float]


def build_index(
    settings: Settings,
    *,
    fresh: bool = False,
    may_be_empty: bool = False,
    ray: str | None = None,
    progress: Progress | None = None,
) -> BuildReport:
    """Bring the index up to date with the corpus; `fresh` carries nothing over.

    An empty corpus is an error, because its folder may be misspelt or not mounted, unless it
    `may_be_empty`: then its last document was deleted, and must not be found any more.

    If only the access rules have changed, nothing is read or embedded again. For an index in
    Milvus, a folder of this machine is built first, and then copied.

    The workers of the Ray cluster at the address `ray` read and embed, or this machine.

    Raises CorpusError, IndexBusy, StorageError, ModelMissing, MilvusError, ClusterError.
    """
    address = milvus_address(settings.index)
    build = partial(
        _build_in_folder, fresh=fresh, may_be_empty=may_be_empty, ray=ray, progress=progress
    )
    if address is None:
        return build(settings)
    rules_in_force(settings)
    folder = address.folder(settings.cache) / "index"
    kept = {
        "feedback": settings.feedback_file,
        "access_file": settings.users_file,
        "audit_folder": settings.audit_files,
    }
    report = build(settings.model_copy(update={"index": folder, **kept}))
    published = copy_index(folder, settings, address, fresh=fresh, progress=progress)
    return replace(report, published=published)


def copy_index(
    folder: Path,
    settings: Settings,
    address: MilvusAddress,
    *,
    fresh: bool = False,
    progress: Progress | None = None,
) -> bool:
    """Publish the build in service of an index folder in Milvus; False if it is in service there.

    Raises IndexMissing, IndexUnusable, IndexBusy, StorageError, MilvusError.
    """
    stages = Stages(progress or SilentProgress())
    with layout.writing(folder):
        build = FolderBuild(layout.current(folder))
        try:
            check_contents(build.folder, build.manifest)
            with stages.stage("copying", len(build)):
                return copy_build(
                    build,
                    address,
                    settings.milvus_access,
                    keep=settings.keep_builds,
                    dense_index=settings.milvus_index,
                    fresh=fresh,
                    advance=stages.progress.advance,
                )
        finally:
            stages.progress.end()
            build.close()


def _build_in_folder(
    settings: Settings,
    *,
    fresh: bool,
    may_be_empty: bool,
    ray: str | None,
    progress: Progress | None,
) -> BuildReport:
    """Bring an index folder up to date with the corpus."""
    model = resolve_model(settings)
    stages = Stages(progress or SilentProgress())
    rules = rules_in_force(settings)
    with layout.writing(settings.index):
        current = None
        try:
            current, listing = _open_and_scan(settings, fresh=fresh, may_be_empty=may_be_empty)
            earlier = EarlierBuild(
                current, model=model.fingerprint, shaping=shaping_settings(settings)
            )
            if current and earlier.is_current(listing.files, settings.corpus):
                if current.rights.rules == rules.rules:
                    return _unchanged_report(current.manifest, listing)
                with layout.partial_build(settings.index, layout.new_name()) as folder:
                    number = layout.next_number(settings.index)
                    manifest = write_with_rights(folder, number, current, rules)
                    layout.publish(settings.index, folder, keep=settings.keep_builds)
                    return _unchanged_report(manifest, listing, published=True)
            if settings.with_defaults(family_of(model.name).defaults).reader:
                prepare_reader(settings.cache)
            with (
                machines_for(model, settings, ray) as machines,
                layout.partial_build(settings.index, layout.new_name()) as folder,
            ):
                number = layout.next_number(settings.index)
                result = write_build(
                    folder,
                    number,
                    listing,
                    earlier,
                    machines,
                    stages,
                    rules,
                    may_be_empty=may_be_empty,
                )
                layout.publish(settings.index, folder, keep=settings.keep_builds)
                return _report(
                    result.manifest,
                    published=True,
                    read=result.outcomes["read"],
                    carried=result.outcomes["carried"],
                    ignored_by=listing.ignored_by,
                    embedded_texts=result.embedded_texts,
                    seconds=result.manifest.seconds,
                )
        finally:
            stages.progress.end()
            if current:
                current.close()


def _open_and_scan(
    settings: Settings, *, fresh: bool, may_be_empty: bool
) -> tuple[FolderBuild | None, Scan]:
    """The build in service, unless it is damaged or `fresh` is set, and the files of the corpus."""
    # In parallel: the check keeps the processor busy, while the scan mostly waits for the disk.
    with ThreadPoolExecutor(1) as executor:
        future = None if fresh else executor.submit(_open_in_service, settings.index)
        largest = int(settings.file_megabytes * 1e6)
        listing = scan(
            settings.corpus,
            index=settings.index,
            largest=largest,
            own=own_names(settings),
            may_be_empty=may_be_empty,
        )
    return future.result() if future else None, listing


def _open_in_service(index: Path) -> FolderBuild | None:
    """The build in service; None if it's missing or damaged, and everything must be built again."""
    try:
        build = FolderBuild(layout.current(index))
        # The new build gets its own checksums, which would certify carried-over damage.
        check_contents(build.folder, build.manifest)
    except IndexMissing:
        return None
    except IndexUnusable as failure:
        log.warning("%s Everything is built again.", failure.problem)
        return None
    return build


def _unchanged_report(manifest: Manifest, listing: Scan, *, published: bool = False) -> BuildReport:
    return _report(
        manifest,
        published=published,
        read=0,
        carried=len(listing.files) - len(manifest.skipped),
        ignored_by=listing.ignored_by,
        embedded_texts=0,
        seconds={},
    )


def _report(
    manifest: Manifest,
    *,
    published: bool,
    read: int,
    carried: int,
    ignored_by: Mapping[str, int],
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
        ignored=sum(ignored_by.values()),
        ignored_by=ignored_by,
        duplicates=manifest.duplicates,
        formats=manifest.formats,
        model=manifest.model,
        document_languages=manifest.document_languages,
        documents=manifest.documents,
        passages=manifest.passages,
        sentences=manifest.sentences,
        embedded_texts=embedded_texts,
        seconds=seconds,
    )
