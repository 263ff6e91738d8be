"""The package under DOCX, PPTX and XLSX: parts, what they relate to, and the core properties."""

from __future__ import annotations

import posixpath
from typing import Final, NamedTuple
from urllib.parse import unquote

from chatbot.errors import SkipKind, UnreadableFile
from chatbot.readers.containers.zip_package import Package
from chatbot.readers.file_properties import iso_date, keywords, language_tag, own_author, own_title
from chatbot.readers.markup.xml_tree import Element, child, children, local, parse_xml
from chatbot.text.clean import one_line
from chatbot.types import Metadata

_EXTRA: Final = ("subject", "category")
# Of the templates that python-docx and python-pptx begin with, not of what was made with them.
_TEMPLATE_DATES: Final = frozenset(
    ("2013-12-23T23:15:00Z", "2013-01-27T09:14:16Z", "2013-01-27T09:15:58Z")
)


class Relation(NamedTuple):
    """What a part points to: `kind` is the end of the relation's type, `target` a part's name."""

    kind: str
    target: str


class OfficePackage:
    """The parts of an Office Open XML file, by name without the leading slash.

    Raises UnreadableFile where it is damaged.
    """

    def __init__(self, data: bytes) -> None:
        self._package = Package(data)
        # Part names are the same whatever their case (ECMA-376 part 2, 6.2.2.3).
        self._names = {name.replace("\\", "/").lower(): name for name in self._package.names}
        self._relations: dict[str, dict[str, Relation]] = {}

    def main(self) -> str:
        """The part that the document begins with."""
        for relation in self.relations("").values():
            if relation.kind == "officeDocument":
                return relation.target
        raise UnreadableFile(SkipKind.DAMAGED, "it does not say where its text begins")

    def __contains__(self, part: str) -> bool:
        return part.lower() in self._names

    def tree(self, part: str) -> Element:
        """The root of a part. Raises UnreadableFile where it is missing or damaged."""
        root = parse_xml(self._package.read(self._names.get(part.lower(), part)), part)
        if root.getroottree().docinfo.doctype:
            # The format forbids it (ECMA-376 part 2, 6.1.4), and entities need it.
            raise UnreadableFile(SkipKind.DAMAGED, f"{part} declares a document type")
        return root

    def relations(self, part: str) -> dict[str, Relation]:
        """What a part relates to inside the package, by the ids that it uses for them."""
        if part not in self._relations:
            self._relations[part] = self._read_relations(part)
        return self._relations[part]

    def _read_relations(self, part: str) -> dict[str, Relation]:
        folder, name = posixpath.split(part)
        rels = posixpath.join(folder, "_rels", f"{name}.rels")
        if rels not in self:
            return {}
        found = {}
        for entry in children(self.tree(rels), "Relationship"):
            target = unquote(entry.get("Target", ""))
            if entry.get("TargetMode") != "External":
                inside = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
                kind = entry.get("Type", "").rpartition("/")[2]
                found[entry.get("Id", "")] = Relation(kind, inside)
        return found

    def related(self, part: str, kind: str) -> list[str]:
        """The parts of one kind that a part relates to and that are there, each once."""
        targets = (each.target for each in self.relations(part).values() if each.kind == kind)
        return [target for target in dict.fromkeys(targets) if target in self]

    def properties(self) -> tuple[str | None, Metadata]:
        """The title and the metadata of the core properties.

        The date is that of the last change: the first is often that of a template.
        """
        parts = self.related("", "core-properties")
        if not parts:
            return None, Metadata()
        root = self.tree(parts[0])
        said = {local(entry): entry.text for entry in children(root)}
        words = child(root, "keywords")
        dates = (said.get(name) for name in ("modified", "created"))
        dates = (date for date in dates if date not in _TEMPLATE_DATES)
        tags = [said.get("keywords"), *(entry.text for entry in children(words))]
        return own_title(said.get("title")), Metadata(
            author=own_author(said.get("creator")),
            date=iso_date(*dates),
            language=language_tag(said.get("language")),
            tags=keywords(tags),
            extra={name: text for name in _EXTRA if (text := one_line(said.get(name) or ""))},
        )
