"""The compiled model always gives the vectors of sentence-transformers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from numpy.typing import NDArray

from chatbot.encoder import Encoder, find_model
from chatbot.encoder.batches import batches
from chatbot.encoder.compilation import CompilationTuning
from chatbot.encoder.compiled_encoder import open_compiled
from chatbot.encoder.fingerprint import BUNDLED
from chatbot.encoder.reference_encoder import ReferenceEncoder
from chatbot.encoder.single_texts import RequestPool, SingleTexts
from chatbot.evaluation.question_set import load_question_set
from tests.encoder.variants import (
    AGREEMENT,
    AGREEMENT_OF_FEW,
    DEFAULTED,
    FEW_TOKENS,
    PROMPTED,
    WIDTHS,
    cosines,
    loaded,
    variant,
)
from tests.shared import PROJECT, QUESTIONS

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

TEXTS = (
    "",
    " \n ",
    "?",
    "Wind tunnel",
    "Which air defence system did Russia sell to China?",
    "Entre 2012 et 2017, les deux pays ont renforcé leur coopération.",
    "Россия и Китай провели совместные учения.",
    "中国和俄罗斯举行联合军事演习。",
    "🚀 \u200b e\u0301 [MASK] [SEP] S-400",
    "a" * 3000,
    "The committee found that trade and arms sales had grown. " * 40,
    *(PROJECT / "corpus" / "arms-sales.md").read_text("utf-8").split("\n\n")[:4],
)


@pytest.fixture(scope="module")
def compiled(cache: Path) -> Encoder:
    """The bundled model, compiled."""
    return open_compiled(find_model(BUNDLED), cache=cache)


@pytest.fixture(scope="module", params=["compiled", "reference"])
def either(request: pytest.FixtureRequest, tiny: Path, cache: Path) -> Encoder:
    """Both encoders of the small model in turn."""
    files = find_model(str(tiny))
    return (
        open_compiled(files, cache=cache)
        if request.param == "compiled"
        else ReferenceEncoder(files)
    )


@pytest.fixture(scope="module")
def model(tiny: Path) -> SentenceTransformer:
    """The small model in sentence-transformers."""
    return loaded(find_model(str(tiny)))


def assert_agree(
    encoder: Encoder, texts: Sequence[str], vectors: NDArray[Any], expected: NDArray[Any]
) -> None:
    """Each row is within the bar for the number of tokens of its text."""
    few = np.array(encoder.count_tokens(texts)) < FEW_TOKENS
    agreement = cosines(vectors, expected)
    assert agreement[~few].min() >= AGREEMENT
    assert agreement.min() >= AGREEMENT_OF_FEW


# -- vectors ---------------------------------------------------------------------------------


def test_vectors_are_those_of_sentence_transformers(
    compiled: Encoder, original: SentenceTransformer
) -> None:
    """Rows agree for texts of every length and script, and for empty texts."""
    vectors = compiled.encode(TEXTS)
    expected = original.encode(list(TEXTS), normalize_embeddings=True)
    assert vectors.dtype == np.float32
    assert vectors.shape == expected.shape == (len(TEXTS), compiled.dimensions)
    assert_agree(compiled, TEXTS, vectors, expected)


def test_questions_and_passages_have_the_vectors_of_sentence_transformers(
    compiled: Encoder, original: SentenceTransformer
) -> None:
    """The mean cosine over the demo is .9995 at least."""
    corpus = [path.read_text("utf-8") for path in sorted((PROJECT / "corpus").glob("*.md"))]
    paragraphs = [part for text in corpus for part in text.split("\n\n")]
    questions = [question.text for question in load_question_set(QUESTIONS / "demo.jsonl")]
    for texts in (paragraphs, questions):
        vectors = compiled.encode(texts)
        expected = original.encode(texts, normalize_embeddings=True)
        assert cosines(vectors, expected).mean() >= 0.9995
        assert_agree(compiled, texts, vectors, expected)


def test_both_encoders_agree_with_it_on_any_model(
    either: Encoder, model: SentenceTransformer
) -> None:
    """The small model has random weights and 32 dimensions."""
    expected = model.encode(list(TEXTS), normalize_embeddings=True)
    assert expected.shape == (len(TEXTS), either.dimensions) == (len(TEXTS), 32)
    assert cosines(either.encode(TEXTS), expected).min() >= AGREEMENT


def test_vectors_have_length_one(either: Encoder) -> None:
    """An inner product of two vectors is their cosine."""
    np.testing.assert_allclose(np.linalg.norm(either.encode(TEXTS), axis=1), 1, atol=1e-3)


def test_a_question_is_encoded_as_a_text(either: Encoder) -> None:
    """This model has no prompts, so a question and a text have the same vector."""
    texts = TEXTS[:6]
    vectors = np.stack([either.encode_query(text) for text in texts])
    assert vectors.shape == (len(texts), either.dimensions)
    assert cosines(vectors, either.encode(texts)).min() >= AGREEMENT


def test_no_texts_give_no_rows(either: Encoder) -> None:
    """The result has the right width, so that it can be stacked with others."""
    assert either.encode([]).shape == (0, either.dimensions)
    assert either.word_vectors([]).shape == (0, either.dimensions)
    assert [*either.count_tokens([])] == []


def test_a_vector_does_not_depend_on_the_texts_around_it(either: Encoder) -> None:
    """Row i is for text i, in any order and with any other texts."""
    whole = either.encode(TEXTS)
    order = np.random.default_rng(5).permutation(len(TEXTS))
    mixed = either.encode([TEXTS[place] for place in order])
    assert cosines(mixed, whole[order]).min() >= AGREEMENT
    half = either.encode(TEXTS[::2])
    assert cosines(half, whole[::2]).min() >= AGREEMENT


def test_the_same_texts_give_the_same_vectors(either: Encoder) -> None:
    """Vectors are equal to the bit on each call."""
    np.testing.assert_array_equal(either.encode(TEXTS), either.encode(TEXTS))
    np.testing.assert_array_equal(either.encode_query("Who?"), either.encode_query("Who?"))


def test_many_threads_encode_at_the_same_time(compiled: Encoder) -> None:
    """Each thread gets the vectors of its own texts, for questions and documents."""
    whole = compiled.encode(TEXTS)

    def ask(place: int) -> float:
        alone = compiled.encode_query(TEXTS[place])
        together = compiled.encode(TEXTS[place : place + 5])
        return float(min(alone @ whole[place], *cosines(together, whole[place : place + 5])))

    with ThreadPoolExecutor(8) as threads:
        assert min(threads.map(ask, [*range(len(TEXTS))] * 3)) >= AGREEMENT_OF_FEW


@pytest.mark.parametrize("name", [BUNDLED, "tiny"])
def test_a_question_always_has_the_same_vector(name: str, tiny: Path, cache: Path) -> None:
    """Vectors are equal to the bit from the first call on, in eight threads."""
    files = find_model(name if name == BUNDLED else str(tiny))
    encoder, texts = open_compiled(files, cache=cache), TEXTS[:10]
    with ThreadPoolExecutor(8) as threads:
        vectors = [*threads.map(encoder.encode_query, texts * 40)]
    assert sorted(encoder._questions._fixed) == WIDTHS
    np.testing.assert_array_equal(np.stack(vectors), np.stack(vectors[:10] * 40))
    agreement = cosines(np.stack(vectors[:10]), encoder.encode(texts))
    assert agreement.min() >= AGREEMENT_OF_FEW


def test_a_text_goes_to_the_smallest_model_that_takes_it() -> None:
    """A longer text goes to the model for any length, padded to a multiple of 16."""
    opened: list[int] = []

    class Model(RequestPool):
        def __init__(self, width: int) -> None:
            opened.append(width)
            self.width = width

        def infer(self, tokens: Sequence[Sequence[int]], width: int = 0) -> NDArray[np.float32]:
            return np.array([[self.width, width]] * len(tokens), np.float32)

    encoder = SingleTexts(Model, [16, 24], longest=40)
    went = {size: encoder.infer([7] * size).tolist() for size in (2, 16, 17, 24, 25, 32, 33, 40)}
    assert went == {
        2: [16, 16],
        16: [16, 16],
        17: [24, 24],
        24: [24, 24],
        25: [0, 32],
        32: [0, 32],
        33: [0, 40],
        40: [0, 40],
    }
    assert opened == [16, 24, 0]


def test_the_model_for_any_length_replaces_a_damaged_one(
    tiny: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The log reports it once."""
    files = find_model(str(tiny))
    encoder = open_compiled(files, cache=tmp_path)
    (weights,) = tmp_path.glob("*/model-16.bin")
    weights.write_bytes(b"")
    expected = encoder.encode(["Wind tunnel"])
    vectors = [encoder.encode_query("Wind tunnel") for _ in range(5)]
    assert cosines(np.stack(vectors), np.stack([*expected] * 5)).min() >= AGREEMENT
    (message,) = caplog.messages
    assert message.startswith("The model for questions of 16 tokens can't be used (")


def test_a_large_model_has_no_models_of_fixed_width(tiny: Path, tmp_path: Path) -> None:
    """Its weights would be on disk three times."""
    tuning = CompilationTuning(fixed_width_bytes=10)
    encoder = open_compiled(find_model(str(tiny)), cache=tmp_path, tuning=tuning)
    assert encoder.encode_query("Wind tunnel").shape == (32,)
    assert encoder._questions._fixed == {}
    assert not [*tmp_path.glob("*/model-*")]


def test_text_beyond_the_limit_is_ignored(either: Encoder) -> None:
    """The model reads 256 tokens, including two special tokens."""
    limit = "peace " * 254
    different = "peace " * 200 + "war " * 54
    *same, other = either.encode([limit, f"{limit} war", f"{limit} war and ruin" * 9, different])
    assert min(left @ right for left, right in pairwise(same)) >= 0.99999
    assert same[0] @ other < 0.99


def test_progress_adds_up_to_the_texts(either: Encoder) -> None:
    """This holds for any batches."""
    steps: list[int] = []
    either.encode(TEXTS, advance=steps.append)
    assert sum(steps) == len(TEXTS)
    assert min(steps) > 0


def assert_ends(script: str, model: Path, cache: Path) -> None:
    """The script ends in a process of its own, without output on standard error."""
    command = [sys.executable, "-c", script, str(model), str(cache)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")


DROPPING_ENCODERS = """
import sys
from pathlib import Path
from chatbot.encoder import find_model
from chatbot.encoder.compilation import CompilationTuning
from chatbot.encoder.compiled_encoder import open_compiled

for _ in range(40):
    encoder = open_compiled(find_model(sys.argv[1]), cache=Path(sys.argv[2]))
    encoder.encode(["Wind tunnel", "Who trains with whom?"])
    del encoder
"""


def test_an_encoder_may_be_dropped_right_after_encoding(tiny: Path, cache: Path) -> None:
    """Python and a thread of OpenVINO don't wait for each other forever."""
    assert_ends(DROPPING_ENCODERS, tiny, cache)


# Threads switch so often that a deadlock would show.
FIRST_AT_ONCE = """
import sys, threading
from pathlib import Path
from chatbot.encoder import find_model
from chatbot.encoder.compilation import CompilationTuning
from chatbot.encoder.compiled_encoder import open_compiled

encoder = open_compiled(find_model(sys.argv[1]), cache=Path(sys.argv[2]))
together = threading.Barrier(8)
def ask():
    together.wait()
    encoder.encode_query("Who bought the radar?")
threads = [threading.Thread(target=ask) for _ in range(8)]
sys.setswitchinterval(1e-5)
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def test_the_first_questions_may_be_simultaneous(tiny: Path, cache: Path) -> None:
    """Eight threads ask the first question of a process; none waits forever."""
    open_compiled(find_model(str(tiny)), cache=cache)
    assert_ends(FIRST_AT_ONCE, tiny, cache)


COMPILING_AT_ONCE = """
import locale, sys, threading
from pathlib import Path
from chatbot.encoder import find_model
from chatbot.encoder.compilation import CompilationTuning
from chatbot.encoder.compiled_encoder import open_compiled

before = locale.setlocale(locale.LC_ALL)
for _ in range(5):
    encoders = [open_compiled(find_model(sys.argv[1]), cache=Path(sys.argv[2])) for _ in range(8)]
    together = threading.Barrier(8)
    def ask(encoder):
        together.wait()
        encoder.encode_query("Who bought the radar?")
    threads = [threading.Thread(target=ask, args=[encoder]) for encoder in encoders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert locale.setlocale(locale.LC_ALL) == before
"""


def test_the_locale_is_unchanged(tiny: Path, cache: Path) -> None:
    """OpenVINO changes and restores it, also with many models opened at once."""
    open_compiled(find_model(str(tiny)), cache=cache)
    assert_ends(COMPILING_AT_ONCE, tiny, cache)


# -- prompts ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("prompts", "differ"), [(PROMPTED, True), (DEFAULTED, False)])
def test_prompts_are_put_before_questions_and_documents(
    tiny: Path, tmp_path: Path, prompts: Mapping[str, Mapping[str, Any]], *, differ: bool
) -> None:
    """The prompts are those of encode_document and encode_query; others aren't used."""
    files = find_model(str(variant(tmp_path / "model", prompts, of=tiny)))
    model = loaded(files)
    texts = list(TEXTS[4:8])
    documents = model.encode_document(texts, normalize_embeddings=True)
    questions = model.encode_query(texts, normalize_embeddings=True)
    assert (cosines(documents, questions).max() < AGREEMENT) == differ
    for encoder in (open_compiled(files, cache=tmp_path / "cache"), ReferenceEncoder(files)):
        assert cosines(encoder.encode(texts), documents).min() >= AGREEMENT
        vectors = np.stack([encoder.encode_query(text) for text in texts])
        assert cosines(vectors, questions).min() >= AGREEMENT


# -- batches ---------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 60), max_size=40), st.integers(1, 100))
@hypothesis(max_examples=200, deadline=None)
def test_batches_hold_each_text_once_within_the_budget(lengths: list[int], budget: int) -> None:
    """Batches are longest first; only a batch with a single text exceeds the budget."""
    groups = list(batches(lengths, budget))
    places = [place for batch in groups for place in batch]
    assert sorted(places) == [*range(len(lengths))]
    assert [lengths[place] for place in places] == sorted(lengths, reverse=True)
    for batch in groups:
        assert len(batch) == 1 or len(batch) * max(lengths[place] for place in batch) <= budget


# -- tokens and words ------------------------------------------------------------------------


def test_tokens_are_those_of_the_model(either: Encoder, model: SentenceTransformer) -> None:
    """Special tokens aren't counted, and long texts aren't cut."""
    texts = [*TEXTS, "peace " * 1000]
    expected = [len(model.tokenizer.tokenize(text, add_special_tokens=False)) for text in texts]
    assert [*either.count_tokens(texts)] == expected
    assert expected[-1] == 1000


def test_a_word_is_the_mean_of_its_pieces(either: Encoder, model: SentenceTransformer) -> None:
    """It is the mean of the input embeddings at length one; no word gives zero."""
    words = ["china", "hypersonic", "S-400", "北", ""]
    table = model[0].auto_model.get_input_embeddings().weight.detach().numpy()
    for word, vector in zip(words, either.word_vectors(words), strict=True):
        pieces = model.tokenizer.convert_tokens_to_ids(model.tokenizer.tokenize(word))
        if pieces:
            mean = table[pieces].mean(axis=0)
            np.testing.assert_allclose(vector, mean / np.linalg.norm(mean), rtol=0, atol=1e-3)
        else:
            assert not vector.any()
