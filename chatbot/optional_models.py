"""The optional models: the answer reader and a cross-encoder."""

from __future__ import annotations

import logging

from chatbot.errors import ModelMissing
from chatbot.retrieval.reading import Reading
from chatbot.retrieval.reranking import Reranking
from chatbot.settings import Settings

log = logging.getLogger(__name__)


def open_reading(settings: Settings) -> Reading | None:
    """The answer reader; None if it is turned off, or, with a warning, if it can't be used.

    It knows English only. With a model of an unknown family it is off unless the settings turn it
    on.
    """
    if not settings.reader:
        return None
    from chatbot.reader.answer_reader import AnswerReader

    try:
        reader = AnswerReader(settings.cache)
    except ModelMissing as failure:
        log.warning("%s Passages are ranked without it.", failure)
        return None
    return Reading(reader, settings.reader_passages, settings.reader_tokens, settings.reader_weight)


def open_reranking(settings: Settings) -> Reranking | None:
    """The cross-encoder in the settings; None, with a warning, if it can't be used."""
    if not settings.reranker:
        return None
    from chatbot.encoder.reranker import Reranker, find_reranker

    try:
        model = Reranker(find_reranker(settings.reranker))
    except ModelMissing as failure:
        log.warning("%s Until then, passages aren't reranked.", failure)
        return None
    return Reranking(model.scores, settings.rerank_depth, settings.rerank_weight)
