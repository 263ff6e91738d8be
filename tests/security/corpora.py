"""The first stage of a build, without a model: a corpus becomes the rows of its files."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from chatbot.index.catalog import Catalog, FileRow
from chatbot.index.catalog_writer import CatalogWriter
from chatbot.ingestion.earlier_build import EarlierBuild
from chatbot.ingestion.isolation import IsolatedReader
from chatbot.ingestion.read_stage import Chunker, ReadStage
from chatbot.ingestion.scan import scan
from chatbot.readers.reading_messages import Limits

LIMITS = Limits(seconds=60, memory=1_000_000_000, output=100_000_000)


def read_corpus(
    corpus: Path, folder: Path, *, after_scan: Callable[[], Any] = lambda: None, **changes: Any
) -> dict[str, FileRow]:
    """Read a corpus into a catalogue in a folder; `after_scan` is called in between.

    Returns the row of each file by its name.
    """
    files = scan(corpus, index=folder / "index", largest=100_000_000).files
    after_scan()
    chunker = Chunker(lambda texts: [len(text.split()) for text in texts], 200, "model")
    path = folder / "catalog.sqlite"
    options = {
        "largest_file": 100_000_000,
        "most_passages": 1_000_000,
        **changes,
    }
    with closing(CatalogWriter(path)) as writer, closing(IsolatedReader(LIMITS)) as reader:
        earlier = EarlierBuild(None, model="model", shaping={})
        stage = ReadStage(chunker, earlier, writer, reader, prefix_ids=True, **options)
        assert len([*stage.outcomes(files)]) == len(files)
        writer.commit()
    with closing(Catalog(path)) as catalog:
        return {row.path: row for row in catalog.files()}
