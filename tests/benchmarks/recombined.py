"""Corpora of any size, recombined from the sentences of the shared sets.

The sentences of a document come from one real document and its twelve nearest neighbours, so that
words keep their frequencies and vectors their clusters. A sentence has the model's own vector; a
passage has the sum of its sentences', because encoding a million passages takes hours and says
nothing about how an index grows.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from chatbot.encoder import Advance, Encoder, Vectors
from chatbot.index.folder_build import FolderBuild
from chatbot.index.int8_vectors import quantise
from chatbot.text.sentences import sentence_spans
from chatbot.types import Span
from tests.benchmarks.indexes import open_set
from tests.shared import EVALUATION

SETS = ("scifact", "squad20_sample", "cranfield", "time", "mtrag_human_dev")

_NEAREST = 12
_PASSAGES_EACH = 10
_SENTENCES_EACH = 53
_LANGUAGES = ("en", "de", "ru", "zh")
# Dimensions of the random vectors, as in the bundled model.
_DIMENSIONS: Final = 384
_WORD: Final = re.compile(r"\w+")


class Sentences:
    """The sentences of real documents with their vectors, and each document's neighbours."""

    def __init__(self, documents: Iterable[tuple[list[str], NDArray[np.int8]]]) -> None:
        texts: list[str] = []
        vectors: list[NDArray[np.int8]] = []
        owned: list[range] = []
        means: list[NDArray[np.float32]] = []
        for document_texts, document_vectors in documents:
            owned.append(range(len(texts), len(texts) + len(document_texts)))
            texts += document_texts
            vectors.append(document_vectors)
            means.append(document_vectors.astype(np.float32).mean(axis=0))
        self.texts = texts
        self.vectors = np.concatenate(vectors)
        self._owned = owned
        self._means = np.stack(means)
        self._means /= np.linalg.norm(self._means, axis=1, keepdims=True)

    @cached_property
    def place(self) -> dict[str, int]:
        """The position of each sentence."""
        return {text: place for place, text in enumerate(self.texts)}

    @cached_property
    def _neighbours(self) -> NDArray[np.int64]:
        cosines = self._means @ self._means.T
        return np.argpartition(-cosines, _NEAREST, axis=1)[:, : _NEAREST + 1]

    def document(self, number: int) -> list[str]:
        """The sentences of a recombined document, always the same for a number."""
        rng = random.Random(number)
        about = self._neighbours[rng.randrange(len(self._owned))]
        pool = [place for doc in about for place in self._owned[doc]]
        return [self.texts[rng.choice(pool)] for _ in range(_SENTENCES_EACH)]


def embedded() -> Iterator[tuple[list[str], NDArray[np.int8]]]:
    """The documents of the shared sets, sentence by sentence, with the model's vectors."""
    for name in SETS:
        with open_set(name) as chatbot:
            build = chatbot.build
            assert isinstance(build, FolderBuild)
            for document in build.catalog.documents():
                rows = build.catalog.passage_rows(document.doc_id)
                texts = [
                    span.of(document.text)
                    for passage in build.catalog.passages(rows)
                    for span in passage.sentences
                ]
                if texts:
                    yield texts, np.concatenate([build.sentence_rows(row, row) for row in rows])


def by_chance() -> Iterator[tuple[list[str], NDArray[np.int8]]]:
    """The same documents; a sentence's vector is the sum of one random direction per word.

    This takes a minute; the model may take half an hour.
    """
    for name in SETS:
        for line in (EVALUATION / name / "corpus.jsonl").read_text("utf-8").splitlines():
            text = json.loads(line)["text"]
            spans = sentence_spans(text, Span(0, len(text)))
            texts = [sentence for span in spans if (sentence := span.of(text)).strip()]
            if texts:
                yield texts, quantise(np.stack(list(map(_sum_of_words, texts))))


def _sum_of_words(text: str) -> NDArray[np.float32]:
    words = _WORD.findall(text.lower()) or [text]
    return np.asarray(sum(map(_direction, words)), np.float32)


@lru_cache(200_000)
def _direction(text: str) -> NDArray[np.float32]:
    """A random direction, always the same for a text."""
    seed = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())
    return np.random.default_rng(seed).normal(0, 5, _DIMENSIONS).astype(np.float32)


def write_corpus(folder: Path, passages: int, sentences: Sentences) -> None:
    """Write a corpus of about this many passages: tagged and dated Markdown files."""
    for number in range(passages // _PASSAGES_EACH):
        path = folder / f"{number // 1000:03}" / f"{number:06}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = sentences.document(number)
        paragraphs = (" ".join(text[at : at + 8]) for at in range(0, len(text), 8))
        path.write_text(
            f"---\ntitle: Paper {number}\ndate: {1990 + number % 30}-{1 + number % 12:02}-01\n"
            f"language: {_LANGUAGES[number % 4]}\ntags: [every{number % 100}, half{number % 2}]\n"
            "---\n\n" + "\n\n".join(paragraphs) + "\n",
            "utf-8",
        )


class RecombiningEncoder:
    """Replaces the encoder while a recombined corpus is built; questions use the real one."""

    def __init__(self, real: Encoder, sentences: Sentences) -> None:
        self._real = real
        self._sentences = sentences
        self.dimensions = real.dimensions

    def encode(self, texts: Sequence[str], *, advance: Advance | None = None) -> Vectors:
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        for row, text in enumerate(texts):
            place = self._sentences.place.get(text)
            if place is None:
                pieces = (span.of(text) for span in sentence_spans(text, Span(0, len(text))))
                vectors[row] = sum(map(self._sentence, pieces))
            else:
                vectors[row] = self._sentences.vectors[place]
        if advance:
            advance(len(texts))
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / lengths, np.float32)

    def _sentence(self, text: str) -> NDArray[np.float32]:
        place = self._sentences.place.get(text)
        if place is not None:
            return np.asarray(self._sentences.vectors[place], np.float32)
        # A title or part of a sentence.
        return _direction(text)

    def encode_query(self, text: str) -> Vectors:
        return self._real.encode_query(text)

    def word_vectors(self, words: Sequence[str]) -> Vectors:
        return self._real.word_vectors(words)

    def count_tokens(self, texts: Sequence[str]) -> Sequence[int]:
        return self._real.count_tokens(texts)
