"""Checks the settings for access before a server starts."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from urllib.parse import urlsplit

from chatbot.errors import SettingsError, UsageError
from chatbot.settings import Settings


def check_access(settings: Settings) -> None:
    """Refuse settings that would let strangers in, or nobody. Raises UsageError."""
    if settings.access == "none" and not settings.open and not _is_loopback(settings.host):
        raise UsageError(
            f"Everyone who reaches {settings.host} could read every document. "
            f"Set up a login as docs/access.md says, or serve without one with: "
            f"chatbot serve --host {settings.host} --open"
        )
    if settings.public_url and not _is_address(settings.public_url):
        raise SettingsError(
            f"The setting public_url can't be {settings.public_url!r}: it has to start with "
            f"https:// or http://. Use the address that people type to reach the server."
        )
    if settings.access == "proxy" and not settings.trusted_proxies:
        raise SettingsError(
            "With access = proxy, nobody could log in, because no proxy is trusted. "
            "Put the proxy's address into the setting trusted_proxies."
        )
    if settings.access == "oidc":
        if not settings.oidc_client_id:
            raise SettingsError(
                "The setting oidc_client_id is empty. Register this server at the provider, and "
                "put the client id that you get into this setting."
            )
        issuer = urlsplit(settings.oidc_issuer)
        local = issuer.scheme == "http" and _is_loopback(issuer.hostname or "")
        if not (issuer.hostname and (issuer.scheme == "https" or local)):
            raise SettingsError(
                f"The setting oidc_issuer can't be {settings.oidc_issuer!r}: it has to start with "
                f"https://. Take the issuer's address from the provider's documentation."
            )


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises for a port that is none
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _is_loopback(host: str) -> bool:
    """Whether a host has only loopback addresses, which no other machine reaches."""
    try:
        resolved = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    return all(ip_address(str(entry[4][0]).partition("%")[0]).is_loopback for entry in resolved)
