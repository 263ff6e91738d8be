"""The chatbot behind the web page, the HTTP API, the command line and scripts."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from functools import lru_cache, partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from chatbot.answers import Answer, Citation
from chatbot.chatbot_view import ChatbotView, Models
from chatbot.clues import UNSCALED, CosineScale
from chatbot.encoder import (
    Encoder,
    ModelFiles,
    family_of,
    open_encoder,
    resolve_model,
)
from chatbot.errors import IndexMismatch, IndexMissing
from chatbot.index.find_builds import find_builds
from chatbot.index.opened_build import Build
from chatbot.index.service import Service
from chatbot.index_address import index_name
from chatbot.optional_models import open_reading, open_reranking
from chatbot.retrieval.confidence import WITHOUT_READER
from chatbot.retrieval.reading import Reading
from chatbot.retrieval.reranking import Reranking
from chatbot.settings import Settings, load_settings
from chatbot.types import Filters

_CACHED_QUESTIONS = 1_024


class Chatbot(ChatbotView):
    """Answers questions from one index, always from the build in service.

    It sees every document; `for_groups` returns a view for people who may not. It is thread-safe.
    If a new build is published while the chatbot is open, the next question uses it.
    """

    def __init__(
        self,
        service: Service,
        encoder: Encoder,
        settings: Settings,
        reranking: Reranking | None = None,
        scale: CosineScale = UNSCALED,
        reading: Reading | None = None,
        unread: Settings | None = None,
    ) -> None:
        self._executor = ThreadPoolExecutor(os.cpu_count(), "chatbot")
        encode = lru_cache(_CACHED_QUESTIONS)(encoder.encode_query)
        models = Models(encoder, encode, scale, reranking, reading, unread, self._executor)
        super().__init__(service, models, settings, subscribers=[])

    @classmethod
    def open(
        cls,
        index: str | Path | None = None,
        *,
        settings: Settings | None = None,
        waiting: bool = False,
    ) -> Self:
        """Open the build in service of an index, by default the index in the settings.

        With `waiting`, which servers use, a missing index isn't an error yet: each question raises
        IndexMissing until a build is published. Also, the checksums of the first build are
        verified, and if it is damaged, another build is used, and the log says so. Raises
        IndexMissing, IndexDamaged, IndexMismatch, ModelMissing, SettingsError.
        """
        settings = settings or load_settings()
        if index is not None:
            settings = settings.model_copy(update={"index": Path(index)})
        model = resolve_model(settings)
        family = family_of(model.name)
        service = Service(
            find_builds(settings),
            partial(_check_model, settings),
            whole=waiting,
        )
        with suppress(IndexMissing) if waiting else nullcontext():
            _ = service.build
        encoder = open_encoder(model, cache=settings.cache, compiled=settings.compiled)
        unread = settings.with_defaults({**WITHOUT_READER, **family.settings})
        settings = settings.with_defaults(family.defaults)
        reading = open_reading(settings)
        return cls(
            service,
            encoder,
            settings if reading else unread,
            open_reranking(settings),
            family.scale,
            reading,
            None if family.english_only else unread,
        )

    def close(self) -> None:
        """Close the index and stop the worker threads."""
        self._executor.shutdown()
        self._service.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def subscribe(self, callback: Callable[[Answer], None]) -> None:
        """Call `callback` with every answer that `ask` returns, in any view. It must be quick."""
        self._subscribers.append(callback)


def _check_model(settings: Settings, build: Build) -> None:
    """Raise IndexMismatch for a build made with another model or prefixes than the settings'."""
    model = resolve_model(settings)
    if build.manifest.model_fingerprint != model.fingerprint:
        built_with = build.manifest.prefixes
        prefixes = [*model.prefixes] if isinstance(model, ModelFiles) else []
        if build.manifest.model == model.name and built_with and built_with != prefixes:
            raise IndexMismatch(index_name(settings.index), "the prefixes", built_with, prefixes)
        raise IndexMismatch(
            index_name(settings.index),
            "the model",
            f"{build.manifest.model} ({build.manifest.model_fingerprint[:12]})",
            f"{model.name} ({model.fingerprint[:12]})",
        )


@lru_cache(maxsize=1)
def _process_chatbot(settings: Settings) -> Chatbot:
    return Chatbot.open(settings=settings)


def retrieve(
    question: str,
    *,
    history: Sequence[str] = (),
    filters: Filters | Mapping[str, Any] | None = None,
    top_k: int | None = None,
    groups: Collection[str] | None = None,
) -> tuple[Citation, ...]:
    """The best passages for a question from the index in the settings, by default `./index`.

    The index is opened once per process. See `Chatbot.retrieve`.
    """
    return _process_chatbot(load_settings()).retrieve(
        question, history=history, filters=filters, top_k=top_k, groups=groups
    )
