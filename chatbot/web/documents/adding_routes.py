"""The routes behind the buttons of the page for adding, and the routes for scripts."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from chatbot.adding.refusals import storage_errors
from chatbot.adding.shelf import FOLDER
from chatbot.errors import ChatbotError
from chatbot.web.documents.adders import Adder, Desk
from chatbot.web.html.page_texts import ReadersWords
from chatbot.web.html.templates import page
from chatbot.web.problems import documented, in_words, problem


class Added(BaseModel):
    """A document that was added. People can ask about it once the next build is published."""

    doc_id: str


def adding_router() -> APIRouter:
    """The routes of added documents."""
    router = APIRouter(responses=documented(403, 404, 413, 503))

    @router.post("/added", include_in_schema=False)
    def change(
        request: Request,
        desk: Desk,
        viewer: Adder,
        words: ReadersWords,
        do: Annotated[Literal["delete", "restore", "replace", "keep"], Form()],
        name: Annotated[str, Form()] = "",
    ) -> Response:
        """Delete a document, put one back, or decide about those that wait."""
        try:
            if do == "delete":
                desk.delete(name, viewer)
            elif do == "restore":
                desk.restore(name, viewer)
            else:
                desk.decide(viewer, replace=do == "replace")
        except ChatbotError as failure:
            status = problem(failure, request.scope).status_code
            message = in_words(failure, words)
            return page("documents/refused.html", words, status=status, message=message)
        return RedirectResponse("/add/", 303)

    @router.put("/api/v1/documents/added/{name:path}", status_code=201, tags=["documents"])
    async def put(
        request: Request, name: str, desk: Desk, viewer: Adder, *, replace: bool = False
    ) -> Added:
        """Add the request's body as a document. With `replace`, it may replace an older one."""
        await run_in_threadpool(desk.check_open)
        upload = await run_in_threadpool(desk.shelf.new_upload)
        try:
            declared = request.headers.get("content-length", "")
            desk.shelf.check_room(int(declared) if declared.isdecimal() else 0)
            with storage_errors(upload), upload.open("xb") as file:
                async for chunk in request.stream():
                    await run_in_threadpool(file.write, chunk)
            placed = await run_in_threadpool(desk.add, upload, name, viewer, replace=replace)
        finally:
            upload.unlink(missing_ok=True)
        return Added(doc_id=f"{FOLDER}/{placed}")

    @router.delete(
        "/api/v1/documents/added/{name:path}",
        status_code=204,
        response_class=HTMLResponse,
        tags=["documents"],
    )
    def delete(name: str, desk: Desk, viewer: Adder) -> Response:
        """Delete an added document. It can be restored from the page for `trash_hours`."""
        desk.delete(name, viewer)
        return Response(status_code=204)

    return router
