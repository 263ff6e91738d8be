"""Reads a collection of hard files and tells from which of those with text none is read.

    python -m tests.benchmarks.torture_texts [FOLDER]

The default folder is that of `tests.benchmarks.torture`. Nothing is embedded, so it takes a minute.
`torture_without_text.toml` lists the files that have no text to read, with the reason: they are
encrypted, empty, programs, fuzzed bytes, or pictures without a sentence. It prints these by reason,
the files with text that give none and why, and the share of the others. It fails below 97 % if an
OCR engine is installed; without one, scans count as files that give no text.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from chatbot.errors import UnreadableFile
from chatbot.index.corpus_files import open_file
from chatbot.ingestion.isolation import IsolatedReader
from chatbot.readers import Skipped
from chatbot.readers.pdf.ocr import engine
from chatbot.readers.reading_messages import Limits
from chatbot.types import Document
from tests.shared import DATA

LEAST_SHARE: Final = 0.97
_WITHOUT_TEXT: Final = Path(__file__).with_name("torture_without_text.toml")
# OCR takes long on a busy machine.
_LIMITS: Final = Limits(180, 1_000_000_000, 200_000_000)


def outcomes(folder: Path) -> Iterator[tuple[str, str]]:
    """Each file, and why it gives no text; an empty reason if it gives some."""
    reader = IsolatedReader(_LIMITS)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        reader.request(open_file(path), name, "")
        characters, reasons = 0, []
        try:
            for reply in reader.replies():
                if isinstance(reply, Document):
                    characters += len(reply.text.strip())
                elif isinstance(reply, Skipped):
                    reasons.append(str(reply.reason))
        except UnreadableFile as failure:
            reasons.append(str(failure))
        yield name, "" if characters else "; ".join(dict.fromkeys(reasons)) or "no text"
    reader.close()


def main(folder: Path) -> None:
    """Read, print, and fail if the bar is missed."""
    listed = tomllib.loads(_WITHOUT_TEXT.read_text("utf-8"))["without_text"]
    without_text = {name for group in listed for name in group["files"]}
    for group in listed:
        print(f"{len(group['files']):4}  {group['reason']}")
    found = [(name, why) for name, why in outcomes(folder) if name != "MANIFEST.tsv"]
    surprising = [name for name, why in found if name in without_text and not why]
    unread = [(name, why) for name, why in found if why and name not in without_text]
    bearing = sum(name not in without_text for name, _ in found)
    print(f"\n{len(found)} files, {bearing} with text; no text is read from {len(unread)}:")
    for name, why in unread:
        print(f"  {name}: {why}")
    if surprising:
        print(f"Listed as without text, and read: {', '.join(surprising)}")
    share = 1 - len(unread) / bearing
    ocr = "with" if engine() else "without"
    print(f"{share:.1%} of the files with text give some ({ocr} OCR)")
    if engine() and share < LEAST_SHARE:
        sys.exit(f"Missed: {LEAST_SHARE:.0%}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA / "torture")
