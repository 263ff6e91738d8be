"""The first stage of a build, without a model: a corpus becomes the rows of its files."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from chatbot.index.catalog import Catalog, FileRow
from chatbot.index.catalog_writer import CatalogWriter
from chatbot.ingestion.earlier_build import EarlierBuild
from chatbot.ingestion.file_source import Chunker, LocalFiles
from chatbot.ingestion.read_stage import ReadStage
from chatbot.ingestion.scan import scan
from chatbot.settings import Settings


def read_corpus(
    corpus: Path, folder: Path, *, after_scan: Callable[[], Any] = lambda: None, **changes: Any
) -> dict[str, FileRow]:
    """Read a corpus into a catalogue in a folder; `after_scan` is called in between.

    `changes` are settings.

    Returns the row of each file by its name.
    """
    files = scan(corpus, index=folder / "index", largest=100_000_000).files
    after_scan()
    chunker = Chunker(lambda texts: [len(text.split()) for text in texts], 200, "model")
    path = folder / "catalog.sqlite"
    settings = Settings(corpus=corpus, **{"file_megabytes": 100, **changes})
    with closing(CatalogWriter(path)) as writer, closing(LocalFiles(chunker, settings)) as source:
        stage = ReadStage(EarlierBuild(None, model="model", shaping={}), writer, source)
        assert len([*stage.outcomes(files)]) == len(files)
        writer.commit()
    with closing(Catalog(path)) as catalog:
        return {row.path: row for row in catalog.files()}
