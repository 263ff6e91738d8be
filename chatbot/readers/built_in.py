"""The formats that the chatbot recognises without any extension."""

from __future__ import annotations

import re
from typing import Final

from chatbot.errors import SkipKind, SkipReason
from chatbot.readers import media_types as types
from chatbot.readers.detection.signs import (
    At,
    Begins,
    Contains,
    OleStream,
    TextLooksLike,
    XmlRoot,
    ZipFolder,
    ZipMember,
    ZipMimetype,
)
from chatbot.readers.export_formats import EXPORTS
from chatbot.readers.formats import Format
from chatbot.readers.text_formats import CODE, RECORDS, TEXTS
from chatbot.readers.unread_formats import UNREAD

_READERS: Final = "chatbot.readers"
_MAILBOX_START: Final = re.compile(rb"From \S+ .*\n(?:>?[A-Z][A-Za-z0-9-]+:|\s)")
# Mail begins with a header field, and soon has one that no other text has.
_MAIL_START: Final = re.compile(
    rb"""(?=[A-Z][A-Za-z0-9-]{1,40}:[ \t])(?s:.*?)
    ^(?i:Message-ID|MIME-Version|Received|Return-Path|Delivered-To):""",
    re.MULTILINE | re.VERBOSE,
)
# Apple's programs since 2013, and before.
_IWORK_MEMBERS: Final = (
    "Index/Document.iwa",
    "Index.zip",
    "index.apxl",
    "buildVersionHistory.plist",
)
# The head of a tar archive from before 1988: a name, then numbers in octal.
_TAR_WITHOUT_SIGN: Final = re.compile(
    rb"\A(?=[^\0]{1,99}\0).{100}(?:[0-7 ]{6}[ \0]{2}){3}(?:[0-7 ]{11}[ \0]){2}[0-7 ]{6}[ \0]{2}",
    re.DOTALL,
)
# The object identifiers of signed and of enveloped data, after a length.
_ENCLOSED: Final = re.compile(
    rb"\A\x30.{1,5}?\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07[\x02\x03]", re.DOTALL
)


def _open_document(name: str, media_type: str, *variants: str, suffixes: tuple[str, ...]) -> Format:
    """An OpenDocument format; its templates are read like documents."""
    mimetypes = (media_type, f"{media_type}-template", *(f"{media_type}-{v}" for v in variants))
    return Format(
        name=name,
        media_type=media_type,
        reader=f"{_READERS}.odf.odf:read_odf",
        signs=tuple(map(ZipMimetype, mimetypes)),
        suffixes=suffixes,
    )


_OFFICE: Final = (
    # First, because an encrypted file may also have the stream of its program.
    Format(
        name="Office, encrypted",
        media_type=types.ENCRYPTED,
        refusal=SkipReason(SkipKind.ENCRYPTED),
        signs=(OleStream("EncryptedPackage"),),
    ),
    Format(
        name="Word",
        media_type=types.DOCX,
        reader=f"{_READERS}.office.docx:read_docx",
        signs=(ZipFolder("word/"),),
        suffixes=(".docx", ".docm", ".dotx", ".dotm"),
    ),
    Format(
        name="PowerPoint",
        media_type=types.PPTX,
        reader=f"{_READERS}.office.pptx:read_pptx",
        signs=(ZipFolder("ppt/"),),
        suffixes=(".pptx", ".pptm", ".potx", ".ppsx", ".ppsm"),
    ),
    Format(
        name="Excel",
        media_type=types.XLSX,
        reader=f"{_READERS}.office.workbooks:read_xlsx",
        signs=(ZipFolder("xl/"),),
        suffixes=(".xlsx", ".xlsm", ".xltx", ".xlsb"),
    ),
    Format(
        name="Word 97-2003",
        media_type=types.DOC,
        reader=f"{_READERS}.office.word_binary:read_doc",
        signs=(OleStream("WordDocument"),),
        suffixes=(".doc", ".dot"),
    ),
    Format(
        name="PowerPoint 97-2003",
        media_type=types.PPT,
        reader=f"{_READERS}.office.powerpoint_binary:read_ppt",
        signs=(OleStream("PowerPoint Document"),),
        suffixes=(".ppt", ".pps"),
    ),
    Format(
        name="Hangul",
        media_type=types.HANGUL,
        reader=f"{_READERS}.office.hangul:read_hwp",
        signs=(OleStream("DocInfo"),),
        suffixes=(".hwp",),
    ),
    Format(
        name="Excel 97-2003",
        media_type=types.XLS,
        reader=f"{_READERS}.office.workbooks:read_xls",
        signs=(OleStream("Workbook"), OleStream("WORKBOOK"), OleStream("Book")),
        suffixes=(".xls", ".xlt"),
    ),
    Format(
        name="Word 2003 XML",
        media_type=types.WORD_XML,
        reader=f"{_READERS}.office.docx:read_word_xml",
        signs=(XmlRoot(b"w:wordDocument"), XmlRoot(b"pkg:package")),
    ),
    Format(
        name="Excel 2003 XML",
        media_type=types.EXCEL_XML,
        reader=f"{_READERS}.office.excel_xml:read_excel_xml",
        signs=(XmlRoot(b"Workbook"),),
    ),
    Format(
        name="XPS",
        media_type=types.XPS,
        reader=f"{_READERS}.exports.xps:read_xps",
        signs=(ZipFolder("documents/"), ZipFolder("fixeddocseq.fdseq")),
        suffixes=(".xps", ".oxps"),
    ),
    Format(
        name="Pages, Keynote, Numbers",
        media_type=types.IWORK,
        reader=f"{_READERS}.iwork.iwork_file:read_iwork",
        signs=tuple(map(ZipMember, _IWORK_MEMBERS)),
        suffixes=(".pages", ".key", ".numbers"),
    ),
    _open_document("OpenDocument (ODT)", types.ODT, "master", "web", suffixes=(".odt", ".ott")),
    _open_document("OpenDocument (ODP)", types.ODP, suffixes=(".odp", ".otp")),
    _open_document("OpenDocument (ODS)", types.ODS, suffixes=(".ods", ".ots")),
    _open_document("OpenDocument (ODG)", types.ODG, suffixes=(".odg",)),
    Format(
        name="OpenDocument (XML)",
        media_type=types.FLAT_ODF,
        reader=f"{_READERS}.odf.odf:read_flat_odf",
        signs=(XmlRoot(b"office:document"),),
    ),
)
_CONTAINERS: Final = (
    Format(
        name="ZIP",
        media_type=types.ZIP,
        reader=f"{_READERS}.containers.archive:read_zip",
        signs=(Begins(b"PK\x03\x04"), Begins(b"PK00PK\x03\x04")),
        container=True,
    ),
    Format(
        name="gzip",
        media_type=types.GZIP,
        reader=f"{_READERS}.containers.archive:read_packed",
        signs=(Begins(b"\x1f\x8b"),),
        container=True,
    ),
    Format(
        name="bzip2",
        media_type="application/x-bzip2",
        reader=f"{_READERS}.containers.archive:read_packed",
        signs=(Begins(b"BZh"),),
        container=True,
    ),
    Format(
        name="XZ",
        media_type="application/x-xz",
        reader=f"{_READERS}.containers.archive:read_packed",
        signs=(Begins(b"\xfd7zXZ\0"),),
        container=True,
    ),
    Format(
        name="tar",
        media_type="application/x-tar",
        reader=f"{_READERS}.containers.archive:read_tar",
        signs=(At(257, b"ustar"), Contains(_TAR_WITHOUT_SIGN, 512)),
        container=True,
    ),
    Format(
        name="7z",
        media_type="application/x-7z-compressed",
        reader=f"{_READERS}.containers.archive:read_seven_zip",
        signs=(Begins(b"7z\xbc\xaf\x27\x1c"),),
        container=True,
    ),
    Format(
        name="Mailbox",
        media_type=types.MBOX,
        reader=f"{_READERS}.containers.mail:read_mailbox",
        signs=(TextLooksLike(_MAILBOX_START),),
        suffixes=(".mbox",),
        container=True,
    ),
    Format(
        name="Mail",
        media_type=types.MESSAGE,
        reader=f"{_READERS}.containers.mail:read_message",
        signs=(TextLooksLike(_MAIL_START),),
        suffixes=(".eml",),
        container=True,
    ),
    Format(
        name="HTML Help",
        media_type="application/vnd.ms-htmlhelp",
        reader=f"{_READERS}.containers.html_help:read_html_help",
        signs=(Begins(b"ITSF\3\0"),),
        container=True,
        deferred=True,
    ),
    # Only its container tells a topic from another page.
    Format(
        name="HTML Help topic",
        media_type=types.HELP_TOPIC,
        reader=f"{_READERS}.markup.html:read_help_topic",
    ),
    Format(
        name="Signed file",
        media_type=types.SIGNED,
        reader=f"{_READERS}.containers.signed:read_signed",
        signs=(Contains(_ENCLOSED, 24),),
        container=True,
        deferred=True,
    ),
    Format(
        name="Outlook",
        media_type=types.OUTLOOK,
        reader=f"{_READERS}.containers.outlook:read_outlook",
        signs=(OleStream("__properties_version1.0"),),
        suffixes=(".msg",),
        container=True,
        deferred=True,
    ),
)

_PICTURES: Final = tuple(
    Format(
        name=name,
        media_type=media_type,
        reader=f"{_READERS}.pdf.picture:read_picture",
        signs=signs,
        # It is read like a page of a PDF.
        deferred=True,
    )
    for name, media_type, signs in (
        ("PNG", "image/png", (Begins(b"\x89PNG\r\n"),)),
        ("JPEG", "image/jpeg", (Begins(b"\xff\xd8\xff"),)),
        ("TIFF", "image/tiff", (Begins(b"II*\0"), Begins(b"MM\0*"))),
        ("WebP", "image/webp", (At(8, b"WEBPVP8"),)),
    )
)


BUILT_IN: Final = (
    *TEXTS,
    *RECORDS,
    *CODE,
    *EXPORTS,
    *_OFFICE,
    *_CONTAINERS,
    *_PICTURES,
    *UNREAD,
)
