"""The encoder's speed as a share of the machine's limit, and compared with its peers.

    python -m tests.benchmarks.encoding

The texts are scifact passages as the product cuts them, and the same with their sentences, as a
build embeds them. A token costs two operations per weight of the layers, plus attention. The share
of the ceiling is the encoder's rate of operations divided by that of the fastest matrix product in
the same run. Peers encode with sentence-transformers' defaults. Figures by processor time, per
second of one core, stay comparable when other programs run.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatbot.chunking import chunk
from chatbot.encoder import Encoder, ModelFiles, find_model, open_encoder
from chatbot.encoder.reference_encoder import has_accelerator, load_model
from chatbot.ingestion.embedding import embedding_text, sentence_texts
from chatbot.readers import RawFile, read
from chatbot.settings import load_settings
from chatbot.types import Document
from tests.benchmarks.ceiling import Speeds, clocks, gigaflops
from tests.benchmarks.indexes import HOME
from tests.benchmarks.machine import machine, sentence
from tests.shared import EVALUATION

SHARE_BAR, PEER_BAR = 0.55, 4.0
_ROUNDS = 3
_COMPARED = 64


def main(*, full: bool = False) -> None:
    """Print the ceiling, tokens per second of each encoder, and whether the bars are met."""
    if has_accelerator():
        print("Encoding is compared on CPUs; this machine has an accelerator.")
        return
    settings = load_settings()
    files = find_model(settings.model)
    encoder = open_encoder(files, cache=settings.cache, compiled=settings.compiled)
    passages, sentences = _texts(encoder, settings.passage_tokens, 2000 if full else 300)
    few = passages[:_COMPARED]
    peers = {"float32": load_model(files), "bfloat16": load_model(files).bfloat16()}
    encoders: dict[str, tuple[Callable[[Sequence[str]], Any], Sequence[str]]] = {
        "passages": (encoder.encode, passages),
        "passages and sentences": (encoder.encode, passages + sentences),
        **{name: (_as_peers_do(peer), few) for name, peer in peers.items()},
    }
    limit = files.max_tokens
    lengths = {name: _lengths(encoder, texts, limit) for name, (_, texts) in encoders.items()}
    facts = machine(("openvino", "sentence-transformers", "torch"))
    bf16 = bool({"avx512_bf16", "amx_bf16"} & {*facts["instructions"]})
    ceilings: dict[str, Speeds] = {}
    rates: dict[str, Speeds] = {}
    # In turn, so that a slow moment affects all alike.
    for _ in range(_ROUNDS):
        for name, speed in gigaflops(bf16=bf16).items():
            ceilings[name] = np.maximum(speed, ceilings.get(name, 0))
        for name, (encode, texts) in encoders.items():
            rate = lengths[name].sum() / _seconds(encode, texts)
            rates[name] = np.maximum(rate, rates.get(name, 0))
    ceiling = np.max([*ceilings.values()], axis=0)
    shares = {
        name: rates[name] * flop(files, lengths[name]) / lengths[name].sum() / 1e9 / ceiling
        for name in list(encoders)[:2]
    }
    ahead = {name: rates["passages"] / rates[name] for name in peers}
    cosines = {name: _cosine(peer, few, encoder) for name, peer in peers.items()}
    print(f"{sentence(facts)}. The best of {_ROUNDS} rounds.")
    print(f"{'':46}{'by the clock':>14}{'by processor time':>19}")
    for name, speed in ceilings.items():
        _show(f"{'bf16' if bf16 else 'float32'} product, {name}", speed, ",.0f", "GFLOP/s")
    for name, rate in rates.items():
        subject = "sentence-transformers" if name in peers else "the product"
        _show(f"{subject}, {name}", rate, ",.0f", "tokens/s")
    for name, share in shares.items():
        _show(f"share of the ceiling, {name}", share, ".1%", f"bar {SHARE_BAR:.0%}")
    for name, times in ahead.items():
        cosine = f"least cosine {cosines[name]:.5f}"
        bar = f"bar {PEER_BAR:.0f}, {cosine}" if name == "float32" else cosine
        _show(f"times as fast as {name}", times, ".1f", bar)
    report = {
        "machine": facts,
        "columns": ["by the clock", "by processor time"],
        "ceiling_gigaflops": _plain(ceilings),
        "tokens_per_second": _plain(rates),
        "share_of_ceiling": _plain(shares),
        "times_as_fast": _plain(ahead),
        "least_cosine": cosines,
    }
    HOME.mkdir(exist_ok=True)
    (HOME / "encoding.json").write_text(json.dumps(report, indent=1), "utf-8")


def _show(name: str, pair: Speeds, form: str, unit: str) -> None:
    by_the_clock, by_processor_time = (format(float(value), form) for value in pair)
    print(f"{name:46}{by_the_clock:>14}{by_processor_time:>19}  {unit}")


def _plain(pairs: Mapping[str, Speeds]) -> dict[str, list[float]]:
    return {name: pair.tolist() for name, pair in pairs.items()}


def _texts(encoder: Encoder, budget: int, count: int) -> tuple[list[str], list[str]]:
    """This many passages as they're embedded, and their sentences."""
    path = EVALUATION / "scifact" / "corpus.jsonl"
    passages, sentences = [], []
    documents = read(RawFile(path.name, path.read_bytes(), ""))
    cut = (
        (document, passage)
        for document in documents
        if isinstance(document, Document)
        for passage in chunk(document, count_tokens=encoder.count_tokens, budget=budget)
    )
    for document, passage in islice(cut, count):
        passages.append(embedding_text(document, passage))
        sentences += sentence_texts(document, passage)
    return passages, sentences


def _lengths(encoder: Encoder, texts: Sequence[str], limit: int) -> NDArray[np.int64]:
    """The tokens of each text as the model sees it, without padding."""
    counts = np.array(encoder.count_tokens(texts), np.int64) + 2
    return np.minimum(counts, limit)


def flop(files: ModelFiles, lengths: NDArray[np.int64]) -> float:
    """Operations: two per weight and token, plus two products of lengths for attention."""
    shape = json.loads((files.folder / "config.json").read_text("utf-8"))
    width, layers = shape["hidden_size"], shape["num_hidden_layers"]
    weights = layers * (4 * width**2 + 2 * width * shape["intermediate_size"])
    return float(2 * weights * lengths.sum() + 4 * layers * width * (lengths**2).sum())


def _as_peers_do(model: Any) -> Callable[[Sequence[str]], Any]:
    return lambda texts: model.encode(list(texts), show_progress_bar=False, convert_to_tensor=True)


def _seconds(encode: Callable[[Sequence[str]], Any], texts: Sequence[str]) -> Speeds:
    began = clocks()
    encode(texts)
    return clocks() - began


def _cosine(model: Any, texts: Sequence[str], encoder: Encoder) -> float:
    vectors = _as_peers_do(model)(texts).float().cpu().numpy()
    return float((vectors * encoder.encode(texts)).sum(axis=1).min())


if __name__ == "__main__":
    main(full="--full" in sys.argv)
