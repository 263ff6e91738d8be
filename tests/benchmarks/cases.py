"""Right values of the shared cases by kind: `python -m tests.benchmarks.cases`.

A case is a folder of small inputs with an `expected.txt`, which states the right values in words.
`_VALUES` says where in it each value stands; no value is copied from there. Rows are compared cell
by cell, other values as text. The command ends with 1 if a value of a kind that should be right
isn't.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from chatbot.errors import UnreadableFile
from chatbot.readers import RawFile, read
from chatbot.types import Document
from tests.shared import DATA

CASES: Final = DATA / "cases"


class Value(NamedTuple):
    """Where a value stands: a file, and a pattern whose groups are the values in `expected.txt`.

    `rows` says that each is a row of cells.
    """

    file: str
    pattern: str
    rows: bool = False


_VALUES: Final[dict[str, tuple[Value, ...]]] = {
    "html-table-p-in-cells": (
        *(
            Value(name, r"cells-plain\.html:\n(.+)\n(.+)\n(.+)\n(.+)\n", rows=True)
            for name in ("cells-plain.html", "cells-p.html", "cells-div.html")
        ),
        Value("edgar.html", r"edgar\.html: rows (.+?) +; +(.+?) +; +(.+?) {2,}", rows=True),
        Value("outlook.eml", r"outlook\.eml: (.+?) ; (.+?) ; (.+)", rows=True),
    ),
    "table-rowspan-colspan": (
        Value("rowspan.html", r"rowspan\.html: (.+?) {2,}and {2,}(.+?) {2,}and", rows=True),
        Value("gridspan.docx", r"gridspan\.docx: (.+?) {2,}-", rows=True),
    ),
    "xlsx-two-header-rows": (Value("budget.xlsx", r"Right: (\d+), shown below \"(\d+) / (\w+)\""),),
    "pdf-ruled-table-wrapped-cells": (
        Value(
            "side-effects.pdf",
            r"side-effects\.pdf: (.+?) {2,}\(one row, header: (.+?)\)",
            rows=True,
        ),
        Value(
            "spans.pdf",
            r"spans\.pdf: \"(.+?)\" and \"(.+?)\" are two rows; \"(.+?)\", \"(.+?)\"",
            rows=True,
        ),
        Value("hdrwrap.pdf", r"hdrwrap\.pdf: header row: (.+)", rows=True),
    ),
    "pdf-sparse-table": (
        Value("sparse-like.pdf", r"First rows: (.+?) {3}then {3}(.+?) {3}then (.+)", rows=True),
    ),
    "pdf-form-values": (
        Value(
            "form-filled.pdf",
            r"(?m)^Name of \w+ (.+?) / [\w ]+ ([\d.]+) / .*?port (.+?) / \w+ (.+?) /",
        ),
    ),
    "pdf-arabic-lam-alef": (Value("lam-alef.pdf", r"\A(.+)\n"),),
    "pdf-beyond-bmp": (Value("nonbmp-mathx.pdf", r"nonbmp-mathx\.pdf: \"(.+?)\""),),
    "pdf-cjk-line-joins": (Value("zh-wrap.pdf", r"space:\n(.+)\n"),),
    "mail-html-displaced": (
        Value("kiln.mhtml", r"browser\): \"(.+?)\""),
        Value("invite.eml", r"invite\.eml: \"(.+?)\""),
        Value("amp.eml", r"amp\.eml: \"(.+?)\" once"),
    ),
    "xml-text-in-attributes": (
        Value("Posts.xml", r"with Title \"(.+?)\" and the answer \"(.+?), \.\.\.\""),
        Value("sms.xml", r"sms\.xml: \"(.+?)\""),
        Value("plan.opml", r"plan\.opml: (.+?) / (.+?) / (.+?) / (.+?)\. "),
        Value("plan.mm", r"plan\.opml: (.+?) / .+? / (.+?) / (.+?)\. "),
    ),
    "jsonl-records": (
        Value("records.jsonl", r"records\.jsonl: (.+)"),
        Value("chat.jsonl", r"chat\.jsonl: (.+)"),
        Value("events.ndjson", r"events\.ndjson: (.+)"),
    ),
    "legacy-central-europe": (
        Value("pl-cp1250.txt", r"pl-cp1250\.txt: (.+?) {2,}"),
        Value("pl2-iso8859-2.txt", r"iso8859-2\.txt: (.+?) \.\.\."),
    ),
    "html-date-from-prose": (Value("law.html", r"()No date\."),),
    "subtitles": (Value("meeting.srt", r"\A\"(.+?)\""), Value("meeting.vtt", r"\A\"(.+?)\"")),
    "ipynb": (Value("study.ipynb", r"text \"(.+?)\"; .+? output \"(.+?)\""),),
    "code-and-config": (Value("conf.yaml", r"finds {2}(\w+) > (\w+: \d+)"),),
}


def main() -> None:
    """Print a line a kind, and the values that are wrong."""
    if not CASES.is_dir():
        sys.exit("The cases aren't next to this checkout.")
    wrong: list[str] = []
    rights = totals = 0
    print("right  of  kind")
    for folder in sorted(path for path in CASES.iterdir() if path.is_dir()):
        results = list(results_of(folder))
        right = sum(is_right for _, _, is_right in results)
        print(f"{right:5}  {len(results):2}  {folder.name}")
        wrong += [f"{folder.name}/{file}: {value}" for file, value, ok in results if not ok]
        rights, totals = rights + right, totals + len(results)
    print(f"{rights:5}  {totals:2}  in all ({rights / totals:.0%})")
    for line in wrong:
        print("wrong:", line)
    sys.exit(bool(wrong))


def results_of(folder: Path) -> Iterator[tuple[str, str, bool]]:
    """Each value of a case with its file, and whether it is read right."""
    expected = (folder / "expected.txt").read_text("utf-8")
    for file, pattern, rows in _VALUES.get(folder.name, ()):
        match = re.search(pattern, expected)
        documents = read_documents(folder / file)
        if match is None:
            yield file, "(not found in expected.txt)", False
            continue
        for group in match.groups():
            value = group.replace(" (or empty)", "")
            if not value:
                yield file, "no date", all(not d.metadata.date for d in documents)
            elif rows:
                yield file, value, any(cells(value) in rows_of(d) for d in documents)
            else:
                yield file, value, any(value in _words(d) for d in documents)


def read_documents(path: Path) -> list[Document]:
    """The documents of a file; none if it isn't read."""
    try:
        items = list(read(RawFile(path.name, path.read_bytes())))
    except UnreadableFile:
        return []
    return [item for item in items if isinstance(item, Document)]


def rows_of(document: Document) -> list[list[str]]:
    """The cells of each row."""
    return [
        cells(block.span.of(document.text))
        for block in document.blocks
        if block.kind in ("row", "header_row")
    ]


def cells(row: str) -> list[str]:
    """The cells of a row as text."""
    return [cell.strip() for cell in row.split("|")]


def _words(document: Document) -> str:
    return f"{document.title}\n{' '.join(document.text.split())}"


if __name__ == "__main__":
    main()
