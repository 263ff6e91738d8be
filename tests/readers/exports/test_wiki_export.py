"""Exports of MediaWiki: pages with sections, tables and infoboxes."""

from __future__ import annotations

from tests.readers.reading import blocks, covers, document

WIKI = """<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.10/" xml:lang="en"><siteinfo><sitename>W</sitename></siteinfo><page><title>Lake Vell</title><ns>0</ns><revision><timestamp>2024-05-06T10:00:00Z</timestamp><contributor><username>Ann</username></contributor><text xml:space="preserve">{{Infobox lake
| name = Lake Vell
| depth = {{convert|40|m|ft}}
}}
'''Lake Vell''' is a [[lake|deep lake]] in [[Norway]].&lt;ref&gt;{{cite web|title=X}}&lt;/ref&gt; It freezes.
[[File:Vell.jpg|thumb|200px|The lake in [[winter]]]]

== Fish ==
* [[Trout]]
* Perch
{| class="wikitable"
|+ Catch
! Year !! Tons
|-
| 2020 || 3
|-
| style="color:red" | 2021
| 4
|}
[https://example.org The site] says so.
[[Category:Lakes]]</text></revision></page><page><title>Vell</title><revision><text>#REDIRECT [[Lake Vell]]</text></revision></page></mediawiki>"""


def test_a_page_is_a_document_without_its_markup() -> None:
    """Links are words, an infobox is rows; sources, templates and redirects are left out."""
    doc = document("a.xml", WIKI)
    assert blocks(doc) == [
        ("row", "name: Lake Vell"),
        ("row", "depth: 40 m"),
        ("paragraph", "Lake Vell is a deep lake in Norway. It freezes."),
        ("paragraph", "The lake in winter"),
        ("heading", "Fish"),
        ("item", "Trout"),
        ("item", "Perch"),
        ("paragraph", "Catch"),
        ("header_row", "Year | Tons"),
        ("row", "2020 | 3"),
        ("row", "2021 | 4"),
        ("paragraph", "The site says so."),
    ]
    assert (doc.title, doc.metadata.date, doc.metadata.tags) == (
        "Lake Vell",
        "2024-05-06",
        ("Lakes",),
    )
    assert covers(doc)


def test_a_template_without_end_is_text() -> None:
    """Deep nesting is no problem either."""
    page = (
        "<mediawiki><page><title>A</title><revision><text>{}</text></revision></page></mediawiki>"
    )
    assert "last" in document("a.xml", page.format("{{Infobox | first | last")).text
    assert document("a.xml", page.format("{{" * 50_000 + "last")).text.endswith("last")
