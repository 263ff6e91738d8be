"""What the chat page may load and run: its own files, and Gradio's, from this server only."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import AsyncIterator
from typing import Any

from starlette.responses import Response

_INLINE = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE)


async def guarded(response: Any) -> Response:
    """The page with its policy. Its inline scripts, all Gradio's own, are named by their hashes.

    Gradio's components compile their templates, hence 'unsafe-eval'; no text of a document or a
    person is ever in one. A script or a handler that got into the page would not run.
    """
    body = await _whole(response.body_iterator)
    headers = {**response.headers, "content-security-policy": policy(body.decode())}
    headers |= {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}
    return Response(body, response.status_code, headers)


def policy(page: str) -> str:
    """The security policy of a page, with the inline scripts that it has."""
    hashes = " ".join(dict.fromkeys(map(_hash, _INLINE.findall(page))))
    return (
        f"default-src 'none'; script-src 'self' 'unsafe-eval' {hashes}; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
        "connect-src 'self'; frame-src 'self'; manifest-src 'self'; "
        "base-uri 'self'; form-action 'none'; frame-ancestors 'self'"
    )


def _hash(script: str) -> str:
    # A browser hashes the script as it reads it: with line feeds for all line ends.
    text = script.replace("\r\n", "\n").replace("\r", "\n")
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


async def _whole(parts: AsyncIterator[bytes]) -> bytes:
    return b"".join([part async for part in parts])
