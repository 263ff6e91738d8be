"""Documents and the build in service as MCP resources, which a person attaches in a host."""

from __future__ import annotations

import json
from typing import Final
from urllib.parse import quote, unquote

from mcp.types import Resource, ResourceTemplate, TextResourceContents

from chatbot.errors import NotFound, UsageError
from chatbot.web.agents.document_tools import LONGEST_TEXT, DocumentTools

BUILD: Final = "chatbot://build"
_DOCUMENT: Final = "chatbot://document/"
_PLAIN: Final = "text/plain"

TEMPLATE: Final = ResourceTemplate(
    uri_template=f"{_DOCUMENT}{{document}}",
    name="document",
    title="A document",
    description="The text of a document, by its id.",
    mime_type=_PLAIN,
)


def list_resources(tools: DocumentTools, cursor: str | None) -> tuple[list[Resource], str | None]:
    """One page of the resources, and the cursor of the next. Raises UsageError, IndexMissing."""
    listed = tools.list_documents(cursor=cursor)
    documents = [
        Resource(
            uri=f"{_DOCUMENT}{quote(document.document, safe='')}",
            name=document.document,
            title=document.title,
            description=f"{document.source}, {document.date}" if document.date else document.source,
            mime_type=_PLAIN,
        )
        for document in listed.documents
    ]
    build = Resource(
        uri=BUILD,
        name="build",
        title="The build in service",
        description="The name, date and contents of the build that answers questions.",
        mime_type="application/json",
    )
    return [*([] if cursor else [build]), *documents], listed.next_cursor


def read_resource(tools: DocumentTools, uri: str) -> TextResourceContents:
    """The resource at an address. Raises NotFound, UsageError, IndexMissing."""
    if uri == BUILD:
        return TextResourceContents(uri=uri, mime_type="application/json", text=_build(tools))
    if not uri.startswith(_DOCUMENT):
        raise NotFound(f"There is no resource {uri[:200]!r}. resources/list lists them.")
    fetched = tools.fetch(unquote(uri.removeprefix(_DOCUMENT)))
    if "next" in fetched.metadata:
        raise UsageError(
            f"{fetched.metadata['document']!r} has more than {LONGEST_TEXT:,} characters. Read it "
            "in parts with the tool fetch."
        )
    return TextResourceContents(uri=uri, mime_type=_PLAIN, text=fetched.text)


def _build(tools: DocumentTools) -> str:
    manifest = tools.chatbot.build.manifest
    facts = {
        "build": manifest.name,
        "created": manifest.created,
        "documents": manifest.documents,
        "passages": manifest.passages,
        "languages": manifest.document_languages,
    }
    return json.dumps(facts, ensure_ascii=False)
