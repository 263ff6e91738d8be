"""Which format a ZIP or an OLE container holds, told by what is inside."""

from __future__ import annotations

from io import BytesIO
from pathlib import PurePosixPath
from typing import Final
from zipfile import BadZipFile, ZipFile

ENCRYPTED: Final = "application/x-encrypted-office"

_OOXML: Final = "application/vnd.openxmlformats-officedocument"
DOCX: Final = f"{_OOXML}.wordprocessingml.document"
PPTX: Final = f"{_OOXML}.presentationml.presentation"
XLSX: Final = f"{_OOXML}.spreadsheetml.sheet"
ODT: Final = "application/vnd.oasis.opendocument.text"
ODP: Final = "application/vnd.oasis.opendocument.presentation"
ODS: Final = "application/vnd.oasis.opendocument.spreadsheet"
ODG: Final = "application/vnd.oasis.opendocument.graphics"
EPUB: Final = "application/epub+zip"
XLS: Final = "application/vnd.ms-excel"
DOC: Final = "application/msword"
PPT: Final = "application/vnd.ms-powerpoint"
MSG: Final = "application/vnd.ms-outlook"

_FOLDERS: Final = (("word/", DOCX), ("ppt/", PPTX), ("xl/", XLSX))
# Templates are read like the documents that they are templates of.
_BY_MIMETYPE: Final = {
    kind + form: kind for kind in (ODT, ODP, ODS, ODG) for form in ("", "-template")
} | {f"{ODT}-master": ODT, f"{ODT}-web": ODT, EPUB: EPUB, "application/x-ibooks+zip": EPUB}
_BY_SUFFIX: Final = {
    ".docx": DOCX, ".docm": DOCX, ".dotx": DOCX, ".dotm": DOCX,
    ".pptx": PPTX, ".pptm": PPTX, ".potx": PPTX, ".ppsx": PPTX, ".ppsm": PPTX,
    ".xlsx": XLSX, ".xlsm": XLSX, ".xltx": XLSX, ".xlsb": XLSX,
    ".odt": ODT, ".ott": ODT, ".odp": ODP, ".otp": ODP, ".ods": ODS, ".ots": ODS, ".odg": ODG,
    ".epub": EPUB, ".doc": DOC, ".dot": DOC, ".ppt": PPT, ".pps": PPT, ".xls": XLS, ".xlt": XLS,
    ".msg": MSG,
}  # fmt: skip
# Names of streams that only one kind of file has, as the container's directory writes them.
_STREAMS: Final = (
    ("EncryptedPackage", ENCRYPTED),
    ("WordDocument", DOC),
    ("PowerPoint Document", PPT),
    ("Workbook", XLS),
    ("WORKBOOK", XLS),
    ("Book", XLS),
    ("__properties_version1.0", MSG),
)


def zip_kind(name: str, data: bytes) -> str | None:
    """The media type of an office file or e-book in a ZIP; None for any other archive.

    One that is damaged is what its name says.
    """
    by_name = _BY_SUFFIX.get(PurePosixPath(name).suffix.lower())
    try:
        with ZipFile(BytesIO(data)) as archive:
            names = archive.namelist()
    except (BadZipFile, OSError, ValueError, NotImplementedError):
        return by_name
    if "[content_types].xml" in map(str.lower, names):
        for folder, kind in _FOLDERS:
            if any(each.lower().replace("\\", "/").startswith(folder) for each in names):
                return kind
        return by_name
    if "mimetype" in names:
        return _BY_MIMETYPE.get(_mimetype(data), by_name)
    return EPUB if "META-INF/container.xml" in names else by_name


def _mimetype(data: bytes) -> str:
    try:
        with ZipFile(BytesIO(data)) as archive, archive.open("mimetype") as member:
            return member.read(200).decode("ascii", "replace").strip()
    except (BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError):
        return ""


def ole_kind(name: str, data: bytes) -> str | None:
    """The media type of an old office file; None for any other use of the container.

    A file may hold another of another kind; then its name decides.
    """
    found = [kind for stream, kind in _STREAMS if _entry(stream) in data]
    by_name = _BY_SUFFIX.get(PurePosixPath(name).suffix.lower())
    return by_name if by_name in found else next(iter(found), None)


def _entry(stream: str) -> bytes:
    """The head of a directory entry: the name in 64 bytes, and its length in bytes ([MS-CFB])."""
    name = f"{stream}\0".encode("utf-16-le")
    return name.ljust(64, b"\0") + len(name).to_bytes(2, "little")
