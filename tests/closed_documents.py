"""Random rules, people and questions, and an index of what each person may see: the oracle.

All documents have the same number of words, so that the typical length of a passage, the one
statistic that counts hidden passages, is the same in both indexes. Answers must then be equal to
the last digit but for rounding.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

from pydantic import TypeAdapter

from chatbot.answers import Answer, Citation
from chatbot.assistant import Chatbot
from chatbot.chatbot_view import ChatbotView
from chatbot.errors import UsageError
from chatbot.ingestion.access_rules import FILE
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings, load_settings
from chatbot.types import Filters
from chatbot.web.agents.document_resources import list_resources
from chatbot.web.agents.document_tools import DocumentTools
from chatbot.web.chat.hints import hints
from chatbot.web.overview.document_list import documents_page

GROUPS: Final = ("red", "green", "blue")
PATHS: Final = (
    *("*", "a/", "b/", "b/c/", "d", "*.md", "/b/*.md", "a/frigate.md", "b/**/tundra.md"),
    *("d/list.jsonl", "d/list.jsonl/", "d/list.jsonl/kiln", "lantern.md"),
)
# Distinct stems, long enough to be corrected when misspelt.
_WORDS: Final = (
    "radar frigate harbour missile glacier lantern orchard walnut copper saddle thunder velvet "
    "marble pepper tunnel falcon meadow anchor beacon cobalt dagger ember fossil garnet hammock "
    "indigo jasper kettle ladder magnet nectar oyster parcel quiver ribbon salmon turnip urchin"
).split()
_PLACES: Final = (
    *("a/frigate.md", "a/lantern.md", "b/walnut.md", "b/copper.md", "b/c/tundra.md"),
    *("b/c/saddle.md", "d/list.jsonl/kiln", "d/list.jsonl/orchard", "open.md", "twin.md"),
)
_OWN: Final = {"a/lantern.md": ["red"], "b/copper.md": ["green", "blue"], "d/list.jsonl/kiln": []}
_ANSWER: Final = TypeAdapter(Answer)
_ANYTHING: Final = TypeAdapter(Any)
_CITATIONS: Final = TypeAdapter(tuple[Citation, ...])


class Case(NamedTuple):
    """A question by a person in some groups, under some rules."""

    rules: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    groups: frozenset[str]
    question: str
    filters: Mapping[str, Any]
    history: tuple[str, ...]


class Corpus:
    """The documents, an index of all of them, and one of each part that someone may see."""

    def __init__(self, folder: Path, seed: int = 7) -> None:
        self._folder = folder
        self._texts = _texts(random.Random(seed))
        self._settings = self._build("whole", [*self._texts])
        self._whole = Chatbot.open(settings=self._settings)
        self._parts: dict[tuple[str, ...], Chatbot | None] = {}

    def close(self) -> None:
        """Close every index."""
        for chatbot in (self._whole, *filter(None, self._parts.values())):
            chatbot.close()

    def _build(self, name: str, doc_ids: Sequence[str]) -> Settings:
        corpus = self._folder / name / "corpus"
        records: dict[str, list[str]] = {}
        for doc_id in doc_ids:
            file, inner = doc_id, ""
            if ".jsonl/" in doc_id:
                file, _, inner = doc_id.rpartition("/")
            records.setdefault(file, []).append(_file(inner, doc_id, self._texts[doc_id]))
        for file, contents in records.items():
            path = corpus / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join(contents), "utf-8")
        settings = load_settings(
            corpus=corpus, index=self._folder / name / "index", model="letters", passage_tokens=16
        ).model_copy(update={"reader": False})
        build_index(settings)
        return settings

    def view(self, case: Case) -> ChatbotView:
        """What the person sees of the whole index under the rules."""
        tables = [
            {"paths": [*paths], **({"groups": [*groups]} if groups else {"everyone": True})}
            for paths, groups in case.rules
        ]
        lines = []
        for table in tables:
            lines += ["[[rule]]", *(f"{key} = {json.dumps(value)}" for key, value in table.items())]
        rules, text = self._settings.corpus / FILE, "\n".join(lines)
        if not rules.exists() or rules.read_text("utf-8") != text:
            rules.write_text(text, "utf-8")
            report = build_index(self._settings)
            assert (report.read, report.embedded_texts) == (0, 0)
        return self._whole.for_groups(case.groups)

    def part(self, case: Case) -> Chatbot | None:
        """A chatbot over an index of what the person may see; None if that is nothing."""
        visible = tuple(doc_id for doc_id in self._texts if _may_see(case, doc_id))
        if visible not in self._parts:
            name = f"part-{len(self._parts)}"
            self._parts[visible] = (
                Chatbot.open(settings=self._build(name, visible)) if visible else None
            )
        return self._parts[visible]


def check(corpus: Corpus, case: Case) -> None:
    """Check that a person gets what they would get from an index of what they may see."""
    view, part = corpus.view(case), corpus.part(case)
    if part is None:
        answer = view.ask(case.question, filters=case.filters, history=case.history)
        assert answer.abstained
        assert not answer.nearest
        assert answer.searched_documents == 0
        assert not view.documents()
        return
    assert_alike(observed(view, case), observed(part, case))


def observed(chatbot: ChatbotView, case: Case) -> dict[str, Any]:
    """Everything that a person can see, as plain values."""
    question, build = case.question, chatbot.build
    answer = chatbot.ask(question, filters=case.filters, history=case.history)
    ranking = chatbot.retrieve(question, filters=case.filters, history=case.history, top_k=50)
    manifest = build.manifest
    return _without_build(
        {
            "answer": _ANSWER.dump_python(answer) | {"timings": None},
            "retrieve": _CITATIONS.dump_python(ranking),
            "documents": chatbot.documents(),
            "filtered": chatbot.documents(case.filters),
            "texts": [chatbot.document(doc_id) for doc_id in _PLACES],
            "facets": build.catalog.facets(Filters(), most=60),
            "hints": hints(question, build),
            "list": documents_page(build, question.split()[0], "1").matching,
            "counts": (manifest.documents, manifest.passages, manifest.sentences, manifest.files),
            "formats": (manifest.formats, manifest.duplicates, manifest.languages),
            "languages": build.languages,
            "agents": _seen_by_agents(DocumentTools(chatbot, "https://briefs"), case),
        },
        build.name,
    )


def _seen_by_agents(tools: DocumentTools, case: Case) -> dict[str, Any]:
    """What the tools of agents give or refuse."""
    calls: dict[str, Callable[[], Any]] = {
        "search": lambda: tools.search(case.question),
        "list": lambda: tools.list_documents(filters=case.filters),
        **{f"fetch {place}": partial(tools.fetch, place) for place in _PLACES},
        **{f"rank {place}": partial(tools.why_not, case.question, place) for place in _PLACES[:3]},
        "resources": lambda: [resource.uri for resource in list_resources(tools, None)[0]],
    }
    seen = {}
    for name, call in calls.items():
        try:
            seen[name] = _ANYTHING.dump_python(call())
        except UsageError as refusal:
            seen[name] = str(refusal)
    return seen


def assert_alike(first: Any, second: Any, place: str = "") -> None:
    """Check that values are equal; numbers up to rounding."""
    if isinstance(first, float) and isinstance(second, float):
        assert math.isclose(first, second, rel_tol=1e-4, abs_tol=1e-5), (place, first, second)
    elif isinstance(first, dict) and isinstance(second, dict):
        assert first.keys() == second.keys(), place
        for key in first:
            assert_alike(first[key], second[key], f"{place}.{key}")
    elif isinstance(first, list | tuple) and isinstance(second, list | tuple):
        assert len(first) == len(second), (place, first, second)
        for number, (one, other) in enumerate(zip(first, second, strict=True)):
            assert_alike(one, other, f"{place}[{number}]")
    else:
        assert first == second, place


def random_case(chance: random.Random) -> Case:
    """A case that may involve any part of the read path."""
    words = chance.choices(_WORDS, k=chance.randint(1, 6))
    if chance.random() < 0.3:
        place = chance.randrange(len(words))
        words[place] = _misspelt(words[place], chance)
    topic = chance.choice(_WORDS)
    question = chance.choice(
        [
            *[f"What of the {' and the '.join(words)}?"] * 6,
            *(
                " ".join(words),
                "What documents do you have?",
                f"Which documents are about {topic}?",
            ),
            *(f'Who wrote "{topic} report"?', f"Summarise {topic} report", f"and the {topic}?"),
        ]
    )
    filters = chance.choice(
        [*[{}] * 4, {"tag": "north"}, {"document": chance.choice(_PLACES)}, {"date_from": "2020"}]
    )
    history = [f"Where is the {' '.join(chance.choices(_WORDS, k=2))}?"] * chance.randint(0, 1)
    rules = tuple(
        (
            tuple(chance.sample(PATHS, k=chance.randint(1, 2))),
            tuple(chance.sample(GROUPS, k=chance.randint(0, 2))),
        )
        for _ in range(chance.randint(0, 3))
    )
    groups = frozenset(chance.sample((*GROUPS, "other"), k=chance.randint(0, 3)))
    return Case(rules, groups, question, filters, tuple(history))


def _misspelt(word: str, chance: random.Random) -> str:
    place = chance.randrange(1, len(word) - 1)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def _texts(chance: random.Random) -> dict[str, tuple[str, str]]:
    """The title and the text of each document, all with the same numbers of words."""
    texts: dict[str, tuple[str, str]] = {}
    for place in _PLACES:
        # A title that lacks the name of its file would get it as a third word.
        title = f"{Path(place).stem.capitalize()} {'list' if 'list' in place else 'report'}"
        sections = [
            " ".join(
                f"The {' '.join(chance.sample(_WORDS, k=6))}.".replace("  ", " ") for _ in range(2)
            )
            for _ in range(3)
        ]
        texts[place] = title, "\n\n".join(sections)
    texts["twin.md"] = texts["twin.md"][0], texts["b/walnut.md"][1]
    return texts


def _file(inner: str, doc_id: str, text: tuple[str, str]) -> str:
    """The file of a document, or its line in a file."""
    title, body = text
    number = _PLACES.index(doc_id)
    metadata: dict[str, Any] = {
        "author": f"Author {number}",
        "date": f"{2018 + number % 4}",
        "tags": ["north" if number % 2 else "south"],
        "language": "en",
    }
    if doc_id in _OWN:
        metadata["groups"] = _OWN[doc_id]
    if inner:
        return json.dumps({"_id": inner, "title": title, "text": body, "metadata": metadata})
    head = "\n".join(f"{key}: {json.dumps(value)}" for key, value in metadata.items())
    return f"---\ntitle: {title}\n{head}\n---\n{body}\n"


def _may_see(case: Case, doc_id: str) -> bool:
    """The law, written out once more: the last rule that matches, and the document's own groups."""
    ruled: tuple[str, ...] = ()
    for paths, groups in case.rules:
        if any(_MATCHES[path](doc_id) for path in paths):
            ruled = groups
    own = _OWN.get(doc_id)
    return (not ruled or bool(case.groups & {*ruled})) and (
        own is None or bool(case.groups & {*own})
    )


_MATCHES: Final[Mapping[str, Any]] = {
    "*": lambda _: True,
    "a/": lambda doc_id: doc_id.startswith("a/"),
    "b/": lambda doc_id: doc_id.startswith("b/"),
    "b/c/": lambda doc_id: doc_id.startswith("b/c/"),
    "d": lambda doc_id: doc_id.startswith("d/"),
    "*.md": lambda doc_id: doc_id.endswith(".md"),
    "/b/*.md": lambda doc_id: doc_id in {"b/walnut.md", "b/copper.md"},
    "a/frigate.md": lambda doc_id: doc_id == "a/frigate.md",
    "b/**/tundra.md": lambda doc_id: doc_id == "b/c/tundra.md",
    "d/list.jsonl": lambda doc_id: doc_id.startswith("d/list.jsonl/"),
    "d/list.jsonl/": lambda doc_id: doc_id.startswith("d/list.jsonl/"),
    "d/list.jsonl/kiln": lambda doc_id: doc_id == "d/list.jsonl/kiln",
    "lantern.md": lambda doc_id: doc_id == "a/lantern.md",
}


def _without_build(value: dict[str, Any], name: str) -> dict[str, Any]:
    """The values as JSON has them, without the name of the build."""
    text = TypeAdapter(Any).dump_json(value).decode().replace(name, "BUILD")
    plain: dict[str, Any] = json.loads(text)
    return plain
