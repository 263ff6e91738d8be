"""Pages, Keynote and Numbers are read, in the form since 2013 and in the one before.

`costs.numbers` was made with numbers-parser; parts that hold no text were taken out.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.readers.iwork.iwa import unsnapped
from tests.readers.packages import zipped
from tests.readers.reading import blocks, covers, document, read_or_reason, reason

COSTS = Path(__file__).with_name("costs.numbers")


def sample(data: Path, name: str) -> bytes:
    return next((data / "torture").rglob(name)).read_bytes()


# -- archives as the programs write them ----------------------------------------------------------


def varint(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def message(*fields: tuple[int, int | str | bytes]) -> bytes:
    """A message of Protocol Buffers."""
    encoded = b""
    for number, value in fields:
        if isinstance(value, int):
            encoded += varint(number << 3) + varint(value)
        else:
            content = value.encode() if isinstance(value, str) else value
            encoded += varint(number << 3 | 2) + varint(len(content)) + content
    return encoded


def reference(number: int) -> bytes:
    return message((1, number))


def stored(data: bytes) -> bytes:
    """The bytes in Snappy's form, in literals of 60 bytes."""
    pieces = [data[start : start + 60] for start in range(0, len(data), 60)]
    return varint(len(data)) + b"".join(bytes([len(p) - 1 << 2]) + p for p in pieces)


def archive(*objects: tuple[int, int, bytes]) -> bytes:
    """An archive of objects, each with its number and type."""
    data = b""
    for number, kind, content in objects:
        header = message((1, number), (2, message((1, kind), (3, len(content)))))
        data += varint(len(header)) + header + content
    chunk = stored(data)
    return b"\0" + len(chunk).to_bytes(3, "little") + chunk


def shape(storage: int) -> bytes:
    """A shape that owns a text; a placeholder is such a shape with a wrapper."""
    return message((4, reference(storage)))


def text(words: str, kind: int = 0) -> bytes:
    return message((1, kind), (3, words))


KEYNOTE = zipped(
    (
        "Index/Document.iwa",
        archive(
            (1, 1, message((2, reference(2)))),
            (2, 2, message((3, message((2, reference(41)), (2, reference(40)))))),
            (40, 4, message((2, reference(50)))),
            (41, 4, message((2, reference(51)))),
        ),
    ),
    (
        "Index/Slide-50.iwa",
        archive(
            (50, 5, message((5, reference(60)), (6, reference(61)), (7, reference(62)))),
            (60, 7, message((1, shape(70)))),
            (61, 7, message((1, shape(71)))),
            (62, 2011, shape(72)),
            (70, 2001, text("Costs")),
            (71, 2001, text("Pumps cost nine euros.\nSeals cost two.")),
            (72, 2001, text("A box beside it.")),
        ),
    ),
    (
        "Index/Slide-51.iwa",
        archive(
            (51, 5, message((5, reference(63)), (27, reference(64)))),
            (63, 7, message((1, shape(73)))),
            (64, 15, message((1, reference(74)))),
            (73, 2001, text("Fleet plan")),
            (74, 2001, text("Greet the board first.")),
        ),
    ),
)


def test_the_slides_of_keynote_are_pages_in_their_order() -> None:
    """Each begins with its title; the notes of the speaker follow under a heading of their own."""
    doc = document("talk.key", KEYNOTE)
    assert blocks(doc) == [
        ("heading", "Fleet plan"),
        ("heading", "Notes"),
        ("paragraph", "Greet the board first."),
        ("heading", "Costs"),
        ("paragraph", "Pumps cost nine euros."),
        ("paragraph", "Seals cost two."),
        ("paragraph", "A box beside it."),
    ]
    assert (doc.title, len(doc.pages)) == ("Fleet plan", 2)
    assert covers(doc)


def test_the_tables_of_numbers_keep_their_heads_and_values() -> None:
    """Figures are plain, dates in ISO 8601, durations in hours; an empty cell stays empty."""
    doc = document("costs.numbers", COSTS.read_bytes())
    assert blocks(doc) == [
        ("heading", "Costs"),
        ("paragraph", "Pumps"),
        ("header_row", "Part | Price | Bought | Spare"),
        ("row", "Pump | 1249.5 | 2025-03-14 | true"),
        ("row", "Seal, small | -3 | 2025-03-14 09:30 | false"),
        ("row", "Hours | 2:05:00 | |"),
    ]
    assert covers(doc)


def test_pages_since_2013_gives_its_text(data: Path) -> None:
    """The body comes first, then what stands in boxes."""
    doc = document("a.pages", sample(data, "testPages2013.pages"))
    texts = [words for _, words in blocks(doc)]
    assert texts[:2] == ["Sample pages document", "Some plain text to parse."]
    assert "A text box with text." in texts
    assert covers(doc)


def test_keynote_before_2013_gives_slides_tables_and_notes(data: Path) -> None:
    """The slides of its theme aren't read."""
    doc = document("a.key", sample(data, "testKeynote.key"))
    texts = [words for _, words in blocks(doc)]
    assert texts[:5] == [
        "A sample presentation",
        "For the Apache Tika project",
        "Slide 1",
        "Some random text for the sake of testability.",
        "Notes",
    ]
    assert "A nice note" in texts
    assert len(doc.pages) == 3


def test_numbers_before_2013_gives_each_table_under_its_name(data: Path) -> None:
    """A formula gives its result."""
    content = blocks(document("a.numbers", sample(data, "testNumbers.numbers")))
    assert content[:4] == [
        ("heading", "Checking"),
        ("paragraph", "Account Categories"),
        ("header_row", "Category | Amount"),
        ("row", "Home | -872.4"),
    ]
    assert ("row", "Total | -2575.9") in content


def test_a_file_without_text_and_an_encrypted_one_give_a_reason(data: Path) -> None:
    """So does a cut one."""
    assert reason("a.numbers", sample(data, "tableNames.numbers")) == "no text"
    locked = zipped(("Index/Document.iwa", b"\0"), (".iwph", b"hint"))
    assert reason("a.key", locked) == "encrypted: remove the password and build again"
    whole = COSTS.read_bytes()
    assert reason("a.numbers", whole[: len(whole) // 2]).startswith("damaged")


@pytest.mark.parametrize("place", range(0, 120, 7))
def test_a_damaged_archive_never_breaks_the_reader(place: int) -> None:
    """It is read in part or gives a reason."""
    first = archive((1, 1, message((2, reference(2)))), (2, 2, message((3, message((2, b"\x08"))))))
    changed = bytearray(first * 3)
    changed[place % len(changed)] ^= 0xFF
    result = read_or_reason("a.key", zipped(("Index/Document.iwa", bytes(changed))))
    assert isinstance(result, str)


@given(st.binary(max_size=300))
def test_snappy_gives_back_what_was_stored(data: bytes) -> None:
    """Literals are copied as they are."""
    assert unsnapped(stored(data)) == data


def test_snappy_repeats_what_came_before() -> None:
    """A copy may overlap its own result, after the description of the format."""
    # Nine bytes: "ab" as a literal, then a copy of seven from two bytes before.
    assert unsnapped(b"\x09\x04ab" + bytes([7 - 4 << 2 | 1, 2])) == b"ababababa"
    assert unsnapped(b"\x06\x04ab" + bytes([4 - 1 << 2 | 2, 2, 0])) == b"ababab"
    with pytest.raises(ValueError, match="9"):
        unsnapped(b"\x02\x04ab" + bytes([7 - 4 << 2 | 1, 9]))


def test_empty_and_covered_cells_before_2013_shift_no_value() -> None:
    """An empty cell stands for several; a date counts the seconds since 2001."""
    table = (
        '<grid numcols="4"><datasource><g col-span="2"/><s ho="1"/><t><ct s="Balance"/></t>'
        '<n v="4650"/><t><ct s="Type"/></t><t><ct s="Date"/></t><t><ct s="Item"/></t>'
        '<t><ct s="Sum"/></t><n v="101"/><d cell-date="276048000"/><g ct="1"/><n v="-775"/>'
        '<g ct="3"/><n v="7"/></datasource></grid>'
    )
    index = (
        '<document><workspace workspace-name="Costs"><tabular-model num-header-rows="2" '
        f'name-is-visible="false">{table}</tabular-model></workspace></document>'
    )
    package = zipped(("index.xml", index), ("buildVersionHistory.plist", "x"))
    assert [text for _, text in blocks(document("a.numbers", package))] == [
        "Costs",
        "| | Balance | 4650",
        "Type | Date | Item | Sum",
        "101 | 2009-10-01 | | -775",
        "| | | 7",
    ]
