"""FictionBook: a book by its own structure."""

from __future__ import annotations

from tests.readers.reading import blocks, covers, document

BOOK = """<?xml version="1.0" encoding="windows-1251"?>
<FictionBook xmlns="http://www.gribuser.ru/xml/fictionbook/2.0" xmlns:l="http://www.w3.org/1999/xlink">
<description><title-info><genre>sf_horror</genre><author><first-name>Анна</first-name><last-name>Ли</last-name></author>
<book-title>Колодец</book-title><annotation><p>О воде.</p></annotation><date value="1999-05-06">6 мая</date><lang>ru</lang></title-info></description>
<body><title><p>Колодец</p><p>роман</p></title><section><title><p>Глава 1</p></title><p>Вода <emphasis>ушла</emphasis>.<a l:href="#n1" type="note">[1]</a></p>
<poem><stanza><v>Строка один</v><v>строка два</v></stanza></poem></section></body>
<body name="notes"><section id="n1"><title><p>1</p></title><p>Примечание.</p></section></body>
<binary id="x.jpg" content-type="image/jpeg">AAAA</binary></FictionBook>"""


def test_a_book_has_its_title_its_sections_and_its_poems() -> None:
    """The genre is no title, and the pictures aren't text."""
    doc = document("a.fb2", BOOK.encode("cp1251"))
    assert blocks(doc) == [
        ("paragraph", "О воде."),
        ("heading", "Колодец роман"),
        ("heading", "Глава 1"),
        ("paragraph", "Вода ушла.[1]"),
        ("paragraph", "Строка один строка два"),
        ("heading", "1"),
        ("paragraph", "Примечание."),
    ]
    assert (doc.title, doc.metadata.author) == ("Колодец", "Анна Ли")
    assert (doc.metadata.date, doc.metadata.language) == ("1999-05-06", "ru")
    assert covers(doc)


def test_a_cut_book_keeps_its_words_and_no_entity_is_expanded() -> None:
    """What isn't valid XML is read leniently."""
    assert "О воде." in document("a.fb2", BOOK.encode("cp1251")[:620]).text
    bomb = '<!DOCTYPE b [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>'
    doc = f"{bomb}<FictionBook><body><p>x &b;</p></body></FictionBook>"
    assert "aa" not in document("a.fb2", doc).text
