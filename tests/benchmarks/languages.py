"""Retrieval in seven languages, in a mixed corpus, and across languages.

python -m tests.benchmarks.languages [--passages 250] [--only PART]
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple, cast

import numpy as np

from chatbot.answers import Answer
from chatbot.assistant import Chatbot
from chatbot.evaluation.question_set import Judgment, Question, load_question_set
from chatbot.evaluation.run_questions import evaluate
from chatbot.index.lexical import LexicalDocument, LexicalIndex, stemmer_of, write_lexical
from chatbot.ingestion.build_index import build_index
from chatbot.retrieval.query import query_terms
from chatbot.settings import load_settings
from chatbot.text.languages import language_of
from tests.benchmarks.indexes import HOME
from tests.shared import DATA, PROJECT, QUESTIONS

READER: Final = DATA / "reader"
MODELS: Final = ("all-MiniLM-L6-v2", "multilingual-e5-small")
# Each language with its file and the tag in it.
SOURCES: Final = {
    "zh": ("cmrc2018", "zh"),
    "zh-Hant": ("drcd", "zh-Hant"),
    "ja": ("jsquad_ja", "ja"),
    "ru": ("tydi_ru", "ru"),
    "ar": ("tydi_other", "ar"),
    "ko": ("tydi_other", "ko"),
    "fi": ("tydi_other", "fi"),
    "en": ("tydi_en", "en"),
}
_MONOLINGUAL: Final = tuple(language for language in SOURCES if language != "en")
_MIXED: Final = ("en", "zh", "ja", "ru", "ar", "ko")
_MIXED_DOCUMENTS: Final = 200
_PASSAGES: Final = 250
_MEASURES: Final = ("nDCG@10", "Success@1")


class Sample(NamedTuple):
    """Passages by id, each with the question that it answers."""

    passages: dict[str, str]
    questions: tuple[Question, ...]


def main() -> None:
    """Print a table for each part, a column for each model."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--passages", type=int, default=_PASSAGES)
    parser.add_argument("--only", choices=_PARTS)
    arguments = parser.parse_args()
    samples = {language: sample(language, arguments.passages) for language in SOURCES}
    for name, part in _PARTS.items():
        if arguments.only in {None, name}:
            part(samples)


def sample(language: str, size: int) -> Sample:
    """The same passages and questions in every run."""
    name, tag = SOURCES[language]
    with gzip.open(READER / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if row["lang"] == tag and row["answers"]]
    random.Random(0).shuffle(rows)
    passages: dict[str, str] = {}
    questions = []
    for row in rows:
        if len(passages) < size and row["passage"] not in passages.values():
            key = f"{language}-{len(passages)}"
            passages[key] = row["passage"]
            questions.append(Question(key, row["question"], (Judgment(key),)))
    return Sample(passages, tuple(questions))


def print_detection(samples: Mapping[str, Sample]) -> None:
    """The share of questions and passages whose language is told, and told wrongly."""
    print(f"{'detected':12}{'questions':>10}{'wrong':>8}{'passages':>10}{'wrong':>8}")
    for language, (passages, questions) in samples.items():
        shares = [
            share
            for texts in ([question.text for question in questions], [*passages.values()])
            for share in _detected(texts, language.partition("-")[0])
        ]
        print(f"{language:12}{shares[0]:10.3f}{shares[1]:8.3f}{shares[2]:10.3f}{shares[3]:8.3f}")


def _detected(texts: Sequence[str], expected: str) -> tuple[float, float]:
    tags = [language_of(text) for text in texts]
    right = float(np.mean([tag == expected for tag in tags]))
    return right, float(np.mean([tag not in {expected, None} for tag in tags]))


def print_words(samples: Mapping[str, Sample]) -> None:
    """nDCG@10 of the lexical arm alone, without a model."""
    print(f"\n{'words alone':12}{'nDCG@10':>10}")
    for language in _MONOLINGUAL:
        with TemporaryDirectory() as folder:
            index = WordIndex(Path(folder, "words"), [*samples[language].passages.values()])
            gains = [_gain(index, row, q.text) for row, q in enumerate(samples[language].questions)]
        print(f"{language:12}{float(np.mean(gains)):10.3f}", flush=True)


class WordIndex:
    """Passages, each a document, in a lexical index: as much of an index as `query_terms` needs."""

    def __init__(self, folder: Path, texts: Sequence[str]) -> None:
        tags = [language_of(text) for text in texts]
        documents = [
            LexicalDocument([""], [[text]], [tag]) for text, tag in zip(texts, tags, strict=True)
        ]
        write_lexical(
            folder,
            keys=np.arange(len(texts), dtype=np.uint64),
            first_rows=np.arange(len(texts) + 1),
            read=documents.__getitem__,
        )
        self._lexical = LexicalIndex(folder, stemmers={*map(stemmer_of, tags)})
        self._sizes = Counter(tag for tag in tags if tag)
        self.terms, self.variants = self._lexical.terms, self._lexical.variants
        self.search = self._lexical.search

    @property
    def languages(self) -> list[str]:
        return [tag for tag, _ in self._sizes.most_common()]

    def passages_in(self, language: str) -> int:
        return self._sizes[language]

    def document_frequencies(self, terms: Sequence[str]) -> list[int]:
        return [self._lexical.document_frequency(term) for term in terms]

    def __len__(self) -> int:
        return len(self._lexical)


def _gain(index: WordIndex, row: int, question: str) -> float:
    """The nDCG@10 of a question with one relevant row."""
    rows, _ = index.search(query_terms(question, cast("Any", index)).emphasis, 10, None)
    ranks = np.flatnonzero(rows == row)
    return 1 / math.log2(ranks[0] + 2) if len(ranks) else 0.0


def print_monolingual(samples: Mapping[str, Sample]) -> None:
    """nDCG@10 of each language by itself."""
    print(f"\n{'nDCG@10':12}{MODELS[0]:>24}{MODELS[1]:>24}")
    for language in _MONOLINGUAL:
        passages, questions = samples[language]
        row = f"{language:12}"
        for model in MODELS:
            with open_index(f"mono-{language}", passages, model) as chatbot:
                row += f"{_scores(chatbot, questions)['nDCG@10']:24.3f}"
        print(row, flush=True)


def print_mixed(samples: Mapping[str, Sample]) -> None:
    """Six languages in one index, asked in each."""
    share = _MIXED_DOCUMENTS // len(_MIXED) + 1
    texts = [entry for tag in _MIXED for entry in [*samples[tag].passages.items()][:share]]
    passages = dict(texts[:_MIXED_DOCUMENTS])
    print(f"\n{'mixed corpus':12}{MODELS[0]:>24}{MODELS[1]:>24}   nDCG@10, right document first")
    rows = {language: f"{language:12}" for language in _MIXED}
    for model in MODELS:
        with open_index("mixed", passages, model) as chatbot:
            for language in _MIXED:
                own = [q for q in samples[language].questions if q.question_id in passages]
                scores = _scores(chatbot, own)
                rows[language] += f"{scores['nDCG@10']:17.3f}{scores['Success@1']:7.3f}"
    print("\n".join(rows.values()), flush=True)


def print_across(_: Mapping[str, Sample]) -> None:
    """Questions about the English demo corpus, in four languages."""
    print("\nacross languages: right document first, and abstained on (un)answerable questions")
    for model in MODELS:
        settings = load_settings(
            corpus=PROJECT / "corpus", index=HOME / "languages" / f"demo-{model}", model=model
        )
        build_index(settings)
        with Chatbot.open(settings=settings) as chatbot:
            for language in ("en", "de", "ru", "zh"):
                print(f"{model:24}{language:4}{_across(chatbot, language)}", flush=True)


def _across(chatbot: Chatbot, language: str) -> str:
    asked = [(question, chatbot.ask(question.text)) for question in translated(language)]
    cards = [(q, answer.citations or answer.nearest) for q, answer in asked if q.answerable]
    first = sum(bool(found) and found[0].doc_id in q.grades for q, found in cards)
    # The offset for another language was set on the even numbers.
    odd = [(q, answer) for q, answer in asked if int(q.question_id[1:]) % 2]
    return f"  first {first:3} of {len(cards)}   {_abstained(asked)}   held out: {_abstained(odd)}"


def _abstained(asked: Sequence[tuple[Question, Answer]]) -> str:
    answerable = [answer.abstained for question, answer in asked if question.answerable]
    others = [answer.abstained for question, answer in asked if not question.answerable]
    return f"{sum(answerable):3} of {len(answerable)}, {sum(others):3} of {len(others)}"


def translated(language: str) -> Iterator[Question]:
    """The demo questions that have translations, in one language."""
    originals = {q.question_id: q for q in load_question_set(QUESTIONS / "demo.jsonl")}
    lines = (QUESTIONS / "demo_translated.jsonl").read_text("utf-8").splitlines()
    for row in map(json.loads, lines):
        original = originals[row["id"]]
        text = row.get(language, original.text)
        yield Question(original.question_id, text, original.relevant, original.answerable)


def open_index(name: str, passages: Mapping[str, str], model: str) -> Chatbot:
    """Build the index of these passages with a model, each a document, and open it."""
    home = HOME / "languages"
    home.mkdir(parents=True, exist_ok=True)
    corpus = home / f"{name}.jsonl"
    _write_if_new(
        corpus, [{"_id": key, "title": "", "text": text} for key, text in passages.items()]
    )
    settings = load_settings(corpus=corpus, index=home / f"{name}-{model}", model=model)
    build_index(settings)
    return Chatbot.open(settings=settings)


def _write_if_new(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    text = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
    if not path.exists() or path.read_text("utf-8") != text:
        path.write_text(text, "utf-8")


def _scores(chatbot: Chatbot, questions: Sequence[Question]) -> Mapping[str, float]:
    return evaluate(chatbot, questions, measures=_MEASURES).measures


_PARTS: Final = {
    "detection": print_detection,
    "words": print_words,
    "monolingual": print_monolingual,
    "mixed": print_mixed,
    "across": print_across,
}


if __name__ == "__main__":
    main()
