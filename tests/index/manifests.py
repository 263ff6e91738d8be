"""A manifest for builds that tests write themselves."""

from __future__ import annotations

from chatbot.index.manifest import Manifest

MANIFEST = Manifest(
    name="20180531T120000-000000",
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
    duplicates=0,
    formats={},
    dense={},
    versions={},
    seconds={},
)
