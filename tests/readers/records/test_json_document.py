"""JSON: readable lines that can be found and cited."""

from __future__ import annotations

import json

from tests.readers.reading import blocks, covers, document, documents, reason

LONG = "A text that is longer than a value in a row would be. " * 5


def test_records_are_rows_with_the_names_of_their_fields() -> None:
    """Each object of a list is one line; nested names are joined, empty values left out."""
    data = [
        {"ship": "Varyag", "crew": 480, "port": {"name": "Baltiysk", "depth": 9.50}, "x": None},
        {"ship": "Kunlun", "old": False, "crew": [1, 2], "calls": [{"y": 1}, {"y": 2}]},
        "loose",
    ]
    found = document("fleet/ships.json", json.dumps(data).replace("9.5", "9.50"))
    assert blocks(found) == [
        ("row", "ship: Varyag | crew: 480 | port.name: Baltiysk | port.depth: 9.50"),
        ("row", "ship: Kunlun | old: false | crew: 1, 2 | calls.y: 1 | calls.y: 2"),
        ("paragraph", "loose"),
    ]
    assert (found.title, covers(found)) == ("ships", True)


def test_an_object_is_a_text_with_sections() -> None:
    """What is plain comes first, what is nested under its name; long texts are paragraphs."""
    data = {
        "fleet": {"navy": {"ships": 3}, "flag": "white", "about": LONG},
        "title": "Order of battle",
        "year": 2012,
    }
    found = document("a.json", json.dumps(data))
    assert blocks(found) == [
        ("row", "title: Order of battle | year: 2012"),
        ("heading", "fleet"),
        ("row", "flag: white"),
        ("paragraph", f"about: {LONG.strip()}"),
        ("heading", "navy"),
        ("row", "ships: 3"),
    ]
    assert [block.level for block in found.blocks if block.kind == "heading"] == [1, 2]
    assert found.title == "Order of battle"


def test_a_list_of_documents_gives_each_of_them() -> None:
    """The form of a JSONL corpus, in one list."""
    data = [{"_id": "a", "title": "One", "text": "First."}, {"_id": "b", "text": "Second."}]
    found = documents("c.json", json.dumps(data), "c.json/")
    assert [(each.doc_id, each.title, each.text) for each in found] == [
        ("c.json/a", "One", "First."),
        ("c.json/b", "Second.", "Second."),
    ]


def test_objects_one_a_line_are_a_list() -> None:
    """Many programs write such a file under this suffix."""
    assert document("a.json", '{"a": 1}\n\n{"a": 2}\n').text == "a: 1\na: 2"


def test_figures_stay_as_they_are_written() -> None:
    """No digit is lost to a binary fraction."""
    data = '{"a": 12345678901234567890.10, "b": 1e400, "c": 007.0}'.replace("007.0", "7.0")
    assert document("a.json", data).text == "a: 12345678901234567890.10 | b: 1e400 | c: 7.0"


def test_a_file_that_gives_no_text_says_why() -> None:
    """The reason is for the person who owns the file."""
    assert reason("a.json", '{"a": ').startswith("damaged: it is not JSON (")
    assert reason("a.json", "[" * 100_000) == "nested too deeply"
    for empty in ("", " \n", "null", "[]", '{"a": ""}', '[{"a": null}]'):
        assert reason("a.json", empty) == "no text"
