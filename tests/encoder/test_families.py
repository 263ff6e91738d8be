"""A model's family is known by its name."""

from __future__ import annotations

import numpy as np
import pytest

from chatbot.clues import UNSCALED, CosineScale
from chatbot.encoder.families import NO_PREFIXES, family_of

BGE = "Represent this sentence for searching relevant passages: "


@pytest.mark.parametrize(
    ("name", "prefixes"),
    [
        ("multilingual-e5-small", ("query: ", "passage: ")),
        ("intfloat/multilingual-e5-large", ("query: ", "passage: ")),
        ("/models/e5-base-v2/", ("query: ", "passage: ")),
        ("/cache/multilingual-e5-small-a0aa3f3bd1125bcf", ("query: ", "passage: ")),
        (r"C:\models\E5-large", ("query: ", "passage: ")),
        ("BAAI/bge-base-en-v1.5", (BGE, "")),
        ("Snowflake/snowflake-arctic-embed-m-v1.5", (BGE, "")),
        ("Snowflake/snowflake-arctic-embed-l-v2.0", ("query: ", "")),
        ("nomic-ai/nomic-embed-text-v1.5", ("search_query: ", "search_document: ")),
    ],
)
def test_a_family_has_the_prefixes_of_its_model_card(name: str, prefixes: tuple[str, str]) -> None:
    """The name may be a folder, or a name on the hub."""
    assert family_of(name).prefixes == prefixes


@pytest.mark.parametrize(
    "name",
    [
        "all-MiniLM-L6-v2",
        "thenlper/gte-base",
        "BAAI/bge-m3",
        "intfloat/multilingual-e5-large-instruct",
        "/e5-small/current",
        "",
    ],
)
def test_other_models_stay_as_they_are(name: str) -> None:
    """They have no prefixes, and neither another scale nor other settings."""
    family = family_of(name)
    assert (family.prefixes, family.scale, dict(family.settings)) == (NO_PREFIXES, UNSCALED, {})


def test_a_scale_moves_and_stretches_cosines() -> None:
    """The default scale returns the very same array."""
    cosines = np.array([0.75, 0.85, 0.5], np.float32)
    scaled = CosineScale(factor=4.8, offset=0.75)(cosines)
    np.testing.assert_allclose(scaled, [0, 0.48, -1.2], atol=1e-6)
    assert scaled.dtype == np.float32
    assert UNSCALED(cosines) is cosines
