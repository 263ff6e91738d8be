"""Scores are BM25, terms fold spellings, and carried-over indexes equal new ones."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from numpy.typing import NDArray

from chatbot.errors import IndexDamaged, StorageError
from chatbot.index.lexical import (
    LexicalDocument,
    LexicalIndex,
    LexicalTuning,
    stemmer_of,
    terms_of,
    write_lexical,
)
from chatbot.index.lexical.sentence_terms import shortened
from tests.bm25 import Counted

# Stems of themselves, so that the words of a text are its terms.
WORDS = ["alpha", "bravo", "delta", "kilo", "lima"]

_TEXTS = st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)
_DOCUMENTS = st.lists(st.lists(st.tuples(_TEXTS, _TEXTS), max_size=4), max_size=5)
_EMPHASES = st.dictionaries(
    st.sampled_from([*WORDS, "absent"]), st.sampled_from([0.5, 1.0, 2.0]), min_size=1, max_size=4
)

Document = Sequence[tuple[str, str]]


# A few rows make many blocks, and files are read in place.
SMALL = LexicalTuning(block=7, mapped_up_to=0)


def index_of(
    folder: Path, documents: Sequence[Document], tuning: LexicalTuning = SMALL
) -> LexicalIndex:
    """An index of documents, each a sequence of (head, text) of its passages."""
    write(folder / "lexical", dict(enumerate(documents)), tuning=tuning)
    return LexicalIndex(folder / "lexical", tuning=tuning)


def write(
    folder: Path,
    documents: Mapping[int, Document],
    *,
    earlier: Path | None = None,
    tuning: LexicalTuning = SMALL,
) -> int:
    """Write documents by key, in this order, and return how many were read."""
    read: list[int] = []

    def lexical_document(number: int) -> LexicalDocument:
        read.append(number)
        passages = [*documents.values()][number]
        return LexicalDocument(
            [head for head, _ in passages],
            [sentences_of(text) for _, text in passages],
            ["en"] * len(passages),
        )

    sizes = [len(passages) for passages in documents.values()]
    write_lexical(
        folder,
        keys=np.array([*documents], np.uint64),
        first_rows=np.cumsum([0, *sizes]),
        read=lexical_document,
        earlier=earlier,
        tuning=tuning,
    )
    return len(read)


def terms_in(text: str, stemmer: str = "english") -> list[str]:
    """The terms of a text in a passage with this stemmer."""
    return [term for piece in text.split() for term in terms_of(piece, stemmer)]


def sentences_of(text: str) -> list[str]:
    """A sentence for every two words."""
    words = text.split()
    return [" ".join(words[place : place + 2]) for place in range(0, len(words), 2)]


def counted(documents: Sequence[Document]) -> Counted:
    """The words of each passage: its head and text, and its head with the texts around it."""
    own, around = [], []
    for passages in documents:
        texts = [text for _, text in passages]
        for place, (head, text) in enumerate(passages):
            own.append(Counter(f"{head} {text}".split()))
            near = texts[max(place - 1, 0) : place + 2]
            around.append(Counter(" ".join([head, *near]).split()))
    return Counted(own, around)


def scores_of(documents: Sequence[Document], emphasis: Mapping[str, float]) -> dict[int, float]:
    """The score of every passage that has a term, or has a neighbour with one."""
    words = counted(documents)
    scored = {row: words.score(row, emphasis) for row in range(len(words.own))}
    return {row: score for row, score in scored.items() if score}


def flags(documents: Sequence[Document], admitted: set[int]) -> NDArray[np.bool_]:
    """Flags the rows of the admitted documents."""
    owners = [number for number, passages in enumerate(documents) for _ in passages]
    return np.array([owner in admitted for owner in owners], np.bool_)


# -- scores ----------------------------------------------------------------------------------


@given(_DOCUMENTS, _EMPHASES, st.none() | st.sets(st.integers(0, 4)), st.booleans())
@hypothesis(max_examples=120, deadline=None)
def test_a_score_is_bm25_by_the_formula(
    documents: list[list[tuple[str, str]]],
    emphasis: dict[str, float],
    chosen: set[int] | None,
    looked_up: bool,  # noqa: FBT001 - hypothesis gives it by place
) -> None:
    """It is the weighted BM25 of a passage, without and with its neighbours; filters don't matter.

    With few admitted rows the postings are looked up, otherwise they are added up. Thirty
    documents without the words make both happen.
    """
    documents = [*documents, *[[("", "zulu")]] * 30]
    admitted = {n for n in range(len(documents)) if chosen is None or n in chosen or n > 4}
    inside = flags(documents, admitted)
    expected = {row: s for row, s in scores_of(documents, emphasis).items() if inside[row]}
    most = 1_000 if looked_up else 20
    tuning = replace(SMALL, least_candidates=most, candidates_per_hit=0)
    with TemporaryDirectory() as name:
        index = index_of(Path(name), documents, tuning)
        assert len(index) == len(inside)
        rows, scores = index.search(emphasis, 100, None if chosen is None else inside)
    assert set(rows.tolist()) == expected.keys()
    assert len(rows) == len(expected)
    np.testing.assert_allclose(scores, [expected[row] for row in rows.tolist()], rtol=1e-5)
    assert all(a >= b for a, b in pairwise(scores))


def test_a_long_passage_is_scored_by_the_formula(tmp_path: Path) -> None:
    """Repetitions count up to 255."""
    documents = [[("", "alpha " * n + "bravo " * 9)] for n in (3, 40, 100, 255, 256, 1_000)]
    rows, scores = index_of(tmp_path, documents).search({"alpha": 1.0}, 10, None)
    expected = scores_of(documents, {"alpha": 1.0})
    np.testing.assert_allclose(scores, [expected[row] for row in rows.tolist()], rtol=1e-5)
    assert len(rows) == 6


@pytest.mark.parametrize("candidates", [1, 10, 1_000])
def test_equal_passages_come_in_the_order_of_rows(tmp_path: Path, candidates: int) -> None:
    """The order is the same at any depth and for any number of candidates."""
    tuning = replace(SMALL, least_candidates=candidates)
    index = index_of(tmp_path, [[("", "alpha bravo")]] * 50, tuning)
    for depth in (1, 7, 50):
        rows, _ = index.search({"alpha": 1.0, "bravo": 0.5}, depth, None)
        assert rows.tolist() == [*range(depth)]


def test_a_filtered_search_is_full_at_any_depth(tmp_path: Path) -> None:
    """The filter admits one passage in five, and all others score higher."""
    documents = [[("", "alpha" if n % 5 else "alpha bravo kilo lima")] for n in range(400)]
    index = index_of(tmp_path, documents)
    admitted = np.arange(400) % 5 == 0
    for depth in (1, 30, 80, 200):
        rows, _ = index.search({"alpha": 1.0}, depth, admitted)
        assert rows.tolist() == np.flatnonzero(admitted)[:depth].tolist()


@pytest.mark.parametrize("filtered", [False, True])
def test_no_passage_is_missed_where_a_search_ends_early(tmp_path: Path, *, filtered: bool) -> None:
    """The hits are the best of 400, each with its full score, for rare and common words."""
    tuning = replace(SMALL, least_candidates=60, least_postings=0, postings_per_passage=100)
    chance = random.Random(8)
    shares = dict(zip(WORDS, (0.02, 0.05, 0.2, 0.5, 0.8), strict=True))
    documents = []
    for _ in range(400):
        has = [word for word in WORDS if chance.random() < shares[word]]
        text = chance.choices([*has, "zulu"], k=chance.randint(1, 30))
        documents.append([("", " ".join(text))])
    index, words = index_of(tmp_path, documents, tuning), counted(documents)
    inside = flags(documents, {n for n in range(400) if n % 3 or not filtered})
    for _ in range(40):
        query = chance.sample(WORDS, chance.randint(1, 5))
        emphasis = {word: chance.choice([0.2, 0.5, 1.0]) for word in query}
        depth = chance.choice([1, 2, 5, 20])
        rows, scores = index.search(emphasis, depth, inside if filtered else None)
        scored = {row: words.score(row, emphasis) for row in np.flatnonzero(inside).tolist()}
        expected = {row: score for row, score in scored.items() if score}
        best = sorted(expected.values(), reverse=True)[:depth]
        np.testing.assert_allclose(scores, best, rtol=1e-5)
        np.testing.assert_allclose(scores, [expected[row] for row in rows.tolist()], rtol=1e-5)
        assert len(set(rows.tolist())) == len(rows)


def test_in_a_small_index_no_passage_is_missed_however_many_are_equal(tmp_path: Path) -> None:
    """More passages have the rare word than may be candidates; the last of them have both."""
    tuning = replace(SMALL, least_candidates=20, candidates_per_hit=1)
    texts = [*["alpha zulu"] * 27, *["alpha bravo"] * 3, *["bravo zulu", "zulu zulu"] * 85]
    index = index_of(tmp_path, [[("", text)] for text in texts], tuning)
    rows, _ = index.search({"alpha": 1.0, "bravo": 1.0}, 3, None)
    assert rows.tolist() == [27, 28, 29]


_LITTLE_BUDGET = replace(SMALL, candidates_per_hit=1, least_postings=4, postings_per_passage=0)


def test_common_words_count_in_full_for_passages_that_lead_by_rare_ones(tmp_path: Path) -> None:
    """A search with a small budget looks the common words up: no score changes."""
    texts = ["alpha kilo", "alpha", "bravo kilo kilo", "bravo", *["kilo lima"] * 40]
    documents = [[("", text)] for text in texts]
    index = index_of(tmp_path, documents, replace(_LITTLE_BUDGET, least_candidates=4))
    emphasis = {"alpha": 1.0, "bravo": 1.0, "kilo": 1.0}
    expected = scores_of(documents, emphasis)
    rows, scores = index.search(emphasis, 4, None)
    assert set(rows.tolist()) == {0, 1, 2, 3}
    np.testing.assert_allclose(scores, [expected[row] for row in rows.tolist()], rtol=1e-5)
    # Fewer rare ones than may be looked at: then all is added up.
    rows, _ = index.search({"alpha": 1.0, "kilo": 1.0}, 20, None)
    assert len(rows) == 20


def test_words_that_lead_to_few_passages_do_not_end_a_search(tmp_path: Path) -> None:
    """Four rare words of the same ten passages give ten candidates, not forty."""
    rare = "alpha bravo delta lima"
    documents = [[("", f"{rare} kilo" if n < 10 else "kilo")] for n in range(110)]
    index = index_of(tmp_path, documents, replace(_LITTLE_BUDGET, least_candidates=20))
    rows, _ = index.search(dict.fromkeys([*rare.split(), "kilo"], 1.0), 20, None)
    assert rows.tolist() == [*range(20)]


def test_one_search_leaves_nothing_behind_for_the_next(tmp_path: Path) -> None:
    """Searches share an array of sums, of which each takes only its best."""
    tuning = replace(SMALL, least_candidates=1, candidates_per_hit=1)
    texts = ["alpha alpha kilo", "alpha kilo", "kilo bravo bravo", "bravo lima lima", "lima"]
    index = index_of(tmp_path, [[("", text)] for text in texts], tuning)
    for _ in range(3):
        for word, first in (("alpha", 0), ("bravo", 2), ("lima", 4), ("kilo", 1)):
            rows, scores = index.search({word: 1.0}, 1, None)
            expected = scores_of([[("", text)] for text in texts], {word: 1.0})
            assert rows.tolist() == [first], word
            np.testing.assert_allclose(scores, [expected[first]], rtol=1e-5)


def test_many_may_search_at_once(tmp_path: Path) -> None:
    """Each thread gets the same hits as without the others."""
    chance = random.Random(0)
    texts = [" ".join(chance.choices(WORDS, k=6)) for _ in range(3_000)]
    index = index_of(tmp_path, [[("", text)] for text in texts])
    queries = [{word: 1.0, other: 0.5} for word in WORDS for other in WORDS if word != other]

    def hits(emphasis: dict[str, float]) -> list[list[float]]:
        return [column.tolist() for column in index.search(emphasis, 50, None)]

    alone = [hits(emphasis) for emphasis in queries]
    with ThreadPoolExecutor(8) as pool:
        assert [*pool.map(hits, queries * 10)] == alone * 10


def test_nothing_is_found_where_no_word_is(tmp_path: Path) -> None:
    """No term, an unknown term, or a filter that admits nothing gives no hits."""
    index = index_of(tmp_path, [[("", "alpha")]])
    nobody = np.array([False])
    for emphasis, allowed in (({}, None), ({"absent": 1.0}, None), ({"alpha": 1.0}, nobody)):
        rows, scores = index.search(emphasis, 10, allowed)
        assert rows.tolist() == scores.tolist() == []


def test_frequency_counts_passages_and_not_surroundings(tmp_path: Path) -> None:
    """A head counts for its passage; a neighbour's words don't."""
    index = index_of(tmp_path, [[("alpha", "bravo"), ("", "delta delta"), ("", "bravo")]])
    frequencies = {word: index.document_frequency(word) for word in [*WORDS, "absent"]}
    assert frequencies == {
        "alpha": 1, "bravo": 2, "delta": 1, "kilo": 0, "lima": 0, "absent": 0
    }  # fmt: skip


# -- words -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("exercise", "Exercises"),
        ("défense", "DEFENSE"),
        ("defence", "defense"),
        ("sanctioned", "sanctions"),
        ("S-400", "s 400"),
    ],
)
def test_forms_of_a_word_are_one_term(first: str, second: str) -> None:
    """Number, case, accents, British or American spelling and punctuation don't matter."""
    assert terms_in(first) == terms_in(second) != []


def test_terms_come_in_order_with_repetitions() -> None:
    """What is longer than any word is no term."""
    assert terms_in(f"lima alpha, lima! {'x' * 65} kilo") == [
        "lima",
        "alpha",
        "lima",
        "kilo",
    ]


def test_scripts_without_spaces_are_cut_into_pairs() -> None:
    """The pairs overlap, so that a word is found inside a run; a single character stays."""
    assert terms_in("俄罗斯") == ["俄罗", "罗斯"]
    assert terms_in("a俄b") == ["a", "俄", "b"]


@pytest.mark.parametrize(
    ("language", "first", "second"),
    [
        ("de", "Häuser", "Haus"),
        ("de", "Präsidenten", "Praesident"),
        ("de", "Straße", "Strasse"),
        ("de", "Modernisierungen", "Modernisierung"),
        ("fr", "présidents", "président"),
        ("es", "negociaciones", "negociación"),
        ("fi", "metsässä", "metsä"),
        ("ru", "партнёрами", "партнеры"),
        ("ru", "отношениях", "отношения"),
        ("en", "договоров", "договоры"),
        ("en", "المدرسة", "مدرسة"),
        ("zh", "陸軍", "陆军"),
    ],
)
def test_forms_of_a_word_are_one_term_in_its_language(
    language: str, first: str, second: str
) -> None:
    """Latin letters follow the language of the passage, other letters their script."""
    stemmer = stemmer_of(language)
    assert terms_in(first, stemmer) == terms_in(second, stemmer) != []


@pytest.mark.parametrize(
    ("word", "term"), [("Quelle", "quell"), ("Abenteuer", "abenteu"), ("Trauer", "trau")]
)
def test_letters_that_only_look_like_a_written_umlaut_stay(word: str, term: str) -> None:
    """In German, "ue" after "a", "e" or "q" isn't an umlaut."""
    assert terms_in(word, "german") == [term]


def test_korean_words_are_found_without_their_particles() -> None:
    """The pairs of syllables of "World Cup" are in "the World Cup (topic)"."""
    assert {*terms_in("월드컵")} <= {*terms_in("월드컵은")} | {"월드컵"}
    assert terms_in("월드컵은") == ["월드", "드컵", "컵은", "월드컵은"]


def test_a_passage_is_stemmed_by_its_language_and_a_question_by_all(tmp_path: Path) -> None:
    """A German question finds its word in a German passage, an English one in an English one."""
    index = index_in(tmp_path, [("de", "Die Häuser der Stadt"), ("en", "the houses of the city")])
    for question, row in (("Haus", 0), ("house", 1)):
        rows, _ = index.search(dict.fromkeys(index.terms(question), 1.0), 10, None)
        assert rows.tolist() == [row]


def test_terms_of_a_language_that_lacks_the_word_are_left_out(tmp_path: Path) -> None:
    """A word that no passage has keeps the terms of one language, so that it counts as missing."""
    index = index_in(tmp_path, [("de", "Modernisierungen"), ("en", "modern ships")])
    assert index.variants("Modernisierung") == [(("modernisier",),)]
    assert len(index.variants("Verkäufe")[0]) == 1
    assert index.document_frequency(index.terms("Verkäufe")[0]) == 0


def index_in(folder: Path, texts: Sequence[tuple[str, str]]) -> LexicalIndex:
    """An index of one passage a document, each in its language."""
    documents = [LexicalDocument([""], [[text]], [language]) for language, text in texts]
    write_lexical(
        folder / "mixed",
        keys=np.arange(len(texts), dtype=np.uint64),
        first_rows=np.arange(len(texts) + 1),
        read=documents.__getitem__,
        tuning=SMALL,
    )
    stemmers = {stemmer_of(language) for language, _ in texts}
    return LexicalIndex(folder / "mixed", stemmers=stemmers, tuning=SMALL)


def test_a_word_is_found_inside_a_run_without_spaces(tmp_path: Path) -> None:
    """A text with the same characters in another order isn't found."""
    index = index_of(tmp_path, [[("", "中国和俄罗斯举行联合军事演习")], [("", "俄国的斯罗")]])
    rows, _ = index.search(dict.fromkeys(index.terms("俄罗斯"), 1.0), 10, None)
    assert rows.tolist() == [0]


# -- sentences -------------------------------------------------------------------------------


@given(_DOCUMENTS, st.lists(st.sampled_from([*WORDS, "absent"]), unique=True), st.data())
@hypothesis(max_examples=120, deadline=None)
def test_a_sentence_has_its_own_terms(
    documents: list[list[tuple[str, str]]], terms: list[str], data: st.DataObject
) -> None:
    """This holds for any rows in any order, also without sentences; heads don't count."""
    texts = [text for passages in documents for _, text in passages]
    rows = data.draw(st.lists(st.sampled_from(range(len(texts))))) if texts else []
    with TemporaryDirectory() as name:
        index = index_of(Path(name), documents, replace(SMALL, passages_per_segment=3))
        columns = index.held_terms(np.array(rows, np.int64), terms)
    expected = [
        [[term in sentence.split() for term in terms] for sentence in sentences_of(texts[row])]
        for row in rows
    ]
    assert [flags.tolist() for flags in columns] == expected


def test_no_term_has_the_key_that_ends_a_sentence() -> None:
    """A term with that key gets another one."""
    keys = np.array([0, 7 << 32, (1 << 32) + 5, 2**64 - 1], np.uint64)
    assert shortened(keys).tolist() == [1, 1, 5, 2**32 - 1]


# -- the folder ------------------------------------------------------------------------------


def test_an_index_answers_after_its_folder_is_deleted(tmp_path: Path) -> None:
    """A build may be deleted while a question is under way."""
    index = index_of(tmp_path, [[("", "alpha")]])
    for path in (tmp_path / "lexical").iterdir():
        path.unlink()
    assert index.search({"alpha": 1.0}, 1, None)[0].tolist() == [0]


def test_a_new_index_is_eleven_files_readable_like_its_folder(tmp_path: Path) -> None:
    """The files have the folder's permissions, and no scratch files remain."""
    folder = tmp_path / "new"
    write(folder, {7: [("", "alpha")]})
    assert sorted(path.stem for path in folder.iterdir()) == [
        "documents", "frequencies", "impacts", "places", "run_blocks", "runs", "sentence_keys",
        "sentence_starts", "starts", "terms", "typical",
    ]  # fmt: skip
    expected = folder.stat().st_mode & 0o666
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {expected}


@pytest.mark.parametrize(
    "damage", ["missing", "empty", "overwritten", "of another index", "of other sentences"]
)
def test_a_damaged_index_is_reported(tmp_path: Path, damage: str) -> None:
    """The message names the folder and the command that builds again."""
    folder = tmp_path / "lexical"
    if damage != "missing":
        index_of(tmp_path, [[("", "alpha")]])
    for path in folder.glob("*"):
        if damage == "empty":
            path.unlink()
        elif damage == "overwritten" and path.stem == "terms":
            path.write_text("{}")
    if damage == "of another index":
        write(tmp_path / "other", {7: [("", "alpha bravo")]})
        shutil.copy(tmp_path / "other" / "places.npy", folder)
    if damage == "of other sentences":
        write(tmp_path / "other", {7: [("", "alpha bravo")]})
        shutil.copy(tmp_path / "other" / "sentence_keys.npy", folder)
    with pytest.raises(IndexDamaged, match=r"lexical can't be read.*chatbot build --fresh"):
        LexicalIndex(folder)


def test_an_index_that_can_not_be_written_is_a_storage_error(tmp_path: Path) -> None:
    """The folder vanishes during writing; the message names it and the next step."""
    folder = tmp_path / "lexical"

    def read(_: int) -> LexicalDocument:
        shutil.rmtree(folder)
        return LexicalDocument([""], [["alpha"]], [None])

    keys, first_rows = np.array([7], np.uint64), np.array([0, 1])
    with pytest.raises(StorageError, match=r"lexical can't be written .* --index"):
        write_lexical(folder, keys=keys, first_rows=first_rows, read=read)


# -- from one build to the next --------------------------------------------------------------

# Texts of equal length keep the typical length constant.
_EVEN_TEXTS = st.lists(st.sampled_from(WORDS), min_size=3, max_size=3).map(" ".join)
_EVEN_DOCUMENTS = st.lists(
    st.lists(st.tuples(st.just(""), _EVEN_TEXTS), min_size=1, max_size=3), min_size=8, max_size=8
)
_ORDERS = st.permutations(range(8)).flatmap(
    lambda order: st.integers(0, 8).map(lambda size: order[:size])
)


@given(
    _EVEN_DOCUMENTS | st.lists(st.lists(st.tuples(_TEXTS, _TEXTS), max_size=3), min_size=8),
    _ORDERS,
    _ORDERS,
    st.sampled_from([1, 3, 1_000]),
)
@hypothesis(max_examples=120, deadline=None)
def test_a_carried_over_index_equals_a_new_one(
    documents: list[list[tuple[str, str]]], before: list[int], after: list[int], few: int
) -> None:
    """The files are equal, whatever was added, removed or moved, at any segment size."""
    tuning = replace(SMALL, passages_per_segment=few, postings_per_merge=few)
    with TemporaryDirectory() as name:
        folder = Path(name)
        new = {key: documents[key] for key in after}
        write(folder / "new", new)
        write(folder / "before", {key: documents[key] for key in before}, tuning=tuning)
        write(folder / "after", new, earlier=folder / "before", tuning=tuning)
        assert_same_files(folder / "after", folder / "new")


def assert_same_files(first: Path, second: Path) -> None:
    """Both folders have the same files, byte for byte."""
    for path in first.iterdir():
        assert path.read_bytes() == (second / path.name).read_bytes(), path.name


def test_only_a_changed_document_is_read_again(tmp_path: Path) -> None:
    """One of ten documents is read; a removed document isn't found."""
    documents = {key: [("", f"alpha word{key}")] for key in range(10)}
    assert write(tmp_path / "before", documents) == 10
    changed = {**documents, 100: [("", "alpha changed")]}
    del changed[4]
    assert write(tmp_path / "after", changed, earlier=tmp_path / "before") == 1
    index = LexicalIndex(tmp_path / "after", tuning=SMALL)
    rows, _ = index.search({"alpha": 1.0}, 20, None)
    assert rows.tolist() == [*range(10)]
    assert index.search({"chang": 1.0}, 20, None)[0].tolist() == [9]
    assert index.search({"word4": 1.0}, 20, None)[0].tolist() == []


def test_all_is_read_again_when_passages_have_become_longer(tmp_path: Path) -> None:
    """The typical length changed, and all impacts depend on it."""
    documents = {key: [("", "alpha bravo")] for key in range(4)}
    write(tmp_path / "before", documents)
    documents[9] = [("", "kilo " * 200)]
    assert write(tmp_path / "after", documents, earlier=tmp_path / "before") == 5
    write(tmp_path / "new", documents)
    assert_same_files(tmp_path / "after", tmp_path / "new")
