"""The number of tokens of each text, without special tokens.

Tokenizers such as those of BERT and XLM-R cut a text at its blanks before anything else, so a word
has the same tokens in every text. With these tokenizers, each word is tokenized once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# The known words take about ten times their characters in memory.
_MOST_CHARACTERS: Final = 500_000


class TokenCounter:
    """Counts tokens with a tokenizer that doesn't truncate."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._cuts_at_blanks = _cuts_at_blanks(tokenizer)
        self._known: dict[str, int] = {}
        self._characters = 0

    def counts(self, texts: Sequence[str]) -> list[int]:
        """The number of tokens of each text."""
        if not self._cuts_at_blanks:
            return self._count(texts)
        if self._characters > _MOST_CHARACTERS:
            # A new dictionary: another thread may still look words up in the old one.
            self._known, self._characters = {}, 0
        known = self._known
        lines = [text.split(" ") for text in texts]
        new = [word for word in {word for line in lines for word in line} if word not in known]
        known.update(zip(new, self._count(new), strict=True))
        self._characters += sum(map(len, new))
        return [sum(map(known.__getitem__, line)) for line in lines]

    def _count(self, texts: Sequence[str]) -> list[int]:
        encodings = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(encoding) for encoding in encodings]


def _cuts_at_blanks(tokenizer: Tokenizer) -> bool:
    from tokenizers import pre_tokenizers as steps

    first = tokenizer.pre_tokenizer
    if isinstance(first, steps.Sequence):
        first = first[0]
    return isinstance(first, steps.BertPreTokenizer | steps.WhitespaceSplit)
