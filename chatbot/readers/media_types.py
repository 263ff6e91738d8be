"""Media types that readers and formats share."""

from __future__ import annotations

from typing import Final

TEXT: Final = "text/plain"
MARKDOWN: Final = "text/markdown"
HTML: Final = "text/html"
HELP_TOPIC: Final = "text/x-help-topic+html"
PDF: Final = "application/pdf"
RTF: Final = "application/rtf"
EPUB: Final = "application/epub+zip"

SOURCE_CODE: Final = "text/x-source-code"
CONFIGURATION: Final = "text/x-configuration"
LOG: Final = "text/x-log"
NOTEBOOK: Final = "application/x-ipynb+json"
SUBTITLES: Final = "application/x-subrip"
SVG: Final = "image/svg+xml"

RESTRUCTURED_TEXT: Final = "text/x-rst"
ASCIIDOC: Final = "text/asciidoc"
ORG: Final = "text/x-org"
LATEX: Final = "application/x-latex"

FICTION_BOOK: Final = "application/x-fictionbook+xml"
JOURNAL_ARTICLE: Final = "application/jats+xml"
FEED: Final = "application/rss+xml"
EVERNOTE: Final = "application/enex+xml"
WIKI: Final = "application/x-mediawiki+xml"
CALENDAR: Final = "text/calendar"
CONTACTS: Final = "text/vcard"
PROPERTY_LIST: Final = "application/x-webarchive"

XML: Final = "application/xml"
JSON: Final = "application/json"
JSONL: Final = "application/jsonl"
CSV: Final = "text/csv"
TSV: Final = "text/tab-separated-values"

_OOXML: Final = "application/vnd.openxmlformats-officedocument"
DOCX: Final = f"{_OOXML}.wordprocessingml.document"
PPTX: Final = f"{_OOXML}.presentationml.presentation"
XLSX: Final = f"{_OOXML}.spreadsheetml.sheet"
WORD_XML: Final = "application/vnd.ms-word.xml"
EXCEL_XML: Final = "application/vnd.ms-excel.xml"
XLS: Final = "application/vnd.ms-excel"
DOC: Final = "application/msword"
HANGUL: Final = "application/x-hwp"
PPT: Final = "application/vnd.ms-powerpoint"
ENCRYPTED: Final = "application/x-encrypted-office"
OLE: Final = "application/x-ole-storage"

XPS: Final = "application/vnd.ms-xpsdocument"
IWORK: Final = "application/vnd.apple.iwork"

ODT: Final = "application/vnd.oasis.opendocument.text"
ODP: Final = "application/vnd.oasis.opendocument.presentation"
ODS: Final = "application/vnd.oasis.opendocument.spreadsheet"
ODG: Final = "application/vnd.oasis.opendocument.graphics"
FLAT_ODF: Final = "application/vnd.oasis.opendocument.text-flat-xml"

ZIP: Final = "application/zip"
GZIP: Final = "application/gzip"
MESSAGE: Final = "message/rfc822"
SIGNED: Final = "application/pkcs7-mime"
OUTLOOK: Final = "application/vnd.ms-outlook"
MBOX: Final = "application/mbox"
