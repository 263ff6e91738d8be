"""ZIP packages of a test's own."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile


def zipped(*members: tuple[str, str | bytes]) -> bytes:
    """A ZIP file with these members, in this order; the same name may come twice."""
    made = BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return made.getvalue()
