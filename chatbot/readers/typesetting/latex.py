"""LaTeX: sections, lists, tables and listings; commands and formulas become text by pylatexenc."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from pylatexenc.latex2text import LatexNodes2Text

from chatbot.readers.decoding.decode import decode
from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.file_properties import iso_date, own_author, own_title
from chatbot.readers.media_types import LATEX
from chatbot.readers.raw_file import RawFile
from chatbot.readers.tables.grid import Grid
from chatbot.readers.tables.write_table import write_table
from chatbot.text.clean import one_line
from chatbot.types import BlockKind, Document, Metadata

_LEVELS: Final = {
    "part": 1, "chapter": 1, "section": 2, "subsection": 3, "subsubsection": 4, "paragraph": 5,
    "subparagraph": 6, "frametitle": 3, "framesubtitle": 4,
}  # fmt: skip
_VERBATIM: Final = frozenset(
    "verbatim Verbatim lstlisting minted alltt comment filecontents".split()
)
_TABLES: Final = frozenset("tabular tabularx tabulary longtable array supertabular".split())
_LISTS: Final = frozenset("itemize enumerate description thebibliography compactitem".split())
# Where the text is cut into blocks.
_MARK: Final = re.compile(
    r"\\(?P<head>" + "|".join(_LEVELS) + r")\*?\s*(?:\[[^\]]*\])?\s*(?=\{)"
    r"|\\begin\s*\{(?P<begin>[A-Za-z]+)\*?\}|\\end\s*\{(?P<end>[A-Za-z]+)\*?\}"
    r"|\\(?P<item>item|bibitem)(?![A-Za-z])\s*(?:\[(?P<label>[^\]]*)\])?(?:\{[^{}]*\})?"
    r"|\\(?P<caption>caption)\*?\s*(?:\[[^\]]*\])?\s*(?=\{)|(?P<blank>\n\s*\n|\\par(?![A-Za-z]))"
)
_COMMENT: Final = re.compile(r"(?<!\\)((?:\\\\)*)%.*")
_SHORTHAND: Final = re.compile(r"\\(?:re)?newcommand\*?\s*\{?\\([A-Za-z]+)\}?\s*\{([^{}\\]*)\}")
_UNSEEN: Final = re.compile(
    r"\\(?:label|vspace|hspace|includegraphics|bibliography|bibliographystyle|input|include"
    r"|usepackage|setlength|pagestyle|thispagestyle|addcontentsline|setcounter|graphicspath)\*?"
    r"\s*(?:\[[^\]]*\])*(?:\{[^{}]*\})*"
    r"|\\(?:maketitle|tableofcontents|newpage|clearpage|noindent|centering|hline|toprule|midrule"
    r"|bottomrule|hfill|vfill|small|footnotesize|large|Large|appendix|endhead|endfirsthead"
    r"|endfoot|endlastfoot)(?![A-Za-z])|\\c(?:mid|)(?:rule|line)\s*(?:\([^)]*\))?\{[^{}]*\}"
)
_CITATION: Final = re.compile(r"~?\\[A-Za-z]*cite[A-Za-z]*\*?\s*(?:\[[^\]]*\])*\{([^{}]*)\}")
_REFERENCE: Final = re.compile(r"\\(?:eq|page|auto|c|C|v)?ref\*?\{(?:[^{}:]*:)?([^{}]*)\}")
_FOOTNOTE: Final = re.compile(r"\\footnote\s*(?:\[[^\]]*\])?\s*(?=\{)")
_ROW: Final = re.compile(r"\\\\\s*(?:\[[^\]]*\])?|\\tabularnewline")
_CELL: Final = re.compile(r"(?<!\\)&")
_SPAN: Final = re.compile(r"\\multi(column|row)\s*\{(\d+)\}\s*\{[^{}]*\}\s*(?=\{)")
_QUANTITY: Final = re.compile(
    r"\\(?:SI|qty|si|unit|num)\s*(?:\[[^\]]*\])?\{([^{}]*)\}(?:(?<=\})\{([^{}]*)\})?"
)
_LONGEST_CITATION: Final = 200


def read_latex(file: RawFile) -> Iterator[Document]:
    """Yield one document; title, author and date come from the preamble."""
    text = _COMMENT.sub(r"\1", decode(file.data))
    for name, words in _SHORTHAND.findall(text):
        text = re.sub(rf"\\{name}(?![A-Za-z])(?:\{{\}})?", words, text)
    _, begins, body = text.partition("\\begin{document}")
    writer = DocumentWriter()
    _Body(writer).write((body if begins else text).partition("\\end{document}")[0])
    title, author, date = (_stated(text, name) for name in ("title", "author", "date"))
    yield writer.document(
        file.name,
        source=file.name,
        media_type=LATEX,
        title=own_title(title),
        metadata=Metadata(author=own_author(author), date=iso_date(date)),
    )


class _Body:
    """Writes the body of a text block by block."""

    def __init__(self, writer: DocumentWriter) -> None:
        self._writer = writer
        self._kind: BlockKind = "paragraph"
        self._label = ""
        self._lists = 0

    def write(self, text: str) -> None:
        position = 0
        while mark := _MARK.search(text, position):
            self._text(text[position : mark.start()])
            position = mark.end()
            if name := mark["head"]:
                words, position = _braced(text, position)
                self._kind = "paragraph"
                self._writer.add("heading", _plain(words), level=_LEVELS[name])
            elif mark["caption"]:
                words, position = _braced(text, position)
                self._writer.add("paragraph", _plain(words))
            elif name := mark["begin"]:
                position = self._environment(name, text, position)
            elif mark["item"]:
                self._kind, self._label = "item", mark["label"] or ""
            elif mark["end"] in _LISTS:
                self._lists -= 1
                self._kind = "paragraph"
            elif mark["blank"]:
                self._kind = "paragraph"
        self._text(text[position:])

    def _environment(self, name: str, text: str, position: int) -> int:
        """Begin an environment, or read it if it is code or a table; return where to continue."""
        end = text.find(f"\\end{{{name}", position)
        if name in _VERBATIM or name in _TABLES:
            end = len(text) if end < 0 else end
            inside = text[position:end]
            if name in _TABLES:
                self._table(inside)
            elif name != "comment":
                self._writer.add("code", re.sub(r"\A\s*(?:\[[^\]]*\]|\{\w*\})+", "", inside))
            return end
        if name in _LISTS:
            self._lists += 1
        elif name == "abstract":
            self._writer.add("heading", "Abstract", level=2)
        elif name == "frame":
            title = re.compile(r"\s*(?:\[[^\]]*\])?(?=\{)").match(text, position)
            if title:
                words, position = _braced(text, title.end())
                self._writer.add("heading", _plain(words), level=3)
        return position

    def _table(self, text: str) -> None:
        """Append a table; the first argument states its columns."""
        _, start = _braced(text, len(text) - len(text.lstrip()))
        if re.match(r"\s*\{", text[start:]):  # the width of a tabularx comes first
            _, start = _braced(text, start + text[start:].index("{"))
        grid = Grid()
        for row in _ROW.split(_UNSEEN.sub(" ", text[start:])):
            if not row.strip():
                continue
            grid.add_row()
            number, column = len(grid.rows) - 1, 0
            for cell in _CELL.split(row):
                columns = rows = 1
                if span := _SPAN.search(cell):
                    columns, rows = (int(span[2]), 1) if span[1] == "column" else (1, int(span[2]))
                    cell = _SPAN.sub("", cell)  # noqa: PLW2901
                columns, words = min(columns, 100), _plain(cell)
                # Under a cell that spans rows stands an empty one.
                if words or grid.origin(number, column) == (number, column):
                    grid.put(number, column, words, columns=columns, rows=min(rows, 1_000))
                column += columns
        write_table(self._writer, grid)

    def _text(self, text: str) -> None:
        if words := _plain(text):
            label = f"{_plain(self._label)} " if self._label else ""
            self._writer.add(self._kind, label + words)
            self._label = ""


def _stated(text: str, name: str) -> str | None:
    """The argument of a command, such as the title."""
    command = re.search(rf"\\{name}\s*(?:\[[^\]]*\])?\s*(?=\{{)", text)
    if not command:
        return None
    words = _braced(text, command.end())[0]
    return _plain(
        re.sub(r"\\(?:thanks|footnote|inst)\s*\{[^{}]*\}", "", re.sub(r"\s*\\and\b", ";", words))
    )


def _braced(text: str, start: int) -> tuple[str, int]:
    """The text in the braces that open at `start`, and where they have closed."""
    if text[start : start + 1] != "{":
        return "", start
    depth = 0
    for brace in re.finditer(r"(?<!\\)[{}]", text[start:]):
        depth += 1 if brace[0] == "{" else -1
        if not depth:
            return text[start + 1 : start + brace.start()], start + brace.end()
    return text[start + 1 :], len(text)


def _plain(text: str) -> str:
    """The words of a text without its commands; formulas in letters and signs."""
    text = _REFERENCE.sub(r"\1", _CITATION.sub(_keys, _UNSEEN.sub(" ", text)))
    text = _QUANTITY.sub(_quantity, text)
    while note := _FOOTNOTE.search(text):
        words, end = _braced(text, note.end())
        text = f"{text[: note.start()]} ({words}){text[max(end, note.end()) :]}"
    if "\\" not in text and not re.search(r"[{}$~`']|--", text):
        return one_line(text)
    return one_line(_converter().latex_to_text(text, tolerant_parsing=True))


def _keys(citation: re.Match[str]) -> str:
    return f" [{citation[1]}]" if len(citation[1]) <= _LONGEST_CITATION else ""


def _quantity(command: re.Match[str]) -> str:
    """A number and its unit in words: 12 litre per second."""
    return re.sub(r"\\([A-Za-z]+)", r" \1", " ".join(filter(None, command.groups())))


def _converter() -> LatexNodes2Text:
    return LatexNodes2Text(math_mode="text", keep_comments=False, strict_latex_spaces=False)
