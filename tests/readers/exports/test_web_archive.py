"""Pages that Safari saved."""

from __future__ import annotations

import plistlib

from tests.readers.reading import blocks, document, reason

PAGE = (
    "<html><head><meta charset=iso-8859-1><title>Café Vell</title></head>"
    "<body><p>The café opens at nine every day of the week.</p></body></html>"
)


def test_the_page_in_an_archive_is_read_in_its_encoding() -> None:
    """The archive states the encoding; what the page says of it is outdated."""
    resource = {"WebResourceData": PAGE.encode(), "WebResourceTextEncodingName": "UTF-8"}
    data = plistlib.dumps({"WebMainResource": resource}, fmt=plistlib.FMT_BINARY)
    doc = document("a.webarchive", data)
    assert blocks(doc) == [("paragraph", "The café opens at nine every day of the week.")]
    assert doc.title == "Café Vell"
    assert reason("a.webarchive", data[:60]).startswith("damaged: it isn't a property list")


def test_another_property_list_is_unsupported() -> None:
    """Settings of programs aren't text."""
    data = plistlib.dumps({"width": 3}, fmt=plistlib.FMT_BINARY)
    assert reason("a.plist", data).startswith("unsupported format: .plist")
