"""What is built is the same for the same corpus, however it came about."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from chatbot.assistant import Chatbot
from chatbot.errors import CorpusError
from chatbot.index import layout
from chatbot.index.catalog import FileRow
from chatbot.index.opened_build import Build
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings, load_settings
from chatbot.types import Document, Passage
from tests.building import (
    BREAD,
    PRICE,
    RADAR,
    SHIPS,
    command,
    run,
    settled,
    write,
)
from tests.shared import PROJECT

# -- the same for the same corpus ------------------------------------------------------------

PARTS = "# Radar\n\n## Price\n\nIt cost nine roubles.\n\n## Place\n\nIt went to Omsk. By rail.\n"
TEXTS = (RADAR, SHIPS, BREAD, PARTS, PARTS.replace("Omsk", "Tver"), "No title. Two sentences.", "")
NAMES = ("a.md", "b.md", "siberia/2020.md", "z.txt")

_CORPORA = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(TEXTS), min_size=1).filter(
    lambda corpus: any(corpus.values())
)


@given(st.lists(_CORPORA, min_size=2, max_size=4))
@examples(max_examples=10, deadline=None)
def test_carrying_over_gives_what_building_afresh_gives(corpora: list[dict[str, str]]) -> None:
    """Whatever the corpus was before: files, documents, passages, words and vectors."""
    with tempfile.TemporaryDirectory() as home:
        corpus = Path(home, "corpus")
        corpus.mkdir()
        carried = load_settings(corpus=corpus, index=Path(home, "carried"))
        for files in corpora:
            for name in NAMES:
                (corpus / name).unlink(missing_ok=True)
            write(corpus, files)
            build_index(carried)
        afresh = load_settings(corpus=corpus, index=Path(home, "afresh"))
        build_index(afresh)
        assert_alike(*(Build(layout.current(each.index)) for each in (carried, afresh)))


def assert_alike(one: Build, other: Build) -> None:
    """All that questions are answered from is the same; vectors as far as batches let them."""
    assert contents(one) == contents(other)
    rows = np.arange(len(one))
    for name in ("titles", "document_vectors"):
        assert_parallel(getattr(one, name), getattr(other, name))
    assert_parallel(*(each.sentence_rows(0, len(one) - 1) for each in (one, other)))
    assert_parallel(one.dense.vectors(rows), other.dense.vectors(rows))
    words = sorted({word for text in TEXTS for word in one.terms(text)})
    assert one.document_frequencies(words) == other.document_frequencies(words)
    for word in words:
        hits, expected = (each.lexical_hits({word: 1.0}, 50, None) for each in (one, other))
        np.testing.assert_array_equal(hits[0], expected[0])
        np.testing.assert_allclose(hits[1], expected[1], rtol=1e-6)
    for each in (one, other):
        each.close()


def contents(build: Build) -> tuple[list[FileRow], list[tuple[Document, list[Passage]]]]:
    """Files, but for their dates, and documents with their passages."""
    files = [row._replace(modified_ns=0) for row in build.catalog.files()]
    documents = list(build.catalog.documents())
    rows = [build.catalog.passage_rows(document.doc_id) for document in documents]
    return files, list(zip(documents, map(build.passages, rows), strict=True))


def assert_parallel(one: np.ndarray, other: np.ndarray) -> None:
    """Rows of the same directions; those of two different texts are far from it."""
    plain = [rows / np.linalg.norm(rows.astype(float), axis=1)[:, None] for rows in (one, other)]
    assert plain[0].shape == plain[1].shape
    assert np.sum(plain[0] * plain[1], axis=1).min(initial=1) > 0.999


def test_the_same_corpus_gives_the_same_bytes(settings: Settings, tmp_path: Path) -> None:
    """In whatever order its files were written, but for the words' own files and the manifest."""
    files = {f"{number % 7}/{number}.md": f"# N {number}\n\n{BREAD}" for number in range(20)}
    folders = []
    for number, names in enumerate((sorted(files), sorted(files, reverse=True))):
        home = settings.model_copy(
            update={"corpus": tmp_path / f"c{number}", "index": tmp_path / f"i{number}"}
        )
        for name in names:
            write(home.corpus, {name: files[name]})
        settled(home.corpus)
        build_index(home)
        folders.append(layout.current(home.index))
        with Chatbot.open(settings=home) as chatbot:
            assert [each.doc_id for each in chatbot.documents()] == sorted(files)
    for name in ("catalog.sqlite", "dense.faiss", "sentences.npy", "titles.npy", "documents.npy"):
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()


# -- whoever watches a build -----------------------------------------------------------------


class Witness:
    """What a build tells whoever watches it."""

    def __init__(self) -> None:
        self.stages: list[tuple[str, int]] = []
        self.steps: list[int] = []
        self.ends = 0

    def stage(self, name: str, total: int) -> None:
        assert self.ends == 0
        self.stages.append((name, total))
        self.steps.append(0)

    def advance(self, steps: int) -> None:
        assert self.ends == 0
        self.steps[-1] += steps

    def end(self) -> None:
        self.ends += 1


def test_progress_goes_through_every_stage_to_its_end(settings: Settings) -> None:
    """Each stage is announced with its steps, all of which are taken; then the build ends."""
    write(settings.corpus, {"radar.md": RADAR, "ships.md": SHIPS, "empty.txt": ""})
    seen = Witness()
    report = build_index(settings, progress=seen)
    stages = [("reading", 3), ("embedding", 8), ("indexing words", 2), ("sealing", 1)]
    assert seen.stages == stages
    assert seen.steps == [total for _, total in stages]
    assert seen.ends == 1
    assert list(report.seconds) == [name for name, _ in stages]


def test_progress_ends_where_nothing_is_built(settings: Settings) -> None:
    """Because nothing has changed, or nothing can be read, or there is no corpus."""
    write(settings.corpus, {"radar.md": RADAR})
    build_index(settings)
    unchanged, failed, missing = Witness(), Witness(), Witness()
    build_index(settings, progress=unchanged)
    assert (unchanged.stages, unchanged.ends) == ([], 1)
    write(settings.corpus, {"radar.md": ""})
    with pytest.raises(CorpusError):
        build_index(settings, progress=failed)
    assert (failed.stages, failed.ends) == ([("reading", 1)], 1)
    shutil.rmtree(settings.corpus)
    with pytest.raises(CorpusError):
        build_index(settings, progress=missing)
    assert (missing.stages, missing.ends) == ([], 1)


# -- what is built ---------------------------------------------------------------------------


def test_furniture_is_listed_and_never_a_passage(settings: Settings) -> None:
    """What stands around a scraped article is kept in its text and found by no question."""
    around = ["Share this article", "Facebook Twitter LinkedIn", "Load More", "Leave a Reply"]
    article = ["Radar sold to Omsk", "The radar cost nine roubles. It went to Omsk by rail."]
    lines = [around[0], article[0], around[1], article[1], *around[2:]]
    write(settings.corpus, {"article.txt": "\n\n".join(lines), "ships.md": SHIPS})
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        document = chatbot.document("article.txt")
        assert document
        assert [piece.span.of(document.text) for piece in document.furniture] == around
        for question in (*around, PRICE):
            for cited in chatbot.retrieve(question, top_k=20):
                assert not [line for line in around if line in cited.passage.text]
        assert chatbot.retriever().index.document_frequencies(["leav", "facebook"]) == [0, 0]
        assert chatbot.ask("Leave a Reply").abstained


def test_the_demo_corpus_is_indexed_whole(demo: Chatbot) -> None:
    """Each of its files is a document, and each is found first by its own title."""
    files = sorted(path.name for path in (PROJECT / "corpus").iterdir())
    assert len(files) == 17
    assert [file.path for file in demo.build.catalog.files()] == files
    assert demo.build.manifest.skipped == ()
    documents = demo.documents()
    assert [each.doc_id for each in documents] == files
    for each in documents:
        assert demo.retrieve(each.title)[0].doc_id == each.doc_id


@pytest.mark.slow
def test_the_demo_corpus_from_the_command_line(tmp_path: Path) -> None:
    """Built, told of, asked and examined, each in a process of its own."""
    at = ("--index", tmp_path / "index")
    done = run(command("build", *at, "--corpus", PROJECT / "corpus", "--json"))
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["read"], report["carried"], report["skipped"]) == (17, 0, [])
    told = json.loads(run(command("info", *at, "--json")).stdout)
    assert (told["name"], told["files"], told["documents"]) == (report["build"], 17, 17)
    done = run(command("ask", "Why do the partners distrust each other?", *at))
    assert done.returncode == 0
    assert done.stdout.startswith("Three obstacles lie in the relationship itself: historical")
    checks = json.loads(run(command("doctor", *at, "--json")).stdout)
    assert {check["outcome"] for check in checks} == {"ok"}
