"""Builds on a Ray cluster of three nodes, with the real model."""

from __future__ import annotations

import os
import threading
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chatbot.errors import ClusterError
from chatbot.index import layout
from chatbot.index.manifest import FileSeal, read_manifest
from chatbot.ingestion.build_index import BuildReport, build_index
from chatbot.ingestion.cluster.job import Job, job_of
from chatbot.settings import load_settings
from tests.ray.conftest import RayNodes


class Interrupted:
    """Kills parts of the cluster as soon as a stage is under way; counts the steps of each stage.

    `at` has the parts for each stage, as in `RayNodes.kill`.
    """

    def __init__(self, nodes: RayNodes, at: dict[str, list[str]]) -> None:
        self._nodes = nodes
        self._at = at
        self._threads: list[threading.Thread] = []
        self._stage = ""
        self.killed: list[str] = []
        self.steps: Counter[str] = Counter()
        self.totals: dict[str, int] = {}

    def stage(self, name: str, total: int) -> None:
        self._stage = name
        self.totals[name] = total
        for thread in self._threads:
            thread.join()
        self._threads = [threading.Thread(target=self._kill, args=(self._at.get(name, []),))]
        self._threads[0].start()

    def _kill(self, parts: list[str]) -> None:
        for part in parts:
            self.killed.append(self._nodes.kill(part))

    def advance(self, steps: int) -> None:
        self.steps[self._stage] += steps

    def end(self) -> None:
        for thread in self._threads:
            thread.join()


def seals(index: Path) -> dict[str, FileSeal]:
    """The checksums of all files of the build in service."""
    return dict(read_manifest(layout.current(index)).seals)


def account(report: BuildReport) -> BuildReport:
    """A report without the name of its build and its times."""
    return replace(report, build="", seconds={})


def test_a_build_survives_lost_workers_and_nodes_bit_for_bit(
    nodes: RayNodes, corpus: Path, tmp_path: Path
) -> None:
    """Two workers and a node are killed, and every file equals that of a build on one machine.

    The account of files and the progress are the same, too.
    """
    alone = Interrupted(nodes, {})
    together = Interrupted(nodes, {"reading": ["worker"], "embedding": ["worker", "node"]})
    settings = load_settings(corpus=corpus, index=tmp_path / "alone", reader=False)
    expected = build_index(settings, progress=alone)
    assert {file.path for file in expected.skipped} == {"broken.pdf", "empty.txt", "link.md"}
    settings = load_settings(corpus=corpus, index=tmp_path / "together", reader=False)
    report = build_index(settings, ray=nodes.address, progress=together)
    assert [killed.split()[0] for killed in together.killed] == ["killed"] * 3
    assert account(report) == account(expected)
    assert (together.steps, together.totals) == (alone.steps, alone.totals)
    assert seals(tmp_path / "together") == seals(tmp_path / "alone")


def test_a_worker_that_differs_ends_the_build_with_a_sentence(
    nodes: RayNodes, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence comes from the worker and names its machine."""

    def other_job(*inputs: Any, **options: Any) -> Job:
        return replace(job_of(*inputs, **options), versions={"chatbot": "9"})

    monkeypatch.setattr("chatbot.ingestion.machines.job_of", other_job)
    settings = load_settings(corpus=corpus, index=tmp_path / "index", reader=False)
    with pytest.raises(ClusterError, match=rf"The worker on {os.uname().nodename} has chatbot "):
        build_index(settings, ray=nodes.address)


def test_a_lost_cluster_ends_the_build_with_a_sentence(
    nodes: RayNodes, corpus: Path, tmp_path: Path
) -> None:
    """Ray would end the process; the build says what happened, and leaves nothing behind."""
    index = tmp_path / "index"
    killing = Interrupted(nodes, {"reading": ["head"]})
    try:
        with pytest.raises(ClusterError, match="was lost"):
            build_index(
                load_settings(corpus=corpus, index=index, reader=False),
                ray=nodes.address,
                progress=killing,
            )
    finally:
        nodes.stop()
    assert not [*(index / "builds").iterdir()]
