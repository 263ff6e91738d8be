"""LangChain and FAISS behind FastAPI: `langchain_service MODEL CORPUS INDEX` serves a free port.

A plain function for the route, which FastAPI calls in a thread, as in the tutorials of both.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from tests.benchmarks.peers.langchain_faiss import Peer


class Question(BaseModel):
    """A question in a request."""

    question: str


def service(peer: Peer) -> FastAPI:
    """The application: one route, which returns the passages nearest to a question."""
    app = FastAPI()

    @app.post("/ask")
    def ask(body: Question) -> list[dict[str, Any]]:
        return [
            {"doc_id": found.metadata["doc_id"], "text": found.page_content}
            for found in peer.ask(body.question)
        ]

    return app


def main() -> None:
    """Build the index and serve it until the process is interrupted."""
    model, corpus, index = map(Path, sys.argv[1:])
    peer = Peer(model)
    peer.build(corpus, index)
    peer.open(index)
    uvicorn.run(service(peer), host="127.0.0.1", port=0, access_log=False)


if __name__ == "__main__":
    main()
