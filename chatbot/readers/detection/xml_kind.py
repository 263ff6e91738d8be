"""Which format an XML file is in, told by its root."""

from __future__ import annotations

import re
from typing import Final

FLAT_ODF: Final = "application/vnd.oasis.opendocument.text-flat-xml"
WORD_XML: Final = "application/vnd.ms-word.xml"
EXCEL_XML: Final = "application/vnd.ms-excel.xml"

_BY_ROOT: Final = {
    b"html": "text/html",
    b"svg": "image/svg+xml",
    b"office:document": FLAT_ODF,
    b"w:wordDocument": WORD_XML,
    b"pkg:package": WORD_XML,
    b"Workbook": EXCEL_XML,
}
_ROOT: Final = re.compile(
    rb"""\A<\?xml[^>]*\?>                 # only what declares itself
    (?:\s+|<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>)*
    <([A-Za-z_][\w.:-]*)""",
    re.VERBOSE | re.DOTALL,
)


def xml_kind(start: bytes) -> str | None:
    """The media type of what begins like this; None where it does not say that it is XML."""
    if not start.startswith(b"<?xml"):
        return None
    root = _ROOT.match(start)
    return _BY_ROOT.get(root.group(1), "application/xml") if root else "application/xml"
