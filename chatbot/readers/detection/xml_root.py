"""The root element of an XML file, found without parsing it."""

from __future__ import annotations

import re
from typing import Final

_ROOT: Final = re.compile(
    rb"""\A<\?xml[^>]*\?>                 # only files that declare themselves as XML
    (?:\s+|<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>)*
    <([A-Za-z_][\w.:-]*)""",
    re.VERBOSE | re.DOTALL,
)


def xml_root(head: bytes) -> bytes | None:
    """The name of the root element; empty if it isn't in the head, None if this isn't XML."""
    if not head.startswith(b"<?xml"):
        return None
    root = _ROOT.match(head)
    return root.group(1) if root else b""
