"""Filled forms of web pages are read with their labels; other forms stay furniture."""

from __future__ import annotations

import pytest

from tests.readers.reading import blocks, covers, document, furniture

PROSE = "<p>The committee met in May and spoke about the sale of the radar for an hour.</p>" * 3
FORM = """
<form method="post" action="/cases/17"><input type="hidden" name="token" value="s3cret">
<p><label for="n">Applicant:</label> <input id="n" value="Anna Berg"></p>
<div><label for="d">Date of birth</label></div>
<div><input id="d" type="date" value="1980-05-01"></div>
<p><label>Phone <input type="tel" value="+358 40 123"></label></p>
<p><label for="c">Country</label> <select id="c"><option>Sweden</option>
<option selected>Finland</option></select></p>
<p><input type="checkbox" id="a" checked><label for="a">Accepts the rules</label></p>
<p><label><input type="radio" name="p"> Pays by card</label></p>
<p><label for="r">Reason</label><textarea id="r">The harbour froze.</textarea></p>
<p>Empty <input type="text"></p><p><input type="password" value="hunter2"></p>
<table><tr><th>Year</th><th>Fee</th></tr><tr><td>2024</td><td><input value="50 euros"></td></tr>
<tr><td>2025</td><td><input value="60 euros"></td></tr></table>
<button>Send</button></form>
"""


def test_what_is_filled_in_is_read_with_its_labels() -> None:
    """Hidden fields, passwords and buttons aren't."""
    doc = document("a.html", f"<h1>Case 17</h1>{PROSE}{FORM}")
    texts = [text for _, text in blocks(doc)]
    assert texts[texts.index("Applicant: Anna Berg") :] == [
        "Applicant: Anna Berg",
        "Date of birth: 1980-05-01",
        "Phone: +358 40 123",
        "Country: Finland",
        "☒ Accepts the rules",
        "☐ Pays by card",
        "Reason: The harbour froze.",
        "Empty",
        "Year | Fee",
        "2024 | 50 euros",
        "2025 | 60 euros",
    ]
    assert covers(doc)
    assert "s3cret" not in doc.text
    assert "hunter2" not in doc.text


@pytest.mark.parametrize(
    "form",
    [
        '<form><input type="text" value=""><input type="submit" value="Send me news"></form>',
        '<form role="search"><input name="q" value="radar"><input value="2024"></form>',
        '<form action="/search"><input name="q" value="radar"><input value="2024"></form>',
        '<form><label><input type="checkbox" checked>All news</label><input type="email"></form>',
    ],
)
def test_other_forms_are_furniture(form: str) -> None:
    """A form to fill in, and a search, say nothing about the subject of a page."""
    doc = document("a.html", f"<h1>Case 17</h1>{PROSE}{form}")
    assert len(blocks(doc)) == 4
    assert "radar" not in " ".join(words for _, words in furniture(doc))
