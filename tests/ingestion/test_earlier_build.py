"""A build brings the index up to date with the corpus and repeats no work."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from chatbot.assistant import Chatbot
from chatbot.encoder import find_model
from chatbot.encoder.fingerprint import BUNDLED
from chatbot.index import dense, layout
from chatbot.index.dense_tuning import DenseTuning
from chatbot.index.folder_build import FolderBuild
from chatbot.ingestion.build_index import BuildReport, build_index
from chatbot.settings import Settings
from tests.building import (
    PRICE,
    RADAR,
    SHIPS,
    Recorder,
    build_names,
    first_quote,
    settled,
    write,
)

RADAR_TEXTS = [
    "It went to Omsk.",
    "Radar",
    "Radar. The radar cost nine roubles. It went to Omsk.",
    "The radar cost nine roubles.",
]
SHIPS_TEXTS = [
    "Ships",
    "Ships. Three frigates left Vladivostok at dawn. The harbour was frozen.",
    "The harbour was frozen.",
    "Three frigates left Vladivostok at dawn.",
]


def counts(report: BuildReport) -> tuple[int, int, int, int]:
    """Files read, carried over and skipped, and texts embedded."""
    return report.read, report.carried, len(report.skipped), report.embedded_texts


# -- only what changed -----------------------------------------------------------------------


def test_a_first_build_embeds_titles_passages_and_sentences(
    settings: Settings, recorder: Recorder
) -> None:
    """Each text is embedded once: passages with their title, sentences without."""
    write(settings.corpus, {"radar.md": RADAR, "ships.md": SHIPS})
    report = build_index(settings)
    assert recorder.take() == sorted(RADAR_TEXTS + SHIPS_TEXTS)
    assert (report.documents, report.passages, report.sentences) == (2, 2, 4)
    assert counts(report) == (2, 0, 0, 8)
    assert report.published
    assert build_names(settings.index) == [report.build]
    assert first_quote(settings, PRICE) == "The radar cost nine roubles."


@pytest.mark.parametrize("touched", [False, True])
def test_an_unchanged_corpus_needs_no_work(
    settings: Settings, recorder: Recorder, monkeypatch: pytest.MonkeyPatch, *, touched: bool
) -> None:
    """No build is made and the model isn't opened; a new date alone is no change."""
    write(settings.corpus, {"radar.md": RADAR, "ships.md": SHIPS, "empty.txt": ""})
    first = build_index(settings)
    recorder.take()
    monkeypatch.delattr("chatbot.ingestion.machines.open_encoder")
    if touched:
        os.utime(settings.corpus / "radar.md", (2e9, 2e9))
    second = build_index(settings)
    assert not second.published
    assert second.build == first.build
    assert counts(second) == (0, 2, 1, 0)
    assert second.skipped == first.skipped
    assert (second.documents, second.passages, second.sentences) == (2, 2, 4)
    assert build_names(settings.index) == [first.build]


def test_a_changed_file_embeds_only_its_new_passages(
    settings: Settings, recorder: Recorder
) -> None:
    """Other files and the unchanged passage of the same file aren't embedded."""
    parts = "# Radar\n\n## Price\n\nIt cost nine roubles.\n\n## Place\n\nIt went to {}. By rail.\n"
    write(settings.corpus, {"radar.md": parts.format("Omsk"), "ships.md": SHIPS})
    assert build_index(settings).passages == 3
    recorder.take()
    write(settings.corpus, {"radar.md": parts.format("Tver")})
    report = build_index(settings)
    assert recorder.take() == [
        "By rail.",
        "It went to Tver.",
        "Radar. Place. It went to Tver. By rail.",
    ]
    assert counts(report) == (1, 1, 0, 3)
    assert first_quote(settings, "Where did it go?") == "It went to Tver."
    assert first_quote(settings, "What did it cost?") == "It cost nine roubles."


def test_a_change_with_the_same_size_and_date_is_noticed(
    settings: Settings, recorder: Recorder
) -> None:
    """If the file may have been written during the last build, its content is compared."""
    write(settings.corpus, {"radar.md": RADAR})
    date = (settings.corpus / "radar.md").stat().st_mtime_ns
    build_index(settings)
    recorder.take()
    write(settings.corpus, {"radar.md": RADAR.replace("nine", "five")})
    os.utime(settings.corpus / "radar.md", ns=(date, date))
    assert counts(build_index(settings)) == (1, 0, 0, 3)
    assert first_quote(settings, PRICE) == "The radar cost five roubles."


def test_a_deleted_file_stops_answering(settings: Settings, recorder: Recorder) -> None:
    """Its removal embeds nothing."""
    write(settings.corpus, {"radar.md": RADAR, "ships.md": SHIPS})
    build_index(settings)
    recorder.take()
    (settings.corpus / "radar.md").unlink()
    report = build_index(settings)
    assert counts(report) == (0, 1, 0, 0)
    assert recorder.take() == []
    with Chatbot.open(settings=settings) as chatbot:
        assert [document.doc_id for document in chatbot.documents()] == ["ships.md"]
        assert {citation.doc_id for citation in chatbot.retrieve(PRICE)} == {"ships.md"}
        assert chatbot.document("radar.md") is None
        assert chatbot.retriever().index.document_frequencies(["radar", "frigat"]) == [0, 1]


def test_a_moved_or_copied_file_is_not_embedded_again(
    settings: Settings, recorder: Recorder
) -> None:
    """Its vectors are reused, because its text is known; citations name its new path."""
    write(settings.corpus, {"radar.md": RADAR, "ships.md": SHIPS})
    build_index(settings)
    recorder.take()
    (settings.corpus / "old").mkdir()
    (settings.corpus / "radar.md").rename(settings.corpus / "old" / "radar.md")
    write(settings.corpus, {"old/ships.md": SHIPS})
    report = build_index(settings)
    assert recorder.take() == []
    assert counts(report) == (2, 1, 0, 0)
    with Chatbot.open(settings=settings) as chatbot:
        doc_ids = [document.doc_id for document in chatbot.documents()]
        assert doc_ids == ["old/radar.md", "old/ships.md", "ships.md"]
        cited = chatbot.retrieve(PRICE)[0]
        assert (cited.doc_id, cited.source) == ("old/radar.md", "old/radar.md")
        assert cited.why.dense > 0.5


def test_new_words_in_a_file_name_are_embedded(settings: Settings, recorder: Recorder) -> None:
    """Passages are embedded with the words of the file name that the title lacks."""
    write(settings.corpus, {"radar.md": RADAR, "ships.md": SHIPS})
    build_index(settings)
    recorder.take()
    (settings.corpus / "radar.md").rename(settings.corpus / "siberia-2020.md")
    assert counts(build_index(settings)) == (1, 1, 0, 3)
    assert recorder.take() == [
        "It went to Omsk.",
        "Radar siberia 2020. The radar cost nine roubles. It went to Omsk.",
        "The radar cost nine roubles.",
    ]


def test_a_fresh_build_embeds_everything(settings: Settings, recorder: Recorder) -> None:
    """It reuses nothing and is published even if nothing has changed."""
    write(settings.corpus, {"radar.md": RADAR, "ships.md": SHIPS})
    first = build_index(settings)
    recorder.take()
    second = build_index(settings, fresh=True)
    assert recorder.take() == sorted(RADAR_TEXTS + SHIPS_TEXTS)
    assert counts(second) == (2, 0, 0, 8)
    assert build_names(settings.index) == [first.build, second.build]
    assert layout.current(settings.index).name == second.build


# -- changed settings and corpora ------------------------------------------------------------


def test_another_passage_size_embeds_only_new_passages(
    settings: Settings, recorder: Recorder
) -> None:
    """Every file is chunked again; passages that come out the same keep their vectors."""
    long = " ".join(f"Ship number {n} left the harbour of Vladivostok." for n in range(12))
    write(settings.corpus, {"radar.md": RADAR, "fleet.md": f"# Fleet\n\n{long}\n"})
    assert build_index(settings).passages == 2
    recorder.take()
    smaller = settings.model_copy(update={"passage_tokens": 64})
    report = build_index(smaller)
    assert (report.read, report.carried) == (2, 0)
    assert report.passages > 2
    embedded = recorder.take()
    # Each new passage with its title, and its sentences.
    assert len([text for text in embedded if text.startswith("Fleet. Ship")]) == report.passages - 1
    assert len([text for text in embedded if text.startswith("Ship number")]) == 12
    assert len(embedded) == report.passages - 1 + 12
    texts = [text.removeprefix("Fleet. ") for text in embedded if text.startswith("Fleet. ")]
    assert max(recorder.count_tokens(texts)) <= 64
    assert not build_index(smaller).published


def test_another_model_embeds_everything(
    settings: Settings, recorder: Recorder, tmp_path: Path
) -> None:
    """Vectors of one model are never reused for another."""
    write(settings.corpus, {"radar.md": RADAR, "ships.md": SHIPS})
    build_index(settings)
    recorder.take()
    other = settings.model_copy(update={"model": str(another_model(tmp_path / "model"))})
    assert counts(build_index(other)) == (2, 0, 0, 8)
    assert recorder.take() == sorted(RADAR_TEXTS + SHIPS_TEXTS)
    assert not build_index(other).published


def another_model(folder: Path) -> Path:
    """A copy of the bundled model with an extra file, which counts as a different model."""
    shutil.copytree(
        find_model(BUNDLED).folder, folder, copy_function=lambda a, b: Path(b).symlink_to(a)
    )
    write(folder, {"note.json": "{}"})
    return folder


def test_a_file_over_a_lowered_limit_stops_answering(
    settings: Settings, recorder: Recorder
) -> None:
    """A lowered limit applies to files that are already in the index."""
    write(settings.corpus, {"radar.md": RADAR, "long.txt": "Bread rises. " * 100})
    build_index(settings)
    recorder.take()
    report = build_index(settings.model_copy(update={"file_megabytes": 0.001}))
    assert counts(report) == (1, 0, 1, 0)
    assert report.documents == 1


def test_a_moved_corpus_is_followed(settings: Settings, recorder: Recorder) -> None:
    """No file is read again, and the sources of citations are looked up at the new path."""
    write(settings.corpus, {"radar.md": RADAR})
    settled(settings.corpus)
    build_index(settings)
    recorder.take()
    moved = settings.model_copy(update={"corpus": settings.corpus.with_name("documents")})
    settings.corpus.rename(moved.corpus)
    report = build_index(moved)
    assert report.published
    assert counts(report) == (0, 1, 0, 0)
    with Chatbot.open(settings=moved) as chatbot:
        (file,) = chatbot.build.catalog.files()
        assert chatbot.build.file_state(file) == "same"
    assert not build_index(moved).published


def test_a_corpus_may_be_a_single_file(settings: Settings) -> None:
    """The documents of a `.jsonl` file then keep the ids that the file gives them."""
    lines = [{"_id": "a", "text": "It cost nine roubles."}, {"_id": "b", "text": "It went away."}]
    file = settings.corpus / "documents.jsonl"
    write(settings.corpus, {file.name: "\n".join(map(json.dumps, lines)), "radar.md": RADAR})
    alone = settings.model_copy(update={"corpus": file})
    assert counts(build_index(alone))[:3] == (1, 0, 0)
    with Chatbot.open(settings=alone) as chatbot:
        assert [document.doc_id for document in chatbot.documents()] == ["a", "b"]
        assert chatbot.retrieve("What did it cost?")[0].source == "documents.jsonl"
    assert not build_index(alone).published
    # In a folder, a prefix distinguishes them from the documents of other files.
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        doc_ids = [document.doc_id for document in chatbot.documents()]
    assert doc_ids == ["documents.jsonl/a", "documents.jsonl/b", "radar.md"]


def test_the_index_may_be_inside_the_corpus(settings: Settings) -> None:
    """The files of a build are not documents."""
    inside = settings.model_copy(update={"index": settings.corpus / "index"})
    write(settings.corpus, {"radar.md": RADAR})
    assert build_index(inside).read == 1
    report = build_index(inside)
    assert not report.published
    assert counts(report) == (0, 1, 0, 0)


def test_copies_in_a_first_build_are_embedded_once(settings: Settings, recorder: Recorder) -> None:
    """The passages, sentences and title of a text in two formats are embedded once."""
    page = "<html><h1>Radar</h1><p>The radar cost nine roubles. It went to Omsk.</p></html>"
    write(settings.corpus, {"radar.md": RADAR, "copy/radar.md": RADAR, "radar.html": page})
    report = build_index(settings)
    assert recorder.take() == sorted(RADAR_TEXTS)
    assert (report.documents, report.embedded_texts) == (3, 4)
    with Chatbot.open(settings=settings) as chatbot:
        (citation,) = chatbot.ask(PRICE).citations
        assert citation.quote == "The radar cost nine roubles."
        assert {citation.doc_id, *citation.also_in} == {"radar.md", "copy/radar.md", "radar.html"}


def test_duplicates_fold_despite_different_page_furniture(settings: Settings) -> None:
    """A web page has headings and furniture around the same text as a plain file."""
    page = (
        "<html><nav>Home</nav><h1>Radar</h1><h2>Price</h2><p>The radar cost nine roubles.</p>"
        "<p>It went to Omsk by rail in the spring of that year.</p><footer>Print</footer></html>"
    )
    text = "The radar cost nine roubles.\n\nIt went to Omsk by rail in the spring of that year.\n"
    write(settings.corpus, {"a.html": page, "b.txt": text, "ships.md": SHIPS})
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        first = chatbot.ask(PRICE).citations[0]
        assert {first.doc_id, *first.also_in} == {"a.html", "b.txt"}


# -- cells of a large index ------------------------------------------------------------------


def test_cells_are_kept_until_a_tenth_of_the_passages_is_new(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The manifest counts passages embedded since training, and every passage is still found.

    Cells begin at thirty passages here: with the real limit the test would take minutes.
    """
    monkeypatch.setattr(dense, "DEFAULT", DenseTuning(exact_up_to=30, probes=4))
    write(settings.corpus, {f"{number}.md": _ship(number) for number in range(64)})
    strangers = []
    for number in range(8):
        write(settings.corpus, {f"{number}.md": _ship(1_000 + number)})
        build_index(settings)
        with Chatbot.open(settings=settings) as chatbot:
            strangers.append(chatbot.build.manifest.dense["strangers"])
            build = chatbot.build
            assert isinstance(build, FolderBuild)
            hits = build.dense_hits(build.dense.vectors(np.array([9]))[0], 1, None)
            assert hits[0].tolist() == [9]
    assert strangers == [0, 1, 2, 3, 4, 5, 6, 0]


def _ship(number: int) -> str:
    return f"# Ship {number}\n\nThe ship has the number {number} and {number % 7} masts.\n"
