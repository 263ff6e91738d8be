"""A manifest for builds that tests write themselves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from chatbot.index.lexical import ANALYZER_VERSION
from chatbot.index.manifest import Analyzers, LanguageCount, Manifest, sealed
from chatbot.index.rights import GroupCounts

MANIFEST = Manifest(
    name="20180531T120000-000000",
    number=1,
    created="2018-05-31T12:00:00.000000+00:00",
    corpus="/corpus",
    model="m",
    model_fingerprint="f",
    prefixes=["", ""],
    dimensions=2,
    shaping={},
    files=1,
    documents=1,
    passages=1,
    sentences=1,
    skipped=(),
    parts=(),
    ignored=0,
    ignored_by={},
    duplicates=0,
    formats={},
    languages={"en": LanguageCount(documents=1, passages=1)},
    rights=GroupCounts(everyone=1),
    analyzers=Analyzers(ANALYZER_VERSION, ["english"]),
    dense={},
    versions={},
    seconds={},
)


def change_manifest(path: Path, **fields: Any) -> None:
    """Overwrite fields in a manifest file, and seal it again."""
    changed = sealed(json.loads(path.read_text("utf-8")) | fields)
    path.write_text(json.dumps(changed), "utf-8")
