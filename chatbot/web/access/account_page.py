"""The account page, where people see their name, role and groups and change their password."""

from __future__ import annotations

from functools import partial
from typing import Final

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import Response

from chatbot.access import Role, person_of
from chatbot.access.access_file import AccessFile
from chatbot.access.passwords import SHORTEST
from chatbot.access.sessions import Sessions
from chatbot.access.users import Login, Users
from chatbot.errors import UsageError
from chatbot.settings import Settings
from chatbot.web.access.login_pages import begin_session, form_of, private_page
from chatbot.web.access.password_checks import PasswordChecks, Refused
from chatbot.web.html.page_texts import ReadersWords, Words

_ROLES: Final = {
    Role.READER: "role_reader",
    Role.CURATOR: "role_curator",
    Role.ADMIN: "role_admin",
}


def account_router(file: AccessFile, settings: Settings) -> APIRouter:
    """The routes of the account page."""
    router = APIRouter(prefix="/account", include_in_schema=False)
    users, checks = Users(file), PasswordChecks(file)
    sessions = Sessions(file, hours=settings.session_hours)
    with_password = settings.access == "users"

    def account_page(
        request: Request, words: Words, message: str = "", refused: Refused | None = None
    ) -> Response:
        person = person_of(request.scope)
        return private_page(
            "access/account.html",
            words,
            status=refused.status if refused else 200,
            headers=refused.headers if refused else None,
            message=refused.text if refused else message,
            failed=refused is not None,
            person=person,
            role=_ROLES[person.role],
            groups=None if person.groups is None else sorted(person.groups),
            has_password=with_password and not person.is_program,
            shortest=SHORTEST,
        )

    @router.get("")
    def account(request: Request, words: ReadersWords) -> Response:
        return account_page(request, words)

    @router.post("")
    async def change_password(request: Request, words: ReadersWords) -> Response:
        person, form = person_of(request.scope), await form_of(request)
        if not with_password or person.is_program:
            return account_page(request, words)
        try:
            login = await checks.verified(request, person.name, form.get("password", ""))
            login = await to_thread.run_sync(partial(_change, users, login, form.get("new", "")))
            # The change has ended every session of the user, this one too.
            await begin_session(request, sessions, login)
        except Refused as refused:
            return account_page(request, words, refused=refused)
        return account_page(request, words, "account_changed")

    return router


def _change(users: Users, login: Login, password: str) -> Login:
    try:
        changed = users.change_own_password(login, password)
    except UsageError:
        raise Refused("account_too_short", 403) from None
    if changed is None:
        raise Refused("login_wrong", 403)
    return changed
