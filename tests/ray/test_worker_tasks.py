"""What a worker does and refuses, in this process and without Ray."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chatbot.confinement.confine import Confinement
from chatbot.encoder import Encoder, find_model
from chatbot.encoder.fingerprint import BUNDLED
from chatbot.errors import ClusterError, UsageError
from chatbot.ingestion.cluster import worker_tasks
from chatbot.ingestion.cluster.cluster_files import ClusterFiles
from chatbot.ingestion.cluster.driver_process import Cluster
from chatbot.ingestion.cluster.job import Job, job_of
from chatbot.ingestion.file_source import CutDocument, FileEnd
from chatbot.ingestion.isolation import reading_confinement
from chatbot.ingestion.scan import FoundFile, scan
from chatbot.settings import load_settings
from tests.building import RADAR, SHIPS, write

TEXTS = [f"The {name} cost {number} roubles. " * number for number, name in enumerate("abcdefgh")]


@pytest.fixture
def job(tmp_path: Path, encoder: Encoder) -> Job:
    """A build of two files with the real model."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    write(corpus, {"radar.md": RADAR, "ships.md": SHIPS})
    settings = load_settings(corpus=corpus, index=tmp_path / "index")
    confined = reading_confinement().complete
    return job_of(settings, find_model(BUNDLED), encoder, confined=confined)


def listed(job: Job) -> list[FoundFile]:
    corpus = Path(job.settings["corpus"])
    return scan(corpus, index=corpus.parent / "index", largest=1_000_000).files


def result(job: Job, name: str, argument: Any) -> Any:
    """The result of a task of a worker that can take part."""
    status, value = worker_tasks.perform(job.packed(), name, pickle.dumps(argument))
    assert status == "ok", value
    return pickle.loads(value)  # noqa: S301 - made by the line above


def refusal(job: Job, name: str = "encode", argument: Any = ()) -> str:
    """The sentence of a worker that can't take part."""
    status, value = worker_tasks.perform(job.packed(), name, pickle.dumps(argument))
    assert status == "unfit"
    return str(value)


def test_a_worker_reads_files_and_embeds_texts(job: Job, encoder: Encoder) -> None:
    """Documents come with their passages, and vectors are those of this machine."""
    _, ((radar, end), (ships, _)) = result(job, "read", listed(job))
    assert isinstance(radar, CutDocument)
    assert isinstance(ships, CutDocument)
    assert [passage.text for passage in radar.passages] == [
        "The radar cost nine roubles. It went to Omsk."
    ]
    assert isinstance(end, FileEnd)
    assert (end.row.path, end.row.skipped) == ("radar.md", None)
    np.testing.assert_array_equal(result(job, "encode", TEXTS), encoder.encode(TEXTS))


def test_a_worker_reads_in_the_confinement_that_the_build_has(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that can't confine its readers refuses files, if the machine that builds can."""
    assert job.confined == reading_confinement().complete
    result(job, "read", listed(job))
    reader = worker_tasks._worker(job.packed())._files.reader
    assert reader.confinement == reading_confinement()
    monkeypatch.setattr(
        "chatbot.ingestion.isolation._Process.ready", lambda _: Confinement("no kernel", "")
    )
    assert "can't confine readers" in refusal(replace(job, confined=True), "read", listed(job))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"versions": {"chatbot": "9.9"}}, " has chatbot "),
        ({"versions": {"a_library": "1.0"}}, " has a_library not at all, "),
        ({"model": "another"}, " has another model named "),
        ({"vectors": "another"}, " computes different vectors "),
    ],
)
def test_a_worker_that_differs_refuses(job: Job, changes: dict[str, Any], sentence: str) -> None:
    """Its passages or vectors would be different."""
    message = refusal(replace(job, **changes))
    assert sentence in message
    assert message.startswith("The worker on ")


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ({"corpus": "/nowhere/corpus"}, "can't see the corpus /nowhere/corpus. Mount it there"),
        ({"model": "/nowhere/model"}, "has no model: "),
    ],
)
def test_a_worker_without_corpus_or_model_refuses(
    job: Job, setting: dict[str, Any], sentence: str
) -> None:
    """It says so, and what to do."""
    assert sentence in refusal(replace(job, settings={**job.settings, **setting}))


class StandIn:
    """A worker whose corpus isn't that of the machine that builds."""

    processors = 1

    def __init__(self, job: Job, there: Path) -> None:
        self._job, self._there = job, there

    def submit(self, name: str, files: Sequence[FoundFile]) -> Any:
        moved = [file._replace(path=self._there / file.name, corpus=self._there) for file in files]
        batch = result(self._job, name, moved)

        class Ended:
            def result(self) -> Any:
                return batch

        return Ended()


@pytest.mark.parametrize("files", [{}, {"radar.md": SHIPS * 2, "ships.md": RADAR}])
def test_a_worker_that_sees_other_files_ends_the_build(
    job: Job, tmp_path: Path, files: dict[str, str]
) -> None:
    """A file that is missing there, or is another one, isn't skipped or taken silently."""
    there = tmp_path / "there"
    there.mkdir()
    write(there, files)
    source = ClusterFiles(StandIn(job, there))  # type: ignore[arg-type]
    (radar, _) = [source.request(file) for file in listed(job)]
    with pytest.raises(ClusterError, match=r"sees another radar\.md"):
        source.events(radar)


@pytest.mark.parametrize("address", ["ray://10.0.0.5:10001", "10.0.0.5", "auto:", "http://a:1"])
def test_something_that_is_no_address_is_refused(address: str) -> None:
    """Only `auto` and HOST:PORT are addresses."""
    with pytest.raises(UsageError, match="--ray HOST:PORT"):
        Cluster(address, "")


def test_without_ray_a_sentence_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is started before."""
    monkeypatch.setattr("chatbot.ingestion.cluster.driver_process.find_spec", lambda _: None)
    with pytest.raises(ClusterError, match=r"pip install 'chatbot\[scale\]'"):
        Cluster("127.0.0.1:6379", "")


def test_an_address_without_a_cluster_is_a_sentence() -> None:
    """Nothing listens on this port."""
    pytest.importorskip("ray")
    with pytest.raises(ClusterError, match="no Ray cluster to use at 127"):
        Cluster("127.0.0.1:9", "")


def test_a_build_on_one_machine_imports_nothing_of_ray() -> None:
    """All modules of the write path are imported, Ray isn't."""
    program = "import sys, chatbot.ingestion.build_index; assert 'ray' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_portions_of_texts_have_the_vectors_of_all_texts(encoder: Encoder) -> None:
    """The vector of a text depends on how wide its batch is, so portions end where batches do."""
    texts = [f"Ship {number} left the harbour. " * (number % 23 + 1) for number in range(240)]
    whole = encoder.encode(texts)
    portions = [*encoder.portions(texts)]  # type: ignore[attr-defined]
    assert sorted(row for rows in portions for row in rows) == [*range(len(texts))]
    assert len(portions) > 2
    for rows in portions:
        np.testing.assert_array_equal(encoder.encode([texts[row] for row in rows]), whole[rows])
