"""The table of tools: what a host shows its model, and the function behind each name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from chatbot.errors import UsageError
from chatbot.text.clean import clean
from chatbot.web.agents.document_tools import DocumentTools
from chatbot.web.agents.tool_results import (
    AnswerForAgents,
    DocumentPage,
    DocumentStanding,
    FetchedText,
    SearchResults,
)

_Filters = Annotated[
    dict[str, str | list[str]] | None,
    Field(
        description=(
            "Limits the search to documents with this document id, folder, tag, source, language "
            "or date (date_from, date_to). A document must pass all filters. Several values of "
            "one filter are alternatives."
        ),
        examples=[{"tag": ["arms", "trade"], "date_from": "2018"}],
    ),
]
_Question = Annotated[str, Field(description="A question in plain words, in any language.")]


class _Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SearchArguments(_Arguments):
    """What to look for."""

    query: _Question


class FetchArguments(_Arguments):
    """Which text to read."""

    id: Annotated[str, Field(description="An id from another tool, or a document's own id.")]


class AskArguments(_Arguments):
    """What to ask, and which documents to search."""

    question: _Question
    history: Annotated[
        list[str], Field(description="The user's earlier questions, oldest first.")
    ] = []
    filters: _Filters = None
    top_k: Annotated[
        int | None, Field(ge=1, description="How many documents to quote at most.")
    ] = None


class ListArguments(_Arguments):
    """Which documents to list."""

    filters: _Filters = None
    cursor: Annotated[str | None, Field(description="`next_cursor` of the previous page.")] = None


class WhyNotArguments(_Arguments):
    """The question, and the document that isn't quoted."""

    question: _Question
    document: Annotated[str, Field(description="The document's id.")]


@dataclass(frozen=True, slots=True)
class DocumentTool:
    """A tool: its texts for people and models, its arguments, and its result."""

    title: str
    description: str
    arguments: type[BaseModel]
    result: TypeAdapter[Any]
    run: Callable[[DocumentTools, Any], object]

    def call(self, tools: DocumentTools, arguments: Mapping[str, Any] | None) -> object:
        """The result as JSON values. Raises UsageError for other arguments, and as `run` does."""
        try:
            accepted = self.arguments.model_validate(arguments or {})
        except ValidationError as malformed:
            first = malformed.errors(include_input=False, include_url=False)[0]
            place = clean(".".join(map(str, first["loc"])))
            raise UsageError(
                f"The call can't be used ({place}: {first['msg']}). The tool's input schema "
                "describes it."
            ) from None
        return self.result.dump_python(self.run(tools, accepted), mode="json")


TOOLS: Final[dict[str, DocumentTool]] = {
    "search": DocumentTool(
        title="Search the documents",
        description=(
            "Find the passages that match a query, best first. Call `fetch` to read a passage. To "
            "get the sentences that answer a question, or to learn that none does, call `ask`."
        ),
        arguments=SearchArguments,
        result=TypeAdapter(SearchResults),
        run=lambda tools, arguments: tools.search(arguments.query),
    ),
    "fetch": DocumentTool(
        title="Read a passage or document",
        description=(
            "Read the text with this id, word for word. `metadata.document_id` is the id of the "
            "whole document, and `metadata.next` is the id of the text that follows."
        ),
        arguments=FetchArguments,
        result=TypeAdapter(FetchedText),
        run=lambda tools, arguments: tools.fetch(arguments.id),
    ),
    "ask": DocumentTool(
        title="Ask the documents",
        description=(
            "Get the sentences that answer a question, word for word, with their places and a "
            "confidence. If the verdict is `none`, the documents have no clear answer."
        ),
        arguments=AskArguments,
        result=TypeAdapter(AnswerForAgents),
        run=lambda tools, arguments: tools.ask(
            arguments.question,
            history=arguments.history,
            filters=arguments.filters,
            top_k=arguments.top_k,
        ),
    ),
    "list_documents": DocumentTool(
        title="List the documents",
        description="List the documents with their titles, dates, authors and tags, 100 per page.",
        arguments=ListArguments,
        result=TypeAdapter(DocumentPage),
        run=lambda tools, arguments: tools.list_documents(
            filters=arguments.filters, cursor=arguments.cursor
        ),
    ),
    "why_not": DocumentTool(
        title="Why a document isn't shown",
        description=(
            "Explain why `ask` doesn't quote a document: its rank at each stage, and the stage at "
            "which it dropped out."
        ),
        arguments=WhyNotArguments,
        result=TypeAdapter(DocumentStanding),
        run=lambda tools, arguments: tools.why_not(arguments.question, arguments.document),
    ),
}
