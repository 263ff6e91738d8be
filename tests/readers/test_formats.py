"""The format records: complete, consistent, and cheap to import."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from chatbot.readers.built_in import BUILT_IN
from chatbot.readers.detection.media_type import media_type
from chatbot.readers.detection.signs import Begins, TextBegins
from chatbot.readers.formats import Format, Formats

HEAVY = ("lxml", "trafilatura", "selectolax", "pypdfium2", "pdf_oxide", "python_calamine", "numpy")


def test_no_two_formats_share_a_media_type_or_a_suffix() -> None:
    """Otherwise the second one would never be found."""
    types = [form.media_type for form in BUILT_IN]
    suffixes = [suffix for form in BUILT_IN for suffix in form.suffixes]
    names = [form.name for form in BUILT_IN]
    for values in (types, suffixes, names):
        assert len(set(values)) == len(values)
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in suffixes)


@pytest.mark.parametrize("form", BUILT_IN, ids=lambda form: form.name)
def test_a_format_is_read_or_refused(form: Format) -> None:
    """A reader can be imported; a refused or unsupported format has none."""
    assert not (form.reader and form.refusal)
    if form.reader:
        assert callable(form.load_reader())


def test_every_format_can_be_detected() -> None:
    """It has a sign or a suffix. Plain text is the fallback, and HTML Help names its topics."""
    unsigned = [form.name for form in BUILT_IN if not (form.signs or form.suffixes)]
    assert unsigned == ["Text", "HTML Help topic"]


def test_a_label_loads_no_reader() -> None:
    """The server and `chatbot info` ask for names, and need no parser for that."""
    code = (
        "import sys; from chatbot.readers.installed import installed_formats; "
        "print(installed_formats().name('application/pdf')); "
        f"print(sorted(set({HEAVY}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "PDF\n[]\n"


def test_an_unknown_media_type_is_its_own_name() -> None:
    """An index may hold documents of an extension that is gone."""
    assert Formats(BUILT_IN).name("text/x-gone") == "text/x-gone"


def test_the_first_of_two_formats_with_one_media_type_counts() -> None:
    """So an extension can replace a built-in format, its signs included."""
    own = Format(name="Own PDF", media_type="application/pdf", signs=(Begins(b"%OWN-"),))
    formats = Formats((own, *BUILT_IN))
    assert formats.get("application/pdf") is own
    assert media_type("a", b"%OWN-1", formats) == "application/pdf"
    assert media_type("a", b"%PDF-1.7", formats) == "text/plain"


def test_a_sign_of_an_earlier_format_wins() -> None:
    """Formats of extensions come first, so they can claim files of a built-in format."""
    sign = TextBegins(re.compile(rb"<html data-own>"))
    own = Format(name="Own", media_type="text/x-own", signs=(sign,))
    formats = Formats((own, *BUILT_IN))
    assert media_type("a", b"<html data-own>", formats) == "text/x-own"
    assert media_type("a", b"<html>", formats) == "text/html"
