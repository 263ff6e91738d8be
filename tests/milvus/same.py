"""Compares a build in Milvus with the one in a folder, part by part."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chatbot.encoder import Encoder
from chatbot.index.builds import FolderBuilds
from chatbot.index.find_builds import open_current
from chatbot.index.opened_build import Build
from chatbot.index_address import milvus_address
from chatbot.settings import Settings
from chatbot.types import Filters

# Sums of 32-bit numbers in another order differ by so much.
ROUNDING = 1e-5


def local(settings: Settings) -> FolderBuilds:
    """The builds in the folder from which an index in Milvus is filled."""
    address = milvus_address(settings.index)
    assert address
    return FolderBuilds(address.folder(settings.cache) / "index")


def both(settings: Settings) -> tuple[Build, Build]:
    """The build in service in Milvus, and in the folder."""
    folder = local(settings)
    return open_current(settings), folder.open(folder.current())


def assert_same(
    milvus: Build,
    folder: Build,
    questions: Sequence[str],
    encoder: Encoder,
    filters: Sequence[Filters] = (Filters(),),
) -> None:
    """Both have the same documents, passages, statistics and hits; cosines to the last digit."""
    assert milvus.name == folder.name
    assert milvus.document_ids == folder.document_ids
    assert [*milvus.catalog.documents()] == [*folder.catalog.documents()]
    assert milvus.documents(Filters()) == folder.documents(Filters())
    rows = [*map(folder.passage_rows, folder.document_ids)]
    assert rows == [*map(milvus.passage_rows, milvus.document_ids)]
    places = np.array([row for each in rows for row in each], np.int64)
    assert milvus.passages(places.tolist()) == folder.passages(places.tolist())
    for question in questions:
        vector, terms = encoder.encode_query(question), folder.terms(question)
        assert milvus.terms(question) == terms
        assert milvus.variants(question) == folder.variants(question)
        assert milvus.document_frequencies(terms) == folder.document_frequencies(terms)
        for first, second in zip(
            milvus.held_terms(places, terms), folder.held_terms(places, terms), strict=True
        ):
            np.testing.assert_array_equal(first, second)
        cosines, bounds = milvus.sentence_similarities(places, vector)
        cosines_there, bounds_there = folder.sentence_similarities(places, vector)
        np.testing.assert_array_equal(cosines, cosines_there)
        np.testing.assert_array_equal(bounds, bounds_there)
        for conditions in filters:
            hits = [
                (
                    build.dense_hits(vector, 10, build.allowed(conditions)),
                    build.lexical_hits(dict.fromkeys(terms, 1.0), 10, build.allowed(conditions)),
                )
                for build in (milvus, folder)
            ]
            (dense, words), (dense_there, words_there) = hits
            np.testing.assert_array_equal(dense[0], dense_there[0])
            np.testing.assert_array_equal(dense[1], dense_there[1])
            np.testing.assert_array_equal(words[0], words_there[0])
            np.testing.assert_allclose(words[1], words_there[1], rtol=ROUNDING)
