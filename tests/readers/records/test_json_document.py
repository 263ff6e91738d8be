"""JSON: readable lines that can be found and cited."""

from __future__ import annotations

import json

from tests.readers.reading import blocks, covers, document, documents, reason

LONG = "A text that is longer than a value in a row would be. " * 5


def test_records_are_rows_with_the_names_of_their_fields() -> None:
    """Each object of a list is one line; nested names are joined, empty values are left out."""
    data = [
        {"ship": "Varyag", "crew": 480, "port": {"name": "Baltiysk", "depth": 9.50}, "x": None},
        {"ship": "Kunlun", "old": False, "crew": [1, 2], "calls": [{"y": 1}, {"y": 2}]},
        "loose",
    ]
    doc = document("fleet/ships.json", json.dumps(data).replace("9.5", "9.50"))
    assert blocks(doc) == [
        ("row", "ship: Varyag | crew: 480 | port.name: Baltiysk | port.depth: 9.50"),
        ("row", "ship: Kunlun | old: false | crew: 1, 2 | calls.y: 1 | calls.y: 2"),
        ("paragraph", "loose"),
    ]
    assert (doc.title, covers(doc)) == ("ships", True)


def test_an_object_is_a_text_with_sections() -> None:
    """Plain values come first, nested ones follow under their names; long texts are paragraphs."""
    data = {
        "fleet": {"navy": {"ships": 3}, "flag": "white", "about": LONG},
        "title": "Order of battle",
        "year": 2012,
    }
    doc = document("a.json", json.dumps(data))
    assert blocks(doc) == [
        ("row", "title: Order of battle | year: 2012"),
        ("heading", "fleet"),
        ("row", "flag: white"),
        ("paragraph", f"about: {LONG.strip()}"),
        ("heading", "navy"),
        ("row", "ships: 3"),
    ]
    assert [block.level for block in doc.blocks if block.kind == "heading"] == [1, 2]
    assert doc.title == "Order of battle"


def test_a_list_of_documents_gives_each_of_them() -> None:
    """A list of objects in the form of a JSON Lines corpus."""
    data = [{"_id": "a", "title": "One", "text": "First."}, {"_id": "b", "text": "Second."}]
    docs = documents("c.json", json.dumps(data), "c.json/")
    assert [(doc.doc_id, doc.title, doc.text) for doc in docs] == [
        ("c.json/a", "One", "First."),
        ("c.json/b", "Second.", "Second."),
    ]


def test_one_object_a_line_is_a_list() -> None:
    """Many programs write JSON Lines under the suffix `.json`."""
    assert document("a.json", '{"a": 1}\n\n{"a": 2}\n').text == "a: 1\na: 2"


def test_figures_stay_as_they_are_written() -> None:
    """No digit is lost by conversion to floating point."""
    data = '{"a": 12345678901234567890.10, "b": 1e400, "c": 007.0}'.replace("007.0", "7.0")
    assert document("a.json", data).text == "a: 12345678901234567890.10 | b: 1e400 | c: 7.0"


def test_a_file_without_text_gives_a_reason() -> None:
    """The reason tells the owner what is wrong."""
    assert reason("a.json", '{"a": ').startswith("damaged: it is not JSON (")
    assert reason("a.json", "[" * 100_000) == "nested too deeply"
    for empty in ("", " \n", "null", "[]", '{"a": ""}', '[{"a": null}]'):
        assert reason("a.json", empty) == "no text"


def test_a_text_in_pieces_is_one_text() -> None:
    """Chat exports mark words this way, and may repeat the text in marked pieces."""
    pieces = ["The trailer costs ", {"type": "bold", "text": "1250 euros"}, "."]
    entities = [{"type": "plain", "text": "The trailer costs 1250 euros."}]
    chat = {"name": "Boats", "messages": [{"id": 1, "text": pieces, "text_entities": entities}]}
    assert blocks(document("chat.json", json.dumps(chat))) == [
        ("row", "name: Boats"),
        ("heading", "messages"),
        ("row", "id: 1 | text: The trailer costs 1250 euros."),
    ]
