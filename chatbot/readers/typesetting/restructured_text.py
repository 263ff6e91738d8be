"""reStructuredText, parsed by docutils: sections, lists, tables, code, fields as metadata.

Directives and roles of Sphinx are unknown to docutils. Their content is read like any other text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Final

from docutils import nodes
from docutils.core import publish_doctree
from docutils.parsers.rst import Directive, directives, roles

from chatbot.errors import SkipKind, UnreadableFile
from chatbot.readers.decoding.decode import decode
from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.file_properties import iso_date, own_author
from chatbot.readers.media_types import RESTRUCTURED_TEXT
from chatbot.readers.raw_file import RawFile
from chatbot.readers.tables.grid import Grid
from chatbot.readers.tables.write_table import write_table
from chatbot.types import BlockKind, Document, Metadata

_SETTINGS: Final = {
    # A file must not read others, and must not end the process.
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "_disable_config": True,
    "report_level": 5,
    "halt_level": 5,
    "line_length_limit": 1_000_000,
    "smart_quotes": False,
}
_UNSEEN: Final = (
    nodes.comment,
    nodes.substitution_definition,
    nodes.target,
    nodes.system_message,
    nodes.pending,
    nodes.raw,
    nodes.decoration,
    nodes.topic,
)
# "text <target>", as in links and in the roles of Sphinx.
_TARGET: Final = re.compile(r"\s*<[^<>]*>\Z")
# Directives of Sphinx whose content is code, or names of files.
_CODE: Final = frozenset(
    "code-block sourcecode highlight literalinclude prompt doctest testcode ipython".split()
)
_NO_TEXT: Final = frozenset("toctree only tabularcolumns index highlight currentmodule".split())


def read_restructured_text(file: RawFile) -> Iterator[Document]:
    """Yield one document; the date and the authors come from the fields at its head."""
    text = decode(file.data)
    _Unknown.install()
    try:
        tree = publish_doctree(text, settings_overrides=_SETTINGS)
    except RecursionError:
        raise
    except Exception as failure:  # docutils raises errors of any kind on odd input
        raise UnreadableFile(SkipKind.DAMAGED, f"docutils can't parse it ({failure})") from failure
    writer = DocumentWriter()
    walk = _TreeWalk(writer)
    walk.children(tree, 0)
    yield writer.document(
        file.name, source=file.name, media_type=RESTRUCTURED_TEXT, metadata=_metadata(tree)
    )


class _Unknown(Directive):  # type: ignore[misc] # docutils has no types
    """Any directive that docutils doesn't know: its content is parsed as text, or kept as code."""

    has_content: ClassVar[bool] = True
    optional_arguments: ClassVar[int] = 100
    final_argument_whitespace: ClassVar[bool] = True
    # Any option is accepted.
    option_spec: ClassVar[Any] = type("AnyOption", (dict,), {
        "__missing__": lambda _, __: lambda value: value,
        "__contains__": lambda _, __: True,
    })()  # fmt: skip

    def run(self) -> list[nodes.Node]:
        if self.name in _NO_TEXT:
            return []
        text = "\n".join(self.content)
        if self.name in _CODE:
            return [nodes.literal_block(text, text)]
        box = nodes.container()
        words = " ".join(self.arguments)
        # Sphinx describes a function or a class by its signature.
        if words and ("(" in words or ":" in self.name):
            box += nodes.literal_block(words, words)
        self.state.nested_parse(self.content, self.content_offset, box)
        return [box]

    @classmethod
    def install(cls) -> None:
        """Let docutils use this for every name that it doesn't know."""
        known_directive, known_role = directives.directive, roles.role
        if known_role.__module__ == __name__:
            return

        def directive(name: str, language: Any, document: Any) -> tuple[Any, list[Any]]:
            # docutils has a directive for code too, but refuses the options of Sphinx.
            found = None if name in _CODE else known_directive(name, language, document)[0]
            return found or cls, []

        def role(name: str, language: Any, line: int, reporter: Any) -> tuple[Any, list[Any]]:
            found, _ = known_role(name, language, line, reporter)
            return found or _any_role, []

        directives.directive, roles.role = directive, role


def _any_role(_: str, raw: str, text: str, *__: Any, **___: Any) -> tuple[list[Any], list[Any]]:
    words = _TARGET.sub("", text).lstrip("~!")
    return [nodes.inline(raw, words)], []


class _TreeWalk:
    """Writes the tree block by block."""

    def __init__(self, writer: DocumentWriter) -> None:
        self._writer = writer

    def children(self, node: Any, level: int, kind: BlockKind = "paragraph") -> None:
        for child in node.children:
            self._block(child, level, kind)

    def _block(self, node: Any, level: int, kind: BlockKind) -> None:
        match node:
            case nodes.topic() if "abstract" in node["classes"]:
                self.children(node, level, kind)
            case nodes.section():
                self.children(node, level + 1)
            case nodes.title() | nodes.subtitle() | nodes.rubric():
                self._writer.add("heading", node.astext(), level=max(1, min(level + 1, 6)))
            case nodes.literal_block() | nodes.doctest_block() | nodes.math_block():
                self._writer.add("code", node.astext())
            case nodes.table():
                self._table(node)
            case nodes.footnote() | nodes.citation():
                self._writer.add("paragraph", _footnote(node.children))
            case nodes.list_item() | nodes.docinfo():
                self.children(node, level, "item")
            case nodes.definition_list_item() | nodes.field() | nodes.option_list_item():
                self._pair(node, level)
            case nodes.TextElement():
                self._writer.add(kind, node.astext())
            case nodes.Element() if not isinstance(node, _UNSEEN):
                self.children(node, level, kind)

    def _pair(self, node: Any, level: int) -> None:
        """Append a term with its definition, or a name with its value."""
        if not isinstance(node, nodes.definition_list_item):
            self._writer.add("item", ": ".join(child.astext() for child in node.children))
            return
        terms = [child.astext() for child in node if isinstance(child, nodes.term)]
        self._writer.add("item", ", ".join(terms))
        for child in node:
            if isinstance(child, nodes.definition):
                self.children(child, level)

    def _table(self, table: Any) -> None:
        grid, headers = Grid(), 0
        for title in table.findall(nodes.title):
            self._writer.add("paragraph", title.astext())
        for row in table.findall(nodes.row):
            grid.add_row()
            in_head = isinstance(row.parent, nodes.thead)
            headers += in_head
            for entry in row.children:
                grid.add(
                    entry.astext(),
                    rows=entry.get("morerows", 0) + 1,
                    columns=entry.get("morecols", 0) + 1,
                    head=in_head,
                )
        write_table(self._writer, grid, headers=headers)


def _footnote(parts: Sequence[Any]) -> str:
    label, *body = [part.astext() for part in parts]
    return f"[{label}] {' '.join(body)}"


def _metadata(tree: Any) -> Metadata:
    fields: dict[str, list[str]] = {}
    for info in tree.findall(nodes.docinfo):
        for node in info.children:
            if isinstance(node, nodes.field):
                name, body = (child.astext() for child in node.children[:2])
                fields.setdefault(name.lower(), []).append(body)
            elif isinstance(node, nodes.authors):
                fields.setdefault("author", []).extend(child.astext() for child in node.children)
            else:
                fields.setdefault(node.tagname, []).append(node.astext())
    authors = filter(None, map(own_author, fields.get("author", ())))
    return Metadata(author="; ".join(authors) or None, date=iso_date(*fields.get("date", ())))
