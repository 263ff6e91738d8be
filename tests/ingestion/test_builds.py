"""The same corpus gives the same build, whatever builds came before."""

from __future__ import annotations

import json
import shutil
import tempfile
import weakref
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from chatbot.assistant import Chatbot
from chatbot.encoder import Encoder
from chatbot.errors import CorpusError
from chatbot.index import layout
from chatbot.index.catalog import Catalog, FileRow
from chatbot.index.folder_build import FolderBuild
from chatbot.index.lexical import LexicalDocument
from chatbot.ingestion.build_index import build_index
from chatbot.ingestion.passage_context import lexical_document
from chatbot.settings import Settings, load_settings
from chatbot.types import Document, Passage
from tests.building import (
    BREAD,
    PRICE,
    RADAR,
    SHIPS,
    Recorder,
    command,
    run,
    settled,
    write,
)
from tests.shared import PROJECT

# -- determinism -----------------------------------------------------------------------------

PARTS = "# Radar\n\n## Price\n\nIt cost nine roubles.\n\n## Place\n\nIt went to Omsk. By rail.\n"
TEXTS = (RADAR, SHIPS, BREAD, PARTS, PARTS.replace("Omsk", "Tver"), "No title. Two sentences.", "")
NAMES = ("a.md", "b.md", "siberia/2020.md", "z.txt")

_CORPORA = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(TEXTS), min_size=1).filter(
    lambda corpus: any(corpus.values())
)


@given(st.lists(_CORPORA, min_size=2, max_size=4))
@examples(max_examples=10, deadline=None)
def test_an_incremental_build_equals_a_fresh_one(corpora: list[dict[str, str]]) -> None:
    """Files, documents, passages, words and vectors don't depend on earlier corpora."""
    with tempfile.TemporaryDirectory() as home:
        corpus = Path(home, "corpus")
        corpus.mkdir()
        incremental = load_settings(corpus=corpus, index=Path(home, "incremental"))
        for files in corpora:
            for name in NAMES:
                (corpus / name).unlink(missing_ok=True)
            write(corpus, files)
            build_index(incremental)
        fresh = load_settings(corpus=corpus, index=Path(home, "fresh"))
        build_index(fresh)
        assert_same_build(
            FolderBuild(layout.current(incremental.index)), FolderBuild(layout.current(fresh.index))
        )


def assert_same_build(first: FolderBuild, second: FolderBuild) -> None:
    """Both builds hold the same content; vectors are equal up to the effect of batching."""
    assert contents(first) == contents(second)
    rows = np.arange(len(first))
    for name in ("titles", "document_vectors"):
        assert_parallel(getattr(first, name), getattr(second, name))
    assert_parallel(*(build.sentence_rows(0, len(first) - 1) for build in (first, second)))
    assert_parallel(first.dense.vectors(rows), second.dense.vectors(rows))
    words = sorted({word for text in TEXTS for word in first.terms(text)})
    assert first.document_frequencies(words) == second.document_frequencies(words)
    for word in words:
        hits, expected = (build.lexical_hits({word: 1.0}, 50, None) for build in (first, second))
        np.testing.assert_array_equal(hits[0], expected[0])
        np.testing.assert_allclose(hits[1], expected[1], rtol=1e-6)
    for build in (first, second):
        build.close()


def contents(build: FolderBuild) -> tuple[list[FileRow], list[tuple[Document, list[Passage]]]]:
    """Files without their dates, and documents with their passages."""
    files = [row._replace(modified_ns=0) for row in build.catalog.files()]
    documents = list(build.catalog.documents())
    rows = [build.catalog.passage_rows(document.doc_id) for document in documents]
    return files, list(zip(documents, map(build.passages, rows), strict=True))


def assert_parallel(first: np.ndarray, second: np.ndarray) -> None:
    """Check that rows have equal directions; those of two different texts are far apart."""
    unit = [rows / np.linalg.norm(rows.astype(float), axis=1)[:, None] for rows in (first, second)]
    assert unit[0].shape == unit[1].shape
    assert np.sum(unit[0] * unit[1], axis=1).min(initial=1) > 0.999


def test_the_same_corpus_gives_the_same_bytes(settings: Settings, tmp_path: Path) -> None:
    """The order of writing files doesn't matter; words and manifest are excepted."""
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
            assert [document.doc_id for document in chatbot.documents()] == sorted(files)
    for name in ("catalog.sqlite", "dense.faiss", "sentences.npy", "titles.npy", "documents.npy"):
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()


# -- progress --------------------------------------------------------------------------------


class RecordedProgress:
    """Records the progress that a build reports."""

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


def test_progress_covers_every_step_of_every_stage(settings: Settings) -> None:
    """Each stage reports its total and as many steps; then the build ends once."""
    write(settings.corpus, {"radar.md": RADAR, "ships.md": SHIPS, "empty.txt": ""})
    progress = RecordedProgress()
    report = build_index(settings, progress=progress)
    stages = [("reading", 3), ("embedding", 8), ("indexing words", 2), ("sealing", 1)]
    assert progress.stages == stages
    assert progress.steps == [total for _, total in stages]
    assert progress.ends == 1
    assert list(report.seconds) == [name for name, _ in stages]


def test_progress_ends_without_a_new_build(settings: Settings) -> None:
    """It ends if nothing has changed, no file can be read, or the corpus is missing."""
    write(settings.corpus, {"radar.md": RADAR})
    build_index(settings)
    unchanged, failed, missing = RecordedProgress(), RecordedProgress(), RecordedProgress()
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


# -- content ---------------------------------------------------------------------------------


def test_furniture_is_listed_and_never_a_passage(settings: Settings) -> None:
    """Lines around a scraped article stay in its text, but no question finds them."""
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


def test_every_file_of_the_demo_corpus_is_indexed(demo: Chatbot) -> None:
    """Each file is a document that ranks first for its own title."""
    files = sorted(path.name for path in (PROJECT / "corpus").iterdir())
    assert len(files) == 17
    assert [file.path for file in demo.build.catalog.files()] == files
    assert demo.build.manifest.skipped == ()
    documents = demo.documents()
    assert [document.doc_id for document in documents] == files
    for document in documents:
        assert demo.retrieve(document.title)[0].doc_id == document.doc_id


@pytest.mark.slow
def test_the_demo_corpus_from_the_command_line(tmp_path: Path) -> None:
    """`build`, `info`, `ask` and `doctor` work on it, each in its own process."""
    at = ("--index", tmp_path / "index")
    done = run(command("build", *at, "--corpus", PROJECT / "corpus", "--json"))
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["read"], report["carried"], report["skipped"]) == (17, 0, [])
    info = json.loads(run(command("info", *at, "--json")).stdout)
    assert (info["name"], info["files"], info["documents"]) == (report["build"], 17, 17)
    done = run(command("ask", "Why do the partners distrust each other?", *at))
    assert done.returncode == 0
    assert done.stdout.startswith("Three obstacles lie in the relationship itself: historical")
    checks = json.loads(run(command("doctor", *at, "--json")).stdout)
    assert {check["outcome"] for check in checks} == {"ok"}


# -- an empty corpus -------------------------------------------------------------------------


def test_a_deleted_last_document_is_no_longer_found(settings: Settings) -> None:
    """The build without documents answers that there are none, and the next one has some again."""
    write(settings.corpus, {"radar.md": RADAR})
    build_index(settings)
    (settings.corpus / "radar.md").unlink()
    with pytest.raises(CorpusError, match="has no files"):
        build_index(settings)
    report = build_index(settings, may_be_empty=True)
    assert (report.published, report.documents, report.passages) == (True, 0, 0)
    assert not build_index(settings, may_be_empty=True).published
    with Chatbot.open(settings.index) as bot:
        answer = bot.ask("What did the radar cost?")
        assert (answer.abstained, answer.citations, answer.nearest) == (True, (), ())
        assert (answer.searched_documents, bot.documents(), bot.retrieve("radar")) == (0, (), ())
    write(settings.corpus, {"ships.md": SHIPS})
    assert build_index(settings).documents == 1
    with Chatbot.open(settings.index) as bot:
        assert bot.ask("How many frigates left?").citations[0].doc_id == "ships.md"


def test_an_unreadable_rest_gives_an_empty_build_too(settings: Settings) -> None:
    """What is left after the last document with text was deleted is listed as skipped."""
    write(settings.corpus, {"radar.md": RADAR, "empty.md": ""})
    build_index(settings)
    (settings.corpus / "radar.md").unlink()
    report = build_index(settings, may_be_empty=True)
    assert (report.documents, [file.path for file in report.skipped]) == (0, ["empty.md"])


def test_a_first_build_may_be_empty(settings: Settings) -> None:
    """Somebody adds a document and deletes it again before the first build."""
    settings.corpus.mkdir(exist_ok=True)
    assert build_index(settings, may_be_empty=True).documents == 0
    write(settings.corpus, {"radar.md": RADAR})
    assert build_index(settings).documents == 1


# -- memory ----------------------------------------------------------------------------------


def test_the_encoder_is_closed_before_words_are_indexed(
    tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both need much memory. Only a build with few texts does both at the same time."""
    opened: list[weakref.ref[Recorder]] = []
    still_open: list[bool] = []

    def open_encoder(*_: object, **__: object) -> Recorder:
        recorder = Recorder(encoder)
        opened.append(weakref.ref(recorder))
        return recorder

    def read(catalog: Catalog, number: int) -> LexicalDocument:
        still_open.append(opened[0]() is not None)
        return lexical_document(catalog, number)

    monkeypatch.setattr("chatbot.ingestion.machines.open_encoder", open_encoder)
    monkeypatch.setattr("chatbot.ingestion.write_build.lexical_document", read)
    monkeypatch.setattr("chatbot.ingestion.write_build._FEW_TEXTS", 0)
    write(tmp_path / "corpus", {"a.md": RADAR, "b.md": SHIPS})
    build_index(load_settings(corpus=tmp_path / "corpus", index=tmp_path / "index"))
    assert still_open == [False, False]
