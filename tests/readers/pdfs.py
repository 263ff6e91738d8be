"""Small PDF files written by hand, so that the place of each word is known exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

WIDTH, HEIGHT = 612, 792
FONTS = {"plain": "Helvetica", "bold": "Helvetica-Bold", "typed": "Courier"}
# Width of a letter as a share of the font size, in Courier and in the font that stands for prose.
TYPED = 0.6
# One letter is narrower, or PDFium would take the font for fixed pitch, and the text for code.
_EVEN = (
    "<< /Type /Font /Subtype /Type1 /Encoding /WinAnsiEncoding /BaseFont /Even /FirstChar 32 "
    f"/LastChar 126 /Widths [{'600 ' * 94} 500] /FontDescriptor << /Type /FontDescriptor "
    "/FontName /Even /Flags 32 /FontBBox [0 -200 600 800] /ItalicAngle 0 /Ascent 800 "
    "/Descent -200 /CapHeight 700 /StemV 80 >> >>"
)


class Words(NamedTuple):
    """Text whose baseline begins at `left`, `up` from the bottom of the page."""

    left: float
    up: float
    text: str
    size: float = 10
    font: str = "plain"


class Mark(NamedTuple):
    """An entry of the outline: title, page counted from 1, and the entries below it."""

    title: str
    page: int
    below: tuple[Mark, ...] = ()


def lines(
    left: float, up: float, texts: Sequence[str], *, size: float = 10, font: str = "plain"
) -> list[Words]:
    """Lines of a paragraph, one below the other."""
    return [
        Words(left, up - 1.2 * size * number, text, size, font) for number, text in enumerate(texts)
    ]


def drawn_lines(ends: Sequence[tuple[float, float, float, float]]) -> str:
    """The commands that draw lines, each from one point to another."""
    return "".join(f"{a} {b} m {c} {d} l S\n" for a, b, c, d in ends)


def pdf(
    *pages: Sequence[Words],
    info: Mapping[str, str] | None = None,
    outline: Sequence[Mark] = (),
    language: str = "",
    rotate: int = 0,
    crop: Sequence[int] = (0, 0, WIDTH, HEIGHT),
    drawing: str = "",
    struck: Sequence[tuple[float, float, float, float]] = (),
) -> bytes:
    """A file with these pages; the words are drawn in this order, below them the drawing.

    `struck` are boxes (left, bottom, right, top) of annotations that strike words through.
    """
    objects: list[bytes] = [b"", b""]  # the catalogue and the tree of pages, known at the end

    def add(body: str | bytes) -> int:
        objects.append(body.encode("cp1252") if isinstance(body, str) else body)
        return len(objects)

    font = "<< /Type /Font /Subtype /Type1 /Encoding /WinAnsiEncoding /BaseFont"
    fonts = " ".join(f"/{name} {add(f'{font} /{base} >>')} 0 R" for name, base in FONTS.items())
    fonts += f" /even {add(_EVEN)} 0 R"
    kids = []
    notes = " ".join(
        f"<< /Type /Annot /Subtype /StrikeOut /Rect [{a} {b} {c} {d}] "
        f"/QuadPoints [{a} {d} {c} {d} {a} {b} {c} {b}] >>"
        for a, b, c, d in struck
    )
    for words in pages:
        stream = "\n".join(
            f"BT /{word.font} {word.size} Tf {word.left} {word.up} Td ({_escaped(word.text)}) Tj ET"
            for word in words
        ).encode("cp1252")
        stream = drawing.encode("ascii") + stream
        content = add(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        box = " ".join(map(str, crop))
        kids.append(
            add(
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] /CropBox [{box}] "
                f"/Rotate {rotate} /Annots [{notes}] /Resources << /Font << {fonts} >> >> "
                f"/Contents {content} 0 R >>"
            )
        )

    def marks(entries: Sequence[Mark], parent: int) -> tuple[int, int]:
        numbers = []
        for entry in entries:
            number = add("")
            numbers.append(number)
            below = ""
            if entry.below:
                first, last = marks(entry.below, number)
                below = f"/First {first} 0 R /Last {last} 0 R /Count {len(entry.below)}"
            objects[number - 1] = (
                f"<< /Title ({_escaped(entry.title)}) /Parent {parent} 0 R {below} "
                f"/Dest [{kids[entry.page - 1]} 0 R /Fit]"
            ).encode("cp1252")
        for place, number in enumerate(numbers):
            after = f" /Next {numbers[place + 1]} 0 R" if place + 1 < len(numbers) else ""
            objects[number - 1] += f"{after} >>".encode()
        return numbers[0], numbers[-1]

    catalogue = f"/Lang ({language})" if language else ""
    if outline:
        root = add("")
        first, last = marks(outline, root)
        objects[root - 1] = f"<< /Type /Outlines /First {first} 0 R /Last {last} 0 R >>".encode()
        catalogue += f" /Outlines {root} 0 R"
    objects[0] = f"<< /Type /Catalog /Pages 2 0 R {catalogue} >>".encode()
    listed = " ".join(f"{kid} 0 R" for kid in kids)
    objects[1] = f"<< /Type /Pages /Kids [{listed}] /Count {len(kids)} >>".encode()
    fields = " ".join(f"/{name} ({_escaped(value)})" for name, value in (info or {}).items())
    about = add(f"<< {fields} >>")
    return file_of(objects, about)


def form(
    words: Sequence[Words],
    fields: Sequence[tuple[str, tuple[int, int, int, int], str, str]],
    xfa: Mapping[str, str] | None = None,
) -> bytes:
    """A page with a form: the kind, box, name and value of each field, and its XFA packets."""
    stream = "\n".join(
        f"BT /F {word.size} Tf {word.left} {word.up} Td ({_escaped(word.text)}) Tj ET"
        for word in words
    ).encode("cp1252")
    numbers = range(6, 6 + len(fields))
    listed = " ".join(f"{number} 0 R" for number in numbers)
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [{listed}] >> >>".encode(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] /Contents 4 0 R "
            f"/Resources << /Font << /F 5 0 R >> >> /Annots [{listed}] >>"
        ).encode(),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for kind, box, name, value in fields:
        stored = f"({_escaped(value)})" if kind == "Tx" else f"/{value} /AS /{value}"
        states = "/AP << /N << /Yes 4 0 R /Off 4 0 R >> >>" if kind == "Btn" else ""
        objects.append(
            f"<< /Type /Annot /Subtype /Widget /FT /{kind} /T ({_escaped(name)}) /P 3 0 R "
            f"/V {stored} {states} /Rect [{' '.join(map(str, box))}] >>".encode()
        )
    packets = ""
    for name, xml in (xfa or {}).items():
        content = xml.encode()
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        packets += f"({name}) {len(objects)} 0 R "
    if xfa:
        objects[0] = objects[0].replace(b"/Fields", f"/XFA [{packets}] /Fields".encode())
    objects.append(b"<< >>")
    return file_of(objects, len(objects))


def file_of(objects: Sequence[bytes], info: int) -> bytes:
    """A file with these objects; the number of the one with its properties is `info`."""
    data = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    data += b"trailer << /Size %d /Root 1 0 R /Info %d 0 R >>\n" % (len(objects) + 1, info)
    return data + b"startxref\n%d\n%%%%EOF\n" % start


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
