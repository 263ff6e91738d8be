"""Shared fixtures: the real model, the demo index and the evaluation data."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from chatbot.assistant import Chatbot
from chatbot.encoder import Encoder, find_model, open_encoder
from chatbot.encoder.fingerprint import BUNDLED
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings, load_settings
from tests.building import letters_registered
from tests.shared import ARTICLES, DATA, PROJECT

# The files that take longest. They begin first, so that no process ends long after the other.
_LONGEST: Final = ("test_interrupted.py", "test_examples.py", "test_multilingual.py")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; pytest-randomly has shuffled all of them before."""
    items.sort(key=lambda item: item.path.name not in _LONGEST)


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache of compiled models for this test run, shared by all its processes."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # each worker has a folder of its own in it
    folder /= "cache"
    folder.mkdir(exist_ok=True)
    os.environ["CHATBOT_CACHE"] = str(folder)
    yield folder
    del os.environ["CHATBOT_CACHE"]


@pytest.fixture(scope="session")
def encoder(cache: Path) -> Encoder:
    """The real model in its compiled form."""
    return open_encoder(find_model(BUNDLED), cache=cache)


@pytest.fixture
def letters() -> Iterator[None]:
    """`model="letters"` is the encoder of letters, which embeds quickly."""
    with letters_registered():
        yield


@pytest.fixture(scope="session")
def demo_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index of the demo corpus; tests must not change it."""
    index = tmp_path_factory.mktemp("demo") / "index"
    build_index(load_settings(corpus=PROJECT / "corpus", index=index))
    return index


@pytest.fixture(scope="session")
def demo(demo_index: Path) -> Iterator[Chatbot]:
    """A chatbot over the demo corpus."""
    with Chatbot.open(demo_index) as chatbot:
        yield chatbot


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings for an empty corpus and an index that doesn't exist yet."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    return load_settings(corpus=corpus, index=tmp_path / "index")


@pytest.fixture(scope="session")
def data() -> Path:
    """The shared evaluation data; the test is skipped without it."""
    if not DATA.is_dir():
        pytest.skip("the shared evaluation data is not next to this checkout")
    return DATA


@pytest.fixture(scope="session")
def articles(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chatbot]:
    """A chatbot over two scraped news articles."""
    home = tmp_path_factory.mktemp("articles")
    (home / "corpus").mkdir()
    for name in ARTICLES:
        shutil.copy(data / "documents" / name, home / "corpus")
    settings = load_settings(corpus=home / "corpus", index=home / "index")
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        yield chatbot
