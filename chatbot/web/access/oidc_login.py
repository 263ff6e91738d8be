"""Logging in at an OpenID Connect provider, with the authorization code flow and PKCE.

Authlib checks state, nonce, signature, audience and times, and fetches the provider's keys. The
server sends no requests to anyone else.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from chatbot.access.access_file import AccessFile
from chatbot.access.sessions import Sessions
from chatbot.access.users import Users
from chatbot.access.vouched import vouched_person
from chatbot.errors import UsageError
from chatbot.settings import Settings
from chatbot.text.clean import one_line
from chatbot.web.access.login_pages import NextPath, begin_session, local_path
from chatbot.web.html.page_texts import ReadersWords
from chatbot.web.html.templates import page

START: Final = "/login/oidc"
_CALLBACK: Final = "/login/oidc/callback"
_NEXT: Final = "next"
_SECONDS: Final = 10
_LOGGED: Final = 300
_log = logging.getLogger(__name__)


def oidc_router(file: AccessFile, settings: Settings) -> APIRouter:
    """The routes that lead to the provider and back."""
    import httpx2
    from authlib.integrations.starlette_client import OAuth, OAuthError
    from joserfc.errors import JoseError

    router = APIRouter(include_in_schema=False)
    users, sessions = Users(file), Sessions(file, hours=settings.session_hours)
    failures = (
        *(httpx2.HTTPError, OAuthError, JoseError, UsageError),
        *(KeyError, RuntimeError, ValueError),  # the provider sent something malformed
    )
    issuer = settings.oidc_issuer
    provider = OAuth().register(
        "oidc",
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret.get_secret_value() or None,
        server_metadata_url=f"{issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": settings.oidc_scopes,
            "code_challenge_method": "S256",
            "timeout": _SECONDS,
        },
    )
    # The issuer of the settings, not the one that the provider claims to be.
    checks = {"iss": {"essential": True, "values": [issuer, issuer.rstrip("/")]}}

    def failed(words: ReadersWords, status: int) -> Response:
        message = words("login_failed")
        return page("access/message.html", words, status=status, message=message, again=True)

    @router.get(START)
    async def start(request: Request, words: ReadersWords, following: NextPath = "/") -> Response:
        request.session[_NEXT] = local_path(following)
        base = settings.public_url.rstrip("/") or str(request.base_url).rstrip("/")
        try:
            redirect: Response = await provider.authorize_redirect(request, f"{base}{_CALLBACK}")
        except failures as failure:
            _log.warning(
                "The OIDC provider can't be used (%s). Check the settings oidc_*.",
                _in_log(failure),
            )
            return failed(words, 502)
        return redirect

    @router.get(_CALLBACK)
    async def callback(request: Request, words: ReadersWords) -> Response:
        following = local_path(str(request.session.get(_NEXT, "/")))
        try:
            token = await provider.authorize_access_token(request, claims_options=checks)
            claims = dict(token.get("userinfo") or {})
            if claims and settings.oidc_groups_claim not in claims:
                userinfo = await provider.userinfo(token=token)
                # Claims of another account must not be mixed in (OpenID Connect Core, 5.3.2).
                claims |= userinfo if userinfo.get("sub") == claims["sub"] else {}
            name = await to_thread.run_sync(_stored_name, claims, users, settings)
        except failures as failure:
            _log.warning("A login at the OIDC provider failed (%s). Try again.", _in_log(failure))
            return failed(words, 403)
        await begin_session(request, sessions, name)
        return RedirectResponse(following, 303)

    return router


def _in_log(failure: Exception) -> str:
    """A failure on one line of the log: anyone may send the text that it quotes."""
    return one_line(str(failure)[:_LOGGED])


def _stored_name(claims: Mapping[str, Any], users: Users, settings: Settings) -> str:
    """Store the person whom these claims describe, and return their stored name.

    Raises UsageError, KeyError.
    """
    name, groups = claims[settings.oidc_name_claim], claims.get(settings.oidc_groups_claim) or []
    if not isinstance(name, str) or not isinstance(groups, list | str):
        raise UsageError("The provider's claims can't be used. Check the settings oidc_*_claim.")
    listed = [groups] if isinstance(groups, str) else [*map(str, groups)]
    person = vouched_person(name, listed, settings)
    return users.from_provider(person.name, str(claims["sub"]), person.role, listed)
