"""Model families: the prefixes, the range of the cosines and the settings that suit them.

A family is recognised by the last part of a model's name, be it a folder or a name on the hub.
Models of no known family have no prefixes, and their cosines and the default settings stay as
they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, NamedTuple

from chatbot.clues import UNSCALED, CosineScale


class Prefixes(NamedTuple):
    """The text before each question, and before each passage, sentence and title."""

    query: str = ""
    passage: str = ""


NO_PREFIXES: Final = Prefixes()


@dataclass(frozen=True, slots=True)
class Family:
    """What the models of a family have in common.

    `settings` are defaults that replace those of the program; a value that the user sets wins.
    `with_reader` are more of them, for questions that the answer reader reads; if there are none,
    it is off unless the user turns it on. Texts in other languages than English have vectors that
    mean nothing if it is `english_only`.
    """

    names: str
    prefixes: Prefixes = NO_PREFIXES
    scale: CosineScale = UNSCALED
    settings: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    with_reader: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    english_only: bool = False

    @property
    def defaults(self) -> Mapping[str, float]:
        """Defaults of settings for these models, as long as the answer reader reads."""
        reader = self.english_only or bool(self.with_reader)
        return {"reader": reader, **self.settings, **self.with_reader}


_UNREAD_SHARE: Final = 0.1
_ASKED_FOR_PASSAGES: Final = "Represent this sentence for searching relevant passages: "

_OTHERS: Final = Family(names="")
_FAMILIES: Final = (
    Family(names=r"all-(minilm-l(6|12)|mpnet-base)-v[12]", english_only=True),
    Family(
        # The packaged model's folder in the cache ends in sixteen digits of its hash.
        names=r"(multilingual-)?e5-(small|base|large)(-v2)?(-unsupervised)?(-[0-9a-f]{16})?",
        prefixes=Prefixes("query: ", "passage: "),
        # Trained at a temperature of .01, E5 gives all texts cosines from .7 to 1. Measured with
        # multilingual-e5-small: unrelated passages have .75, the best ones .87.
        scale=CosineScale(factor=4.8, offset=0.75),
        settings=MappingProxyType(
            {
                "dense_weight": 0.9,
                "lexical_weight": 0.9,
                "evidence_weight": 1.1,
                "document_weight": 0.75,
                # Fitted on half of squad20_sample. Matching words by their input embeddings
                # helps where only the paragraph is missing (AUROC .864, not .810) and harms on
                # near misses (.595, not .657) and on the demo corpus (.833, not .883). The
                # intercept is raised by log 4: see retrieval/confidence.py.
                "confidence_intercept": -5.21,
                "confidence_score": 3.61,
                "confidence_word_match": 0.0,
                # A passage in another language has no words in common with the question, and
                # lower cosines. Set on half of the translated demo questions, so that as many
                # unanswerable ones are refused as in English.
                "confidence_other_language": 2.6,
            }
        ),
        # Fitted like the defaults of the program: see tests/benchmarks/fit_confidence.py.
        with_reader=MappingProxyType(
            {
                "confidence_intercept": -0.22,
                "confidence_score": 1.31,
                "confidence_word_match": 0.0,
                "confidence_reader": 0.26,
            }
        ),
    ),
    Family(
        names=r"bge-(small|base|large)-en(-v1\.5)?",
        prefixes=Prefixes(_ASKED_FOR_PASSAGES),
        english_only=True,
    ),
    Family(
        names=r"snowflake-arctic-embed-(xs|s|m|l|m-long|m-v1\.5)",
        prefixes=Prefixes(_ASKED_FOR_PASSAGES),
        english_only=True,
    ),
    Family(names=r"snowflake-arctic-embed-(m|l)-v2\.0", prefixes=Prefixes("query: ")),
    Family(
        names=r"nomic-embed-text-v1(\.5)?",
        prefixes=Prefixes("search_query: ", "search_document: "),
        english_only=True,
    ),
)


def family_of(name: str) -> Family:
    """The family of the model that the setting `model` names."""
    last = re.split(r"[/\\]", name.rstrip("/\\"))[-1].lower()
    return next((family for family in _FAMILIES if re.fullmatch(family.names, last)), _OTHERS)


def unread_documents(model: str, languages: Mapping[str, int]) -> int:
    """The number of documents that the model can't read, if they are over a tenth; otherwise 0.

    `languages` has the number of documents by language; those of an unknown one aren't counted.
    """
    if not family_of(model).english_only:
        return 0
    unread = sum(count for tag, count in languages.items() if tag not in ("", "en"))
    return unread if unread > _UNREAD_SHARE * sum(languages.values()) else 0
