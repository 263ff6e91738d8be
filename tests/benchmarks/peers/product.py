"""The product, through `build_index` and `Chatbot`."""

from __future__ import annotations

from pathlib import Path

from chatbot.assistant import Chatbot
from chatbot.retrieval.ranking import Ranking
from chatbot.settings import load_settings
from tests.benchmarks.peers.system import Built

_SHOWN = 10


class Peer:
    """The product loads the model in its settings itself, when it needs it."""

    def __init__(self, _model: Path) -> None:
        self._chatbot: Chatbot | None = None

    def build(self, corpus: Path, index: Path) -> Built:
        # Imported here, so that a process that asks loads nothing of the write path.
        from chatbot.ingestion.build_index import build_index

        report = build_index(load_settings(corpus=corpus, index=index))
        return Built(report.passages, 0, report.seconds["embedding"])

    def open(self, index: Path) -> None:
        self._chatbot = Chatbot.open(index)

    def ask(self, question: str) -> Ranking:
        assert self._chatbot
        return self._chatbot.ask_and_rank(question, top_k=_SHOWN)[1]

    def documents(self, answer: Ranking) -> list[str]:
        return [doc_id for doc_id, _ in answer.documents(_SHOWN)]


def embedded_tokens(index: Path) -> int:
    """The tokens that a build from scratch encodes: passages, sentences, titles."""
    from chatbot.encoder import open_encoder, resolve_model
    from chatbot.ingestion.embedding import embedding_text, sentence_texts

    settings = load_settings(index=index)
    model = resolve_model(settings)
    encoder = open_encoder(model, cache=settings.cache, compiled=settings.compiled)
    with Chatbot.open(settings=settings) as chatbot:
        build = chatbot.build
        texts: list[str] = [summary.title for summary in chatbot.documents()]
        for passage in build.passages(range(build.manifest.passages)):
            document = chatbot.document(passage.doc_id)
            assert document
            texts += [embedding_text(document, passage), *sentence_texts(document, passage)]
    lengths = encoder.count_tokens(texts)
    return sum(min(length + 2, model.max_tokens) for length in lengths)
