"""Prints the spans of other libraries' default chunks as JSON; runs in their environment.

`chunking.py` calls it with the folder of texts.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from chonkie import RecursiveChunker
from haystack import Document
from haystack.components.preprocessors import DocumentSplitter
from langchain_text_splitters import RecursiveCharacterTextSplitter


def langchain(text: str) -> Iterator[tuple[int, int]]:
    """RecursiveCharacterTextSplitter: 4,000 characters, 200 of overlap."""
    for chunk in RecursiveCharacterTextSplitter(add_start_index=True).create_documents([text]):
        start = chunk.metadata["start_index"]
        yield start, start + len(chunk.page_content)


def chonkie(text: str) -> Iterator[tuple[int, int]]:
    """RecursiveChunker: 2,048 characters."""
    for chunk in RecursiveChunker().chunk(text):
        yield chunk.start_index, chunk.end_index


def haystack(text: str) -> Iterator[tuple[int, int]]:
    """DocumentSplitter: 200 words."""
    splitter = DocumentSplitter()
    splitter.warm_up()
    for chunk in splitter.run([Document(content=text)])["documents"]:
        start = chunk.meta["split_idx_start"]
        yield start, start + len(chunk.content)


def main() -> None:
    """Print `{library: {text: [[start, end], ...]}}`."""
    texts = {path.stem: path.read_text("utf-8") for path in Path(sys.argv[1]).glob("*.md")}
    spans = {
        chunker.__name__: {name: list(chunker(text)) for name, text in texts.items()}
        for chunker in (langchain, chonkie, haystack)
    }
    json.dump(spans, sys.stdout)


if __name__ == "__main__":
    main()
