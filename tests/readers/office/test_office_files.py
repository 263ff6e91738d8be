"""Real office files, many of them made to break readers: no word of an intact one is lost.

The words are taken out a second time, by plain patterns over the unpacked XML, and looked for in
the document.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from tests.readers.reading import covers, read_or_reason

# What a page does not show, by the file that has it: hidden runs, and readings above the words.
NOT_SHOWN = {
    "testWORD_emptyParaInTextbox.docx": "Pedagogickáčinnosť(počethodínročne)",
    "testWORD_phonetic.docx": "とうきょう",
}
RUNS = {
    ".docx": (
        r"word/(document|footnotes|endnotes|header\d*|footer\d*|diagrams/data\d*)\.xml",
        r"<(?:w|a|m):t(?: [^>]*)?>([^<]*)</",
    ),
    ".pptx": (r"ppt/(slides/slide|notesSlides/notesSlide)\d+\.xml", r"<a:t(?: [^>]*)?>([^<]*)</"),
    ".odt": (r"content\.xml", r">([^<>]+)<"),
    ".odp": (r"content\.xml", r">([^<>]+)<"),
    ".epub": (r".*(?<!toc)(?<!nav)\.x?html", r">([^<>]+)<"),
    ".xlsx": (r"xl/sharedStrings\.xml", r"<t(?: [^>]*)?>([^<]*)</"),
}
# Not text: what was deleted or moved away, phonetic readings of sheets, the heads of pages.
PASSED_OVER = re.compile(
    r"<(mc:Fallback|w:moveFrom|text:tracked-changes|rPh|head|presentation:notes|office:settings"
    r"|office:automatic-styles|office:scripts|office:forms|office:event-listeners)\b(?!Range).*?</\1>",
    re.DOTALL,
)


def runs(path: Path) -> Iterator[str]:
    """The runs of text in a packed file, without white space and as composed characters."""
    parts, pattern = RUNS[path.suffix]
    with ZipFile(BytesIO(path.read_bytes())) as archive:
        for name in archive.namelist():
            if re.fullmatch(parts, name):
                markup = PASSED_OVER.sub("", archive.read(name).decode("utf-8"))
                for run in re.findall(pattern, markup):
                    yield squeezed(html.unescape(run))


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u00ad\u200b]+", "", unicodedata.normalize("NFC", text))


def office_files(data: Path) -> list[Path]:
    named = (path for path in (data / "torture").rglob("*") if path.suffix in RUNS)
    return sorted(path for path in named if path.name != "testODTnotaZipFile.odt")


def test_no_word_of_an_intact_file_is_lost(data: Path) -> None:
    """Each run of text is in the document, but for what no page shows."""
    judged = 0
    for path in office_files(data):
        found = read_or_reason(path.name, path.read_bytes())
        if isinstance(found, str) and not found.startswith("no text"):
            continue
        text = "" if isinstance(found, str) else squeezed("".join(each.text for each in found))
        text += NOT_SHOWN.get(path.name, "")
        lost = [run for run in runs(path) if run not in text]
        assert lost == [], path.name
        judged += text != ""
    assert judged > 90


def test_every_file_that_is_not_read_says_why(data: Path) -> None:
    """Those with a password, those that are no package, those with pictures only."""
    reasons = {}
    for path in office_files(data):
        found = read_or_reason(path.name, path.read_bytes())
        if isinstance(found, str):
            reasons[path.name] = found
        else:
            assert all(map(covers, found)), path.name
    locked = {name for name, why in reasons.items() if why.startswith("encrypted")}
    assert locked == {
        "testODTEncrypted.odt",
        "testPPT_protected_passtika.pptx",
        "testWORD_protected_passtika.docx",
    }
    assert {why for name, why in reasons.items() if name not in locked} == {"no text"}


def test_old_office_files_say_what_to_do(data: Path) -> None:
    """Word and PowerPoint before 2007 are told by what is inside."""
    folder = data / "torture" / "tika" / "tika-parser-microsoft-module"
    for name, program in (("testWORD_features.doc", "Word"), ("testPPT_comment.ppt", "PowerPoint")):
        found = read_or_reason("renamed", (folder / name).read_bytes())
        assert isinstance(found, str)
        assert found.startswith(f"outdated format: {program} before 2007; save it as")
