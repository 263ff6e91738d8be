"""Contacts: people as records that a person can read."""

from __future__ import annotations

from tests.readers.reading import blocks, covers, document, reason

CONTACTS = """BEGIN:VCARD
VERSION:3.0
FN:Ann Lee
N:Lee;Ann;;Dr.;
ORG:Harbour Office;Pumps
TITLE:Engineer
item1.TEL;TYPE=CELL,VOICE:+47 1234
EMAIL;TYPE=WORK:ann@example.org
ADR;TYPE=HOME:;;Quay 3;Vell;;1234;Norway
BDAY:19800506
NOTE:Likes boats\\, not ferries.
PHOTO;ENCODING=b;TYPE=JPEG:AAAA
 BBBB
END:VCARD
BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;Bj=C3=B6rn
NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:erste Zeile=0D=0A=
zweite Zeile
END:VCARD
"""


def test_a_contact_has_its_numbers_with_their_kind() -> None:
    """A photo is left out; names of old files are in quoted-printable."""
    doc = document("a.vcf", CONTACTS)
    assert blocks(doc) == [
        ("heading", "Ann Lee"),
        (
            "row",
            (
                "Name: Ann Lee | Organisation: Harbour Office, Pumps | Position: Engineer | "
                "Phone (cell): +47 1234 | E-mail (work): ann@example.org | "
                "Address (home): Quay 3, Vell, 1234, Norway | Birthday: 1980-05-06"
            ),
        ),
        ("paragraph", "Likes boats, not ferries."),
        ("heading", "Björn Müller"),
        ("row", "Name: Björn Müller"),
        ("paragraph", "erste Zeile zweite Zeile"),
    ]
    assert covers(doc)
    assert reason("a.vcf", "some words") == "no text"


def test_a_quoted_line_break_in_an_address_is_a_blank() -> None:
    """Old phones write the street with one."""
    card = (
        "BEGIN:VCARD\nVERSION:2.1\nFN:Ada\nADR;HOME;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:"
        ";;Hafenstra=C3=9Fe=0D=0A 5;Kiel;;24103;Germany\nEND:VCARD\n"
    )
    rows = [text for kind, text in blocks(document("ada.vcf", card)) if kind == "row"]
    assert rows == ["Name: Ada | Address (home): Hafenstraße 5, Kiel, 24103, Germany"]
