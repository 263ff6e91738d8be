"""The oracle for vectors, and a small model that compiles quickly."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from chatbot.encoder import find_model
from chatbot.encoder.fingerprint import BUNDLED
from tests.encoder.variants import loaded, variant

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


@pytest.fixture(scope="session")
def original() -> SentenceTransformer:
    """The bundled model, loaded by sentence-transformers itself."""
    return loaded(find_model(BUNDLED))


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of two small layers with random weights and the bundled model's tokenizer."""
    import torch
    from transformers import BertConfig, BertModel

    torch.manual_seed(1)
    config = BertConfig(
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        initializer_range=0.1,
    )
    pooling = {"1_Pooling/config.json": {"word_embedding_dimension": 32}}
    without = {"config.json": None, "model.safetensors": None}
    folder = variant(tmp_path_factory.mktemp("tiny") / "model", {**pooling, **without})
    BertModel(config).save_pretrained(folder)
    return folder
