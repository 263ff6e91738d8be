"""Decides which groups may see each document, by rules for paths and by the document itself.

The rules are in `.chatbot-access.toml` at the top of the corpus, or beside a corpus that is one
file. A build fails if they are invalid or can't be read, so a mistake never opens a document.

    [[rule]]
    paths = ["hr/", "salaries*.xlsx"]   # patterns as in .gitignore
    groups = ["hr", "management"]

    [[rule]]
    paths = ["hr/holidays.md"]
    everyone = true

The last rule that matches decides. A document that names groups itself adds a condition, so it can
be seen by fewer people than the rule allows, never by more.
"""

from __future__ import annotations

import os
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gitignore_parser import rule_from_pattern

from chatbot.errors import CorpusError, IndexMissing, IndexUnusable
from chatbot.index.builds import Builds
from chatbot.index.find_builds import find_builds
from chatbot.index.rights import AccessRule, Conditions, open_rights
from chatbot.settings import Settings

FILE: Final = ".chatbot-access.toml"
OTHER_RULES: Final = (
    "This build has other access rules than the one before, so other people may see its "
    "documents. To apply the rules of the corpus, run: chatbot build"
)
_KEYS: Final = frozenset({"paths", "groups", "everyone"})
# Front matter joins names with these.
_NOT_IN_NAMES: Final = re.compile(r"[;,\x00-\x1f\x7f]")
_MATCHES_NOTHING: Final = re.compile(r"^[!#]|\\|//|(^|/)\.{1,2}(/|$)")


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A pattern as a regular expression for a path, or for a folder above it."""

    expression: re.Pattern[str]
    folders_only: bool

    def matches(self, path: str) -> bool:
        """Whether it matches a path of the corpus, or a folder above it."""
        ends = [place for place, letter in enumerate(path) if letter == "/"]
        ends += [] if self.folders_only else [len(path)]
        return any(self.expression.search(path, 0, end) for end in ends)


class AccessRules:
    """Rules in order; the last one that matches a path decides."""

    def __init__(self, rules: Iterable[AccessRule]) -> None:
        """Raises ValueError for an invalid pattern."""
        self.rules = tuple(rules)
        self._patterns = [tuple(map(_compiled, rule.paths)) for rule in self.rules]

    def rule_for(self, path: str) -> int | None:
        """The number of the rule that decides for a path, from 0; None if no rule matches."""
        text = unicodedata.normalize("NFC", path)
        for number in reversed(range(len(self.rules))):
            if any(pattern.matches(text) for pattern in self._patterns[number]):
                return number
        return None

    def conditions(self, path: str, own: str | None) -> Conditions:
        """The conditions of a document; `own` has the groups that it names, or is None."""
        number = self.rule_for(path)
        ruled = () if number is None else self.rules[number].groups
        conditions = {tuple(sorted({*ruled}))} if ruled else set()
        if own is not None:
            conditions.add(tuple(sorted({*own_groups(own)})))
        return tuple(sorted(conditions))

    def unused(self, paths: Iterable[str]) -> list[str]:
        """The patterns that match none of these paths."""
        texts = [unicodedata.normalize("NFC", path) for path in paths]
        return [
            text
            for rule, patterns in zip(self.rules, self._patterns, strict=True)
            for text, pattern in zip(rule.paths, patterns, strict=True)
            if not any(map(pattern.matches, texts))
        ]


def own_groups(text: str) -> list[str]:
    """The groups that a document names, from the one text of its metadata that has them all."""
    return [name for part in re.split("[;,]", text) if (name := part.strip())]


def document_path(file: str, doc_id: str) -> str:
    """The path that rules are matched with: a document inside a file is below the path of the file.

    So no name in an archive leads out of the rules for the archive.
    """
    return doc_id if doc_id == file or doc_id.startswith(f"{file}/") else f"{file}/{doc_id}"


def read_access_rules(path: Path) -> AccessRules | None:
    """The rules in a file; None if there is no such file. Raises CorpusError."""
    # A broken link is a file that can't be read, not a missing one.
    if not os.path.lexists(path):
        return None
    try:
        content = tomllib.loads(path.read_text("utf-8-sig"))
        return AccessRules(_rules(content))
    except OSError as failure:
        raise _unusable(path, f"it can't be read ({failure.strerror})") from None
    except ValueError as failure:
        raise _unusable(path, str(failure)) from None


def rules_in_force(settings: Settings) -> AccessRules:
    """The rules for the next build.

    Raises CorpusError if they can't be used, or if their file is gone but the build in service has
    rules.
    """
    path = rules_file(settings.corpus)
    rules = read_access_rules(path)
    if rules is None and last_rules(find_builds(settings)):
        raise CorpusError(
            f"{path} is missing, but the build in service has rules from it. Put it back, or leave "
            f"an empty file there to remove all rules."
        )
    return rules or AccessRules(())


def rules_file(corpus: Path) -> Path:
    """The file with the access rules of a corpus, which need not exist."""
    return (corpus.parent if corpus.is_file() else corpus) / FILE


def last_rules(builds: Builds) -> tuple[AccessRule, ...]:
    """The rules of the build in service, or of the first that may replace it and has some.

    Raises MilvusError.
    """
    names: list[str] = []
    with suppress(IndexMissing, IndexUnusable):
        names.append(builds.current())
    with suppress(IndexMissing, IndexUnusable):
        names += builds.fallbacks(builds.named_current())
    for name in names:
        with suppress(IndexMissing, IndexUnusable):
            return open_rights(builds.folder(name)).rules
    return ()


def nested_rules_error(path: Path) -> CorpusError:
    """The error for access rules below the top of the corpus, where they would have no effect."""
    return CorpusError(
        f"{path} has no effect, because rules are only read at the top of the corpus. Move its "
        f"rules there."
    )


def _unusable(path: Path, problem: str) -> CorpusError:
    return CorpusError(f"The access rules in {path} can't be used: {problem}. Correct the file.")


def _rules(content: dict[str, Any]) -> list[AccessRule]:
    for name in content:
        if name != "rule":
            raise ValueError(f"there is no key {name!r}; each rule begins with [[rule]]")
    tables = content.get("rule", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ValueError("each rule begins with [[rule]]")
    return [_rule(table, f"rule {number}") for number, table in enumerate(tables, start=1)]


def _rule(table: dict[str, Any], name: str) -> AccessRule:
    for key in table:
        if key not in _KEYS:
            raise ValueError(f"{name} has an unknown key {key!r}")
    paths = _texts(table.get("paths"), f"{name} needs paths, a list of patterns")
    for path in paths:
        _compiled(path)
    if "everyone" in table:
        if table["everyone"] is not True or "groups" in table:
            raise ValueError(f"{name} needs either groups or everyone = true")
        return AccessRule(paths, ())
    groups = _texts(
        table.get("groups"), f"{name} needs groups, a list of names, or everyone = true"
    )
    for group in groups:
        if group != group.strip() or _NOT_IN_NAMES.search(group):
            raise ValueError(
                f"{name} has a group {group!r}; a name can't have ; or , in it, or begin or end "
                f"with a space"
            )
    return AccessRule(paths, groups)


def _texts(value: Any, problem: str) -> tuple[str, ...]:
    """A list of at least one text. Raises ValueError."""
    texts: Sequence[Any] = value if isinstance(value, list) else ()
    if not texts or not all(isinstance(text, str) and text.strip() for text in texts):
        raise ValueError(problem)
    return tuple(texts)


def _compiled(text: str) -> _Pattern:
    """A pattern that matches whole paths. Raises ValueError.

    The library's expressions ignore a line break at the end and don't match across one, but the
    name of a file may have one.
    """
    # Such a pattern would match nothing, and its documents would stay open.
    if text != text.strip() or _MATCHES_NOTHING.search(text):
        raise ValueError(f"{text!r} isn't a path from the corpus, such as hr/ or hr/*.pdf")
    try:
        rule = rule_from_pattern(unicodedata.normalize("NFC", text))
        if rule is None:
            raise ValueError(f"{text!r} isn't a path from the corpus, such as hr/ or hr/*.pdf")
        expression = rule.regex.removesuffix("($|\\/)" if rule.directory_only else "$")
        return _Pattern(re.compile(expression + r"\Z", re.DOTALL), rule.directory_only)
    except (IndexError, re.error):
        raise ValueError(f"{text!r} isn't a valid pattern") from None
