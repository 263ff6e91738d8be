"""The part of a build that some people may see, with the interface of a whole build."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Final
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from chatbot.index.lexical import stemmer_of
from chatbot.index.manifest import FormatCount, LanguageCount, Manifest
from chatbot.index.opened_build import Allowed, Build
from chatbot.index.rights import Rights
from chatbot.index.ties import Rows, Scores
from chatbot.types import Filters

# Colleagues share a few circles; each takes a connection to the catalogue and a flag per passage.
_MOST_VIEWS: Final = 64

# A value must not refer to its key, or neither would ever be dropped; None stands for the build.
_views: WeakKeyDictionary[Build, dict[tuple[str, bytes, bytes], VisibleBuild | None]]
_views = WeakKeyDictionary()
_one_at_a_time = threading.Lock()


def visible_build(build: Build, groups: Collection[str], *, current: Build) -> Build:
    """The part of a build that members of these groups may see; the build itself if that is all.

    `current` is the build in service. Its rights count for an older build, too: a document must be
    visible in both. A document that `current` no longer has is visible only if `current` restricts
    no document at all, because nobody knows which groups it would have now.
    """
    key = current.name, _admitted(build, groups), _admitted(current, groups)
    with _one_at_a_time:
        views = _views.setdefault(build, {})
        if key not in views:
            if len(views) >= _MOST_VIEWS:
                del views[next(iter(views))]
            flags = _flags(build, groups, current)
            views[key] = None if flags.all() else VisibleBuild(build, np.flatnonzero(flags))
        view = views[key]
        return build if view is None else view


def _admitted(build: Build, groups: Collection[str]) -> bytes:
    return build.rights.admitted(groups).tobytes()


def _flags(build: Build, groups: Collection[str], current: Build) -> NDArray[np.bool_]:
    """Which documents of a build may be seen, `(documents,)`."""
    flags = build.rights.visible(groups)
    if build is current:
        return flags
    by_id = zip(current.document_ids, current.rights.visible(groups).tolist(), strict=True)
    visible, absent = dict(by_id), not current.rights.in_use
    kept: NDArray[np.bool_]
    kept = flags & np.array([visible.get(doc_id, absent) for doc_id in build.document_ids], bool)
    return kept


class VisibleBuild(Build):
    """A build that has only the documents with certain numbers, and reveals nothing of the others.

    Everything that is looked up by an id or a filter goes through the catalogue, which is
    restricted. Both arms search only the visible passages, and word statistics count only those.
    Scores still depend on the typical length of all passages.
    """

    def __init__(self, whole: Build, documents: Rows) -> None:
        vars(self).update(vars(whole))
        for name, value in vars(Build).items():
            if isinstance(value, cached_property):
                vars(self).pop(name, None)
        self._begin_caches()
        self._visible = super().allowed_documents(documents)
        # The rules are left out, because their paths name hidden documents.
        self.rights = Rights.of((), map(whole.rights.of_document, documents.tolist()))
        self.catalog = whole.catalog.restricted(documents.tolist())
        self.manifest = _restricted(whole.manifest, self)
        languages = self.manifest.languages.items()
        stemmers = {stemmer_of(tag) for tag, count in languages if count.passages}
        self.lexical = whole.lexical.within(self._visible.rows, sorted(stemmers))

    def allowed(self, filters: Filters) -> Allowed:
        """The visible documents and rows that the filters admit."""
        return super().allowed(filters) or self._visible

    def allowed_documents(self, numbers: Sequence[int] | Rows) -> Allowed:
        """Admit only the visible ones of these documents."""
        return super().allowed_documents(np.intersect1d(numbers, self._visible.documents))

    def admitted(self, allowed: Allowed | None) -> int:
        """The number of admitted documents."""
        return len((allowed or self._visible).documents)

    def dense_hits(
        self, vector: Scores, depth: int, allowed: Allowed | None
    ) -> tuple[Rows, Scores]:
        """The nearest visible passages to a unit vector and their cosines, best first."""
        return super().dense_hits(vector, depth, allowed or self._visible)

    def lexical_hits(
        self, emphasis: Mapping[str, float], depth: int, allowed: Allowed | None
    ) -> tuple[Rows, Scores]:
        """The visible passages with the best BM25 for these terms, best first."""
        return super().lexical_hits(emphasis, depth, allowed or self._visible)

    def _last_row(self) -> Rows:
        return np.flatnonzero(self._visible.rows)[-1:]

    def _places(self, documents: Rows) -> Rows:
        return np.searchsorted(self._visible.documents, documents)


def _restricted(manifest: Manifest, visible: Build) -> Manifest:
    """The manifest of the visible documents, without skipped files: nobody knows their groups."""
    catalog = visible.catalog
    documents, passages = catalog.languages("documents"), catalog.languages("passages")
    formats = {kind: FormatCount(*counts) for kind, *counts in catalog.formats()}
    return replace(
        manifest,
        files=sum(count.found for count in formats.values()),
        documents=sum(documents.values()),
        passages=sum(passages.values()),
        sentences=catalog.sentences(),
        skipped=(),
        parts=(),
        ignored=0,
        ignored_by={},
        duplicates=catalog.duplicates(),
        formats=formats,
        languages={
            tag: LanguageCount(documents.get(tag, 0), passages.get(tag, 0))
            for tag in sorted({*documents, *passages})
        },
        rights=visible.rights.counts(),
        seals={},
    )
