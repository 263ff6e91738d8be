"""Another package can register an encoder for a model's name."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatbot.assistant import Chatbot
from chatbot.encoder import open_encoder, resolve_model
from chatbot.encoder.fingerprint import BUNDLED
from chatbot.encoder.model_files import ModelFiles
from chatbot.encoder.registered import registered_model
from chatbot.errors import IndexMismatch, ModelMissing, SettingsError
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings, load_settings
from tests.building import NINE, PRICE, RADAR, SHIPS, write

EXAMPLE = Path(__file__).parent.parent / "examples" / "letters_encoder"


@pytest.fixture(autouse=True)
def _forget() -> None:
    """Registrations are looked up once per process; here they change."""
    registered_model.cache_clear()


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The example package, installed."""
    monkeypatch.syspath_prepend(EXAMPLE)


def register(folder: Path, entry_points: str, name: str = "other") -> Path:
    """Write the metadata of a package with these entry points."""
    metadata = folder / f"{name}-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[chatbot.encoders]\n{entry_points}\n")
    return folder


@pytest.mark.usefixtures("installed")
def test_a_registered_encoder_serves_builds_and_questions(settings: Settings) -> None:
    """The manifest records its name and fingerprint; another model's build is refused."""
    settings = settings.model_copy(update={"model": "letters"})
    write(settings.corpus, {"radar.md": RADAR, "ships.md": SHIPS})
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        manifest = chatbot.build.manifest
        assert (manifest.model, manifest.model_fingerprint) == ("letters", "letters-1")
        assert manifest.dimensions == 26
        assert chatbot.retrieve(PRICE)[0].quote == NINE
    with pytest.raises(IndexMismatch, match=r"letters \(letters-1\)"):
        Chatbot.open(settings=settings.model_copy(update={"model": BUNDLED}))


@pytest.mark.usefixtures("installed")
def test_a_registered_model_opens_itself(tmp_path: Path) -> None:
    """It needs neither the cache nor OpenVINO."""
    encoder = open_encoder(resolve_model(load_settings(model="letters")), cache=tmp_path / "cache")
    assert encoder.encode(["abba", ""]).argmax(axis=1).tolist() == [0, 0]
    assert not (tmp_path / "cache").exists()


@pytest.mark.usefixtures("installed")
def test_a_registered_model_adds_its_own_prefixes() -> None:
    """A prefix in the settings would have no effect, so it's refused."""
    with pytest.raises(SettingsError, match="Remove the settings query_prefix and passage_prefix"):
        resolve_model(load_settings(model="letters", query_prefix="query: "))


def test_the_bundled_models_name_can_not_be_registered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Installing a package never changes what an index with default settings means."""
    monkeypatch.syspath_prepend(register(tmp_path, f"{BUNDLED} = letters_encoder:LettersModel"))
    assert isinstance(resolve_model(load_settings(model=BUNDLED)), ModelFiles)


@pytest.mark.usefixtures("installed")
def test_a_name_registered_twice_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names both packages' functions."""
    monkeypatch.syspath_prepend(register(tmp_path, "letters = other:model"))
    with pytest.raises(ModelMissing, match=r"\(letters_encoder:LettersModel, other:model\)"):
        resolve_model(load_settings(model="letters"))


def test_a_registered_model_that_fails_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names the function and the reason."""
    monkeypatch.syspath_prepend(register(tmp_path, "broken = no_such_module:model"))
    with pytest.raises(ModelMissing, match=r"^no_such_module:model can't .* \(No module named"):
        resolve_model(load_settings(model="broken"))
