"""The tasks that run on a worker: files -> documents with passages, texts -> vectors.

A worker is a process that Ray keeps for many tasks. It opens the model and the reading process at
its first task.
"""

from __future__ import annotations

import pickle
import socket
from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from filelock import FileLock

from chatbot.encoder import Encoder, Vectors, open_encoder, resolve_model
from chatbot.errors import ChatbotError
from chatbot.ingestion.cluster.cluster_messages import OK, UNFIT
from chatbot.ingestion.cluster.job import Job, unfit
from chatbot.ingestion.file_source import (
    Chunker,
    Discarded,
    FileEnd,
    FileEvent,
    LocalFiles,
    file_row,
)
from chatbot.ingestion.scan import FoundFile


class ReadBatch(NamedTuple):
    """The events of each file of a batch, and the machine that read it."""

    machine: str
    files: list[list[FileEvent]]


def perform(job: str, name: str, argument: bytes) -> tuple[str, Any]:
    """Run a task: OK and its pickled result, or UNFIT and why this worker can't take part."""
    try:
        worker = _worker(job)
        return OK, pickle.dumps(_TASKS[name](worker, pickle.loads(argument)))  # noqa: S301 - from the build
    except ChatbotError as problem:
        return UNFIT, str(problem)


class _Worker:
    """Reads and embeds for one job."""

    def __init__(self, job: str) -> None:
        """Raises ChatbotError if this worker can't take part."""
        self._job = Job.unpacked(job)
        self._job.check_versions()
        self._settings = self._job.worker_settings()
        self._corpus = Path(self._settings.corpus)
        if not self._corpus.exists():
            raise unfit(
                f"can't see the corpus {self._corpus}. Mount it there under the same path, "
                f"and give the worker permission to read it."
            )
        try:
            self._model = resolve_model(self._settings)
        except ChatbotError as failure:
            raise unfit(f"has no model: {failure}") from failure
        if self._model.fingerprint != self._job.model:
            raise unfit(
                f"has another model named {self._model.name} than the machine that builds has. "
                f"Copy the same one to both."
            )

    @cached_property
    def _encoder(self) -> Encoder:
        self._settings.cache.mkdir(parents=True, exist_ok=True)
        # The first worker of a machine compiles the model, which takes much memory.
        with FileLock(self._settings.cache / "worker.lock"):
            return open_encoder(
                self._model,
                cache=self._settings.cache,
                compiled=self._settings.compiled,
                # Ray runs a worker for each processor.
                cores=1,
            )

    @cached_property
    def _checked_encoder(self) -> Encoder:
        self._job.check_vectors(self._encoder)
        return self._encoder

    @cached_property
    def _files(self) -> LocalFiles:
        chunker = Chunker(
            count_tokens=self._encoder.count_tokens,
            passage_tokens=self._settings.passage_tokens,
            model_fingerprint=self._model.fingerprint,
        )
        return LocalFiles(chunker, self._settings)

    def read(self, files: Sequence[FoundFile]) -> ReadBatch:
        """Read files in their order. Raises ClusterError if readers are less confined here."""
        requested = [self._files.request(file) for file in files]
        results = [self._events(file) for file in requested]
        confinement = self._files.reader.confinement
        if self._job.confined and confinement and not confinement.complete:
            raise unfit(f"can't confine readers as the machine that builds does: {confinement}.")
        return ReadBatch(socket.gethostname(), results)

    def _events(self, file: FoundFile) -> list[FileEvent]:
        if file.problem:
            return [FileEnd(file_row(file))]
        events: list[FileEvent] = []
        for event in self._files.events(file):
            if isinstance(event, Discarded):
                events.clear()
            else:
                events.append(event)
        return events

    def encode(self, texts: Sequence[str]) -> Vectors:
        """The vectors of a portion of texts."""
        return self._checked_encoder.encode(texts)


_TASKS: Final[dict[str, Callable[[_Worker, Any], Any]]] = {
    "read": _Worker.read,
    "encode": _Worker.encode,
}


@lru_cache(maxsize=1)
def _worker(job: str) -> _Worker:
    return _Worker(job)
