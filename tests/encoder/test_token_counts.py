"""Tokens are counted by words where the tokenizer cuts at blanks, with the same result."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers

from chatbot.encoder.model_files import find_model
from chatbot.encoder.token_counts import TokenCounter

WORDS = [("<unk>", 0.0), ("▁", -2.0), ("▁a", -3.0), ("b", -4.0), ("ab", -5.0), ("▁ab", -6.0)]


def bert() -> Tokenizer:
    return find_model("all-MiniLM-L6-v2").open_tokenizer(cut=False)


def unigram() -> Tokenizer:
    """Cuts at white space, then marks where words begin, as XLM-R does."""
    tokenizer = Tokenizer(models.Unigram(WORDS, 0, byte_fallback=False))
    steps = [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(steps)
    return tokenizer


def byte_level() -> Tokenizer:
    """A blank belongs to the word after it, so "a b" has other tokens than "a" and "b"."""
    vocabulary = {"a": 0, "b": 1, "Ġ": 2, "Ġb": 3}
    tokenizer = Tokenizer(models.BPE(vocabulary, [("Ġ", "b")]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return tokenizer


TOKENIZERS = {make.__name__: make() for make in (bert, unigram, byte_level)}


@pytest.mark.parametrize("name", TOKENIZERS)
@given(
    texts=st.lists(st.text(st.sampled_from("ab ,.é\u0301\u00a0\u00a8\x1c\n北か[SEP]")), max_size=9)
)
@hypothesis(max_examples=300, deadline=None)
def test_counts_are_those_of_the_whole_texts(name: str, texts: list[str]) -> None:
    """However words are combined, and whether they were counted before."""
    tokenizer = TOKENIZERS[name]
    counter = TokenCounter(tokenizer)
    expected = [len(tokenizer.encode(text, add_special_tokens=False)) for text in texts]
    assert counter.counts(texts) == expected
    assert counter.counts(texts[::-1]) == expected[::-1]


def test_only_tokenizers_that_cut_at_blanks_count_by_words() -> None:
    """The others count whole texts: here " b" is one token and "b" another."""
    assert TokenCounter(TOKENIZERS["byte_level"]).counts(["a b", "a", "b", "b b"]) == [2, 1, 1, 2]
    assert TokenCounter(TOKENIZERS["bert"]).counts(["peace talks", "peace", ""]) == [2, 1, 0]


def test_the_known_words_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound they are forgotten, and counted again."""
    monkeypatch.setattr("chatbot.encoder.token_counts._MOST_CHARACTERS", 20)
    counter = TokenCounter(TOKENIZERS["bert"])
    for _ in range(3):
        for number in range(30):
            assert counter.counts([f"peace {number}"]) == [2]
            assert len(counter._known) < 20
