"""The setting `index`: a folder, or an index in Milvus such as `milvus://127.0.0.1:19530/briefs`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NamedTuple

from chatbot.errors import SettingsError

_SCHEME: Final = re.compile(r"milvus:/+")
# The names of collections begin with this name; Milvus allows letters, digits and underscores.
_REST: Final = re.compile(
    r"(?P<host>[^/:\s]+):(?P<port>\d{1,5})/(?P<name>[A-Za-z_][A-Za-z0-9_]{0,199})"
)


class MilvusAddress(NamedTuple):
    """A Milvus server, and the name of an index on it."""

    host: str
    port: int
    name: str

    def __str__(self) -> str:
        return f"milvus://{self.host}:{self.port}/{self.name}"

    @property
    def server(self) -> str:
        """The host and the port."""
        return f"{self.host}:{self.port}"

    def folder(self, cache: Path) -> Path:
        """The folder on this machine for files that belong to this index."""
        return cache / "milvus" / f"{self.host}-{self.port}-{self.name}"


def milvus_address(index: Path) -> MilvusAddress | None:
    """The address that an index has in Milvus; None for a folder. Raises SettingsError."""
    # A `Path` keeps only one of the two slashes.
    text = index.as_posix()
    scheme = _SCHEME.match(text)
    if not scheme:
        return None
    rest = _REST.fullmatch(text[scheme.end() :])
    if not rest:
        raise SettingsError(
            f"The index {text} isn't an address. Give it as milvus://HOST:PORT/NAME; the name has "
            "letters, digits and underscores."
        )
    return MilvusAddress(rest["host"], int(rest["port"]), rest["name"])


def checked_index(index: Path) -> Path:
    """The index, if it is a folder or a valid address. Raises SettingsError."""
    milvus_address(index)
    return index


def index_name(index: Path) -> str:
    """The index as the user gives it."""
    return str(milvus_address(index) or index)


def beside(index: Path, suffix: str) -> Path:
    """The path of something that is kept outside the index: next to it, or in the working folder.

    An index in Milvus has no folder, so what belongs to it is in the working folder.
    """
    address = milvus_address(index)
    place = Path(address.name) if address else index
    place = place.absolute()
    return place.with_name(f"{place.name}-{suffix}")
