"""The address of a document leads to it, whatever its id holds."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from fastapi.testclient import TestClient

from chatbot.assistant import Chatbot
from chatbot.ingestion.build_index import build_index
from chatbot.settings import load_settings
from tests.doors import application
from tests.markup import select

# A browser takes an encoded dot for a dot, and a step of one or two for an order to climb.
IDS = (
    *("..", ".", "../../etc/passwd", "a/../b", "a/./b", "a//b", "/a", "a/", "a/.."),
    *("plain.md", "...", "..a/b..", "a b?c#d&e=f", "юг/п.md", "a\\..\\b", "@host", "a:b"),
)


def test_every_id_has_an_address_that_browsers_leave_alone(tmp_path: Path) -> None:
    """Resolved as a browser does it stays as it is, and the page shows the cited sentence."""
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text(
        "".join(
            json.dumps({"_id": doc_id, "title": f"T{n}", "text": f"The radar has part {n}."}) + "\n"
            for n, doc_id in enumerate(IDS)
        )
    )
    settings = load_settings(corpus=corpus, index=tmp_path / "index", depth=100)
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        client = TestClient(application(chatbot))
        cited = {each.doc_id: each for each in chatbot.retrieve("radar part", top_k=len(IDS))}
        assert cited.keys() == {*IDS}
        for number, doc_id in enumerate(IDS):
            address = cited[doc_id].url
            assert urljoin("http://host/", address) == f"http://host{address}"
            steps = urlsplit(address).path.lower().replace("%2e", ".").split("/")
            assert not {".", ".."} & {*steps}
            page = client.get(address)
            assert page.status_code == 200, address
            assert [mark.text for mark in select(page.text, "mark")] == [
                f"The radar has part {number}."
            ]
        listed = client.get("/documents").text
        links = [each.attributes["href"] for each in select(listed, "a")]
        assert [client.get(link).status_code for link in links if link.startswith("/source/")] == (
            [200] * len(IDS)
        )
