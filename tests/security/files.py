"""PDF files that are large, or that take long to draw."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

SENTENCE = "The radar was sold to Omsk."


def slow_pdf(*, pages: int = 3, rectangles: int = 5_000) -> bytes:
    """Each page has a sentence and thousands of transparent rectangles."""
    rectangle = b"0 0 612 792 re f\n"
    return _pdf(_text() + b"/G gs .9 .9 1 rg\n" + rectangle * rectangles, pages=pages)


def large_pdf(size: int) -> bytes:
    """One page with a sentence, and an object of some bytes that no page uses."""
    return _pdf(_text(), _stream(b"\0" * size))


def _text() -> bytes:
    return f"BT /F 12 Tf 72 720 Td ({SENTENCE}) Tj ET\n".encode()


def _stream(data: bytes, names: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), names, data)


def _pdf(content: bytes, *unused: bytes, pages: int = 1) -> bytes:
    first = 5
    kids = " ".join(f"{first + number} 0 R" for number in range(pages))
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources "
        b"<< /Font << /F 3 0 R >> /ExtGState << /G << /ca .01 /BM /Luminosity >> >> >> >>"
    )
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {pages} /Kids [{kids}] >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        _stream(zlib.compress(content), b"/Filter /FlateDecode"),
        *[page] * pages,
        *unused,
    ]
    return _joined(objects)


def _joined(objects: Sequence[bytes]) -> bytes:
    file, table = bytearray(b"%PDF-1.7\n"), b"0000000000 65535 f \n"
    for number, each in enumerate(objects, 1):
        table += b"%010d 00000 n \n" % len(file)
        file += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    size = len(objects) + 1
    end = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(file))
    return bytes(file) + b"xref\n0 %d\n%s" % (size, table) + end
