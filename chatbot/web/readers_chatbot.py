"""The chatbot as the person behind a request may see it.

Handlers get nothing else, so none of them can forget who is asking.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated

from fastapi import Depends, Request
from starlette.types import Scope

from chatbot.access import person_of
from chatbot.access.audit import AuditLog
from chatbot.assistant import Chatbot
from chatbot.chatbot_view import ChatbotView
from chatbot.web.door.responses import REQUEST_ID_KEY

# The view for a request, given its ASGI scope.
Views = Callable[[Scope], ChatbotView]


def views_of(chatbot: Chatbot) -> Views:
    """A function from requests to views of this chatbot; the audit log witnesses each of them."""
    settings = chatbot.settings
    if not settings.audit:
        return lambda scope: chatbot.for_groups(person_of(scope).groups)
    log = AuditLog(settings.audit_files, days=settings.audit_days)

    def witnessed_view(scope: Scope) -> ChatbotView:
        person = person_of(scope)
        client = scope.get("client")
        record = partial(
            log.record,
            request=scope.get(REQUEST_ID_KEY, ""),
            address=client[0] if client else "",
            person=person.name,
            program=person.is_program,
        )
        return chatbot.for_groups(person.groups).witnessed(record)

    return witnessed_view


async def readers_chatbot(request: Request) -> ChatbotView:
    """What the person behind a request may ask and see; it reads nothing, so it never waits."""
    views: Views = request.app.state.views
    return views(request.scope)


ReadersChatbot = Annotated[ChatbotView, Depends(readers_chatbot)]
