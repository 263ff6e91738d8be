"""The path of an added file, made safe from the name that a person's machine gave it.

A safe path stays inside the folder, means the same on every operating system, and is never hidden:
files that begin with a dot hold rules, such as who may see what, and only the administrator writes
those.
"""

from __future__ import annotations

import mimetypes
import re
import unicodedata
from pathlib import PurePosixPath
from typing import Final

from chatbot.adding.refusals import NotAdded
from chatbot.readers.installed import installed_formats

# File systems allow 255 bytes, and some programs add a few.
_LONGEST_PART: Final = 240
_LONGEST_PATH: Final = 1_000
_DEEPEST: Final = 16
_SHOWN: Final = 80
# Windows opens a device for these, whatever their ending.
_DEVICES: Final = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)
_NOT_ON_WINDOWS: Final = str.maketrans(dict.fromkeys('<>:"|?*', "_"))
# Without these two, words of Persian and of several Indian languages are misspelt.
_JOINERS: Final = "\u200c\u200d"
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_WITHOUT_TEXT: Final = re.compile(
    r"\.(exe|dll|msi|so|dylib|bin|iso|img|dmg|deb|rpm|apk|class|o|pyc|ttf|otf|woff2?)$",
    re.IGNORECASE,
)
_TYPES: Final = mimetypes.MimeTypes()


def safe_path(name: str, folder: str = "") -> str:
    """The path of a file below the folder for added documents, with forward slashes.

    `folder` comes before the name. Characters that Windows doesn't allow become `_`. Raises
    NotAdded.
    """
    text = unicodedata.normalize("NFC", f"{folder.strip().strip('/')}/{name}".lstrip("/"))
    shown = name.encode("utf-8", "replace").decode()[-_SHOWN:]
    if "\\" in text or any(_is_unseen(letter) for letter in text):
        raise _refused(shown)
    parts = text.translate(_NOT_ON_WINDOWS).split("/")
    if any(part.startswith(".") and part.strip(".") for part in parts):
        raise NotAdded(
            f"{shown!r} is hidden: its name begins with a dot. Rename it, or leave it out.",
            code="adding_hidden",
            name=shown,
        )
    if any(not part.strip(" .") or part != part.strip() or part[-1] == "." for part in parts):
        raise _refused(shown)
    if any(map(_DEVICES.match, parts)):
        raise _refused(shown)
    path = "/".join(parts)
    longest = max(len(part.encode()) for part in parts)
    if longest > _LONGEST_PART or len(path.encode()) > _LONGEST_PATH or len(parts) > _DEEPEST:
        raise NotAdded(
            f"The name {shown!r} is too long, or in too many folders. Shorten it.",
            code="adding_long",
            name=shown,
        )
    return path


def check_kind(path: str) -> None:
    """Refuse a file whose name says that it has no text. Raises NotAdded.

    Any other file goes to the reader, which looks at its content.
    """
    suffix = PurePosixPath(path).suffix.lower()
    kind = _TYPES.guess_type(path)[0] or ""
    readable = [file_format for file_format in installed_formats() if file_format.reader]
    if any(suffix in each.suffixes or kind == each.media_type for each in readable):
        return
    if kind.startswith(("audio/", "video/")) or _WITHOUT_TEXT.search(path):
        raise NotAdded(
            f"{path[-_SHOWN:]!r} has no text that can be read. docs/formats.md lists the formats.",
            code="adding_kind",
            name=path[-_SHOWN:],
        )


def _is_unseen(letter: str) -> bool:
    return unicodedata.category(letter) in _UNSEEN and letter not in _JOINERS


def _refused(shown: str) -> NotAdded:
    return NotAdded(
        f"{shown!r} can't be the name of a document. Rename the file.",
        code="adding_name",
        name=shown,
    )
