"""What is in an archive is read as if it lay in a folder, or listed with the reason why not."""

from __future__ import annotations

import gzip
import zlib
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest

from chatbot.readers import Skipped
from chatbot.types import Document
from tests.readers.packages import zipped
from tests.readers.reading import document, everything, reason

RADAR = "# Radar\n\nThe radar cost nine roubles.\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(50)


def ids(found: list[Document | Skipped]) -> list[str]:
    return [each.doc_id for each in found if isinstance(each, Document)]


def skipped(found: list[Document | Skipped]) -> dict[str, str]:
    return {each.name: str(each.reason) for each in found if isinstance(each, Skipped)}


def encrypted(data: bytes) -> bytes:
    """An archive of one member with the marks that say that it needs a password."""
    changed = bytearray(data)
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        changed[data.index(signature) + flags] |= 1
    return bytes(changed)


def test_members_are_documents_whose_path_continues_that_of_the_archive() -> None:
    """Each by the reader of its own format, with its own title."""
    found = everything(
        "a.zip",
        zipped(
            ("notes/radar.md", RADAR),
            ("page.html", "<html><h1>Ships</h1><p>Three frigates left.</p></html>"),
            ("more.jsonl", '{"_id": "x", "text": "Bread rises."}\n'),
        ),
    )
    assert ids(found) == ["a.zip/notes/radar.md", "a.zip/page.html", "a.zip/more.jsonl/x"]
    first = found[0]
    assert isinstance(first, Document)
    assert (first.title, first.media_type) == ("Radar", "text/markdown")
    assert first.source == "a.zip/notes/radar.md"


def test_a_member_that_can_not_be_read_is_listed_and_the_others_are_read() -> None:
    """With the reason that it would have as a file of its own."""
    found = everything(
        "a.zip",
        zipped(("photo.png", PNG), ("radar.md", RADAR), ("empty.txt", ""), ("b.jsonl", "{")),
    )
    assert ids(found) == ["a.zip/radar.md"]
    assert skipped(found) == {
        "a.zip/photo.png": "unsupported format: .png (image/png)",
        "a.zip/empty.txt": "no text",
        "a.zip/b.jsonl": "damaged: line 1 is not JSON "
        "(Expecting property name enclosed in double quotes: line 1 column 2 (char 1))",
    }


def test_an_encrypted_member_is_listed() -> None:
    """With what to do about it."""
    found = everything("a.zip", encrypted(zipped(("radar.md", RADAR))))
    assert skipped(found) == {"a.zip/radar.md": "encrypted: remove the password and build again"}


def test_a_damaged_member_is_listed() -> None:
    """Its checksum tells."""
    data = bytearray(zipped(("radar.md", RADAR), ("ships.md", RADAR)))
    data[40] ^= 4
    found = everything("a.zip", bytes(data))
    assert ids(found) == ["a.zip/ships.md"]
    assert skipped(found)["a.zip/radar.md"].startswith("damaged: radar.md can't be unpacked")


def test_an_archive_in_an_archive_is_read_and_no_deeper() -> None:
    """Two levels are somebody's habit, more are somebody's trap."""
    inner = zipped(("radar.md", RADAR))
    middle = zipped(("inner.zip", inner), ("ships.md", RADAR))
    found = everything("a.zip", zipped(("middle.zip", middle), ("direct.zip", inner)))
    assert ids(found) == ["a.zip/middle.zip/ships.md", "a.zip/direct.zip/radar.md"]
    assert skipped(found) == {
        "a.zip/middle.zip/inner.zip": "nested too deeply: a container in a container in a container"
    }


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    """A file of zeros shrinks to a thousandth; no document does."""
    bomb = zipped(("zeros.txt", bytes(50_000_000)))
    assert len(bomb) < 60_000
    assert reason("a.zip", bomb) == "too large: it unpacks to 50 MB"


def test_a_bomb_inside_an_archive_is_refused_alone() -> None:
    """What lies beside it is read."""
    bomb = zipped(("zeros.txt", bytes(50_000_000)))
    found = everything("a.zip", zipped(("bomb.zip", bomb), ("radar.md", RADAR)))
    assert ids(found) == ["a.zip/radar.md"]
    assert skipped(found) == {"a.zip/bomb.zip": "too large: it unpacks to 50 MB"}


def test_hidden_members_are_no_part_of_an_archive() -> None:
    """Nor what macOS puts beside each."""
    found = everything(
        "a.zip",
        zipped(
            (".git/config", "x"), ("__MACOSX/._radar.md", "x"), (".DS_Store", "x"), ("r.md", RADAR)
        ),
    )
    assert (ids(found), skipped(found)) == (["a.zip/r.md"], {})


def test_names_never_lead_out_of_an_archive() -> None:
    """A name is only a name, and two documents never get the same one."""
    found = everything(
        "a.zip",
        zipped(("../../etc/passwd", RADAR), ("/etc/passwd", RADAR), ("dos\\name.md", RADAR)),
    )
    assert ids(found) == ["a.zip/etc/passwd", "a.zip/etc/passwd~2", "a.zip/dos/name.md"]


def test_a_name_in_utf_8_is_read_as_such_though_nothing_says_so() -> None:
    """Many programs write it so without the mark that the format has for it."""
    made = BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as archive:
        archive.writestr(ZipInfo("XXXXXXXXX.md"), RADAR)
    data = made.getvalue().replace(b"XXXXXXXXX", "радa".encode() + b"rx")
    assert ids(everything("a.zip", data)) == ["a.zip/радarx.md"]


@pytest.mark.parametrize("sign", ["[Content_Types].xml", "META-INF/MANIFEST.MF"])
def test_the_parts_of_a_program_or_drawing_are_no_documents(sign: str) -> None:
    """Many formats are archives underneath."""
    data = zipped((sign, "x"), ("notes.txt", "Words that mean nothing by themselves."))
    assert reason("a.vsdx", data) == "unsupported format: .vsdx (application/zip)"


@pytest.mark.parametrize("data", [b"PK\x03\x04 and no more", zipped(("a.md", RADAR))[:-30]])
def test_a_damaged_archive_says_so(data: bytes) -> None:
    """One that was cut short has no list of members."""
    assert reason("a.zip", data).startswith("damaged: its parts can't be listed")


def test_an_archive_without_files_has_no_text() -> None:
    """Folders alone are nothing."""
    assert reason("a.zip", zipped(("folder/", ""))) == "no text"


# -- gzip ------------------------------------------------------------------------------------


def test_a_packed_text_is_read() -> None:
    """Under the archive's name without its suffix, which tells its format."""
    found = document("folder/radar.md.gz", gzip.compress(RADAR.encode()))
    assert (found.doc_id, found.title) == ("folder/radar.md.gz/radar.md", "Radar")


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(RADAR.encode())[:-9],
        gzip.compress(RADAR.encode())[:12] + b"\xff" * 40,
        b"\x1f\x8b\x08",
    ],
)
def test_a_damaged_stream_says_so(data: bytes) -> None:
    """Cut short, or overwritten."""
    assert reason("a.md.gz", data).startswith("damaged: it can't be unpacked")


def test_a_stream_that_never_ends_is_refused() -> None:
    """No more of it is unpacked than any text could be."""
    squeezed = zlib.compressobj(9, wbits=31)
    data = b"".join(squeezed.compress(bytes(1_000_000)) for _ in range(30)) + squeezed.flush()
    assert reason("a.txt.gz", data) == "too large: it unpacks to more than 20 MB"
