"""Sets up how people log in, as the setting `access` says: the guard and the login pages."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.middleware.sessions import SessionMiddleware
from starlette.types import Scope

from chatbot.access import EVERYONE, Person
from chatbot.access.access_file import AccessFile
from chatbot.access.sessions import Sessions
from chatbot.access.tokens import Tokens
from chatbot.settings import Settings
from chatbot.web.access.account_page import account_router
from chatbot.web.access.guard import LOGIN, Guard, Identify, is_own_page, is_write
from chatbot.web.access.login_pages import ID, login_router
from chatbot.web.access.oidc_login import START, oidc_router
from chatbot.web.access.proxy import Proxies, proxied_person

# Where a browser logs in.
_LOGINS: Final = {"users": LOGIN, "oidc": START}
_BEARER: Final = "bearer "


def add_guard(app: FastAPI, settings: Settings) -> None:
    """Put the guard in front of an application that has all its routes. Raises StorageError."""
    file = AccessFile(settings.users_file)
    sessions = Sessions(file, hours=settings.session_hours)
    identifiers: dict[str, Identify] = {
        "none": lambda _: EVERYONE,
        "users": lambda scope: _logged_in(scope, sessions),
        "oidc": lambda scope: _logged_in(scope, sessions),
        "proxy": lambda scope: proxied_person(scope, settings),
    }
    identify = identifiers[settings.access]
    if settings.access != "none":
        identify = _or_token(identify, Tokens(file))
    # The guard comes first, because a middleware that is added later runs earlier.
    login = _LOGINS.get(settings.access, "")
    app.add_middleware(Guard, identify=identify, login=login, settings=settings)
    if settings.access in _LOGINS:
        app.add_middleware(
            SessionMiddleware,
            # A key for each value of `access`, so that changing it ends all sessions.
            secret_key=file.key(f"sessions-{settings.access}"),
            # Browsers accept a cookie of this name only from this host itself, over HTTPS.
            session_cookie="__Host-chatbot" if settings.secure_cookies else "chatbot-session",
            max_age=round(settings.session_hours * 3600),
            https_only=settings.secure_cookies,
        )
    app.add_middleware(Proxies, trusted=settings.trusted_proxies)


def add_login_routes(app: FastAPI, settings: Settings) -> None:
    """The pages on which people log in and out."""
    if settings.access not in _LOGINS:
        return
    file = AccessFile(settings.users_file)
    app.include_router(login_router(file, settings))
    app.include_router(account_router(file, settings))
    if settings.access == "oidc":
        app.include_router(oidc_router(file, settings))


def _or_token(identify_person: Identify, tokens: Tokens) -> Identify:
    """Identify requests with a token by it alone, even if they have a session; others as before."""

    def identify(scope: Scope) -> Person | None:
        authorization = Headers(scope=scope).get("authorization", "")
        if authorization.lower().startswith(_BEARER):
            return tokens.person(authorization[len(_BEARER) :].strip())
        return identify_person(scope)

    return identify


def _logged_in(scope: Scope, sessions: Sessions) -> Person | None:
    """The user of the session; None for a write that doesn't come from this server's own page."""
    secret = scope["session"].get(ID)
    if not isinstance(secret, str) or (is_write(scope) and not is_own_page(scope)):
        return None
    return sessions.person(secret)
