"""The format of a ZIP file, from its members."""

from __future__ import annotations

from io import BytesIO
from zipfile import BadZipFile, ZipFile

from chatbot.readers.detection.signs import ZipFolder, ZipMember, ZipMimetype
from chatbot.readers.formats import Formats


def zip_type(data: bytes, suffix: str, formats: Formats) -> str | None:
    """The media type of a document in a ZIP file; None for a plain archive.

    The suffix decides if the file is damaged or its members don't identify a format.
    """
    by_suffix = formats.package_with_suffix(suffix)
    try:
        with ZipFile(BytesIO(data)) as archive:
            names = archive.namelist()
    except (BadZipFile, OSError, ValueError, NotImplementedError):
        return by_suffix
    if "[content_types].xml" in map(str.lower, names):
        for folder, media_type in formats.signs(ZipFolder):
            if any(name.lower().replace("\\", "/").startswith(folder.name) for name in names):
                return media_type
        return by_suffix
    if "mimetype" in names:
        mimetype = _mimetype(data)
        matches = (kind for sign, kind in formats.signs(ZipMimetype) if sign.name == mimetype)
    else:
        matches = (kind for sign, kind in formats.signs(ZipMember) if sign.name in names)
    return next(matches, by_suffix)


def _mimetype(data: bytes) -> str:
    try:
        with ZipFile(BytesIO(data)) as archive, archive.open("mimetype") as member:
            return member.read(200).decode("ascii", "replace").strip()
    except (BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError):
        return ""
