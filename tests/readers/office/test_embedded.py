"""Files embedded in Office documents are read as files inside the document."""

from __future__ import annotations

import struct
from io import BytesIO
from pathlib import Path

from docx import Document as WordDocument
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part

from chatbot.readers import RawFile, Skipped, read
from chatbot.readers.office.embedded import unwrapped
from chatbot.types import Document
from tests.readers.office.test_old_office import sample
from tests.readers.reading import documents, everything


def with_embedded(*files: tuple[str, bytes]) -> bytes:
    """A Word document that embeds these files as packages."""
    word = WordDocument()
    word.add_paragraph("See the sheet below.")
    for name, data in files:
        part = Part(PackURI(f"/word/embeddings/{name}"), "application/octet-stream", data)
        word.part.relate_to(part, RELATIONSHIP_TYPE.PACKAGE)
    stream = BytesIO()
    word.save(stream)
    return stream.getvalue()


def texts(items: list[Document | Skipped]) -> dict[str, str]:
    return {item.doc_id: item.text for item in items if isinstance(item, Document)}


def test_an_embedded_file_is_a_document_of_its_own() -> None:
    """Its path continues that of the document, which is read as before."""
    inner = with_embedded(("note.txt", b"The pump costs nine euros."))
    assert texts(everything("a.docx", with_embedded(("offer.docx", inner)))) == {
        "a.docx": "See the sheet below.",
        "a.docx/offer.docx": "See the sheet below.",
        "a.docx/offer.docx/note.txt": "The pump costs nine euros.",
    }


def test_embedding_ends_at_the_depth_of_archives() -> None:
    """A file three documents deep isn't read, and neither is anything below it."""
    data = with_embedded(("deep.txt", b"Too deep."))
    for _ in range(3):
        data = with_embedded(("next.docx", data))
    found = [item for item in read(RawFile("a.docx", data)) if isinstance(item, Document)]
    assert [doc.doc_id.count("/") for doc in found] == [0, 1, 2]


def test_wrapped_files_keep_their_names(data: Path) -> None:
    """Word and WPS wrap files of other programs in OLE objects, and old documents as they are."""
    found = texts(everything("a.docx", sample(data, "testWPSAttachment.docx")))
    assert found["a.docx/TXT.txt"] == "txt_content"
    assert found["a.docx/PDF.pdf"] == "pdf_content"
    assert {"doc_content", "ppt_content", "docx_content", "pptx_content"} <= set(found.values())
    assert any("xls_content" in text for text in found.values())


def test_a_pdf_in_a_slide_is_read(data: Path) -> None:
    """PowerPoint keeps it in a stream of an OLE object."""
    found = texts(everything("a.pptx", sample(data, "testPPT_EmbeddedPDF.pptx")))
    assert "Hello World" in found.values()


def test_the_files_in_an_rtf_document_are_read(data: Path) -> None:
    """It holds them in hexadecimal."""
    found = texts(everything("a.rtf", sample(data, "testRTFEmbeddedFiles.rtf")))
    assert found["a.rtf/object/Hw.txt"] == "Hello World"
    assert any("Numbers and their Squares" in text for text in found.values())


def test_a_program_in_a_document_is_listed(data: Path) -> None:
    """It is accounted for like a program in an archive."""
    items = everything("a.docx", sample(data, "2exe.docx"))
    assert {item.name: str(item.reason) for item in items if isinstance(item, Skipped)} == {
        f"a.docx/{name}": "unsupported format: .exe (application/x-executable)"
        for name in ("Setup.exe", "GMapTool.exe")
    }


def test_a_damaged_object_is_left_out() -> None:
    """Its document is read."""
    broken = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    (doc,) = documents("a.docx", with_embedded(("oleObject1.bin", broken)))
    assert doc.text == "See the sheet below."


def test_the_name_of_a_wrapped_file_leads_nowhere_else() -> None:
    """Folders in its name are left out, and a cut file is none."""
    path = b"C:\\temp\\x\0"
    head = b"\x02\0" + b"..\\..\\secret.txt\0" + path + b"\0\0\x03\0"
    wrapped = head + struct.pack("<I", len(path)) + path + struct.pack("<I", 5) + b"Hello"
    assert unwrapped(wrapped) == ("secret.txt", b"Hello")
    assert unwrapped(wrapped[:20]) is None
