"""The builds that the setting `index` names."""

from __future__ import annotations

from pathlib import Path

from chatbot.index.builds import Builds, FolderBuilds
from chatbot.index.milvus.milvus_builds import MilvusBuilds
from chatbot.index.opened_build import Build
from chatbot.index_address import milvus_address


def find_builds(index: Path, cache: Path) -> Builds:
    """The builds of an index; `cache` is a folder for what an index in Milvus needs here."""
    address = milvus_address(index)
    return MilvusBuilds(address, cache) if address else FolderBuilds(index)


def open_current(index: Path, cache: Path) -> Build:
    """The build in service. Raises IndexMissing, IndexUnusable, MilvusError."""
    builds = find_builds(index, cache)
    return builds.open(builds.current())
