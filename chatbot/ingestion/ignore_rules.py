"""Exclude files with `.chatbotignore`: patterns as in `.gitignore`, in any folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gitignore_parser import IgnoreRule, rule_from_pattern

from chatbot.errors import CorpusError

FILE: Final = ".chatbotignore"


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """The patterns in force in a folder: those of the folders above it, then its own."""

    rules: tuple[IgnoreRule, ...] = ()

    def within(self, folder: Path) -> IgnoreRules:
        """The patterns in force in a subfolder. Raises CorpusError for an invalid pattern."""
        path = folder / FILE
        try:
            lines = path.read_text("utf-8-sig").splitlines()
        except (FileNotFoundError, NotADirectoryError):
            return self
        except (OSError, UnicodeError) as failure:
            raise CorpusError(f"{path} can't be read ({failure}). Fix it or remove it.") from None
        rules = [_rule(line, path, number) for number, line in enumerate(lines, start=1)]
        return IgnoreRules((*self.rules, *filter(None, rules)))

    def ignore(self, path: Path, *, folder: bool) -> bool:
        """Whether a file or folder is excluded; the last matching pattern decides."""
        name = f"{path}/" if folder else str(path)
        for rule in reversed(self.rules):
            if (folder or not rule.directory_only) and rule.match(name):
                return not rule.negation
        return False


def _rule(line: str, path: Path, number: int) -> IgnoreRule | None:
    try:
        rule = rule_from_pattern(line, base_path=path.parent.absolute())
        if rule:
            re.compile(rule.regex)
    except (IndexError, re.error):
        raise CorpusError(
            f"Line {number} of {path} is not a valid pattern: {line!r}. Fix it or remove it."
        ) from None
    return rule
