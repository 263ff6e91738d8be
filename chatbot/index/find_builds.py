"""The builds that the setting `index` names."""

from __future__ import annotations

from chatbot.index.builds import Builds, FolderBuilds
from chatbot.index.milvus.milvus_builds import MilvusBuilds
from chatbot.index.opened_build import Build
from chatbot.index_address import milvus_address
from chatbot.settings import Settings


def find_builds(settings: Settings) -> Builds:
    """The builds of the index in the settings."""
    address = milvus_address(settings.index)
    if address is None:
        return FolderBuilds(settings.index)
    return MilvusBuilds(address, settings.milvus_access, settings.cache)


def open_current(settings: Settings) -> Build:
    """The build in service. Raises IndexMissing, IndexUnusable, MilvusError."""
    builds = find_builds(settings)
    return builds.open(builds.current())
