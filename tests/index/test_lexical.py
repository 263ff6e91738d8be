"""tantivy scores as BM25 says, and finds a word however it is written."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from chatbot.errors import IndexDamaged, StorageError
from chatbot.index.lexical import (
    LexicalDocument,
    LexicalIndex,
    Words,
    search,
    searchable,
    segments,
    write_lexical,
)
from tests.memory_index import FIELDS, K1, B, stored_length

# Stems of themselves, so that the words of a text are its terms.
WORDS = ["alpha", "bravo", "delta", "kilo", "lima"]

_TEXTS = st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)
_DOCUMENTS = st.lists(st.lists(st.tuples(_TEXTS, _TEXTS), max_size=4), max_size=5)
_EMPHASES = st.dictionaries(
    st.sampled_from([*WORDS, "absent"]), st.sampled_from([0.5, 1.0, 2.0]), min_size=1, max_size=4
)

Document = Sequence[tuple[str, str]]


def index_of(folder: Path, documents: Sequence[Document]) -> LexicalIndex:
    """An index of documents, each a sequence of (head, text) of its passages."""
    write(folder / "lexical", dict(enumerate(documents)))
    return LexicalIndex(folder / "lexical")


def write(folder: Path, documents: Mapping[int, Document], *, earlier: Path | None = None) -> int:
    """Write documents by their keys, in this order; the number that had to be read."""
    read: list[int] = []

    def lexical_document(number: int) -> LexicalDocument:
        read.append(number)
        passages = [*documents.values()][number]
        return LexicalDocument([head for head, _ in passages], [text for _, text in passages])

    sizes = [len(passages) for passages in documents.values()]
    write_lexical(
        folder,
        keys=np.array([*documents], np.uint64),
        first_rows=np.cumsum([0, *sizes]),
        read=lexical_document,
        earlier=earlier,
    )
    return len(read)


def fields_of(documents: Sequence[Document]) -> dict[str, list[list[str]]]:
    """The words of each passage: its head and text, and its head with the texts around it."""
    found: dict[str, list[list[str]]] = {"passage": [], "surroundings": []}
    for passages in documents:
        for place, (head, text) in enumerate(passages):
            around = [text for _, text in passages[max(place - 1, 0) : place + 2]]
            found["passage"].append(f"{head} {text}".split())
            found["surroundings"].append(" ".join([head, *around]).split())
    return found


def bm25(words: Sequence[Sequence[str]], row: int, term: str) -> float:
    """Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009, equation 3.15."""
    mean = sum(map(len, words)) / len(words)
    holders = sum(term in each for each in words)
    rarity = math.log(1 + (len(words) - holders + 0.5) / (holders + 0.5))
    times = words[row].count(term)
    if not times:
        return 0.0
    length = stored_length(len(words[row])) / mean
    return rarity * times * (K1 + 1) / (times + K1 * (1 - B + B * length))


def scores_of(documents: Sequence[Document], emphasis: Mapping[str, float]) -> dict[int, float]:
    """The score of every passage that has any of the terms."""
    fields = fields_of(documents)
    scored = {
        row: sum(
            weight * count * bm25(fields[field], row, term)
            for field, weight in FIELDS.items()
            for term, count in emphasis.items()
        )
        for row in range(len(fields["passage"]))
    }
    return {row: score for row, score in scored.items() if score}


# -- scores ----------------------------------------------------------------------------------


@given(_DOCUMENTS, _EMPHASES, st.none() | st.sets(st.integers(0, 4)), st.sampled_from([0.2, 2.0]))
@hypothesis(max_examples=120, deadline=None)
def test_a_score_is_bm25_by_the_formula(
    documents: list[list[tuple[str, str]]],
    emphasis: dict[str, float],
    chosen: set[int] | None,
    many: float,
) -> None:
    """Of a passage and of its surroundings, each with its weight; a filter changes no score.

    Whether documents are asked for with the terms or picked out of what was found.
    """
    owners = [number for number, passages in enumerate(documents) for _ in passages]
    admitted = {n for n in range(len(documents)) if chosen is None or n in chosen}
    allowed = None if chosen is None else np.array(sorted(admitted), np.int64)
    scored = scores_of(documents, emphasis)
    expected = {row: score for row, score in scored.items() if owners[row] in admitted}
    with TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "_MANY", many)
        index = index_of(Path(name), documents)
        assert len(index) == len(owners)
        rows, scores = index.search(emphasis, 100, allowed)
    assert set(rows.tolist()) == expected.keys()
    assert len(rows) == len(expected)
    np.testing.assert_allclose(scores, [expected[row] for row in rows.tolist()], rtol=1e-5)
    assert all(a >= b for a, b in pairwise(scores))


def test_a_long_passage_is_scored_by_the_formula(tmp_path: Path) -> None:
    """Beyond forty words tantivy keeps a length in steps, which the formula is told."""
    documents = [[("", "alpha " + "bravo " * n)] for n in (3, 39, 40, 41, 57, 100, 333, 1000)]
    rows, scores = index_of(tmp_path, documents).search({"alpha": 1.0}, 10, None)
    expected = scores_of(documents, {"alpha": 1.0})
    np.testing.assert_allclose(scores, [expected[row] for row in rows.tolist()], rtol=1e-5)
    assert rows[:2].tolist() == [0, 1]
    assert len(rows) == 8


def test_equal_passages_come_in_the_order_of_rows(tmp_path: Path) -> None:
    """At any depth, though tantivy orders equal scores as it likes."""
    index = index_of(tmp_path, [[("", "alpha bravo")]] * 50)
    for depth in (1, 7, 50):
        rows, _ = index.search({"alpha": 1.0}, depth, None)
        assert rows.tolist() == [*range(depth)]


def test_a_filter_finds_as_many_as_there_are_at_any_depth(tmp_path: Path) -> None:
    """Though those it admits are the worst of all: one in five, each scoring below the others."""
    documents = [[("", "alpha" if n % 5 else "alpha bravo kilo lima")] for n in range(400)]
    index = index_of(tmp_path, documents)
    admitted = np.arange(0, 400, 5)
    for depth in (1, 30, 80, 200):
        rows, _ = index.search({"alpha": 1.0}, depth, admitted)
        assert rows.tolist() == admitted[:depth].tolist()


def test_nothing_is_found_where_no_word_is(tmp_path: Path) -> None:
    """No term, an unknown term, a filter that admits no document."""
    index = index_of(tmp_path, [[("", "alpha")]])
    nobody = np.array([], np.int64)
    for emphasis, allowed in (({}, None), ({"absent": 1.0}, None), ({"alpha": 1.0}, nobody)):
        rows, scores = index.search(emphasis, 10, allowed)
        assert rows.tolist() == scores.tolist() == []


def test_frequency_counts_passages_and_not_surroundings(tmp_path: Path) -> None:
    """A head counts for its passage; the words of a neighbour do not."""
    index = index_of(tmp_path, [[("alpha", "bravo"), ("", "delta delta"), ("", "bravo")]])
    frequencies = {word: index.document_frequency(word) for word in [*WORDS, "absent"]}
    assert frequencies == {
        "alpha": 1, "bravo": 2, "delta": 1, "kilo": 0, "lima": 0, "absent": 0
    }  # fmt: skip


# -- words -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("exercise", "Exercises"),
        ("défense", "DEFENSE"),
        ("defence", "defense"),
        ("sanctioned", "sanctions"),
        ("S-400", "s 400"),
    ],
)
def test_forms_of_a_word_are_one_term(one: str, other: str) -> None:
    """Number, case, accents, British and American spelling, punctuation."""
    words = Words()
    assert words.terms(one) == words.terms(other) != []


def test_terms_come_in_order_with_repetitions() -> None:
    """What is longer than any word is no term."""
    assert Words().terms(f"lima alpha, lima! {'x' * 65} kilo") == ["lima", "alpha", "lima", "kilo"]


def test_scripts_without_spaces_are_cut_into_pairs() -> None:
    """Overlapping, so that a word is found inside a run; a single sign stays."""
    assert searchable("俄罗斯").split() == ["俄罗", "罗斯"]
    assert searchable("a俄b").split() == ["a", "俄", "b"]


def test_a_word_is_found_inside_a_run_without_spaces(tmp_path: Path) -> None:
    """Not so one that only shares its signs in another order."""
    index = index_of(tmp_path, [[("", "中国和俄罗斯举行联合军事演习")], [("", "俄国的斯罗")]])
    rows, _ = index.search(dict.fromkeys(index.terms("俄罗斯"), 1.0), 10, None)
    assert rows.tolist() == [0]


# -- the folder ------------------------------------------------------------------------------


def test_an_index_answers_after_its_folder_is_deleted(tmp_path: Path) -> None:
    """Its build may be dropped while a question is under way."""
    index = index_of(tmp_path, [[("", "alpha")]])
    for path in (tmp_path / "lexical").iterdir():
        path.unlink()
    assert index.search({"alpha": 1.0}, 1, None)[0].tolist() == [0]


def test_a_new_index_has_no_lock_and_is_readable_like_its_folder(tmp_path: Path) -> None:
    """Who may see the folder may search it."""
    index_of(tmp_path, [[("", "alpha")]])
    folder = tmp_path / "new"
    write(folder, {7: [("", "alpha")]})
    assert list(folder.glob("*.lock")) == list(folder.glob(".*.lock")) == []
    expected = folder.stat().st_mode & 0o666
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {expected}


@pytest.mark.parametrize("damage", ["missing", "empty", "meta", "segment"])
def test_a_damaged_index_is_told(tmp_path: Path, damage: str) -> None:
    """The folder is named, and how to build again."""
    folder = tmp_path / "lexical"
    if damage != "missing":
        index_of(tmp_path, [[("", "alpha")]])
    for path in folder.glob("*"):
        if damage == "empty" or (damage == "segment" and path.suffix == ".idx"):
            path.unlink()
        elif damage == "meta" and path.name == "meta.json":
            path.write_text("{}")
    with pytest.raises(IndexDamaged, match=r"lexical can't be read.*chatbot build --fresh"):
        LexicalIndex(folder)


def test_an_index_that_can_not_be_written_is_a_storage_error(tmp_path: Path) -> None:
    """The folder goes while it is written; the message names it and says what to do."""
    folder = tmp_path / "lexical"

    def read(_: int) -> LexicalDocument:
        shutil.rmtree(folder)
        return LexicalDocument([""], ["alpha"])

    keys, first_rows = np.array([7], np.uint64), np.array([0, 1])
    with pytest.raises(StorageError, match=r"lexical can't be written .* --index"):
        write_lexical(folder, keys=keys, first_rows=first_rows, read=read)


# -- from one build to the next --------------------------------------------------------------

_EDITS = st.lists(
    st.tuples(st.integers(0, 11), st.lists(st.tuples(_TEXTS, _TEXTS), max_size=3)), max_size=6
)


@given(_EDITS, _EDITS, _EMPHASES)
@hypothesis(max_examples=60, deadline=None)
def test_an_index_that_keeps_segments_scores_like_a_new_one(
    first: list[tuple[int, list[tuple[str, str]]]],
    second: list[tuple[int, list[tuple[str, str]]]],
    emphasis: dict[str, float],
) -> None:
    """Whatever was there before: what is gone counts for nothing, in no score at all.

    Segments have a document or two here, so that some are kept and some are not.
    """
    before = {key: passages for key, passages in first if key % 2 == 0}
    after = {key: passages for key, passages in (*first, *second) if before.get(key) == passages}
    after |= {key + 100: passages for key, passages in second}
    with TemporaryDirectory(ignore_cleanup_errors=True) as name, small_segments():
        folder = Path(name)
        write(folder / "before", before)
        write(folder / "after", after, earlier=folder / "before")
        write(folder / "new", after)
        kept, new = LexicalIndex(folder / "after"), LexicalIndex(folder / "new")
        assert len(kept) == len(new)
        rows, scores = kept.search(emphasis, 50, None)
        expected_rows, expected_scores = new.search(emphasis, 50, None)
    assert rows.tolist() == expected_rows.tolist()
    assert scores.tolist() == expected_scores.tolist()


def test_only_the_segment_of_a_changed_document_is_written_again(tmp_path: Path) -> None:
    """Of ten documents in five segments, those that stood in one; the others are linked."""
    documents = {key: [("", f"alpha word{key}")] for key in range(10)}
    with small_segments():
        assert write(tmp_path / "before", documents) == 10
        changed = {**documents, 100: [("", "alpha changed")]}
        del changed[4]
        assert write(tmp_path / "after", changed, earlier=tmp_path / "before") == 2
    index = LexicalIndex(tmp_path / "after")
    rows, _ = index.search({"alpha": 1.0}, 20, None)
    assert rows.tolist() == [*range(10)]
    rows, _ = index.search({"chang": 1.0}, 20, None)
    assert rows.tolist() == [9]


@contextmanager
def small_segments() -> Iterator[None]:
    """Segments of two passages, as many as it takes: the real ones would need thousands."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments, "_LEAST_PASSAGES", 2)
        patch.setattr(segments, "_MOST_SEGMENTS", 1_000)
        yield


def test_many_small_changes_leave_few_segments(tmp_path: Path) -> None:
    """Each leaves a small segment behind; the third of them has them put together."""
    documents = {key: [("", f"alpha word{key}")] for key in range(40)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments, "_LEAST_PASSAGES", 20)
        write(tmp_path / "0", documents)
        counts = []
        for change in range(1, 8):
            documents[100 + change] = [("", "alpha change")]
            write(tmp_path / f"{change}", documents, earlier=tmp_path / f"{change - 1}")
            counts.append(len([*(tmp_path / f"{change}").glob("*.idx")]))
    assert counts == [3, 4, 5, 3, 4, 5, 3]
