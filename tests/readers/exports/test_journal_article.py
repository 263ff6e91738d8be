"""Journal articles by their own structure."""

from __future__ import annotations

from tests.readers.reading import blocks, covers, document

ARTICLE = """<?xml version="1.0"?><!DOCTYPE article PUBLIC "-//NLM//DTD JATS" "x.dtd">
<article article-type="research-article" xml:lang="en"><front><journal-meta><journal-title>J</journal-title></journal-meta>
<article-meta><article-categories><subj-group><subject>Research Article</subject></subj-group></article-categories>
<title-group><article-title>Wells of the <italic>north</italic></article-title></title-group>
<contrib-group><contrib contrib-type="author"><name><surname>Lee</surname><given-names>Ann</given-names></name></contrib></contrib-group>
<pub-date pub-type="epub"><day>6</day><month>5</month><year>2024</year></pub-date>
<abstract><p>We dug.</p></abstract><kwd-group><kwd>wells</kwd></kwd-group></article-meta></front>
<body><sec><title>Methods</title><p>We used a drill <xref>1</xref>:<list><list-item><p>one</p></list-item><list-item><p>two</p></list-item></list></p>
<table-wrap><label>Table 1</label><caption><p>Depths</p></caption><table><thead><tr><th>Well</th><th>Depth</th></tr></thead><tbody><tr><td>A</td><td>40</td></tr></tbody></table></table-wrap>
<sec><title>Deep</title><p>Deeper.</p></sec></sec></body><back><ref-list><ref id="1"><label>1</label><mixed-citation>Chen B. Wells. 2001.</mixed-citation></ref></ref-list></back></article>"""


def test_an_article_has_its_title_its_authors_and_its_sections() -> None:
    """The kind of the article is no title; a list and a table in a section are read as such."""
    doc = document("a.nxml", ARTICLE)
    assert blocks(doc) == [
        ("heading", "Abstract"),
        ("paragraph", "We dug."),
        ("heading", "Methods"),
        ("paragraph", "We used a drill 1:"),
        ("item", "one"),
        ("item", "two"),
        ("paragraph", "Table 1 Depths"),
        ("header_row", "Well | Depth"),
        ("row", "A | 40"),
        ("heading", "Deep"),
        ("paragraph", "Deeper."),
        ("heading", "References"),
        ("item", "1 Chen B. Wells. 2001."),
    ]
    assert (doc.title, doc.metadata.author) == ("Wells of the north", "Ann Lee")
    assert (doc.metadata.date, doc.metadata.tags) == ("2024-05-06", ("wells",))
    assert covers(doc)


def test_an_article_of_another_format_is_read_as_xml() -> None:
    """DocBook has the same root."""
    text = (
        "<?xml version='1.0'?><article><title>Pumps</title><para>Prime it first.</para></article>"
    )
    assert "Prime it first." in document("a.xml", text).text


def test_a_span_that_is_no_number_counts_as_one() -> None:
    """A superscript digit is a digit to Python, but not a number."""
    spanned = ARTICLE.replace("<td>40</td>", '<td colspan="²">40</td>')
    assert blocks(document("a.nxml", spanned)) == blocks(document("a.nxml", ARTICLE))
