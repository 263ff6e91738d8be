"""How near the encoder comes to what the machine can do, and how far it is ahead of the peers.

    python -m tests.benchmarks.encoding

Texts are passages of scifact as the product cuts them, and then the same with their sentences,
as a build embeds them. A token costs two operations for each weight of the layers, and those of
attention; the share of the ceiling is what the encoder does of that, over the fastest product of
matrices seen in the same run. Peers encode as sentence-transformers does by default.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatbot.chunking import chunk
from chatbot.encoder import Encoder, ModelFiles, find_model, open_encoder
from chatbot.encoder.reference import has_accelerator, load_model
from chatbot.ingestion.vectors import embedding_text, sentence_texts
from chatbot.readers import RawFile, read
from chatbot.settings import load_settings
from tests.benchmarks.ceiling import gigaflops
from tests.benchmarks.indexes import HOME
from tests.benchmarks.machine import machine, sentence
from tests.shared import EVALUATION

SHARE_BAR, PEER_BAR = 0.55, 4.0
_ROUNDS = 3
_COMPARED = 128


def main(*, full: bool = False) -> None:
    """Print the ceiling, tokens per second of each encoder, and whether the bars are met."""
    if has_accelerator():
        print("Encoding is compared on processors; here sentence-transformers has better.")
        return
    settings = load_settings()
    files = find_model(settings.model)
    encoder = open_encoder(files, cache=settings.cache, compiled=settings.compiled)
    passages, sentences = _texts(encoder, settings.passage_tokens, 2000 if full else 500)
    facts = machine(("openvino", "sentence-transformers", "torch"))
    bf16 = bool({"avx512_bf16", "amx_bf16"} & {*facts["instructions"]})
    print(f"{sentence(facts)}. The best of {_ROUNDS} rounds.")
    compared = passages[:: max(1, len(passages) // _COMPARED)][:_COMPARED]
    peers = {"float32": load_model(files), "bfloat16": load_model(files).bfloat16()}
    lengths = {
        "passages": _lengths(encoder, passages),
        "passages and sentences": _lengths(encoder, passages + sentences),
    }
    compared_tokens = _lengths(encoder, compared).sum()
    ceiling: dict[str, float] = {}
    ours: dict[str, float] = {}
    theirs: dict[str, float] = {}
    for _ in range(_ROUNDS):
        for name, speed in gigaflops(bf16=bf16).items():
            ceiling[name] = max(speed, ceiling.get(name, 0))
        for name, texts in zip(lengths, (passages, passages + sentences), strict=True):
            rate = lengths[name].sum() / _seconds(encoder.encode, texts)
            ours[name] = max(rate, ours.get(name, 0))
        for name, peer in peers.items():
            rate = compared_tokens / _seconds(_as_peers_do(peer), compared)
            theirs[name] = max(rate, theirs.get(name, 0))
    cosines = {name: _cosines(peer, compared, encoder) for name, peer in peers.items()}
    kind = "bf16" if bf16 else "float32"
    for name, speed in ceiling.items():
        print(f"{kind} product, {name:38}{speed:8,.0f} GFLOP/s")
    shares = {}
    for name, rate in ours.items():
        cost = flop(files, lengths[name]) / lengths[name].sum()
        shares[name] = rate * cost / 1e9 / max(ceiling.values())
        print(
            f"the product, {name:26}{rate:10,.0f} tokens/s, {cost / 1e6:.1f} MFLOP each: "
            f"{shares[name]:.1%} of the ceiling (bar {SHARE_BAR:.0%})"
        )
    for name, rate in theirs.items():
        print(
            f"sentence-transformers, {name:16}{rate:10,.0f} tokens/s: the product is "
            f"{ours['passages'] / rate:.1f} x as fast; least cosine {cosines[name]:.5f}"
        )
    ahead = ours["passages"] / theirs["float32"]
    print(f"ahead of the peers, bar {PEER_BAR:.0f} x: {ahead:.1f} x")
    told = {
        "machine": facts,
        "ceiling_gigaflops": ceiling,
        "tokens_per_second": {**ours, **theirs},
        "share_of_ceiling": shares,
        "ahead_of_peers": ahead,
        "least_cosine": cosines,
    }
    HOME.mkdir(exist_ok=True)
    (HOME / "encoding.json").write_text(json.dumps(told, indent=1), "utf-8")


def _texts(encoder: Encoder, budget: int, wanted: int) -> tuple[list[str], list[str]]:
    """That many passages as they are embedded, and their sentences."""
    path = EVALUATION / "scifact" / "corpus.jsonl"
    passages, sentences = [], []
    documents = read(RawFile(path.name, path.read_bytes(), ""))
    cut = (
        (document, passage)
        for document in documents
        for passage in chunk(document, count_tokens=encoder.count_tokens, budget=budget)
    )
    for document, passage in islice(cut, wanted):
        passages.append(embedding_text(document, passage))
        sentences += sentence_texts(document, passage)
    return passages, sentences


def _lengths(encoder: Encoder, texts: Sequence[str]) -> NDArray[np.int64]:
    """Tokens of each text as the model sees it; padding is no work that anyone asked for."""
    counted = np.array(encoder.count_tokens(texts), np.int64) + 2
    return np.minimum(counted, encoder.files.max_tokens)


def flop(files: ModelFiles, lengths: NDArray[np.int64]) -> float:
    """Two for each weight of the layers and each token; attention multiplies lengths twice."""
    shape = json.loads((files.folder / "config.json").read_text("utf-8"))
    width, layers = shape["hidden_size"], shape["num_hidden_layers"]
    weights = layers * (4 * width**2 + 2 * width * shape["intermediate_size"])
    return float(2 * weights * lengths.sum() + 4 * layers * width * (lengths**2).sum())


def _as_peers_do(model: Any) -> Callable[[Sequence[str]], Any]:
    return lambda texts: model.encode(list(texts), show_progress_bar=False, convert_to_tensor=True)


def _seconds(encode: Callable[[Sequence[str]], Any], texts: Sequence[str]) -> float:
    began = time.perf_counter()
    encode(texts)
    return time.perf_counter() - began


def _cosines(model: Any, texts: Sequence[str], encoder: Encoder) -> float:
    found = _as_peers_do(model)(texts).float().cpu().numpy()
    return float((found * encoder.encode(texts)).sum(axis=1).min())


if __name__ == "__main__":
    main(full="--full" in sys.argv)
