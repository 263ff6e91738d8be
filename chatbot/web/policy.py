"""The security policy of the chat page: it loads and runs files from this server only."""

from __future__ import annotations

import base64
import hashlib
import re

_INLINE = re.compile(r"[<]script(?![^>]*\ssrc=)[^>]*>(.*?)[<]/script>", re.DOTALL | re.IGNORECASE)


def headers_for(page: str, *, forms: bool = False) -> list[tuple[bytes, bytes]]:
    """The headers of the page; its policy names its inline scripts by their hashes.

    All inline scripts are Gradio's own. Its components compile templates, hence 'unsafe-eval';
    those never contain text from a document or a person. An injected script or handler doesn't run.
    """
    return [
        (b"content-security-policy", policy(page, forms=forms).encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
    ]


def policy(page: str, *, forms: bool = False) -> str:
    """The policy for a page, with a hash for each of its inline scripts."""
    action = "'self'" if forms else "'none'"
    hashes = " ".join(dict.fromkeys(map(_hash, _INLINE.findall(page))))
    return (
        f"default-src 'none'; script-src 'self' 'unsafe-eval' {hashes}; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
        "connect-src 'self'; frame-src 'self'; manifest-src 'self'; "
        f"base-uri 'self'; form-action {action}; frame-ancestors 'self'"
    )


def _hash(script: str) -> str:
    # Browsers hash a script after turning every line end into a line feed.
    text = script.replace("\r\n", "\n").replace("\r", "\n")
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
