"""A compiled model is cached on disk, refused if it disagrees, and compiled again if damaged."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from chatbot.encoder import Encoder, ModelFiles, find_model, open_encoder
from chatbot.encoder.compilation import CompilationRefused, publish
from chatbot.encoder.compiled_encoder import CompiledEncoder, open_compiled
from chatbot.encoder.reference_encoder import ReferenceEncoder, has_accelerator
from chatbot.errors import ModelMissing
from tests.closed import bound_python
from tests.encoder.variants import AGREEMENT, CASED, WIDTHS, cosines, loaded, variant

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

TEXTS = ["Which air defence system did Russia sell to China?", "Wind tunnel"]

FIXED = [f"model-{width}{ending}" for width in WIDTHS for ending in (".bin", ".xml")]
WHOLE = [".blob", *FIXED, "model.bin", "model.xml", "words.npy"]

choosing = pytest.mark.skipif(
    has_accelerator(), reason="where there is an accelerator, nothing is compiled"
)


@pytest.fixture(scope="module")
def files(tiny: Path) -> ModelFiles:
    return find_model(str(tiny))


@pytest.fixture(scope="module")
def original(files: ModelFiles) -> SentenceTransformer:
    return loaded(files)


@pytest.fixture
def home(files: ModelFiles, cache: Path, tmp_path: Path) -> Path:
    """A compiled model in a cache of its own, without OpenVINO's files."""
    open_compiled(files, cache=cache)
    (source,) = (path for path in cache.iterdir() if path.name.startswith(files.fingerprint[:16]))
    home = tmp_path / "cache" / source.name
    shutil.copytree(source, home, ignore=shutil.ignore_patterns("*.blob"))
    return home


def names(folder: Path) -> list[str]:
    """The names in a folder; OpenVINO's files, which are named by a hash, by their suffix."""
    return sorted(path.suffix if path.suffix == ".blob" else path.name for path in folder.iterdir())


def assert_agree(encoder: Encoder, original: SentenceTransformer) -> None:
    expected = original.encode(TEXTS, normalize_embeddings=True)
    assert cosines(encoder.encode(TEXTS), expected).min() >= AGREEMENT


# -- caching ---------------------------------------------------------------------------------


def test_compiling_removes_unused_folders(files: ModelFiles, home: Path) -> None:
    """Other versions of the model and leftovers of killed runs are removed after a day."""
    cache, model = home.parent, files.fingerprint[:16]
    shutil.rmtree(home)
    old = [f"{model}-2020.1.0-1", f"{model}-2020.1.0-0", ".compiling-killed"]
    recent = [f"{model}-2020.2.0-1", ".compiling-running"]
    foreign = ["0123456789abcdef-2020.1.0-1", "letters"]
    for name in (*old, *recent, *foreign):
        (cache / name).mkdir()
        (cache / name / "model.xml").write_text("x")
        if name not in recent:
            os.utime(cache / name, (time.time() - 90_000,) * 2)
    open_compiled(files, cache=cache)
    assert names(cache) == sorted([*recent, *foreign, home.name])


def test_a_model_is_compiled_once(
    files: ModelFiles,
    tmp_path: Path,
    original: SentenceTransformer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The cache has one folder: the models, the word vectors, and OpenVINO's file."""
    cache = tmp_path / "yet" / "to" / "make"
    assert_agree(open_compiled(files, cache=cache), original)
    (home,) = cache.iterdir()
    assert names(home) == WHOLE
    times = {path.name: path.stat().st_mtime_ns for path in home.iterdir()}
    assert_agree(open_compiled(files, cache=cache), original)
    assert {path.name: path.stat().st_mtime_ns for path in home.iterdir()} == times
    assert list(cache.iterdir()) == [home]
    assert caplog.messages == []


def test_each_model_has_a_folder_of_its_own(tiny: Path, home: Path, tmp_path: Path) -> None:
    """The name has the fingerprint, so another model never gets this one's vectors."""
    short = {"sentence_bert_config.json": {"max_seq_length": 8}}
    files = find_model(str(variant(tmp_path / "model", short, of=tiny)))
    encoder = open_compiled(files, cache=home.parent)
    assert len(list(home.parent.iterdir())) == 2
    short, long = encoder.encode(["peace " * 6, "peace " * 6 + "war"])
    assert short @ long >= 0.99999


def test_the_folder_of_another_process_is_kept(files: ModelFiles, home: Path) -> None:
    """If two processes compile at once, the second leaves the first one's folder alone."""
    before = (home / "model.xml").stat().st_ino
    publish(files, home, open_encoder=partial(CompiledEncoder, files, keep=False))
    assert (home / "model.xml").stat().st_ino == before
    assert list(home.parent.iterdir()) == [home]


# -- damage ----------------------------------------------------------------------------------


def empty(path: Path) -> None:
    path.unlink()
    path.touch()


def cut_short(path: Path) -> None:
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content[: len(content) // 2])


@pytest.mark.parametrize(
    ("name", "damage"),
    [("words.npy", empty), ("model.bin", Path.unlink), ("model.xml", cut_short)],
)
def test_a_damaged_cache_is_compiled_again(
    files: ModelFiles,
    home: Path,
    original: SentenceTransformer,
    caplog: pytest.LogCaptureFixture,
    name: str,
    damage: Callable[[Path], None],
) -> None:
    """One line is logged, and the cache is whole again."""
    damage(home / name)
    assert_agree(open_compiled(files, cache=home.parent), original)
    (message,) = caplog.messages
    assert message.startswith(f"{home} can't be used and is compiled again (")
    assert "\n" not in message
    assert names(home) == WHOLE
    assert_agree(open_compiled(files, cache=home.parent), original)
    assert caplog.messages == [message]


def test_a_cache_without_its_model_is_compiled_again(
    files: ModelFiles, home: Path, original: SentenceTransformer
) -> None:
    """A partly deleted folder is replaced."""
    (home / "model.xml").unlink()
    assert_agree(open_compiled(files, cache=home.parent), original)
    assert names(home) == WHOLE


def test_openvinos_own_file_may_be_damaged(
    files: ModelFiles,
    home: Path,
    original: SentenceTransformer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """OpenVINO creates it again from the model."""
    encoder = open_compiled(files, cache=home.parent)
    encoder.encode(TEXTS)
    question = encoder.encode_query(TEXTS[0])
    damaged = [*home.glob("*.blob")]
    assert len(damaged) == 2
    for blob in damaged:
        cut_short(blob)
    encoder = open_compiled(files, cache=home.parent)
    assert_agree(encoder, original)
    assert (encoder.encode_query(TEXTS[0]) == question).all()
    assert caplog.messages == []


# -- refusing --------------------------------------------------------------------------------


def test_a_layer_too_large_for_half_precision_changes_nothing(tiny: Path, tmp_path: Path) -> None:
    """One layer multiplies by a million, and the next divides by it."""
    from transformers import BertModel

    folder = tmp_path / "model"
    shutil.copytree(tiny, folder)
    model = BertModel.from_pretrained(tiny)
    attention = model.encoder.layer[0].attention
    attention.self.value.weight.data *= 1e6
    attention.output.dense.weight.data /= 1e6
    (folder / "model.safetensors").unlink()
    model.save_pretrained(folder)
    files = find_model(str(folder))
    assert_agree(open_compiled(files, cache=tmp_path / "cache"), loaded(files))


def test_a_compiled_model_that_disagrees_is_refused(tiny: Path, tmp_path: Path) -> None:
    """Here sentence-transformers keeps capitals, and the fast tokenizer doesn't."""
    files = find_model(str(variant(tmp_path / "model", CASED, of=tiny)))
    with pytest.raises(CompilationRefused, match=r"only to a cosine of 0\.\d{4}"):
        open_compiled(files, cache=tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


@choosing
def test_where_compiling_is_refused_sentence_transformers_serves(
    tiny: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """One line gives the reason, and the vectors are right."""
    files = find_model(str(variant(tmp_path / "model", CASED, of=tiny)))
    encoder = open_encoder(files, cache=tmp_path / "cache")
    model = loaded(files)
    assert_agree(encoder, model)
    (message,) = caplog.messages
    assert "agrees with sentence-transformers only to a cosine of" in message
    assert message.endswith("using sentence-transformers, which is slower")


def unusable_caches(folder: Path) -> Iterator[Path]:
    """A file instead of a folder, and a name that is too long."""
    (folder / "file").touch()
    yield folder / "file"
    yield folder / "file" / "cache"
    yield folder / ("x" * 300)


@choosing
def test_without_a_usable_cache_sentence_transformers_serves(
    files: ModelFiles,
    tmp_path: Path,
    original: SentenceTransformer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The log names the cache and the reason."""
    for cache in unusable_caches(tmp_path):
        caplog.clear()
        encoder = open_encoder(files, cache=cache)
        assert isinstance(encoder, ReferenceEncoder)
        assert f"can't be compiled into {cache} ([Errno" in caplog.messages[-1]
    assert_agree(encoder, original)


@choosing
def test_a_model_without_a_fast_tokenizer_is_not_compiled(
    tiny: Path,
    tmp_path: Path,
    original: SentenceTransformer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """sentence-transformers builds its tokenizer from the vocabulary."""
    files = find_model(str(variant(tmp_path / "model", {"tokenizer.json": None}, of=tiny)))
    assert_agree(open_encoder(files, cache=tmp_path / "cache"), original)
    assert caplog.messages == [
        f"{files.name} has no fast tokenizer; using sentence-transformers, which is slower"
    ]


@choosing
def test_compiling_can_be_turned_off(
    files: ModelFiles, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """With `compiled=False` sentence-transformers serves, and nothing is logged."""
    assert isinstance(open_encoder(files, cache=home.parent), CompiledEncoder)
    encoder = open_encoder(files, cache=home.parent, compiled=False)
    assert isinstance(encoder, ReferenceEncoder)
    assert caplog.messages == []


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_an_incomplete_model_is_missing(tiny: Path, tmp_path: Path, name: str) -> None:
    """The message names the folder and the next step."""
    content = (tiny / name).read_bytes()[:1000]
    files = find_model(str(variant(tmp_path / "model", {name: content}, of=tiny)))
    with pytest.raises(ModelMissing, match=r"model can't be loaded .* Copy it here again"):
        open_encoder(files, cache=tmp_path / "cache")


@choosing
@pytest.mark.slow
def test_without_access_to_the_cache_sentence_transformers_serves(tiny: Path, home: Path) -> None:
    """The cache belongs to another user."""
    code = (
        "import sys; from pathlib import Path; from chatbot.encoder import *\n"
        "encoder = open_encoder(find_model(sys.argv[1]), cache=Path(sys.argv[2]))\n"
        "print(type(encoder).__name__)"
    )
    home.chmod(0o000)
    home.parent.chmod(0o500)
    try:
        done = bound_python("-c", code, str(tiny), str(home.parent))
    finally:
        home.parent.chmod(0o700)
        home.chmod(0o700)
    assert done.stdout == "ReferenceEncoder\n"
    assert "Permission denied" in done.stderr
