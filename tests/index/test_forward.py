"""The postings of a lexical index, by passage, are the same ones as by term."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np

from chatbot.index.lexical.forward import CircleCounter, component
from tests.index.test_lexical import WORDS, Document, index_of


def chance_documents(seed: int) -> list[Document]:
    """Fifteen documents of up to four passages with random words."""
    chance = random.Random(seed)
    return [
        [
            ("", " ".join(chance.choices(WORDS[: chance.randint(1, 5)], k=chance.randint(0, 5))))
            for _ in range(chance.randint(0, 4))
        ]
        for _ in range(15)
    ]


def test_a_sparse_product_with_the_impacts_is_the_score_of_a_search(tmp_path: Path) -> None:
    """For every word alone, the product of a passage is its score but for the word's rarity."""
    index = index_of(tmp_path, chance_documents(5))
    stored = {
        block.first + place: dict(
            zip(
                block.components[begin:end].tolist(),
                block.impacts[begin:end].astype(float).tolist(),
                strict=True,
            )
        )
        for block in index.by_passage()
        for place, (begin, end) in enumerate(
            zip(block.bounds.tolist(), block.bounds[1:].tolist(), strict=False)
        )
    }
    assert [*stored] == [*range(len(index))]
    assert len(index) > 14  # three blocks of seven rows
    for word in WORDS:
        rows, scores = index.search({word: 1.0}, len(index), None)
        impacts = {
            row: each[component(word)] for row, each in stored.items() if component(word) in each
        }
        assert impacts.keys() == {*rows.tolist()}
        ratios = scores / np.array([impacts[row] for row in rows.tolist()])
        np.testing.assert_allclose(ratios, ratios[0], rtol=1e-6)


def test_circles_add_up_to_what_a_restricted_index_counts(tmp_path: Path) -> None:
    """For any circles that a person may see, the sums are the statistics of their passages."""
    index = index_of(tmp_path, chance_documents(6))
    chance = np.random.default_rng(6)
    circles = chance.integers(0, 3, len(index)).astype(np.int32)
    counter = CircleCounter()
    for block in index.by_passage():
        counter.add(block, circles[block.first : block.first + len(block.bounds) - 1])
    counts = counter.counts()
    assert counts[:, :2].tolist() == sorted(map(list, {*map(tuple, counts[:, :2].tolist())}))
    for visible in ([0], [1, 2], [0, 1, 2], []):
        flags = np.isin(circles, visible)
        part = index.within(flags, ["english"])
        for word in [*WORDS, "absent"]:
            lines = counts[(counts[:, 0] == component(word)) & np.isin(counts[:, 1], visible)]
            assert int(lines[:, 3].sum()) == part.document_frequency(word)
            rows, _ = part.search({word: 1.0}, len(index), flags)
            assert int(lines[:, 2].sum()) == len(rows)
