"""Finds the newer versions of documents in a catalogue."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cmp_to_key
from typing import Any, Final

from chatbot.index.catalog_rows import FetchRows
from chatbot.text.versions import Version, is_newer, version_of

_MARKS: Final = "doc_id, title, media_type, date, sketch"
# More documents with the same key are the issues of a series, not versions.
_LARGEST_FAMILY: Final = 200


def newer_versions(fetch: FetchRows, doc_ids: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The newer versions of each of these documents that has any, newest first.

    Versions share the key of their name or title. Among the documents given, those with largely
    the same text are found, too, whatever their names.
    """
    asked = json.dumps([*doc_ids])
    query = f"SELECT {_MARKS} FROM json_each(?) JOIN documents ON doc_id = value"
    given = _versions(fetch(f"{query} JOIN versions USING (doc)", [asked]))
    related = _versions(
        row
        for key in ("file_key", "title_key")
        for row in fetch(
            f"SELECT {_MARKS} FROM (SELECT DISTINCT own.{key} AS key FROM json_each(?) "
            "JOIN documents ON doc_id = value JOIN versions AS own USING (doc)) "
            f"JOIN versions ON {key} = key JOIN documents USING (doc) "
            f"WHERE key != '' LIMIT {_LARGEST_FAMILY}",
            [asked],
        )
    )
    versions = {**given, **related}
    newer_ids = {}
    for doc_id, version in given.items():
        newer = [other_id for other_id, other in versions.items() if is_newer(other, version)]
        if newer:
            newer_ids[doc_id] = _newest_first(newer, versions)
    return newer_ids


def _versions(rows: Iterable[Any]) -> dict[str, Version]:
    return {row[0]: version_of(*row) for row in rows}


def _newest_first(doc_ids: Sequence[str], versions: Mapping[str, Version]) -> tuple[str, ...]:
    def compare(first: str, second: str) -> int:
        if is_newer(versions[first], versions[second]):
            return -1
        return int(is_newer(versions[second], versions[first]))

    return tuple(sorted(sorted(doc_ids), key=cmp_to_key(compare)))
