"""Mail is read with its header, its text and its attachments."""

from __future__ import annotations

from base64 import encodebytes
from email.message import EmailMessage

import pytest

from chatbot.errors import SkipKind, SkipReason
from chatbot.readers import Skipped
from chatbot.types import Document
from tests.readers.packages import zipped
from tests.readers.reading import blocks, covers, document, documents, everything

HEADER = (
    "From: Li Wei <li@example.org>; To: anna@example.org; Date: Mon, 12 Mar 2018 10:00:00 +0100"
)


def message(subject: str = "Radar") -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Li Wei <li@example.org>"
    mail["To"] = "anna@example.org"
    mail["Date"] = "Mon, 12 Mar 2018 10:00:00 +0100"
    mail["Subject"] = subject
    mail["Message-ID"] = "<1@example.org>"
    mail.set_content("The radar cost nine roubles.\n\nIt went to Omsk.\n")
    return mail


def test_a_message_is_a_document_with_its_header() -> None:
    """Sender, recipients and date are searchable and can be filtered by."""
    doc = document("folder/a.eml", message().as_bytes())
    assert (doc.doc_id, doc.title) == ("folder/a.eml", "Radar")
    assert blocks(doc) == [
        ("paragraph", f"{HEADER}; Subject: Radar"),
        ("paragraph", "The radar cost nine roubles."),
        ("paragraph", "It went to Omsk."),
    ]
    assert doc.metadata.author == "Li Wei <li@example.org>"
    assert doc.metadata.date == "2018-03-12"
    assert doc.metadata.extra == {"to": "anna@example.org"}
    assert covers(doc)


@pytest.mark.parametrize("name", ["a.eml", "a", "a.txt", "inbox/17"])
def test_a_message_is_known_by_its_header(name: str) -> None:
    """The file name doesn't matter."""
    assert document(name, message().as_bytes()).media_type == "message/rfc822"


@pytest.mark.parametrize(
    "text", ["From: here\nTo: there\n\nA poem.", "Note: read this.\nIt is so."]
)
def test_text_that_only_looks_like_a_mail_header_is_text(text: str) -> None:
    """Lines with colons are common in text."""
    assert document("a.txt", text).media_type == "text/plain"


def test_the_plain_text_version_is_preferred_to_the_html_version() -> None:
    """Both versions have the same content."""
    mail = message()
    mail.add_alternative("<p>The radar cost <b>nine</b> roubles.</p>", subtype="html")
    assert len(blocks(document("a.eml", mail.as_bytes()))) == 3


def test_html_alone_is_read_as_html() -> None:
    """Tags aren't text."""
    mail = message()
    mail.set_content("<h1>Price</h1><p>Nine &amp; a half.</p>", subtype="html")
    doc = document("a.eml", mail.as_bytes())
    assert blocks(doc)[1:] == [("heading", "Price"), ("paragraph", "Nine & a half.")]


def test_attachments_are_documents_of_their_own() -> None:
    """Each is read by its format; an unreadable one is listed."""
    mail = message()
    mail.add_attachment("# Ships\n\nThree left.\n", subtype="markdown", filename="ships.md")
    png = b"\x89PNG\r\n\x1a\n"
    mail.add_attachment(png, maintype="image", subtype="png", filename="../x/photo.png")
    packed = zipped(("bread.md", "# Bread\n\nIt rises.\n"))
    mail.add_attachment(packed, maintype="application", subtype="zip", filename="b.zip")
    inside = message("Inside")
    mail.add_attachment(inside)
    items = everything("a.eml", mail.as_bytes())
    assert [item.doc_id for item in items if isinstance(item, Document)] == [
        "a.eml",
        "a.eml/ships.md",
        "a.eml/b.zip/bread.md",
        "a.eml/attachment-4.eml",
    ]
    assert [item for item in items if isinstance(item, Skipped)] == [
        Skipped("a.eml/photo.png", SkipReason(SkipKind.SCANNED, "a picture"))
    ]


@pytest.mark.parametrize(
    ("head", "body", "words"),
    [
        ("text/plain; charset=koi8-r", "Радар стоил девять рублей.".encode("koi8-r"), "девять"),
        ("text/plain; charset=no-such", "Le radar coûte neuf.".encode("cp1252"), "coûte"),
        ("text/plain; charset=utf-8", b"The price \xff\xfe was nine.", "nine"),
        ('text/plain; charset="', b"The price was nine.", "nine"),
        ("text/plain", bytes(3) + b"The price was nine.", "nine"),
        ("multipart/mixed; boundary=none", b"The price was nine.", "nine"),
    ],
)
def test_a_wrong_encoding_declaration_loses_no_words(head: str, body: bytes, words: str) -> None:
    """Mail often declares the wrong encoding."""
    data = b"Message-ID: <1>\nSubject: =?no-such?B?4pyT?= x\nDate: yesterday\nContent-Type: "
    docs = documents("a.eml", data + head.encode() + b"\n\n" + body)
    assert words in docs[0].text
    assert docs[0].metadata.date is None


def test_a_header_in_another_script_is_decoded() -> None:
    """It may be encoded, or raw in some encoding."""
    data = b"Message-ID: <1>\nSubject: =?koi8-r?B?8sHEwdI=?=\nFrom: " + "Ли".encode() + b"\n\nText."
    doc = document("a.eml", data)
    assert (doc.title, doc.metadata.author) == ("Радар", "Ли")


def test_a_mailbox_gives_each_message() -> None:
    """Messages are numbered in order, and keep their attachments."""
    second = message("Ships")
    second.add_attachment("Three left.", filename="note.txt")
    data = b""
    for mail in (message(), second):
        text = mail.as_bytes().replace(b"It went to", b"\n>From Omsk it went to")
        data += b"From li@example.org Mon Mar 12 10:00:00 2018\n" + text + b"\n"
    docs = documents("box.mbox", data)
    assert [doc.doc_id for doc in docs] == ["box.mbox/1", "box.mbox/2", "box.mbox/2/note.txt"]
    assert [doc.title for doc in docs] == ["Radar", "Ships", "Three left."]
    assert "From Omsk it went to" in docs[0].text
    assert ">From" not in docs[0].text


@pytest.mark.parametrize("kind", ["text/calendar", "text/css", "text/x-amp-html"])
def test_a_text_that_is_not_for_reading_never_takes_the_place_of_the_message(kind: str) -> None:
    """An invitation, a style sheet and a second form of the message are left out."""
    data = (
        'From: a@example.org\nSubject: Roof\nContent-Type: multipart/alternative; boundary="x"\n\n'
        "--x\nContent-Type: text/html\n\n<p>Bring the ladder.</p>\n"
        f"--x\nContent-Type: {kind}\n\nBEGIN:VEVENT <b>data</b>\n--x--\n"
    )
    assert "BEGIN" not in document("a.eml", data).text
    assert document("a.eml", data).text.endswith("Bring the ladder.")


@pytest.mark.parametrize("padding", ["", "="])
def test_base64_is_decoded_with_and_without_its_padding(padding: str) -> None:
    """Some programs leave the padding out."""
    data = (
        "From: a@example.org\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n"
        f"QnJpbmcgdGhlIGxhZGRlciE{padding}\n"
    )
    assert document("a.eml", data).text.endswith("Bring the ladder!")


def test_a_plain_version_that_only_points_to_the_page_is_left_out() -> None:
    """The table is in the HTML version; a short answer above a footer isn't such a pointer."""
    mail = message()
    mail.set_content("Your mail program can't show this: https://mail.example.org/see/it/there")
    rows = "".join(f"<tr><td>Berth {n}</td><td>{n}0 EUR a month</td></tr>" for n in range(1, 9))
    mail.add_alternative(f"<style>p {{ color: red }}</style><table>{rows}</table>", subtype="html")
    assert "Berth 8 | 80 EUR a month" in document("offer.eml", bytes(mail)).text
    reply = message()
    reply.set_content("Yes, we agree to that price, and send the contract on Monday.")
    reply.add_alternative("<p>Yes, we agree to that price.</p><p>Sent by phone</p>", subtype="html")
    assert "the contract on Monday" in document("reply.eml", bytes(reply)).text


FOOTER = (
    "--B\nContent-Type: text/plain\nContent-Disposition: inline\n\nHarbour mailing list\n--B--\n"
)
PLAIN = "The roof costs nine roubles.\n"
PAGE = "Content-Type: text/html\n\n<p>The roof costs nine roubles.</p>\n"


@pytest.mark.parametrize(
    "body",
    [
        PAGE,
        f"Content-Type: multipart/related; boundary=C\n\n--C\n{PAGE}--C--\n",
        f"Content-Type: multipart/alternative; boundary=C\n\n--C\n\n \n--C\n{PAGE}--C--\n",
        f"Content-Type: multipart/alternative; boundary=C\n\n--C\n\n{PLAIN}--C\n{PAGE}--C--\n",
    ],
    ids=["page", "page with pictures", "empty plain version", "plain version"],
)
def test_a_plain_footer_never_takes_the_place_of_the_message(body: str) -> None:
    """Mailing lists and gateways add it; only the plain version of a page replaces the page."""
    head = "From: a@example.org\nContent-Type: multipart/mixed; boundary=B\n\n--B\n"
    doc = document("a.eml", head + body + FOOTER)
    assert [text for _, text in blocks(doc)][1:] == [
        "The roof costs nine roubles.",
        "Harbour mailing list",
    ]


def test_a_plain_version_replaces_the_page_but_not_the_files_in_it() -> None:
    """Some programs put the attachment between two pieces of the HTML version."""
    data = (
        "From: a@example.org\nContent-Type: multipart/alternative; boundary=A\n\n"
        "--A\n\nFirst piece. Second piece.\n"
        "--A\nContent-Type: multipart/mixed; boundary=B\n\n"
        "--B\nContent-Type: text/html\n\n<p>First piece.</p>\n"
        "--B\nContent-Type: text/plain; name=note.txt\n\nThe roof leaks.\n"
        "--B\nContent-Type: text/html\n\n<p>Second piece.</p>\n--B--\n--A--\n"
    )
    mail, note = documents("a.eml", data)
    assert blocks(mail)[1:] == [("paragraph", "First piece. Second piece.")]
    assert note.text == "The roof leaks."


@pytest.mark.parametrize(
    "line", ["From the beginning, it was dear.", "From 10:30 to 12:00 it was closed."]
)
def test_a_line_of_text_that_begins_with_from_begins_no_message(line: str) -> None:
    """Some programs don't quote it."""
    envelope = "From li@example.org Mon Mar 12 10:00:00 2018\n"
    texts = f"Hello.\n\n{line}\nIt is so.\n", "Second.\n"
    data = "".join(f"{envelope}Subject: Roof\n\n{text}\n" for text in texts)
    first, second = documents("box.mbox", data)
    assert first.text.endswith(f"Hello.\n\n{line} It is so.")
    assert second.text.endswith("Second.")


def test_messages_without_a_header_are_apart() -> None:
    """A blank line follows the envelope."""
    data = "".join(f"From li@example.org Mon Mar 12 10:0{n}:00 2018\n\nNo. {n}\n\n" for n in (1, 2))
    assert [doc.text for doc in documents("box.mbox", data)] == ["No. 1", "No. 2"]


def test_a_mailbox_that_begins_with_text_loses_none_of_it() -> None:
    """The file is no real mailbox, whatever its name."""
    assert document("box.mbox", "Hello there.\n\nFrom nowhere.\n").text.startswith("Hello there.")


def test_an_attached_message_in_base64_is_decoded() -> None:
    """The standard forbids it, but some programs do it."""
    inside = encodebytes(message("Inside").as_bytes()).decode()
    data = (
        "From: a@example.org\nContent-Type: multipart/mixed; boundary=B\n\n--B\n\nSee below.\n"
        "--B\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
        f"{inside}--B--\n"
    )
    attached = documents("a.eml", data)[1]
    assert attached.title == "Inside"
    assert "The radar cost nine roubles." in attached.text
