"""The record of a file format, and the lookups over all formats.

A format is one `Format` record: how to recognise it, what to call it, and the function that reads
it. The reader table, detection, the file counts and the page's labels all come from these
records.

To add a format from another package, declare an entry point in the group `chatbot.readers` whose
object is a `Format`:

    [project.entry-points."chatbot.readers"]
    acme = "acme_reader:FORMAT"

The reader is named as "module:function". It takes a `RawFile` and yields documents, which a
`DocumentWriter` makes. It raises `UnreadableFile` when the file can't be read, and may yield
a `RawFile` for each file inside it if the format is a container. The reader runs in the reading
process under limits of time and memory. Only that process imports the reader's module; the module
with the record is imported by every process, so keep it light. A record whose media type is
that of a built-in format replaces it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeVar

from chatbot.errors import SkipReason
from chatbot.readers.detection.signs import PACKAGED, TEXTUAL, Sign
from chatbot.readers.raw_file import RawFile, Skipped
from chatbot.types import Document

Reader = Callable[[RawFile], Iterator[Document | RawFile | Skipped]]
AnySign = TypeVar("AnySign", bound=Sign)


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A file format.

    `name` is for people. `reader` is "module:function"; it is empty for a format that is
    recognised and not read. `refusal` is the reason why such a file is skipped; without one it
    counts as unsupported. Suffixes, in lower case with their dot, identify a text without signs
    and a damaged package; with `suffix_first` they take precedence over the text signs. The reader
    of a `container` yields files. A `deferred` reader is imported when the first such file is read,
    not when the reading process starts.
    """

    name: str
    media_type: str
    reader: str = ""
    refusal: SkipReason | None = None
    signs: tuple[Sign, ...] = ()
    suffixes: tuple[str, ...] = ()
    suffix_first: bool = False
    container: bool = False
    deferred: bool = False

    def load_reader(self) -> Reader:
        """Import the reader. Raises ImportError or AttributeError if it isn't there."""
        module, _, function = self.reader.partition(":")
        reader: Reader = getattr(import_module(module), function)
        return reader


class Formats:
    """Formats by media type, sign and suffix; of several with the same key, the first counts."""

    def __init__(self, formats: Iterable[Format]) -> None:
        self._by_type: dict[str, Format] = {}
        self._signs: dict[type[Any], list[tuple[Any, str]]] = {}
        self._text_suffixes: dict[str, Format] = {}
        self._package_suffixes: dict[str, Format] = {}
        for file_format in formats:
            if self._by_type.setdefault(file_format.media_type, file_format) is file_format:
                self._index(file_format)

    def _index(self, file_format: Format) -> None:
        for sign in file_format.signs:
            self._signs.setdefault(type(sign), []).append((sign, file_format.media_type))
        for suffix in file_format.suffixes:
            if all(isinstance(sign, TEXTUAL) for sign in file_format.signs):
                self._text_suffixes.setdefault(suffix, file_format)
            if any(isinstance(sign, PACKAGED) for sign in file_format.signs):
                self._package_suffixes.setdefault(suffix, file_format)

    def __iter__(self) -> Iterator[Format]:
        return iter(self._by_type.values())

    def get(self, media_type: str) -> Format | None:
        """The format of a media type, or None."""
        return self._by_type.get(media_type)

    def name(self, media_type: str) -> str:
        """A format's name, or the media type itself if no format has it."""
        file_format = self._by_type.get(media_type)
        return file_format.name if file_format else media_type

    def signs(self, kind: type[AnySign]) -> list[tuple[AnySign, str]]:
        """All signs of a kind, each with its media type, in the order of the formats."""
        return self._signs.get(kind, [])

    def text_with_suffix(self, suffix: str) -> Format | None:
        """The text format of a suffix, or None."""
        return self._text_suffixes.get(suffix)

    def package_with_suffix(self, suffix: str) -> str | None:
        """The media type of a package with this suffix, or None."""
        file_format = self._package_suffixes.get(suffix)
        return file_format.media_type if file_format else None

    def load_readers(self) -> None:
        """Import every reader that isn't deferred."""
        for file_format in self:
            if file_format.reader and not file_format.deferred:
                file_format.load_reader()
