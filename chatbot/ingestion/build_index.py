"""Corpus -> a new build, or the finding that nothing has changed.

Files that have not changed are carried over from the build in service with all that was made of
them; the rest is read, cut and embedded. The build in service answers until the new one is
whole.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from chatbot.encoder import Encoder, ModelFiles, find_model, open_encoder
from chatbot.errors import CorpusError, IndexMissing, IndexUnusable
from chatbot.index import layout
from chatbot.index.catalog import Catalog
from chatbot.index.catalog_writer import CatalogWriter
from chatbot.index.dense import DenseIndex
from chatbot.index.lexical import write_lexical
from chatbot.index.manifest import FormatCount, Manifest, SkippedFile, check_contents, seal
from chatbot.index.opened_build import Build
from chatbot.ingestion.background_stage import Beside
from chatbot.ingestion.earlier_build import STRANGERS, Earlier
from chatbot.ingestion.embedding import plan_vectors, write_vectors
from chatbot.ingestion.isolation import Isolation
from chatbot.ingestion.passage_context import content_keys, lexical_document
from chatbot.ingestion.progress import Progress, Stages, Unwatched
from chatbot.ingestion.read_stage import Cut, Reading
from chatbot.ingestion.scan import Scan, scan
from chatbot.readers.installed import extensions
from chatbot.readers.worker import Limits
from chatbot.settings import Settings

log = logging.getLogger(__name__)

# So few are embedded while words are indexed; more keep all cores busy.
_FEW_TEXTS = 2_000
_LIBRARIES = ("faiss-cpu", "nupunkt", "openvino", "sentence-transformers", "tantivy")


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did; `read`, `carried` and `skipped` add up to the files found.

    `published` is false where nothing had changed and the build in service stays. The account of
    `skipped`, `parts`, `duplicates` and `formats` is that of the manifest; `ignored` counts files
    that the corpus leaves out, which are not found.
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
    model = find_model(settings.model)
    stages = Stages(progress or Unwatched())
    with layout.writing(settings.index):
        in_service = None
        try:
            in_service, found = _looked_at(settings, fresh=fresh)
            earlier = Earlier(in_service, model=model.fingerprint, shaping=_shaping(settings))
            if in_service and earlier.is_current(found.files, settings.corpus):
                return _unchanged(in_service.manifest, found)
            with layout.partial_build(settings.index, layout.new_name()) as folder:
                report = _write(folder, found, earlier, model, settings, stages)
                layout.publish(settings.index, folder, keep=settings.keep_builds)
                return report
        finally:
            stages.progress.end()
            if in_service:
                in_service.close()


def _looked_at(settings: Settings, *, fresh: bool) -> tuple[Build | None, Scan]:
    """The build in service, if it is whole and wanted, and the corpus as it is now."""
    # The one is read from end to end to be checked, the other mostly waits for the disk.
    with ThreadPoolExecutor(1) as checking:
        opening = None if fresh else checking.submit(_in_service, settings.index)
        largest = int(settings.file_megabytes * 1e6)
        found = scan(settings.corpus, index=settings.index, largest=largest)
    return opening.result() if opening else None, found


def _write(
    folder: Path,
    found: Scan,
    earlier: Earlier,
    model: ModelFiles,
    settings: Settings,
    stages: Stages,
) -> BuildReport:
    """Write every file of a build into its folder, the manifest last."""
    began = datetime.now(UTC)

    @cache
    def encoder() -> Encoder:
        return open_encoder(model, cache=settings.cache, compiled=settings.compiled)

    with stages.stage("reading", len(found.files)):
        cut = Cut(
            count_tokens=lambda texts: encoder().count_tokens(texts),
            passage_tokens=settings.passage_tokens,
            model_fingerprint=model.fingerprint,
        )
        before = earlier.build.folder / layout.CATALOG if earlier.build else None
        with (
            closing(CatalogWriter(folder / layout.CATALOG, earlier=before)) as writer,
            closing(Isolation(_limits(settings))) as isolation,
        ):
            reading = Reading(
                cut, earlier, writer, isolation, prefix_ids=not settings.corpus.is_file()
            )
            tally = Counter(stages.each(reading.files(found.files)))
            plan = plan_vectors(writer, earlier=earlier.build)
            keys = content_keys(writer, earlier=earlier.build)
            files, documents, passages, sentences = writer.counts
            writer.commit()
    with closing(Catalog(folder / layout.CATALOG)) as catalog:
        skipped = tuple(SkippedFile(row.path, *row.reason) for row in catalog.files() if row.reason)
        parts = tuple(SkippedFile(path, *reason) for path, reason in catalog.skipped_parts())
        formats = {kind: FormatCount(*counts) for kind, *counts in catalog.formats()}
        duplicates = catalog.duplicates()
        if not passages:
            raise CorpusError(_nothing_read(settings.corpus, skipped))
        dimensions = earlier.build.manifest.dimensions if earlier.build else encoder().dimensions
        centres = earlier.centres(passages=passages, fresh=plan.passages_to_embed)
        index_words = partial(
            write_lexical,
            folder / layout.LEXICAL,
            keys=keys,
            first_rows=plan.first_rows,
            read=partial(lexical_document, catalog),
            earlier=earlier.lexical,
        )
        with Beside(lambda advance: index_words(advance=advance)) as words:
            if plan.texts_to_embed <= _FEW_TEXTS:
                words.begin()
            with stages.stage("embedding", plan.texts_to_embed):
                embedded = write_vectors(
                    folder,
                    plan,
                    catalog,
                    earlier=earlier.build,
                    centres=centres,
                    open_encoder=encoder,
                    dimensions=dimensions,
                    advance=words.watched(stages.progress.advance),
                )
            with stages.stage("indexing words", documents):
                # The disk takes these while words are on their way; nobody waits for it later.
                layout.synchronise_files(folder)
                words.finish(stages.progress.advance)
    with stages.stage("sealing", 1):
        seals = seal(folder)
        stages.progress.advance(1)
    Manifest(
        name=layout.final_name(folder),
        created=began.isoformat(timespec="microseconds"),
        corpus=str(settings.corpus.resolve()),
        model=model.name,
        model_fingerprint=model.fingerprint,
        dimensions=dimensions,
        shaping=_shaping(settings),
        files=files,
        documents=documents,
        passages=passages,
        sentences=sentences,
        skipped=skipped,
        parts=parts,
        ignored=found.ignored,
        duplicates=duplicates,
        formats=formats,
        dense=_dense_method(folder, earlier.strangers + plan.passages_to_embed if centres else 0),
        versions={library: version(library) for library in _LIBRARIES},
        seconds=stages.seconds,
        seals=seals,
    ).write(folder)
    return BuildReport(
        build=layout.final_name(folder),
        published=True,
        read=tally["read"],
        carried=tally["carried"],
        skipped=skipped,
        parts=parts,
        ignored=found.ignored,
        duplicates=duplicates,
        formats=formats,
        documents=documents,
        passages=passages,
        sentences=sentences,
        embedded_texts=embedded,
        seconds=stages.seconds,
    )


def _dense_method(folder: Path, strangers: int) -> dict[str, int]:
    method = DenseIndex(folder / layout.DENSE).method
    return method and {**method, STRANGERS: strangers}


def _unchanged(manifest: Manifest, found: Scan) -> BuildReport:
    return BuildReport(
        build=manifest.name,
        published=False,
        read=0,
        carried=len(found.files) - len(manifest.skipped),
        skipped=manifest.skipped,
        parts=manifest.parts,
        ignored=found.ignored,
        duplicates=manifest.duplicates,
        formats=manifest.formats,
        documents=manifest.documents,
        passages=manifest.passages,
        sentences=manifest.sentences,
        embedded_texts=0,
        seconds={},
    )


def _in_service(index: Path) -> Build | None:
    """The build in service, if it is whole; without one all is built anew."""
    try:
        build = Build(layout.current(index))
        # What is carried over is sealed again, so damage would pass for what was built.
        check_contents(build.folder, build.manifest)
    except IndexMissing:
        return None
    except IndexUnusable as failure:
        log.warning("%s All is built anew.", failure.problem)
        return None
    return build


def _shaping(settings: Settings) -> dict[str, Any]:
    """All that decides what passages a file gives."""
    return {
        "chatbot": version("chatbot"),
        "passage_tokens": settings.passage_tokens,
        "file_megabytes": settings.file_megabytes,
        "file_seconds": settings.file_seconds,
        "file_memory_megabytes": settings.file_memory_megabytes,
        "file_text_megabytes": settings.file_text_megabytes,
        "single_file": settings.corpus.is_file(),
        "readers": extensions(),
    }


def _limits(settings: Settings) -> Limits:
    return Limits(
        seconds=settings.file_seconds,
        memory=int(settings.file_memory_megabytes * 1e6),
        output=int(settings.file_text_megabytes * 1e6),
    )


def _nothing_read(corpus: Path, skipped: Sequence[SkippedFile]) -> str:
    reasons = Counter(str(file.reason) for file in skipped).most_common(3)
    listed = "; ".join(f"{count} × {reason}" for reason, count in reasons)
    return (
        f"None of the {len(skipped)} files in {corpus} can be read ({listed}). "
        f"Put documents with text there; README.md lists the formats."
    )
