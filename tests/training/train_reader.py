"""Trains the reader: `python -m tests.training.train_reader DATA OUT [--examples N]`.

DATA is a folder with question sets (`examples.py`). The network is the bundled MiniLM with two
numbers for each token: is it the first, or the last, of the answer. Where the answer is missing
both point to the first special token (Devlin et al., "BERT", 2019). All layers are trained, the
word embeddings are not.

A checkpoint is written every few minutes to OUT, and the same command goes on from there.
"""

from __future__ import annotations

import argparse
import pickle
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from chatbot.encoder import ModelFiles, resolve_model
from chatbot.settings import load_settings
from tests.training.examples import SHARES, Row, Window, draw, read_rows

_BATCH = 32
_BATCHES_SORTED = 24
_RATE = 1e-4
_WARM = 0.05
_DECAY = 0.01
_EVERY = 100


class ReaderNet(nn.Module):  # type: ignore[misc]
    """MiniLM with a start and an end logit for each token."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        from transformers import AutoModel

        # Each example is seen about once, so dropout would only cost time.
        self.encoder = AutoModel.from_pretrained(
            folder,
            attn_implementation="sdpa",
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
        )
        self.head = nn.Linear(self.encoder.config.hidden_size, 2)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)

    def forward(self, ids: Any, types: Any, mask: Any) -> Any:
        """Logits `(batch, tokens, 2)`; those of padding are the lowest possible."""
        hidden = self.encoder(
            input_ids=ids, token_type_ids=types, attention_mask=mask
        ).last_hidden_state
        logits = self.head(hidden).float()
        return logits.masked_fill(mask[:, :, None] == 0, -1e4)


def tensors(windows: Sequence[Window]) -> tuple[Any, Any, Any]:
    """Token ids, token types and mask `(windows, tokens)`, padded."""
    longest = max(len(window.tokens) for window in windows)
    ids = np.zeros((len(windows), longest), np.int64)
    types, mask = ids.copy(), ids.copy()
    for n, window in enumerate(windows):
        size = len(window.tokens)
        ids[n, :size], types[n, :size], mask[n, :size] = window.tokens, window.types, 1
    return torch.from_numpy(ids), torch.from_numpy(types), torch.from_numpy(mask)


def loss_of(logits: Any, windows: Sequence[Window]) -> Any:
    """Cross-entropy of both positions; where only "answerable" is known, of not being missing."""
    probabilities = torch.log_softmax(logits, 1)
    starts = torch.tensor([window.start for window in windows])
    ends = torch.tensor([window.end for window in windows])
    known = starts >= 0
    rows = torch.arange(len(windows))
    spans = -(
        probabilities[rows, starts.clamp(min=0), 0] + probabilities[rows, ends.clamp(min=0), 1]
    )
    missing = probabilities[:, 0].exp().clamp(max=1 - 1e-4)
    present = -torch.log1p(-missing).sum(1)
    return (torch.where(known, spans, present) / 2).mean()


def stream(
    rows: dict[str, list[Row]], chance: random.Random, ends: tuple[int, int]
) -> Iterator[list[Window]]:
    """Batches without end, of windows of about the same length."""
    pool: list[tuple[str, int]] = []
    while True:
        while len(pool) < _BATCH * _BATCHES_SORTED:
            fresh = [
                (name, n)
                for name, share in SHARES.items()
                for n in range(len(rows[name]))
                for _ in range(int(share) + (chance.random() < share % 1))
            ]
            chance.shuffle(fresh)
            pool += fresh
        drawn = [pool.pop() for _ in range(_BATCH * _BATCHES_SORTED)]
        windows = [draw(rows[name][n], chance, ends) for name, n in drawn]
        windows.sort(key=lambda window: len(window.tokens))
        batches = [windows[n : n + _BATCH] for n in range(0, len(windows), _BATCH)]
        chance.shuffle(batches)
        yield from batches


def measure(net: ReaderNet, rows: dict[str, list[Row]], ends: tuple[int, int]) -> str:
    """AUROC of answerability, and share of right sentences, on whole held-out passages."""
    chance = random.Random(0)
    scores: list[float] = []
    labels: list[bool] = []
    right: list[bool] = []
    for name in (
        "squadshifts",
        "squadshifts_near",
        "squadshifts_cut",
        "tydi_en",
        "tydi_en_cut",
        "covidqa",
        "covidqa_near",
    ):
        for row in rows[name][:150]:
            row_title, row.title = row.title, []
            window = draw(row, chance, ends, whole=True)
            row.title = row_title
            with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
                logits = net(*tensors([window]))[0]
            first = len(row.question) + 2
            start, end = logits[first:-1, 0], logits[first:-1, 1]
            best = int(start.argmax())
            value = float(start[best] + end[best : best + 40].max() - logits[0].sum())
            scores.append(value)
            labels.append(row.answerable)
            if row.answer:
                sentence = [n for n, begin in enumerate(row.sentences) if begin <= best][-1]
                held = [n for n, begin in enumerate(row.sentences) if begin <= row.answer[0]][-1]
                right.append(sentence == held)
    ranks = np.argsort(np.argsort(scores)) + 1
    is_there = np.array(labels)
    positives = is_there.sum()
    area = (ranks[is_there].sum() - positives * (positives + 1) / 2) / (
        positives * (len(labels) - positives)
    )
    return f"AUROC {area:.3f}, right sentence {np.mean(right):.3f}"


def main() -> None:
    """Train, or go on training, and print the loss and the quality on held-out rows."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--examples", type=int, default=80_000)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    files = resolve_model(load_settings(model="all-MiniLM-L6-v2"))
    assert isinstance(files, ModelFiles)
    tokenizer = files.open_tokenizer(cut=False)
    begin, separate = tokenizer.encode("").ids
    ends = begin, separate
    cache = arguments.out / "rows.pickle"
    if not cache.exists():
        both = [read_rows(arguments.data, tokenizer, held_out=held) for held in (False, True)]
        cache.write_bytes(pickle.dumps(both))
    rows, held_out = pickle.loads(cache.read_bytes())  # noqa: S301 - our own file
    train(ReaderNet(files.folder), rows, held_out, ends, arguments.out, arguments.examples)


def train(
    net: ReaderNet,
    rows: dict[str, list[Row]],
    held_out: dict[str, list[Row]],
    ends: tuple[int, int],
    out: Path,
    examples: int,
) -> None:
    """Train on this many examples, from the checkpoint in `out` if there is one."""
    torch.manual_seed(0)
    net.encoder.embeddings.requires_grad_(requires_grad=False)
    trained = [weight for weight in net.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=_RATE, weight_decay=_DECAY)
    checkpoint, done = out / "checkpoint.pt", 0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        net.load_state_dict(state["net"])
        optimiser.load_state_dict(state["optimiser"])
        done = state["done"]
    batches = stream(rows, random.Random(done), ends)
    steps = examples // _BATCH
    losses: list[float] = []
    since = time.monotonic()
    for step in range(done // _BATCH, steps):
        share = (step + 1) / steps
        for group in optimiser.param_groups:
            group["lr"] = _RATE * min(share / _WARM, (1 - share) / (1 - _WARM))
        windows = next(batches)
        with torch.autocast("cpu", torch.bfloat16):
            logits = net(*tensors(windows))
        loss = loss_of(logits, windows)
        loss.backward()
        nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        losses.append(float(loss.detach()))
        if (step + 1) % _EVERY and step + 1 < steps:
            continue
        pace = len(losses) * _BATCH / (time.monotonic() - since)
        done = (step + 1) * _BATCH
        state = {"net": net.state_dict(), "optimiser": optimiser.state_dict(), "done": done}
        torch.save(state, checkpoint.with_suffix(".new"))
        checkpoint.with_suffix(".new").replace(checkpoint)
        line = f"{done} loss {np.mean(losses):.3f} {pace:.1f} examples/s"
        if not (step + 1) % (4 * _EVERY) or step + 1 == steps:
            line += " " + measure(net, held_out, ends)
        print(line, flush=True)
        losses, since = [], time.monotonic()


if __name__ == "__main__":
    main()
