"""Recall and precision of retrieved passages against gold answers, compared with other chunkers.

    python -m tests.benchmarks.chunking

Five passages are retrieved for each of 472 questions and compared with the gold spans as Chroma
does ("Evaluating chunking strategies for retrieval", 2024). Offsets count letters and digits only,
which reading doesn't change. Three libraries cut the texts with their defaults and get the same
dense retrieval with the same model. The product is measured as it is, and with its passages
retrieved like theirs. The libraries are installed into a separate environment.
"""

from __future__ import annotations

import json
import subprocess
import venv
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from chatbot.chunking import chunk
from chatbot.encoder import Encoder, open_encoder, resolve_model
from chatbot.readers import RawFile, read
from chatbot.settings import load_settings
from chatbot.types import Document
from tests.benchmarks.indexes import HOME, open_corpus
from tests.shared import EVALUATION

_SET = EVALUATION / "chroma_chunking_eval"
_PEERS = ("chonkie==1.7.0", "haystack-ai==3.4.0", "langchain-text-splitters==1.1.3")
_RETRIEVED = 5


class Piece(NamedTuple):
    """A range of a text, in letters and digits."""

    text: str
    start: int
    end: int


class Scores(NamedTuple):
    """Means over the questions: the overlap's share of the gold, the retrieved, and their union."""

    recall: float
    precision: float
    overlap: float


def main() -> None:
    """Print one line per chunker."""
    texts = {path.stem: path.read_text("utf-8") for path in (_SET / "corpora").glob("*.md")}
    lines = (_SET / "questions.jsonl").read_text("utf-8").splitlines()
    questions = [json.loads(line) for line in lines]
    gold = [list(_gold(question, texts)) for question in questions]
    wordings = [question["question"] for question in questions]
    settings = load_settings()
    encoder = open_encoder(resolve_model(settings), cache=settings.cache)
    print(f"{'chunks of':34}{'chunks':>8}{'recall':>9}{'precision':>11}{'IoU':>8}")
    for name, spans in _peers().items():
        words = [texts[text][start:end] for text in texts for start, end in spans[text]]
        pieces = [
            _piece(text, texts[text], start, end) for text in texts for start, end in spans[text]
        ]
        _show(f"{name}, dense", len(pieces), gold, _dense(encoder, wordings, words, pieces))
    words, pieces = _ours(texts, encoder, settings.passage_tokens)
    _show("the product, dense", len(pieces), gold, _dense(encoder, wordings, words, pieces))
    _show("the product as it is", len(pieces), gold, list(_product(texts, wordings)))


def _gold(question: Mapping[str, object], texts: Mapping[str, str]) -> Iterator[Piece]:
    name = str(question["corpus_id"])
    references = question["references"]
    assert isinstance(references, list)
    for reference in references:
        yield _piece(name, texts[name], reference["start_index"], reference["end_index"])


def _peers() -> dict[str, dict[str, list[tuple[int, int]]]]:
    home = HOME / "peers"
    python = home / "bin" / "python"
    if not python.is_file():
        venv.create(home, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *_PEERS], check=True)
    script = [str(python), "-m", "tests.benchmarks.chunking_peers", str(_SET / "corpora")]
    done = subprocess.run(script, check=True, capture_output=True, text=True)
    spans: dict[str, dict[str, list[tuple[int, int]]]] = json.loads(done.stdout)
    return spans


def _ours(texts: Mapping[str, str], encoder: Encoder, budget: int) -> tuple[list[str], list[Piece]]:
    words, pieces = [], []
    for name, text in texts.items():
        (document,) = read(RawFile(f"{name}.txt", text.encode(), ""))
        assert isinstance(document, Document)
        for passage in chunk(document, count_tokens=encoder.count_tokens, budget=budget):
            words.append(passage.text)
            pieces.append(_piece(name, document.text, *passage.span))
    return words, pieces


def _product(texts: Mapping[str, str], questions: Sequence[str]) -> Iterator[list[Piece]]:
    corpus = HOME / "chunking" / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (corpus / f"{name}.txt").write_text(text, "utf-8")
    with open_corpus(corpus, HOME / "chunking" / "index") as chatbot:
        documents = {name: chatbot.document(f"{name}.txt") for name in texts}
        for question in questions:
            pieces = []
            for cited in chatbot.retrieve(question, top_k=_RETRIEVED):
                name = cited.doc_id.removesuffix(".txt")
                document = documents[name]
                assert document
                pieces.append(_piece(name, document.text, *cited.passage.span))
            yield pieces


_PLACES: dict[str, list[int]] = {}


def _piece(name: str, text: str, start: int, end: int) -> Piece:
    """A span of a text as a piece."""
    if text not in _PLACES:
        _PLACES[text] = [place for place, letter in enumerate(text) if letter.isalnum()]
    return Piece(name, bisect_left(_PLACES[text], start), bisect_left(_PLACES[text], end))


def _dense(
    encoder: Encoder, questions: Sequence[str], words: Sequence[str], pieces: Sequence[Piece]
) -> list[list[Piece]]:
    cosines = encoder.encode(questions) @ encoder.encode(words).T
    nearest = np.argsort(-cosines, axis=1)[:, :_RETRIEVED]
    return [[pieces[place] for place in row] for row in nearest.tolist()]


def _show(
    name: str, count: int, gold: Sequence[Sequence[Piece]], retrieved: Sequence[Sequence[Piece]]
) -> None:
    scores = [_compare(*pair) for pair in zip(gold, retrieved, strict=True)]
    recall, precision, overlap = np.mean(scores, axis=0)
    print(f"{name:34}{count:8,}{recall:9.3f}{precision:11.3f}{overlap:8.3f}", flush=True)


def _compare(gold: Sequence[Piece], retrieved: Sequence[Piece]) -> Scores:
    """Compare by Chroma's definition, in which text retrieved twice counts twice."""
    expected = {(piece.text, place) for piece in gold for place in range(piece.start, piece.end)}
    actual = {(piece.text, place) for piece in retrieved for place in range(piece.start, piece.end)}
    length = sum(piece.end - piece.start for piece in retrieved)
    both = len(expected & actual)
    return Scores(
        both / len(expected), both / max(length, 1), both / (len(expected) + length - both)
    )


if __name__ == "__main__":
    main()
