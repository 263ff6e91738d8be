"""Real office files, many of them made to break readers: no word of an intact one is lost.

A second extraction, by simple patterns over the unpacked XML, gives the words to look for.
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

# Text that no page shows, by file: hidden runs and phonetic guides.
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
# Not text: deleted or moved text, phonetic guides of sheets, the heads of pages.
NO_TEXT = re.compile(
    r"<(mc:Fallback|w:moveFrom|text:tracked-changes|rPh|head|presentation:notes|office:settings"
    r"|office:automatic-styles|office:scripts|office:forms|office:event-listeners)\b(?!Range).*?</\1>",
    re.DOTALL,
)


def runs(path: Path) -> Iterator[str]:
    """The runs of text in a packed file, without white space, in composed characters (NFC)."""
    parts, pattern = RUNS[path.suffix]
    with ZipFile(BytesIO(path.read_bytes())) as archive:
        for name in archive.namelist():
            if re.fullmatch(parts, name):
                markup = NO_TEXT.sub("", archive.read(name).decode("utf-8"))
                for run in re.findall(pattern, markup):
                    yield squeezed(html.unescape(run))


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u00ad\u200b]+", "", unicodedata.normalize("NFC", text))


def office_files(data: Path) -> list[Path]:
    paths = (path for path in (data / "torture").rglob("*") if path.suffix in RUNS)
    return sorted(path for path in paths if path.name != "testODTnotaZipFile.odt")


def test_no_word_of_an_intact_file_is_lost(data: Path) -> None:
    """Each run of text is in the document, except hidden ones."""
    judged = 0
    for path in office_files(data):
        result = read_or_reason(path.name, path.read_bytes())
        if isinstance(result, str) and not result.startswith("no text"):
            continue
        text = "" if isinstance(result, str) else squeezed("".join(doc.text for doc in result))
        text += NOT_SHOWN.get(path.name, "")
        lost = [run for run in runs(path) if run not in text]
        assert lost == [], path.name
        judged += text != ""
    assert judged > 90


def test_every_file_that_is_not_read_says_why(data: Path) -> None:
    """They are encrypted, aren't packages, or have only pictures."""
    reasons = {}
    for path in office_files(data):
        result = read_or_reason(path.name, path.read_bytes())
        if isinstance(result, str):
            reasons[path.name] = result
        else:
            assert all(map(covers, result)), path.name
    locked = {name for name, why in reasons.items() if why.startswith("encrypted")}
    assert locked == {
        "testODTEncrypted.odt",
        "testPPT_protected_passtika.pptx",
        "testWORD_protected_passtika.docx",
    }
    assert {why for name, why in reasons.items() if name not in locked} == {"no text"}
