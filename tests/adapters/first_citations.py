"""Asks one question through every door, and prints the first passage that each gives.

Run by `test_every_door.py` in the environment with the frameworks.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import anyio
import httpx
from gradio_client import Client as GradioClient
from haystack import Pipeline
from mcp import Client as McpClient
from openai import OpenAI

from chatbot import Chatbot
from chatbot.adapters import haystack, langchain, llama_index
from chatbot.client import Client

Passage = tuple[str, str]


def passages(bot: Chatbot, address: str, question: str) -> Iterator[tuple[str, Passage]]:
    """Each door, with the document and the text of its first passage."""
    cited = bot.ask(question).citations[0]
    yield "Python", (cited.doc_id, cited.passage.text)

    found = langchain.ChatbotRetriever(chatbot=bot, top_k=3).invoke(question)
    assert len(found) == 3
    yield "LangChain", (found[0].metadata["doc_id"], found[0].page_content)

    nodes = llama_index.ChatbotRetriever(bot, top_k=3).retrieve(question)
    assert len(nodes) == 3
    yield "LlamaIndex", (nodes[0].metadata["doc_id"], nodes[0].text)

    pipeline = Pipeline()
    pipeline.add_component("retriever", haystack.ChatbotRetriever(bot, top_k=3))
    documents = pipeline.run({"retriever": {"query": question}})["retriever"]["documents"]
    assert len(documents) == 3
    yield "Haystack", (documents[0].meta["doc_id"], documents[0].content)

    with Client(address) as remote:
        cited = remote.ask(question).citations[0]
        yield "the typed client", (cited.doc_id, cited.passage.text)
        found = langchain.ChatbotRetriever(chatbot=remote, top_k=3).invoke(question)
        yield "LangChain over HTTP", (found[0].metadata["doc_id"], found[0].page_content)

    answer = httpx.post(f"{address}/api/v1/ask", json={"question": question}).json()
    yield "HTTP", _of_answer(answer)

    gradio = GradioClient(address, verbose=False)
    yield "gradio_client", _of_answer(gradio.predict(question, api_name="/ask"))

    openai = OpenAI(base_url=f"{address}/v1", api_key="none")
    first = openai.vector_stores.search("current", query=question).data[0]
    yield "OpenAI's form", (first.file_id, first.content[0].text)

    yield "MCP", anyio.run(_over_mcp, f"{address}/mcp", question)


def refusals(bot: Chatbot) -> Iterator[tuple[str, str]]:
    """What each framework raises for a question without words."""
    pipeline = Pipeline()
    pipeline.add_component("retriever", haystack.ChatbotRetriever(bot))
    calls: dict[str, Callable[[], object]] = {
        "LangChain": lambda: langchain.ChatbotRetriever(chatbot=bot).invoke("?"),
        "LlamaIndex": lambda: llama_index.ChatbotRetriever(bot).retrieve("?"),
        "Haystack": lambda: pipeline.run({"retriever": {"query": "?"}}),
    }
    for framework, call in calls.items():
        try:
            call()
        except Exception as failure:  # noqa: BLE001 - one framework wraps it in an error of its own
            yield framework, str(failure)


def _of_answer(answer: dict[str, list[dict[str, dict[str, str]]]]) -> Passage:
    passage = answer["citations"][0]["passage"]
    return passage["doc_id"], passage["text"]


async def _over_mcp(address: str, question: str) -> Passage:
    async with McpClient(address) as client:
        found = (await client.call_tool("search", {"query": question})).structured_content
        fetched = await client.call_tool("fetch", {"id": found["results"][0]["id"]})
        text = fetched.structured_content
        return text["metadata"]["document"], text["text"]


if __name__ == "__main__":
    os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"
    index, address, question = sys.argv[1:]
    with Chatbot.open(Path(index)) as bot:
        doors = dict(passages(bot, address, question))
        print(json.dumps({"doors": doors, "refusals": dict(refusals(bot))}))  # noqa: T201
