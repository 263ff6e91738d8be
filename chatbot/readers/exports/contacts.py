"""Contacts (`.vcf`): each person under their name, with addresses and numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from chatbot.readers.document_writer import CELLS, DocumentWriter
from chatbot.readers.exports.content_lines import Component, ContentLine, components
from chatbot.readers.file_properties import file_title
from chatbot.readers.media_types import CONTACTS
from chatbot.readers.raw_file import RawFile
from chatbot.types import Document

_FIELDS: Final = {
    "NICKNAME": "Nickname", "ORG": "Organisation", "TITLE": "Position", "ROLE": "Role",
    "TEL": "Phone", "EMAIL": "E-mail", "ADR": "Address", "URL": "Web", "BDAY": "Birthday",
    "CATEGORIES": "Groups", "IMPP": "Chat",
}  # fmt: skip
# Kinds of a number or an address that a person wants to know.
_KINDS: Final = ("work", "home", "cell", "mobile", "fax", "pager", "main")


def read_contacts(file: RawFile) -> Iterator[Document]:
    """Yield one document."""
    writer = DocumentWriter()
    for _, card in components(file.data, "VCARD"):
        name = _name(card)
        writer.add("heading", name, level=2)
        fields = [f"Name: {name}"]
        for key, label in _FIELDS.items():
            fields += [
                f"{label}{_kind(line)}: {value}"
                for line in card.get(key, ())
                if (value := _value(line))
            ]
        writer.add("row", CELLS.join(fields))
        for note in card.get("NOTE", ()):
            writer.add("paragraph", note.text)
    yield writer.document(
        file.name, source=file.name, media_type=CONTACTS, title=file_title(file.name)
    )


def _name(card: Component) -> str:
    stated = next((line.line for line in card.get("FN", ()) if line.line), "")
    family = next((line.parts() for line in card.get("N", ())), [])
    parts = [*family[3:4], *family[1:3], *family[:1], *family[4:5]]
    organisation = next((_value(line) for line in card.get("ORG", ())), "")
    return stated or " ".join(filter(None, parts)) or organisation or "(no name)"


def _kind(line: ContentLine) -> str:
    """The kind of a number, such as "work", from its parameters."""
    stated = " ".join([*line.parameters, *line.parameters.values()]).lower()
    kinds = [kind for kind in _KINDS if re.search(rf"\b{kind}\b", stated)]
    return f" ({', '.join(kinds)})" if kinds else ""


def _value(line: ContentLine) -> str:
    if line.name in ("ADR", "ORG"):
        return ", ".join(filter(None, line.parts()))
    if line.name == "BDAY" and re.fullmatch(r"\d{8}.*", line.value):
        return f"{line.value[:4]}-{line.value[4:6]}-{line.value[6:8]}"
    return re.sub(r"^(?:tel|mailto):", "", line.line)
