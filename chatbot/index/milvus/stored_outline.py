"""The outline of a build as files in Milvus."""

from __future__ import annotations

import zlib
from pathlib import Path

import msgspec

from chatbot.errors import IndexDamaged
from chatbot.index.milvus.stored_files import StoredFiles


def store_outline(files: StoredFiles, folder: Path, name: str, *, build: int) -> None:
    """Store the outline of a build; the list of its files comes last."""
    paths = sorted(path for path in folder.iterdir() if path.is_file())
    for path in paths:
        files.put({f"builds/{name}/{path.name}": zlib.compress(path.read_bytes(), 1)}, build=build)
    names = msgspec.json.encode([path.name for path in paths])
    files.put({_list_of(name): names}, build=build)


def fetch_outline(files: StoredFiles, name: str, folder: Path) -> None:
    """Write the outline of a build into a new folder. Raises IndexDamaged, MilvusError."""
    folder.mkdir()
    for path in msgspec.json.decode(_content(files, _list_of(name)), type=list[str]):
        content = _content(files, f"builds/{name}/{path}")
        (folder / Path(path).name).write_bytes(zlib.decompress(content))


def _list_of(name: str) -> str:
    return f"builds/{name}/"


def _content(files: StoredFiles, name: str) -> bytes:
    content = files.get(name, fresh=True)
    if content is None:
        raise IndexDamaged(files.address, f"it lacks {name}")
    return content
