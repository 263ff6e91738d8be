"""The pages on which people log in and out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final
from urllib.parse import parse_qs, urlsplit

from anyio import to_thread
from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from chatbot.access.access_file import AccessFile
from chatbot.access.sessions import Sessions
from chatbot.access.users import Login
from chatbot.settings import Settings
from chatbot.web.access.guard import LOGIN, LOGOUT, is_own_page
from chatbot.web.access.password_checks import PasswordChecks, Refused
from chatbot.web.html.page_texts import ReadersWords, Words, languages, words_in
from chatbot.web.html.templates import page

# The key of the session's secret in the cookie.
ID: Final = "id"
_BEGUN: Final = "begun"
_FIELDS: Final = 10

NextPath = Annotated[str, Query(alias="next")]


def local_path(text: str) -> str:
    """The address to open after a login: the text if it is a path of this server, else the chat."""
    plain = text.isprintable() and "\\" not in text
    if not plain or not text.startswith("/") or text.startswith(("//", LOGIN)):
        return "/"
    try:
        parts = urlsplit(text)
    except ValueError:
        return "/"
    return "/" if parts.scheme or parts.netloc else text


def login_router(file: AccessFile, settings: Settings) -> APIRouter:
    """The routes of the login and the logout."""
    router = APIRouter(include_in_schema=False)
    checks = PasswordChecks(file)
    sessions = Sessions(file, hours=settings.session_hours)
    provider = settings.access == "oidc"

    @router.get(LOGIN)
    def login_page(request: Request, words: ReadersWords, following: NextPath = "/") -> Response:
        # The form sends this back if the browser keeps cookies.
        request.session.setdefault(_BEGUN, 1)
        return _login_page(words, local_path(following), provider=provider)

    @router.post(LOGIN)
    async def log_in(request: Request, words: ReadersWords) -> Response:
        if provider:
            return RedirectResponse(LOGIN, 303)
        form = await form_of(request)
        following = local_path(form.get("next", ""))
        try:
            must_be_own_page(request)
            name, password = form.get("name", ""), form.get("password", "")
            login = await checks.verified(request, name, password)
            await begin_session(request, sessions, login)
        except Refused as refused:
            name = form.get("name", "")
            return _login_page(words, following, refused, name, provider=provider)
        return RedirectResponse(following, 303)

    @router.post(LOGOUT)
    async def log_out(request: Request, words: ReadersWords) -> Response:
        if not is_own_page(request.scope):
            refused = Refused("login_other_page", 403)
            return _login_page(words, "/", refused, provider=provider)
        await end_session(request, sessions)
        # The browser keeps conversations, and another person may use it next.
        return RedirectResponse(LOGIN, 303, {"Clear-Site-Data": '"cache", "storage"'})

    return router


async def end_session(request: Request, sessions: Sessions) -> None:
    """End the browser's session."""
    earlier = request.session.get(ID)
    request.session.clear()
    if isinstance(earlier, str):
        await to_thread.run_sync(sessions.end, earlier)


async def begin_session(request: Request, sessions: Sessions, user: Login | str) -> None:
    """End the browser's session, and start one after a login here, or at a provider (a name).

    Raises Refused if the password has been changed since the login.
    """
    await end_session(request, sessions)
    if isinstance(user, str):
        secret: str | None = await to_thread.run_sync(sessions.start, user)
    else:
        secret = await to_thread.run_sync(sessions.start_after, user)
    if secret is None:
        raise Refused("login_wrong", 403)
    request.session[ID] = secret


def must_be_own_page(request: Request) -> None:
    """Accept a form only from a page of this server, with its cookie. Raises Refused."""
    if not is_own_page(request.scope):
        raise Refused("login_other_page", 403)
    if not request.session:
        raise Refused("login_no_cookie", 403)


async def form_of(request: Request) -> dict[str, str]:
    """The first value of each field of a form; empty if the body isn't a form."""
    body = (await request.body()).decode("ascii", "replace")
    try:
        fields = parse_qs(body, keep_blank_values=True, max_num_fields=_FIELDS)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}


def private_page(
    template: str,
    words: Words,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> Response:
    """A page with a form for one person."""
    response = page(template, words, status=status, **values)
    # Without a referrer, browsers send no origin with a form either.
    response.headers.update({"Referrer-Policy": "same-origin", "Cache-Control": "no-store"})
    response.headers.update(headers or {})
    return response


def _login_page(
    words: Words,
    following: str,
    refused: Refused | None = None,
    name: str = "",
    *,
    provider: bool,
) -> Response:
    return private_page(
        "access/login.html",
        words,
        status=refused.status if refused else 200,
        headers=refused.headers if refused else None,
        following=following,
        name=name,
        failure=refused.text if refused else "",
        provider=provider,
        spoken=[*map(words_in, languages())],
    )
