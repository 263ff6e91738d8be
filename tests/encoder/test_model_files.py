"""A model is found on this machine or is missing; its fingerprint is that of its files."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from chatbot.encoder import find_model
from chatbot.encoder.compiled_encoder import open_compiled
from chatbot.encoder.fingerprint import BUNDLED
from chatbot.errors import ModelMissing
from tests.encoder.variants import AGREEMENT, PROMPTED, cosines, loaded, variant


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of downloaded models."""
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub-home"))
    return tmp_path / "hub-home" / "hub"


@pytest.fixture(autouse=True)
def _forget() -> None:
    """Models are cached by name; here the files of a name change."""
    find_model.cache_clear()


# -- finding ---------------------------------------------------------------------------------


def test_the_bundled_model_is_there() -> None:
    """It has a limit of 256 tokens and no prompts."""
    files = find_model(BUNDLED)
    assert (files.name, files.max_tokens) == (BUNDLED, 256)
    assert files.prefixes == ("", "")
    assert files.tokenizer.is_file()


@pytest.mark.parametrize("name", ["absent", "sentence-transformers/absent", "a/b/c"])
def test_an_unknown_model_is_missing(hub: Path, name: str) -> None:
    """The message has the next step, and nothing is downloaded."""
    with pytest.raises(ModelMissing) as failure:
        find_model(name)
    assert str(failure.value) == (
        f"The model {name} is not on this machine. Copy it here and name its folder, "
        f"download it with chatbot model get {name}, or use {BUNDLED}."
    )
    assert not hub.exists()


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    """The message names the missing file."""
    with pytest.raises(ModelMissing, match=rf"no modules\.json in {tmp_path}.*or use {BUNDLED}"):
        find_model(str(tmp_path))


def test_a_model_is_found_in_its_folder(tmp_path: Path) -> None:
    """Its prompts and limit are read from the folder."""
    short = {"sentence_bert_config.json": {"max_seq_length": 77}}
    files = find_model(str(variant(tmp_path / "model", {**PROMPTED, **short})))
    assert files.folder == tmp_path / "model"
    assert files.max_tokens == 77
    assert files.prefixes == (
        "Ask of wind and ruin: ",
        "Say what the committee found: ",
    )


def test_a_passage_prompt_is_for_documents(tmp_path: Path) -> None:
    """Some models name the document prompt "passage"."""
    prompts = {"config_sentence_transformers.json": {"prompts": {"passage": "passage: "}}}
    files = find_model(str(variant(tmp_path / "model", prompts)))
    assert files.prefixes == ("", "passage: ")


def test_a_known_family_has_prefixes_that_its_files_omit(tmp_path: Path) -> None:
    """They are part of the fingerprint; so are those in the settings, which win."""
    folder = str(variant(tmp_path / "e5-base-v2", {}))
    files = find_model(folder)
    assert files.prefixes == ("query: ", "passage: ")
    assert files.fingerprint != find_model(BUNDLED).fingerprint
    other = find_model(folder, query_prefix="ask: ")
    assert other.prefixes == ("ask: ", "passage: ")
    assert other.fingerprint != files.fingerprint
    without = find_model(folder, query_prefix="", passage_prefix="")
    assert without.fingerprint == find_model(BUNDLED).fingerprint


def test_the_models_own_prefixes_win_over_those_of_its_family(tmp_path: Path) -> None:
    """Empty ones count as none: sentence-transformers writes them for any model."""
    own = find_model(str(variant(tmp_path / "a" / "e5-small", PROMPTED)))
    assert own.prefixes == ("Ask of wind and ruin: ", "Say what the committee found: ")
    empty = {"config_sentence_transformers.json": {"prompts": {"query": "", "document": ""}}}
    family = find_model(str(variant(tmp_path / "b" / "e5-small", empty)))
    assert family.prefixes == ("query: ", "passage: ")


@pytest.mark.parametrize(
    ("own", "tokenizer", "positions", "limit"),
    [(77, 60, 50, 77), (None, 60, 512, 60), (None, 10**30, 512, 512), (None, None, 50, 50)],
)
def test_the_limit_is_that_of_sentence_transformers(
    tmp_path: Path, own: int | None, tokenizer: int | None, positions: int, limit: int
) -> None:
    """It is the model's own, or the lower of those of tokenizer and positions."""
    changes: dict[str, dict[str, Any] | None] = {
        "sentence_bert_config.json": {"max_seq_length": own} if own else None,
        "tokenizer_config.json": {"model_max_length": tokenizer} if tokenizer else None,
        "config.json": {"max_position_embeddings": positions},
    }
    assert find_model(str(variant(tmp_path / "model", changes))).max_tokens == limit


def test_a_model_downloaded_earlier_is_found_by_its_name(hub: Path) -> None:
    """The newest download counts; the default owner is sentence-transformers."""
    for owner in ("somebody", "sentence-transformers"):
        snapshots = hub / f"models--{owner}--tiny" / "snapshots"
        for age, commit in ((100, "b"), (50, "a"), (200, "c")):
            (snapshots / commit).mkdir(parents=True)
            (snapshots / commit / "modules.json").write_text("[]")
            os.utime(snapshots / commit / "modules.json", (10**9 - age, 10**9 - age))
    assert find_model("somebody/tiny").folder.parts[-3:] == (
        "models--somebody--tiny",
        "snapshots",
        "a",
    )
    assert find_model("tiny").folder.parts[-3] == "models--sentence-transformers--tiny"


# -- damage ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["modules.json", "config_sentence_transformers.json", "sentence_bert_config.json"]
)
@pytest.mark.parametrize("content", [b"{", b"\xff", b"[1]", b"1", b"null"])
def test_unreadable_configuration_is_reported(tmp_path: Path, name: str, content: bytes) -> None:
    """The message names the file or its folder, and the next step."""
    folder = variant(tmp_path / "model", {name: content})
    with pytest.raises(ModelMissing, match=rf"{folder}.*Copy .* here again, or use {BUNDLED}"):
        find_model(str(folder))


def test_deleted_weights_are_reported(tmp_path: Path) -> None:
    """A downloaded model consists of links, whose targets may be gone."""
    folder = variant(tmp_path / "model", {"model.safetensors": None})
    (folder / "model.safetensors").symlink_to(tmp_path / "gone")
    with pytest.raises(ModelMissing, match=rf"{folder} can't be read"):
        find_model(str(folder))


# -- fingerprints ----------------------------------------------------------------------------


def test_the_same_files_have_the_same_fingerprint(tmp_path: Path) -> None:
    """Neither the folder nor the README matters."""
    readme = {"README.md": b"Another text."}
    assert (
        find_model(str(variant(tmp_path / "a", readme))).fingerprint
        == find_model(BUNDLED).fingerprint
    )


@pytest.mark.parametrize(
    "name",
    [
        "model.safetensors",
        "tokenizer.json",
        "vocab.txt",
        "config.json",
        "1_Pooling/config.json",
        "sentence_bert_config.json",
        "tokenizer_config.json",
    ],
)
def test_a_fingerprint_changes_with_every_file_that_decides_a_vector(
    tmp_path: Path, name: str
) -> None:
    """One changed byte is enough, with the same size and modification time."""
    source = find_model(BUNDLED).folder / name
    content = bytearray(source.read_bytes())
    place = content.rindex(b" ") if name.endswith(".json") and b" " in content else -1
    content[place] = ord("\t") if place >= 0 else content[place] ^ 1
    folder = variant(tmp_path / "model", {name: bytes(content)})
    shutil.copystat(source, folder / name)
    changed = find_model(str(folder)).fingerprint
    assert changed != find_model(BUNDLED).fingerprint
    assert len(changed) == 64


def test_the_weights_of_further_modules_count_too(tiny: Path, tmp_path: Path) -> None:
    """Another module's weights decide vectors, are compiled, and are in the fingerprint."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Dense

    start = loaded(find_model(str(tiny)))
    torch.manual_seed(1)
    dense = Dense(in_features=32, out_features=24, activation_function=torch.nn.Identity())
    model = SentenceTransformer(modules=[start[0], start[1], dense], device="cpu")
    folder = tmp_path / "model"
    model.save(str(folder), create_model_card=False)
    files = find_model(str(folder))
    encoder = open_compiled(files, cache=tmp_path / "cache")
    texts = ["Wind tunnel", "Who trains with whom? " * 100]
    expected = model.encode(texts, normalize_embeddings=True)
    assert encoder.dimensions == 24
    assert cosines(encoder.encode(texts), expected).min() >= AGREEMENT
    (weights,) = folder.glob("*_Dense/model.safetensors")
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    find_model.cache_clear()
    assert find_model(str(folder)).fingerprint != files.fingerprint
