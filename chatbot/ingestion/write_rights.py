"""Writes the rights of a build. All its other files may be shared with the build before."""

from __future__ import annotations

import errno
import logging
import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from chatbot.index import layout
from chatbot.index.catalog import Catalog
from chatbot.index.folder_build import FolderBuild
from chatbot.index.manifest import Manifest, seal
from chatbot.index.rights import FILES, Rights
from chatbot.ingestion.access_rules import FILE, AccessRules, document_path

log = logging.getLogger(__name__)

# The file system has no hard links, or the file has too many.
_NO_LINK: Final = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK})


def write_rights(folder: Path, catalog: Catalog, rules: AccessRules) -> Rights:
    """Write the rights of the documents in a catalogue, and warn of patterns that match none."""
    stated = catalog.stated_groups()
    paths = [document_path(file, doc_id) for file, doc_id, _ in stated]
    own = (groups for _, _, groups in stated)
    rights = Rights.of(rules.rules, map(rules.conditions, paths, own))
    rights.write(folder)
    for pattern in rules.unused(paths):
        log.warning("No document matches %s in %s. Check the spelling.", pattern, FILE)
    return rights


def write_with_rights(
    folder: Path, number: int, current: FolderBuild, rules: AccessRules
) -> Manifest:
    """Write the build with this number, which differs from the current one only in its rights."""
    kept = {name: mark for name, mark in current.manifest.seals.items() if name not in FILES}
    for name in kept:
        (folder / name).parent.mkdir(exist_ok=True)
        _link(current.folder / name, folder / name)
    rights = write_rights(folder, current.catalog, rules)
    manifest = replace(
        current.manifest,
        name=layout.final_name(folder),
        number=number,
        created=datetime.now(UTC).isoformat(timespec="microseconds"),
        rights=rights.counts(),
        seconds={},
        seals=kept | seal(folder, known=kept),
    )
    manifest.write(folder)
    return manifest


def _link(source: Path, target: Path) -> None:
    """Give a file a second name, or copy it; builds never change, so they may share files."""
    try:
        os.link(source, target)
    except OSError as failure:
        if failure.errno not in _NO_LINK:
            raise
        shutil.copyfile(source, target)
