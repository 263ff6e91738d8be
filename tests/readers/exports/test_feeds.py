"""Feeds: each entry is a document."""

from __future__ import annotations

from tests.readers.reading import blocks, document, documents

RSS = """<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Town news</title><language>en</language>
<item><title>Baths reopen</title><link>https://example.org/1</link><pubDate>Mon, 06 May 2024 10:00:00 GMT</pubDate><dc:creator>Ann Lee</dc:creator><category>town</category>
<description>Short</description><content:encoded><![CDATA[<p>The baths <b>reopen</b> on Monday.</p><ul><li>pool</li></ul>]]></content:encoded></item>
<item><title>Only a title here</title></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>T</title><entry><title type="html">Ferry &amp;amp; bus</title><updated>2024-05-06T10:00:00Z</updated><author><name>Bo</name></author><link href="https://example.org/2"/><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>The ferry <i>leaves</i> at nine.</p><p>Two.</p></div></content></entry></feed>"""


def test_an_entry_of_a_feed_has_its_own_title_date_and_author() -> None:
    """The whole text counts before its summary; an entry without text is its title."""
    first, second = documents("news.xml", RSS, "news.xml/")
    assert blocks(first) == [("paragraph", "The baths reopen on Monday."), ("item", "pool")]
    assert (first.title, first.doc_id) == ("Baths reopen", "news.xml/Baths reopen")
    assert (first.metadata.date, first.metadata.author) == ("2024-05-06", "Ann Lee")
    assert (first.metadata.tags, first.metadata.language) == (("town",), "en")
    assert second.text == "Only a title here"


def test_atom_is_read_like_rss() -> None:
    """Its text may be elements, and its title may be escaped twice."""
    doc = document("a.atom", ATOM)
    assert blocks(doc) == [("paragraph", "The ferry leaves at nine."), ("paragraph", "Two.")]
    assert (doc.title, doc.metadata.date, doc.metadata.author) == (
        "Ferry & bus",
        "2024-05-06",
        "Bo",
    )


def test_a_feed_without_entries_is_read_as_xml() -> None:
    """Its description is all that it has."""
    text = "<rss><channel><title>Town</title><description>News of it.</description></channel></rss>"
    assert "News of it." in document("a.rss", text).text
