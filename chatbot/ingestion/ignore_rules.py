"""What `.chatbotignore` leaves out of a corpus: patterns as in `.gitignore`, in any folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gitignore_parser import IgnoreRule, rule_from_pattern

from chatbot.errors import CorpusError

FILE: Final = ".chatbotignore"


@dataclass(frozen=True, slots=True)
class Ignored:
    """The patterns in force in a folder: its own, and before them those of the folders above."""

    rules: tuple[IgnoreRule, ...] = ()

    def within(self, folder: Path) -> Ignored:
        """The patterns in force in a folder below. Raises CorpusError for what is no pattern."""
        path = folder / FILE
        try:
            lines = path.read_text("utf-8-sig").splitlines()
        except (FileNotFoundError, NotADirectoryError):
            return self
        except (OSError, UnicodeError) as failure:
            raise CorpusError(f"{path} can't be read ({failure}). Mend it or remove it.") from None
        rules = [_rule(line, path, number) for number, line in enumerate(lines, start=1)]
        return Ignored((*self.rules, *filter(None, rules)))

    def __call__(self, path: Path, *, folder: bool) -> bool:
        """Whether a file or folder is left out; the last pattern that fits decides."""
        place = f"{path}/" if folder else str(path)
        for rule in reversed(self.rules):
            if (folder or not rule.directory_only) and rule.match(place):
                return not rule.negation
        return False


def _rule(line: str, path: Path, number: int) -> IgnoreRule | None:
    try:
        rule = rule_from_pattern(line, base_path=path.parent.absolute())
        if rule:
            re.compile(rule.regex)
    except (IndexError, re.error):
        raise CorpusError(
            f"Line {number} of {path} is no pattern: {line!r}. Mend it or remove it."
        ) from None
    return rule
