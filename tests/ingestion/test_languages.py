"""The language of documents and passages in a build."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatbot.assistant import Chatbot
from chatbot.errors import IndexMismatch
from chatbot.index import layout
from chatbot.index.folder_build import FolderBuild
from chatbot.index.manifest import Analyzers, LanguageCount, read_manifest
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings
from tests.building import write

ENGLISH = "# Radar\n\nThe radar was sold to the navy, and it cost nine roubles.\n"
GERMAN = "# Häfen\n\nDie Häfen im Norden sind im Winter nicht eisfrei, und das ist ein Problem.\n"
RUSSIAN = "# Договор\n\nДоговор был подписан в Москве, и с тех пор он дважды продлевался.\n"
MIXED = (
    "# Report\n\nThe report was written in Moscow, and this is its summary for the reader who "
    "has no time. It says what the two sides want from each other and why it's hard.\n\n"
    "## Auszug\n\nDer Vertrag wurde in Moskau unterzeichnet und ist seitdem nicht mehr verlängert "
    "worden.\n"
)


@pytest.fixture
def build(settings: Settings) -> FolderBuild:
    """A build of documents in three languages."""
    stated = f"---\nlanguage: fr-CA\n---\n{ENGLISH}"
    write(
        settings.corpus,
        {"a.md": ENGLISH, "b.md": GERMAN, "c.md": RUSSIAN, "d.md": stated, "e.md": MIXED},
    )
    build_index(settings)
    return FolderBuild(layout.current(settings.index))


def test_every_document_has_a_language_and_a_stated_one_wins(build: FolderBuild) -> None:
    """It's the primary tag, so that the filter has one value for French."""
    languages = {
        document.doc_id: document.metadata.language
        for document in build.summaries(["a.md", "b.md", "c.md", "d.md", "e.md"])
    }
    assert languages == {"a.md": "en", "b.md": "de", "c.md": "ru", "d.md": "fr", "e.md": "en"}


def test_a_passage_in_another_language_than_its_document_says_so(build: FolderBuild) -> None:
    """The report is in English, and its excerpt in German."""
    passages = build.passages(range(len(build)))
    assert [p.language for p in passages if p.doc_id == "e.md"] == ["en", "de"]


def test_the_manifest_records_languages_and_analyzers(build: FolderBuild) -> None:
    """Languages are counted by documents and passages."""
    assert build.manifest.languages["de"] == LanguageCount(documents=1, passages=2)
    assert build.manifest.languages["ru"] == LanguageCount(documents=1, passages=1)
    assert {"english", "german"} <= {*build.manifest.analyzers.stemmers}
    assert build.languages[0] == "en"


def test_an_index_of_other_analyzers_is_refused(build: FolderBuild) -> None:
    """The error says that the index has to be built again."""
    manifest = read_manifest(build.folder)
    replace(manifest, analyzers=Analyzers(0, ["english"])).write(build.folder)
    with pytest.raises(IndexMismatch, match=r"analyzers of version 0.*chatbot build"):
        FolderBuild(build.folder)


@pytest.mark.usefixtures("build")
def test_a_word_is_found_in_another_form_of_its_language(settings: Settings) -> None:
    """The German singular finds the plural, the Russian nominative the other cases."""
    with Chatbot.open(settings=settings) as chatbot:
        harbour = chatbot.retrieve("eisfreier Hafen")[0]
        treaty = chatbot.retrieve("продление договоров")[0]
    assert (harbour.doc_id, harbour.passage.language) == ("b.md", "de")
    assert treaty.doc_id == "c.md"
    assert treaty.why.lexical > 0


def test_a_carried_document_keeps_its_language(build: FolderBuild, settings: Settings) -> None:
    """The next build has the same languages without reading the file again."""
    write(settings.corpus, {"f.md": "# Bread\n\nRye bread needs a night to rise.\n"})
    report = build_index(settings)
    assert report.carried == 5
    manifest = read_manifest(layout.current(settings.index))
    assert manifest.languages["de"] == build.manifest.languages["de"]
