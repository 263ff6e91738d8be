"""The package of DOCX, PPTX and XLSX: parts, their relationships, and the core properties."""

from __future__ import annotations

import posixpath
import re
from typing import Final, NamedTuple
from urllib.parse import unquote

from chatbot.errors import SkipKind, UnreadableFile
from chatbot.readers.containers.zip_package import Package
from chatbot.readers.file_properties import iso_date, keywords, language_tag, own_author, own_title
from chatbot.readers.markup.xml_tree import Element, child, children, local, parse_xml
from chatbot.text.clean import one_line
from chatbot.types import Metadata

_RELATIONS: Final = re.compile(r"(.*/|)_rels/([^/]+)\.rels")
_EXTRA: Final = ("subject", "category")
# Dates of the templates in python-docx and python-pptx, which their documents inherit.
_TEMPLATE_DATES: Final = frozenset(
    ("2013-12-23T23:15:00Z", "2013-01-27T09:14:16Z", "2013-01-27T09:15:58Z")
)


class Relation(NamedTuple):
    """A relationship of a part: the last segment of its type URI, and the name of the target."""

    kind: str
    target: str


class OfficePackage:
    """The parts of an Office Open XML file, by name without the leading slash.

    Raises UnreadableFile if the file is damaged.
    """

    def __init__(self, data: bytes) -> None:
        self._package = Package(data)
        # Part names ignore case (ECMA-376 part 2, 6.2.2.3).
        self._names = {name.replace("\\", "/").lower(): name for name in self._package.names}
        self._relations: dict[str, dict[str, Relation]] = {}

    def main(self) -> str:
        """The name of the main part, where the document begins."""
        for relation in self.relations("").values():
            if relation.kind == "officeDocument":
                return relation.target
        raise UnreadableFile(SkipKind.DAMAGED, "it does not state where its text begins")

    def __contains__(self, part: str) -> bool:
        return part.lower() in self._names

    def sources(self) -> list[str]:
        """The parts that have relationships to other parts."""
        matches = (_RELATIONS.fullmatch(name) for name in self._names)
        return [f"{match[1]}{match[2]}" for match in matches if match]

    def target(self, part: str, address: str) -> str:
        """The name of the part that an address in another part leads to."""
        folder = posixpath.dirname(part)
        return posixpath.normpath(posixpath.join("/", folder, unquote(address))).lstrip("/")

    def read(self, part: str) -> bytes:
        """The bytes of a part. Raises UnreadableFile if it is missing or damaged."""
        return self._package.read(self._names.get(part.lower(), part))

    def tree(self, part: str) -> Element:
        """The root of a part. Raises UnreadableFile if the part is missing or damaged."""
        root = parse_xml(self.read(part), part)
        if root.getroottree().docinfo.doctype:
            # The format forbids document types (ECMA-376 part 2, 6.1.4); only entities need one.
            raise UnreadableFile(SkipKind.DAMAGED, f"{part} declares a document type")
        return root

    def relations(self, part: str) -> dict[str, Relation]:
        """The relationships of a part to other parts, by their ids."""
        if part not in self._relations:
            self._relations[part] = self._read_relations(part)
        return self._relations[part]

    def _read_relations(self, part: str) -> dict[str, Relation]:
        folder, name = posixpath.split(part)
        rels = posixpath.join(folder, "_rels", f"{name}.rels")
        if rels not in self:
            return {}
        relations = {}
        for entry in children(self.tree(rels), "Relationship"):
            target = entry.get("Target", "")
            if entry.get("TargetMode") != "External":
                kind = entry.get("Type", "").rpartition("/")[2]
                relations[entry.get("Id", "")] = Relation(kind, self.target(part, target))
        return relations

    def related(self, part: str, kind: str) -> list[str]:
        """The existing parts that a part has a relationship of this kind to."""
        targets = (entry.target for entry in self.relations(part).values() if entry.kind == kind)
        return [target for target in dict.fromkeys(targets) if target in self]

    def properties(self) -> tuple[str | None, Metadata]:
        """The title and the metadata in the core properties.

        The date is that of the last change; the creation date is often a template's.
        """
        parts = self.related("", "core-properties")
        if not parts:
            return None, Metadata()
        root = self.tree(parts[0])
        texts = {local(entry): entry.text for entry in children(root)}
        tags = child(root, "keywords")
        dates = (texts.get(name) for name in ("modified", "created"))
        dates = (date for date in dates if date not in _TEMPLATE_DATES)
        lists = [texts.get("keywords"), *(entry.text for entry in children(tags))]
        return own_title(texts.get("title")), Metadata(
            author=own_author(texts.get("creator")),
            date=iso_date(*dates),
            language=language_tag(texts.get("language")),
            tags=keywords(lists),
            extra={name: text for name in _EXTRA if (text := one_line(texts.get(name) or ""))},
        )
