"""A build on a Ray cluster that fills an index in Milvus."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatbot.encoder import open_encoder, resolve_model
from chatbot.index.manifest import read_manifest
from chatbot.ingestion.build_index import build_index
from chatbot.settings import load_settings
from chatbot.types import Filters
from tests.milvus.conftest import MilvusServer, running_server
from tests.milvus.same import assert_same, both
from tests.ray.conftest import RayNodes
from tests.ray.test_ray_builds import Interrupted, account, seals


@pytest.fixture(scope="module")
def milvus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusServer]:
    """A running server."""
    with running_server(tmp_path_factory.mktemp("milvus")) as running:
        yield running


def test_ray_fills_milvus_as_one_machine_fills_a_folder(
    nodes: RayNodes, milvus: MilvusServer, corpus: Path, tmp_path: Path
) -> None:
    """A worker is killed; then a document changes, one goes, and the cluster builds again."""
    alone = load_settings(corpus=corpus, index=tmp_path / "alone", reader=False)
    together = load_settings(
        corpus=corpus, index=milvus.index(), cache=tmp_path / "cache", reader=False
    )
    encoder = open_encoder(resolve_model(together), cache=alone.cache, compiled=False)
    questions = ["Which air defence system did Russia sell to China?", "submarines"]
    killing = Interrupted(nodes, {"embedding": ["worker"]})
    for progress in (killing, Interrupted(nodes, {})):
        expected = build_index(alone)
        report = build_index(together, ray=nodes.address, progress=progress)
        assert account(report) == account(expected)
        built, folder = both(together)
        assert read_manifest(folder.folder).seals == seals(tmp_path / "alone")
        assert_same(built, folder, questions, encoder, [Filters()])
        changed, gone, *_ = sorted(corpus.glob("*.md"))
        changed.write_text(changed.read_text() + "\nA berth costs 31 euros a night.\n")
        gone.unlink(missing_ok=True)
    assert [killed.split()[0] for killed in killing.killed] == ["killed"]
