"""Files in an archive are read like files in a folder, or listed with a reason."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest

from chatbot.readers import Skipped
from chatbot.types import Document
from tests.readers.packages import zipped
from tests.readers.reading import document, everything, reason

RADAR = "# Radar\n\nThe radar cost nine roubles.\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(50)


def ids(items: list[Document | Skipped]) -> list[str]:
    return [item.doc_id for item in items if isinstance(item, Document)]


def skipped(items: list[Document | Skipped]) -> dict[str, str]:
    return {item.name: str(item.reason) for item in items if isinstance(item, Skipped)}


def encrypted(data: bytes) -> bytes:
    """An archive with one member, marked as encrypted."""
    changed = bytearray(data)
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        changed[data.index(signature) + flags] |= 1
    return bytes(changed)


def test_members_are_documents_whose_path_continues_that_of_the_archive() -> None:
    """Each is read by its own format, and has its own title."""
    items = everything(
        "a.zip",
        zipped(
            ("notes/radar.md", RADAR),
            ("page.html", "<html><h1>Ships</h1><p>Three frigates left.</p></html>"),
            ("more.jsonl", '{"_id": "x", "text": "Bread rises."}\n'),
        ),
    )
    assert ids(items) == ["a.zip/notes/radar.md", "a.zip/page.html", "a.zip/more.jsonl/x"]
    first = items[0]
    assert isinstance(first, Document)
    assert (first.title, first.media_type) == ("Radar", "text/markdown")
    assert first.source == "a.zip/notes/radar.md"


def test_a_member_that_can_not_be_read_is_listed_and_the_others_are_read() -> None:
    """The reason is the same as for a separate file."""
    items = everything(
        "a.zip",
        zipped(("photo.png", PNG), ("radar.md", RADAR), ("empty.txt", ""), ("b.jsonl", "{")),
    )
    assert ids(items) == ["a.zip/radar.md"]
    assert skipped(items) == {
        "a.zip/photo.png": "scanned: a picture; install the extra `ocr` or Tesseract to read them",
        "a.zip/empty.txt": "no text",
        "a.zip/b.jsonl": "damaged: line 1 is not JSON "
        "(Expecting property name enclosed in double quotes: line 1 column 2 (char 1))",
    }


def test_an_encrypted_member_is_listed() -> None:
    """The reason says what to do."""
    items = everything("a.zip", encrypted(zipped(("radar.md", RADAR))))
    assert skipped(items) == {"a.zip/radar.md": "encrypted: remove the password and build again"}


def test_a_damaged_member_is_listed() -> None:
    """The checksum shows the damage."""
    data = bytearray(zipped(("radar.md", RADAR), ("ships.md", RADAR)))
    data[40] ^= 4
    items = everything("a.zip", bytes(data))
    assert ids(items) == ["a.zip/ships.md"]
    assert skipped(items)["a.zip/radar.md"].startswith("damaged: radar.md can't be unpacked")


def test_an_archive_in_an_archive_is_read_and_no_deeper() -> None:
    """Two levels are usual; more are a trap."""
    inner = zipped(("radar.md", RADAR))
    middle = zipped(("inner.zip", inner), ("ships.md", RADAR))
    items = everything("a.zip", zipped(("middle.zip", middle), ("direct.zip", inner)))
    assert ids(items) == ["a.zip/middle.zip/ships.md", "a.zip/direct.zip/radar.md"]
    assert skipped(items) == {
        "a.zip/middle.zip/inner.zip": "nested too deeply: an archive in an archive in an archive"
    }


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    """A file of zeros shrinks to a thousandth; no document does."""
    bomb = zipped(("zeros.txt", bytes(50_000_000)))
    assert len(bomb) < 60_000
    assert reason("a.zip", bomb) == "too large: it unpacks to 50 MB"


def test_a_bomb_inside_an_archive_is_refused_alone() -> None:
    """The other members are read."""
    bomb = zipped(("zeros.txt", bytes(50_000_000)))
    items = everything("a.zip", zipped(("bomb.zip", bomb), ("radar.md", RADAR)))
    assert ids(items) == ["a.zip/radar.md"]
    assert skipped(items) == {"a.zip/bomb.zip": "too large: it unpacks to 50 MB"}


def test_hidden_members_are_left_out() -> None:
    """The extra files of macOS are left out, too."""
    items = everything(
        "a.zip",
        zipped(
            (".git/config", "x"), ("__MACOSX/._radar.md", "x"), (".DS_Store", "x"), ("r.md", RADAR)
        ),
    )
    assert (ids(items), skipped(items)) == (["a.zip/r.md"], {})


def test_names_never_lead_out_of_an_archive() -> None:
    """A path is just a name, and two documents never get the same one."""
    items = everything(
        "a.zip",
        zipped(("../../etc/passwd", RADAR), ("/etc/passwd", RADAR), ("dos\\name.md", RADAR)),
    )
    assert ids(items) == ["a.zip/etc/passwd", "a.zip/etc/passwd~2", "a.zip/dos/name.md"]


def test_a_utf_8_name_without_the_flag_is_read_as_utf_8() -> None:
    """Many programs write UTF-8 names without setting the flag."""
    stream = BytesIO()
    with ZipFile(stream, "w", ZIP_DEFLATED) as archive:
        archive.writestr(ZipInfo("XXXXXXXXX.md"), RADAR)
    data = stream.getvalue().replace(b"XXXXXXXXX", "радa".encode() + b"rx")
    assert ids(everything("a.zip", data)) == ["a.zip/радarx.md"]


@pytest.mark.parametrize("sign", ["[Content_Types].xml", "META-INF/MANIFEST.MF"])
def test_a_zip_of_a_program_or_drawing_is_unsupported(sign: str) -> None:
    """Many formats are ZIP archives inside."""
    data = zipped((sign, "x"), ("notes.txt", "Words that mean nothing by themselves."))
    assert reason("a.vsdx", data) == "unsupported format: .vsdx (application/zip)"


@pytest.mark.parametrize("data", [b"PK\x03\x04 and no more", zipped(("a.md", RADAR))[:-30]])
def test_a_damaged_archive_says_so(data: bytes) -> None:
    """A truncated archive has no list of members."""
    assert reason("a.zip", data).startswith("damaged: its parts can't be listed")


def test_an_archive_without_files_has_no_text() -> None:
    """Folders alone give no document."""
    assert reason("a.zip", zipped(("folder/", ""))) == "no text"


# -- gzip ------------------------------------------------------------------------------------


def test_a_packed_text_is_read() -> None:
    """Its name is that of the archive without the suffix, which then decides the format."""
    doc = document("folder/radar.md.gz", gzip.compress(RADAR.encode()))
    assert (doc.doc_id, doc.title) == ("folder/radar.md.gz/radar.md", "Radar")


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(RADAR.encode(), mtime=0)[:-9],
        gzip.compress(RADAR.encode(), mtime=0)[:12] + b"\xff" * 40,
        b"\x1f\x8b\x08",
    ],
)
def test_a_damaged_stream_says_so(data: bytes) -> None:
    """The stream is cut short or overwritten."""
    assert reason("a.md.gz", data).startswith("damaged: it can't be unpacked")


def test_a_stream_that_never_ends_is_refused() -> None:
    """Unpacking stops beyond the size of any text."""
    squeezed = zlib.compressobj(9, wbits=31)
    data = b"".join(squeezed.compress(bytes(1_000_000)) for _ in range(30)) + squeezed.flush()
    assert reason("a.txt.gz", data) == "too large: it unpacks to more than 20 MB"


def test_a_document_of_pages_is_read_from_its_preview(data: Path) -> None:
    """The preview has the pages of the document."""
    path = next((data / "torture").rglob("testPages.pages"))
    (doc,) = everything("a.pages", path.read_bytes())
    assert isinstance(doc, Document)
    assert doc.doc_id == "a.pages/Preview.pdf"
    assert "Cell four | Cell five | Cell six" in doc.text


# -- tar -------------------------------------------------------------------------------------


def tarred(*members: tuple[str, str], link: str = "", sparse: int = 0) -> bytes:
    """A tar archive, with a link to another file if one is named."""
    stream = BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, text in members:
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            archive.addfile(entry, BytesIO(text.encode()))
        if link:
            entry = tarfile.TarInfo("link.txt")
            entry.type, entry.linkname = tarfile.SYMTYPE, link
            archive.addfile(entry)
        if sparse:
            entry = tarfile.TarInfo("sparse.txt")
            entry.pax_headers = {
                "GNU.sparse.major": "0",
                "GNU.sparse.minor": "1",
                "GNU.sparse.map": "0,0",
                "GNU.sparse.size": str(sparse),
            }
            archive.addfile(entry)
    return stream.getvalue()


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "tar": bytes,
    "tar.gz": gzip.compress,
    "tar.bz2": bz2.compress,
    "tar.xz": lzma.compress,
}


@pytest.mark.parametrize("suffix", PACKERS)
def test_a_tar_archive_is_read_like_a_folder_packed_or_not(suffix: str) -> None:
    """The paths are those of the archive; an archive in it is read too; a link isn't followed."""
    data = tarred(("notes/radar.md", RADAR), ("../up.md", RADAR), ("._x", "x"), link="/etc/passwd")
    items = everything(f"a.{suffix}", PACKERS[suffix](data))
    assert ids(items) == [f"a.{suffix}/notes/radar.md", f"a.{suffix}/up.md"]
    assert skipped(items) == {f"a.{suffix}/link.txt": "link: links are not followed"}


def test_an_archive_in_a_packed_tar_archive_is_read() -> None:
    """The packing and the archive count as one level."""
    stream = BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        data = zipped(("radar.md", RADAR))
        entry = tarfile.TarInfo("more.zip")
        entry.size = len(data)
        archive.addfile(entry, BytesIO(data))
    assert ids(everything("a.tgz", stream.getvalue())) == ["a.tgz/more.zip/radar.md"]


@pytest.mark.parametrize("pack", [bz2.compress, lzma.compress], ids=["bzip2", "xz"])
def test_a_packed_file_is_read_and_a_bomb_is_refused(pack: Callable[[bytes], bytes]) -> None:
    """The limit is that of gzip."""
    assert document("radar.md.x", pack(RADAR.encode())).doc_id == "radar.md.x/radar.md"
    assert "unpacks to more than" in reason("bomb.x", pack(bytes(30_000_000)))
    assert reason("a.x", pack(RADAR.encode())[:-9]).startswith("damaged")


def test_a_damaged_tar_archive_gives_a_reason() -> None:
    """What lies before the damage is read; a file that states a huge size is refused."""
    data = tarred(("a.md", RADAR), ("b.md", RADAR * 100))
    items = everything("a.tar", data[:2_600])
    assert ids(items) == ["a.tar/a.md"]
    assert skipped(items) == {
        "a.tar/b.md": "damaged: the archive ends in the middle of it",
        "a.tar/…": "damaged: the archive is damaged after 2 files",
    }
    assert "unpacks to" in reason("a.tar", tarred(sparse=10**12))
    assert reason("a.tar", bytes(257) + b"ustar" + bytes(300)).startswith("damaged")


def test_a_tar_archive_of_the_first_form_is_unpacked(data: Path) -> None:
    """It has no sign; its numbers in octal tell."""
    path = next((data / "torture").rglob("testTAR_no_magic.tar"))
    items = everything("a.tar", path.read_bytes())
    assert ids(items) == [f"a.tar/Lorem ipsum {number}" for number in (1, 2, 3)]
