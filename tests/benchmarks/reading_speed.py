"""Where a build's processor time goes, file by file: `python -m tests.benchmarks.reading_speed`.

    python -m tests.benchmarks.reading_speed [FOLDER] [--without-model]

Without a folder, it takes 36 shared files: the 8 documents, and the largest files of each kind in
the torture set up to 3 MB. It does what a build does, in this process, and prints the processor
time of each stage: reading, languages, sentences, counting tokens, packing, embedding. Processor
time counts all threads, and other programs change it less than the clock. Each part is the best of
two rounds, but embedding has one round, and so has counting tokens, which remembers words.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from chatbot.chunking import chunk
from chatbot.encoder import Encoder, open_encoder, resolve_model
from chatbot.errors import UnreadableFile
from chatbot.ingestion.embedding import embedding_text, sentence_texts
from chatbot.ingestion.passage_language import in_language, with_language
from chatbot.readers import RawFile, read
from chatbot.settings import load_settings
from chatbot.text.sentences import sentence_spans
from chatbot.types import Document
from tests.shared import DATA

_FILES: Final = 36
_LARGEST: Final = 3_000_000
_ROUNDS: Final = 2
_SLOWEST: Final = 6
Seconds = defaultdict[str, float]  # by stage
_ROWS: Final = ("row", "header_row")


def main() -> None:
    """Read, cut, embed, and print the processor time of each."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--without-model", action="store_true", help="leave out the embedding")
    options = parser.parse_args()
    settings = load_settings()
    encoder = open_encoder(
        resolve_model(settings), cache=settings.cache, compiled=settings.compiled
    )
    encoder.count_tokens(["The first call opens what it needs."])
    paths = _files_in(options.folder) if options.folder else _mixed()
    seconds: Seconds = defaultdict(float)
    by_file: Seconds = defaultdict(float)
    texts: list[str] = []
    for path in paths:
        best, found = _cut(path, encoder, settings.passage_tokens)
        for stage, spent in best.items():
            seconds[stage] += spent
        by_file[path.name] = best["reading"]
        texts += found
    if not options.without_model:
        with _timed(seconds, "embedding"):
            encoder.encode(list(dict.fromkeys(texts)))
    print(f"{len(paths)} files, {len(texts):,} passages and sentences")
    for stage, spent in _longest(seconds):
        print(f"{spent:8.2f} s  {stage}")
    total = sum(seconds.values())
    print(f"{total:8.2f} s  in all, {total - seconds['embedding']:.2f} s without the model")
    slowest = ", ".join(f"{name} {spent:.2f} s" for name, spent in _longest(by_file)[:_SLOWEST])
    print(f"slowest to read: {slowest}")


def _longest(seconds: Seconds) -> list[tuple[str, float]]:
    return sorted(seconds.items(), key=lambda item: -item[1])


def _cut(path: Path, encoder: Encoder, budget: int) -> tuple[Seconds, list[str]]:
    """The least processor time of each stage for a file, and the texts to embed."""
    rounds: defaultdict[str, list[float]] = defaultdict(list)
    texts: list[str] = []
    for _ in range(_ROUNDS):
        spent: Seconds = defaultdict(float)

        def count(words: Sequence[str], spent: Seconds = spent) -> Sequence[int]:
            with _timed(spent, "counting tokens"):
                return encoder.count_tokens(words)

        with _timed(spent, "reading"):
            documents = _documents(path)
        texts = []
        for found in documents:
            with _timed(spent, "languages"):
                document = with_language(found)
            with _timed(spent, "sentences"):
                for block in document.blocks:
                    if block.kind not in _ROWS:
                        sentence_spans(document.text, block.span)
            with _timed(spent, "packing"):
                passages = chunk(document, count_tokens=count, budget=budget)
            with _timed(spent, "languages"):
                spoken = [in_language(passage, document) for passage in passages]
            for passage in spoken:
                texts += [embedding_text(document, passage), *sentence_texts(document, passage)]
        # Packing includes finding the sentences and counting.
        spent["packing"] -= spent["sentences"] + spent["counting tokens"]
        for stage, took in spent.items():
            rounds[stage].append(took)
    best = {stage: max(0.0, min(took)) for stage, took in rounds.items()}
    best["counting tokens"] = rounds["counting tokens"][0]
    return defaultdict(float, best), texts


def _documents(path: Path) -> list[Document]:
    try:
        found = read(RawFile(path.name, path.read_bytes()))
        return [item for item in found if isinstance(item, Document)]
    except UnreadableFile:
        return []


@contextmanager
def _timed(seconds: Seconds, stage: str) -> Iterator[None]:
    start = time.process_time()
    yield
    seconds[stage] += time.process_time() - start


def _files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _mixed() -> list[Path]:
    """The shared documents, and the largest files of each kind in the torture set, in turns."""
    documents = _files_in(DATA / "documents")
    by_kind: defaultdict[str, list[Path]] = defaultdict(list)
    for path in _files_in(DATA / "torture"):
        if path.stat().st_size <= _LARGEST:
            by_kind[path.suffix.lower()].append(path)
    for paths in by_kind.values():
        paths.sort(key=lambda path: -path.stat().st_size)
    kinds = sorted(by_kind, key=lambda kind: -by_kind[kind][0].stat().st_size)
    largest = [
        by_kind[kind][turn] for turn in range(3) for kind in kinds if len(by_kind[kind]) > turn
    ]
    return documents + largest[: _FILES - len(documents)]


if __name__ == "__main__":
    main()
