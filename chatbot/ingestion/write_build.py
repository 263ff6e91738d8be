"""Write the files of one build, one function per stage: read, embed and index words, seal.

The manifest comes last, so a folder without one is not a build.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chatbot.encoder import ModelFiles
from chatbot.errors import CorpusError
from chatbot.index import layout
from chatbot.index.catalog import Catalog
from chatbot.index.catalog_writer import CatalogWriter
from chatbot.index.dense import DenseIndex
from chatbot.index.lexical import ANALYZER_VERSION, stemmer_of, write_lexical
from chatbot.index.manifest import (
    Analyzers,
    FileSeal,
    FormatCount,
    LanguageCount,
    Manifest,
    SkippedFile,
    seal,
)
from chatbot.ingestion.access_rules import AccessRules
from chatbot.ingestion.background_stage import BackgroundStage
from chatbot.ingestion.build_progress import Stages
from chatbot.ingestion.earlier_build import STRANGERS, EarlierBuild, shaping_settings
from chatbot.ingestion.embedding import VectorPlan, plan_vectors, write_vectors
from chatbot.ingestion.machines import Machines
from chatbot.ingestion.passage_context import content_keys, lexical_document
from chatbot.ingestion.read_stage import FileOutcome, ReadStage
from chatbot.ingestion.scan import FoundFile, Scan
from chatbot.ingestion.write_rights import write_rights

# Embedding up to this many texts leaves cores free to index words; more texts use every core.
_FEW_TEXTS: Final = 2_000
_LIBRARIES: Final = ("faiss-cpu", "nupunkt", "openvino", "sentence-transformers", "tantivy")


@dataclass(frozen=True, slots=True)
class WrittenBuild:
    """A complete build: the manifest, the outcomes of files, and the number of texts embedded."""

    manifest: Manifest
    outcomes: Counter[FileOutcome]
    embedded_texts: int


def write_build(
    folder: Path,
    number: int,
    listing: Scan,
    earlier: EarlierBuild,
    machines: Machines,
    stages: Stages,
    rules: AccessRules,
    *,
    may_be_empty: bool = False,
) -> WrittenBuild:
    """Write a build. Raises CorpusError if no file could be read, unless it may be empty."""
    created = datetime.now(UTC)
    settings, model = machines.settings, machines.model
    job = _Job(folder, earlier, machines, stages)
    result = _read_files(job, listing.files)
    with closing(Catalog(folder / layout.CATALOG)) as catalog:
        summary = _summarise_files(catalog)
        if not result.passages and not may_be_empty:
            raise CorpusError(_nothing_read(settings.corpus, summary.skipped))
        dimensions = (
            earlier.build.manifest.dimensions if earlier.build else machines.here.dimensions
        )
        centres = earlier.centres(passages=result.passages, embedded=result.plan.passages_to_embed)
        embedded = _embed_and_index_words(
            job, result, catalog, dimensions=dimensions, centres=centres
        )
        rights = write_rights(folder, catalog, rules)
    seals = _seal_files(job)
    strangers = earlier.strangers + result.plan.passages_to_embed if centres else 0
    manifest = Manifest(
        name=layout.final_name(folder),
        number=number,
        created=created.isoformat(timespec="microseconds"),
        corpus=str(settings.corpus.resolve()),
        model=model.name,
        model_fingerprint=model.fingerprint,
        prefixes=[*model.prefixes] if isinstance(model, ModelFiles) else [],
        dimensions=dimensions,
        shaping=shaping_settings(settings),
        files=result.files,
        documents=result.documents,
        passages=result.passages,
        sentences=result.sentences,
        skipped=summary.skipped,
        parts=summary.parts,
        ignored=listing.ignored,
        ignored_by=listing.ignored_by,
        duplicates=summary.duplicates,
        formats=summary.formats,
        languages=summary.languages,
        rights=rights.counts(),
        analyzers=_analyzers(summary.languages),
        dense=_dense_method(folder, strangers),
        versions={library: version(library) for library in _LIBRARIES},
        seconds=stages.seconds,
        seals=seals,
    )
    manifest.write(folder)
    return WrittenBuild(manifest, result.outcomes, embedded)


@dataclass(frozen=True, slots=True)
class _Job:
    """The inputs of every stage."""

    folder: Path
    earlier: EarlierBuild
    machines: Machines
    stages: Stages


# -- reading ---------------------------------------------------------------------------------


class _ReadResult(NamedTuple):
    """The result of reading: the outcome of each file, the counts, and the vectors still needed."""

    outcomes: Counter[FileOutcome]
    plan: VectorPlan
    document_keys: NDArray[np.uint64]
    files: int
    documents: int
    passages: int
    sentences: int


def _read_files(job: _Job, files: Sequence[FoundFile]) -> _ReadResult:
    """Put every file into the catalogue, read or carried over."""
    earlier = job.earlier.build
    with (
        job.stages.stage("reading", len(files)),
        closing(
            CatalogWriter(
                job.folder / layout.CATALOG,
                earlier=earlier.folder / layout.CATALOG if earlier else None,
            )
        ) as writer,
        closing(job.machines.files()) as source,
    ):
        stage = ReadStage(job.earlier, writer, source)
        outcomes = Counter(job.stages.track(stage.outcomes(files)))
        plan = plan_vectors(writer, earlier=earlier)
        keys = content_keys(writer, earlier=earlier)
        counts = writer.counts
        writer.commit()
    return _ReadResult(outcomes, plan, keys, *counts)


class _FileSummary(NamedTuple):
    """The file lists and counts of the manifest; see `Manifest` for each field."""

    skipped: tuple[SkippedFile, ...]
    parts: tuple[SkippedFile, ...]
    formats: dict[str, FormatCount]
    languages: dict[str, LanguageCount]
    duplicates: int


def _summarise_files(catalog: Catalog) -> _FileSummary:
    return _FileSummary(
        skipped=tuple(SkippedFile(row.path, *row.reason) for row in catalog.files() if row.reason),
        parts=tuple(SkippedFile(path, *reason) for path, reason in catalog.skipped_parts()),
        formats={kind: FormatCount(*counts) for kind, *counts in catalog.formats()},
        languages=_count_languages(catalog),
        duplicates=catalog.duplicates(),
    )


def _count_languages(catalog: Catalog) -> dict[str, LanguageCount]:
    documents, passages = catalog.languages("documents"), catalog.languages("passages")
    return {
        language: LanguageCount(documents.get(language, 0), passages.get(language, 0))
        for language in sorted({*documents, *passages})
    }


def _analyzers(languages: Mapping[str, LanguageCount]) -> Analyzers:
    stemmers = {stemmer_of(tag) for tag, count in languages.items() if count.passages}
    return Analyzers(ANALYZER_VERSION, sorted(stemmers))


def _nothing_read(corpus: Path, skipped: Sequence[SkippedFile]) -> str:
    reasons = Counter(str(file.reason) for file in skipped).most_common(3)
    details = "; ".join(f"{count} × {reason}" for reason, count in reasons)
    return (
        f"None of the {len(skipped)} files in {corpus} can be read ({details}). "
        f"Put documents with text there; docs/formats.md lists the formats."
    )


# -- vectors and words -----------------------------------------------------------------------


def _embed_and_index_words(
    job: _Job,
    result: _ReadResult,
    catalog: Catalog,
    *,
    dimensions: int,
    centres: DenseIndex | None,
) -> int:
    """Write the vectors and the lexical index, in parallel if few texts need embedding.

    Returns the number of texts embedded.
    """
    plan, stages = result.plan, job.stages
    index_words = partial(
        write_lexical,
        job.folder / layout.LEXICAL,
        keys=result.document_keys,
        first_rows=plan.first_rows,
        read=partial(lexical_document, catalog),
        earlier=job.earlier.lexical,
    )
    with BackgroundStage(lambda advance: index_words(advance=advance)) as words:
        if plan.texts_to_embed <= _FEW_TEXTS:
            words.start()
        with stages.stage("embedding", plan.texts_to_embed):
            embedded = write_vectors(
                job.folder,
                plan,
                catalog,
                earlier=job.earlier.build,
                centres=centres,
                open_encoder=job.machines.encoder,
                dimensions=dimensions,
                advance=words.failing_with(stages.progress.advance),
            )
        job.machines.close_encoder()
        with stages.stage("indexing words", result.documents):
            # The disk writes these while words are indexed, so that publishing needn't wait for it.
            layout.synchronise_files(job.folder)
            words.finish(stages.progress.advance)
    return embedded


def _dense_method(folder: Path, strangers: int) -> dict[str, int]:
    method = DenseIndex(folder / layout.DENSE).method
    return method and {**method, STRANGERS: strangers}


# -- sealing ---------------------------------------------------------------------------------


def _seal_files(job: _Job) -> dict[str, FileSeal]:
    """The checksums of all files written so far."""
    with job.stages.stage("sealing", 1):
        seals = seal(job.folder)
        job.stages.progress.advance(1)
    return seals
