"""Texts -> unit vectors.

Two encoders give the same vectors: sentence-transformers itself, the source of truth, and the
same model compiled for this processor, several times faster. `open_encoder` chooses between them.
Other packages can register their own encoders (`registered.py`).
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TypeAlias

from chatbot.encoder.contract import Advance, Encoder, RegisteredModel, Vectors
from chatbot.encoder.model_files import BUNDLED, ModelFiles, find_model
from chatbot.encoder.registered import registered_model

Model: TypeAlias = ModelFiles | RegisteredModel

log = logging.getLogger(__name__)

__all__ = [
    "Advance",
    "Encoder",
    "Model",
    "ModelFiles",
    "RegisteredModel",
    "Vectors",
    "find_model",
    "open_encoder",
    "resolve_model",
]


def resolve_model(name: str) -> Model:
    """The model that the setting `model` names: a registered one, or files on this machine.

    The bundled model's name can't be registered. Raises ModelMissing.
    """
    registered = None if name == BUNDLED else registered_model(name)
    return registered or find_model(name)


def open_encoder(model: Model, *, cache: Path, compiled: bool = True) -> Encoder:
    """The fastest encoder that gives this model's vectors on this machine.

    Compiles the model's files into `cache` the first time, which takes some seconds. With
    `compiled=False`, or if compiling is refused, sentence-transformers encodes. A registered
    model opens itself.
    """
    if not isinstance(model, ModelFiles):
        return model.open()
    from chatbot.encoder.compilation import CompilationRefused
    from chatbot.encoder.compiled_encoder import open_compiled
    from chatbot.encoder.reference_encoder import ReferenceEncoder, has_accelerator

    if compiled and not has_accelerator():
        try:
            return open_compiled(model, cache=cache)
        except CompilationRefused as refusal:
            log.warning("%s; using sentence-transformers, which is slower", refusal)
    return ReferenceEncoder(model)
