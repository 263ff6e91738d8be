"""A catalogue without texts answers every other question; content keys notice every change."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

from chatbot.index.catalog import Catalog
from chatbot.index.catalog_writer import CatalogWriter
from chatbot.index.milvus.slim_catalog import content_keys, write_slim
from chatbot.types import Filters, Metadata
from tests.index.catalogs import Entry, entry, row_of

FIRST = entry("a", [("heading", "Radar"), ("paragraph", "It cost nine roubles.")], Metadata())
SECOND = entry("b", [("paragraph", "Three frigates left.")], Metadata(tags=("ships",), date="2020"))


def written(path: Path, entries: list[Entry]) -> Path:
    """A catalogue of these documents."""
    with closing(CatalogWriter(path)) as writer:
        for document, passages in entries:
            writer.add_file(row_of(document))
            writer.add_document(document, passages, [b"hash"] * len(passages))
        writer.commit()
    return path


def test_it_has_everything_but_texts(tmp_path: Path) -> None:
    """Names, filters, counts and the places of passages are the same."""
    whole = Catalog(written(tmp_path / "whole", [FIRST, SECOND]))
    write_slim(tmp_path / "whole", tmp_path / "slim")
    slim = Catalog(tmp_path / "slim")
    assert slim.summaries() == whole.summaries()
    assert slim.files() == whole.files()
    assert slim.facets(Filters(), most=9) == whole.facets(Filters(), most=9)
    assert slim.ids(Filters(tag=("ships",))) == ["b"]
    assert slim.sentences() == whole.sentences()
    rows = range(whole.passage_rows("b").stop)
    assert slim.passages(rows) == [replace(each, text="") for each in whole.passages(rows)]
    content = (tmp_path / "slim").read_bytes()
    assert b"roubles" not in content
    assert b"roubles" in (tmp_path / "whole").read_bytes()


def test_a_key_changes_with_text_context_and_model(tmp_path: Path) -> None:
    """It is the same if nothing of the document changed, whatever the others did."""
    keys = content_keys(written(tmp_path / "1", [FIRST, SECOND]), b"model").tolist()
    assert keys[0] != keys[1]
    renamed = replace(SECOND[0], title="Ships"), SECOND[1]
    again = content_keys(written(tmp_path / "2", [FIRST, renamed]), b"model").tolist()
    assert again[0] == keys[0]
    assert again[1] != keys[1]
    other = content_keys(tmp_path / "1", b"another model").tolist()
    assert not {*other} & {*keys}
