"""Explains which rule gave a document its groups."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from chatbot.index.catalog import GROUPS, storable
from chatbot.index.opened_build import Build
from chatbot.index.rights import Conditions
from chatbot.ingestion.access_rules import AccessRules, document_path, own_groups


@dataclass(frozen=True, slots=True)
class ExplainedRights:
    """The conditions of a document in the build in service, and where they come from.

    `rule` is the number of the rule that decides, from 1; None if no rule matches. `own_groups` has
    the groups that the document names itself, None if it names none. For a path that isn't
    `indexed`, only the rules count.
    """

    path: str
    indexed: bool
    conditions: Conditions
    rule: int | None
    rule_paths: tuple[str, ...]
    rule_groups: tuple[str, ...]
    own_groups: tuple[str, ...] | None


def explain_rights(build: Build, path: str) -> ExplainedRights:
    """The rights of the document with an id, or of any other path in the corpus.

    A path may also be one that leads there from the working folder.
    """
    rules = AccessRules(build.rights.rules)
    document = build.document(path)
    if document is None:
        path = _inside(Path(build.manifest.corpus), path)
        document = build.document(path)
    own, place = None, path
    if document:
        own = document.metadata.extra.get(GROUPS)
        place = document_path(build.catalog.file_of(path).path, path)
    number = rules.rule_for(place)
    rule = None if number is None else rules.rules[number]
    return ExplainedRights(
        path=path,
        indexed=document is not None,
        conditions=rules.conditions(place, own),
        rule=None if number is None else number + 1,
        rule_paths=rule.paths if rule else (),
        rule_groups=rule.groups if rule else (),
        own_groups=None if own is None else tuple(own_groups(own)),
    )


def _inside(corpus: Path, path: str) -> str:
    """A path as the rules see it: from the corpus, and with a slash at the end of a folder's."""
    # No link is followed at its end: the rules are for the link's own name.
    places = [place.parent.resolve() / place.name for place in (corpus / path, Path(path))]
    inside = [place for place in places if place != corpus and place.is_relative_to(corpus)]
    existing = [place for place in inside if os.path.lexists(place)]
    for place in existing or inside:
        name = storable(place.relative_to(corpus).as_posix())
        return f"{name}/" if place.is_dir() or path.endswith("/") else name
    return path
