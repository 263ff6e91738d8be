"""Files of a corpus, read on the workers of a cluster."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Final

from chatbot.errors import ClusterError, SkipKind, UnreadableFile
from chatbot.index.catalog import FileRow
from chatbot.ingestion.cluster.driver_process import Cluster
from chatbot.ingestion.cluster.worker_tasks import ReadBatch
from chatbot.ingestion.file_source import FileEnd, FileEvent
from chatbot.ingestion.scan import FoundFile

# A lost worker costs a batch, and a batch costs some milliseconds.
_BATCH_FILES: Final = 8
_BATCH_BYTES: Final = 4_000_000
# Batches asked for at a time, for each processor.
_BATCHES_AHEAD: Final = 2
_NOT_OPENED: Final = frozenset(
    {SkipKind.NOT_OPENED, SkipKind.PERMISSION_DENIED, SkipKind.LINK, SkipKind.SPECIAL}
)


class ClusterFiles:
    """Has batches of files read by workers, and gives the results in order."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._most = _BATCHES_AHEAD * cluster.processors
        self._batch: list[FoundFile] = []
        self._asked: deque[Future[ReadBatch]] = deque()
        self._results: deque[list[FileEvent]] = deque()
        self._machine = ""

    def full(self, waiting: int) -> bool:
        return len(self._asked) >= self._most or waiting > self._most * _BATCH_FILES

    def request(self, file: FoundFile) -> FoundFile:
        self._batch.append(
            # A worker has another working folder.
            file._replace(path=file.path.absolute(), corpus=file.corpus and file.corpus.absolute())
        )
        size = sum(waiting.size for waiting in self._batch)
        if len(self._batch) >= _BATCH_FILES or size >= _BATCH_BYTES:
            self._submit()
        return file

    def events(self, file: FoundFile) -> Iterator[FileEvent]:
        if not self._results:
            if not self._asked:
                self._submit()
            self._machine, files = self._asked.popleft().result()
            self._results.extend(files)
        events = self._results.popleft()
        end = events[-1]
        assert isinstance(end, FileEnd)
        self._check(file, end.row)
        return iter(events)

    def close(self) -> None: ...

    def _submit(self) -> None:
        self._asked.append(self._cluster.submit("read", self._batch))
        self._batch = []

    def _check(self, file: FoundFile, row: FileRow) -> None:
        """Raises ClusterError if a worker saw something else than this machine does."""
        seen = row.size, row.modified_ns
        not_opened = row.reason is not None and row.reason.kind in _NOT_OPENED
        if seen == (file.size, file.modified_ns) and not not_opened:
            return
        try:
            opened = file.open()
        except UnreadableFile:
            return
        opened.close()
        if not_opened or seen != (opened.size, opened.modified_ns):
            raise ClusterError(
                f"The worker on {self._machine} sees another {file.name} in the corpus than "
                f"this machine does. Mount the same folder on both, and build again."
            )
