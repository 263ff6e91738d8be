"""Origins: the scheme, host and port from which a browser says that a page comes."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def origin_of(address: str) -> str:
    """The origin of an address, as browsers write it; empty for what has none, such as `null`."""
    try:
        parts = urlsplit(address.strip().lower())
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    is_default = port is None or port == _DEFAULT_PORTS[parts.scheme]
    return f"{parts.scheme}://{host}" if is_default else f"{parts.scheme}://{host}:{port}"


def name_in(address: str) -> tuple[str, ...]:
    """The host's name in an address without the port; nothing if it has none."""
    name = urlsplit(origin_of(address)).hostname
    return (name,) if name else ()
