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
    TextBegins,
    TextLooksLike,
    XmlRoot,
    ZipFolder,
    ZipMember,
    ZipMimetype,
)
from chatbot.readers.formats import Format

_READERS: Final = "chatbot.readers"
# PDF readers accept junk before the header, but a text that mentions a header isn't a PDF.
_PDF_AFTER_JUNK: Final = re.compile(rb"(?:^|[\r\n\0])%PDF-[0-9]\.[0-9]\s*[\r\n]")
_HTML_START: Final = re.compile(rb"<!doctype html|<html|<head|<body", re.IGNORECASE)
_MAILBOX_START: Final = re.compile(rb"From \S+ .*\n(?:>?[A-Z][A-Za-z0-9-]+:|\s)")
# Mail begins with a header field, and soon has one that no other text has.
_MAIL_START: Final = re.compile(
    rb"""(?=[A-Z][A-Za-z0-9-]{1,40}:[ \t])(?s:.*?)
    ^(?i:Message-ID|MIME-Version|Received|Return-Path|Delivered-To):""",
    re.MULTILINE | re.VERBOSE,
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


_TEXTS: Final = (
    Format(
        name="Markdown",
        media_type=types.MARKDOWN,
        reader=f"{_READERS}.markup.markdown:read_markdown",
        suffixes=(".md", ".markdown", ".mdown"),
        suffix_first=True,
    ),
    Format(name="Text", media_type=types.TEXT, reader=f"{_READERS}.markup.plain:read_plain"),
    Format(
        name="HTML",
        media_type=types.HTML,
        reader=f"{_READERS}.markup.html:read_html",
        signs=(TextBegins(_HTML_START), XmlRoot(b"html")),
        suffixes=(".html", ".htm", ".xhtml"),
        suffix_first=True,
    ),
    Format(
        name="EPUB",
        media_type=types.EPUB,
        reader=f"{_READERS}.markup.epub:read_epub",
        signs=(
            ZipMimetype(types.EPUB),
            ZipMimetype("application/x-ibooks+zip"),
            ZipMember("META-INF/container.xml"),
        ),
        suffixes=(".epub",),
    ),
    Format(
        name="XML",
        media_type=types.XML,
        reader=f"{_READERS}.markup.xml_document:read_xml",
        suffixes=(".xml",),
    ),
    Format(
        name="PDF",
        media_type=types.PDF,
        reader=f"{_READERS}.pdf.pdf:read_pdf",
        signs=(Begins(b"%PDF-"), Contains(_PDF_AFTER_JUNK, 1024)),
        # Its libraries are larger than all others together, and many corpora have no PDF.
        deferred=True,
    ),
    Format(
        name="RTF",
        media_type=types.RTF,
        reader=f"{_READERS}.rtf.rtf:read_rtf",
        signs=(Begins(b"{\\rtf"),),
    ),
)
_RECORDS: Final = (
    Format(
        name="JSON Lines",
        media_type=types.JSONL,
        reader=f"{_READERS}.records.jsonl:read_jsonl",
        suffixes=(".jsonl", ".ndjson"),
        suffix_first=True,
    ),
    Format(
        name="JSON",
        media_type=types.JSON,
        reader=f"{_READERS}.records.json_document:read_json",
        suffixes=(".json",),
    ),
    Format(
        name="CSV",
        media_type=types.CSV,
        reader=f"{_READERS}.records.delimited:read_csv",
        suffixes=(".csv",),
    ),
    Format(
        name="TSV",
        media_type=types.TSV,
        reader=f"{_READERS}.records.delimited:read_csv",
        suffixes=(".tsv", ".tab"),
    ),
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
        refusal=SkipReason(SkipKind.OUTDATED, "Word before 2007"),
        signs=(OleStream("WordDocument"),),
        suffixes=(".doc", ".dot"),
    ),
    Format(
        name="PowerPoint 97-2003",
        media_type=types.PPT,
        refusal=SkipReason(SkipKind.OUTDATED, "PowerPoint before 2007"),
        signs=(OleStream("PowerPoint Document"),),
        suffixes=(".ppt", ".pps"),
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
        reader=f"{_READERS}.containers.archive:read_gzip",
        signs=(Begins(b"\x1f\x8b"),),
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
)


def _unsupported(name: str, media_type: str, *starts: bytes) -> Format:
    return Format(name=name, media_type=media_type, signs=tuple(map(Begins, starts)))


# Without these, a binary file would count as text, and a stylesheet would be indexed as prose.
_UNSUPPORTED: Final = (
    Format(
        name="Outlook",
        media_type="application/vnd.ms-outlook",
        signs=(OleStream("__properties_version1.0"),),
        suffixes=(".msg",),
    ),
    _unsupported("OLE", types.OLE, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    _unsupported("7z", "application/x-7z-compressed", b"7z\xbc\xaf\x27\x1c"),
    _unsupported("bzip2", "application/x-bzip2", b"BZh"),
    _unsupported("XZ", "application/x-xz", b"\xfd7zXZ\0"),
    _unsupported("RAR", "application/vnd.rar", b"Rar!\x1a\x07"),
    Format(name="tar", media_type="application/x-tar", signs=(At(257, b"ustar"),)),
    _unsupported("PNG", "image/png", b"\x89PNG\r\n"),
    _unsupported("JPEG", "image/jpeg", b"\xff\xd8\xff"),
    _unsupported("GIF", "image/gif", b"GIF8"),
    _unsupported("TIFF", "image/tiff", b"II*\0", b"MM\0*"),
    Format(name="SVG", media_type="image/svg+xml", signs=(XmlRoot(b"svg"),), suffixes=(".svg",)),
    _unsupported("Program", "application/x-executable", b"\x7fELF", b"MZ\x90\0"),
    _unsupported("SQLite", "application/vnd.sqlite3", b"SQLite format 3\0"),
    _unsupported("HTML Help", "application/vnd.ms-htmlhelp", b"ITSF\3\0"),
    Format(name="CSS", media_type="text/css", suffixes=(".css",)),
    Format(name="JavaScript", media_type="text/javascript", suffixes=(".js",)),
)

BUILT_IN: Final = (*_TEXTS, *_RECORDS, *_OFFICE, *_CONTAINERS, *_UNSUPPORTED)
