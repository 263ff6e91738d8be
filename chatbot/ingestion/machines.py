"""The machines that read and embed: this one, or a Ray cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from chatbot.encoder import Encoder, Model, open_encoder
from chatbot.ingestion.cluster.cluster_encoder import ClusterEncoder
from chatbot.ingestion.cluster.cluster_files import ClusterFiles
from chatbot.ingestion.cluster.driver_process import Cluster
from chatbot.ingestion.cluster.job import job_of
from chatbot.ingestion.file_source import Chunker, FileSource, LocalFiles
from chatbot.ingestion.isolation import reading_confinement
from chatbot.settings import Settings


@dataclass
class Machines:
    """Reads files and embeds texts; on this machine if there is no cluster."""

    model: Model
    settings: Settings
    cluster: Cluster | None = None

    @cached_property
    def here(self) -> Encoder:
        """The encoder of this machine; it opens with the first text."""
        return open_encoder(self.model, cache=self.settings.cache, compiled=self.settings.compiled)

    def _count_tokens(self, texts: Sequence[str]) -> Sequence[int]:
        # The encoder opens with the first text, not before.
        return self.here.count_tokens(texts)

    def encoder(self) -> Encoder:
        """The encoder for documents."""
        return ClusterEncoder(self.here, self.cluster) if self.cluster else self.here

    def close_encoder(self) -> None:
        """Free the memory of the encoder; it opens again with the next text."""
        self.__dict__.pop("here", None)

    def files(self) -> FileSource:
        """What reads the files."""
        if self.cluster:
            return ClusterFiles(self.cluster)
        chunker = Chunker(
            count_tokens=self._count_tokens,
            passage_tokens=self.settings.passage_tokens,
            model_fingerprint=self.model.fingerprint,
        )
        return LocalFiles(chunker, self.settings)


@contextmanager
def machines_for(model: Model, settings: Settings, ray: str | None) -> Iterator[Machines]:
    """The machines of the Ray cluster at an address, or this one.

    Raises ClusterError, or UsageError for something that is no address.
    """
    machines = Machines(model, settings)
    if ray is None:
        yield machines
        return
    confined = reading_confinement().complete
    job = job_of(settings, model, machines.here, confined=confined)
    machines.cluster = Cluster(ray, job.packed())
    try:
        yield machines
    finally:
        machines.cluster.close()
