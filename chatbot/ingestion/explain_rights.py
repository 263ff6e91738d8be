"""Explains which rule gave a document its groups."""

from __future__ import annotations

from dataclasses import dataclass

from chatbot.index.catalog import GROUPS
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
    """The rights of the document with an id, or of any other path in the corpus."""
    rules = AccessRules(build.rights.rules)
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
