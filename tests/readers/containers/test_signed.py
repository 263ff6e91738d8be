"""A signed file is read as the file that its signature encloses."""

from __future__ import annotations

from pathlib import Path

import pytest
from asn1crypto.cms import ContentInfo, SignedData

from tests.readers.reading import documents, reason
from tests.shared import DATA

MAIL = b"Content-Type: text/plain; charset=utf-8\r\n\r\nThe pumps are due in May.\r\n"


def signed(content: bytes | None) -> bytes:
    """A signed file without signatures, which is how certificates are passed on."""
    enclosed = {"content_type": "data"} | ({"content": content} if content is not None else {})
    data = SignedData(
        {
            "version": "v1",
            "digest_algorithms": [],
            "encap_content_info": enclosed,
            "signer_infos": [],
        }
    )
    encoded: bytes = ContentInfo({"content_type": "signed_data", "content": data}).dump()
    return encoded


def test_the_enclosed_file_is_read_by_its_own_format() -> None:
    """Its name is that of the signed file without the last suffix."""
    (doc,) = documents("offer.md.p7m", signed(b"# Offer\n\nFour pumps for 900 euros.\n"))
    assert (doc.doc_id, doc.title) == ("offer.md.p7m/offer.md", "Offer")
    assert doc.media_type == "text/markdown"
    assert "Four pumps for 900 euros." in doc.text


def test_signed_mail_gives_the_text_of_the_message() -> None:
    """Mail programs name such an attachment `smime.p7m`; its content is a message."""
    outer = (
        b"From: ann@example.org\r\nMIME-Version: 1.0\r\nSubject: Pumps\r\n"
        b"Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\n"
        b"Content-Transfer-Encoding: binary\r\n\r\n"
    )
    texts = [doc.text for doc in documents("a.eml", outer + signed(MAIL))]
    assert any("The pumps are due in May." in text for text in texts)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (signed(None), "no text: a signature without its file"),
        (signed(b"text")[:30], "damaged: its signature can't be read"),
    ],
    ids=["detached", "damaged"],
)
def test_a_signature_without_a_file_gives_a_reason(data: bytes, why: str) -> None:
    """So does a damaged one."""
    assert reason("a.p7m", data) == why


@pytest.mark.skipif(not DATA.exists(), reason="the shared data isn't here")
def test_real_signed_files_are_read_and_encrypted_ones_are_refused() -> None:
    """Their lengths are definite in some and indefinite in others."""
    folder = DATA / "torture" / "tika" / "tika-parser-crypto-module"
    for form in ("def", "ind"):
        (doc,) = documents("a.p7m", (folder / f"testPKCS7_signed_data_{form}.p7m").read_bytes())
        assert doc.text == "text"
    refused = (folder / "testPKCS7_enveloped_ind.p7m").read_bytes()
    assert reason("a.p7m", refused) == "encrypted: remove the password and build again"


def test_a_signed_file_in_a_signed_file_ends() -> None:
    """Each is smaller than the one around it."""
    data = b"A plain note about pumps."
    for _ in range(20):
        data = signed(data)
    (doc,) = documents("a.p7m", data)
    assert doc.text == "A plain note about pumps."
    assert Path(doc.doc_id).parts[0] == "a.p7m"
