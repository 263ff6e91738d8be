"""Exclude files by patterns: `.chatbotignore` and `.gitignore` in any folder, and a few by default.

All three have the patterns of `.gitignore`. In a folder, `.chatbotignore` counts after
`.gitignore`, so it can include again what that one or the defaults exclude.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gitignore_parser import IgnoreRule, rule_from_pattern

from chatbot.errors import CorpusError

FILE: Final = ".chatbotignore"
GIT: Final = ".gitignore"
DEFAULT: Final = "default"
# What programs write for programs: libraries of a project, their exact versions, packed code.
_BY_DEFAULT: Final = (
    "node_modules/ bower_components/ __pycache__/ package-lock.json npm-shrinkwrap.json yarn.lock "
    "pnpm-lock.yaml bun.lock deno.lock composer.lock Gemfile.lock Cargo.lock poetry.lock uv.lock "
    "pdm.lock Pipfile.lock flake.lock mix.lock pubspec.lock Podfile.lock go.sum packages.lock.json "
    "gradle.lockfile .terraform.lock.hcl *.min.js *.min.css *.js.map *.css.map"
).split()


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """The patterns in force in a folder: the defaults, those of the folders above, then its own.

    Each goes with its cause, which is the name of its file, or `DEFAULT`.
    """

    rules: tuple[tuple[IgnoreRule, str], ...] = ()

    @classmethod
    def of_corpus(cls, corpus: Path) -> IgnoreRules:
        """The defaults."""
        return cls().with_patterns(_BY_DEFAULT, corpus, DEFAULT)

    def within(self, folder: Path) -> IgnoreRules:
        """The patterns in force in a subfolder.

        Raises CorpusError for an invalid pattern in `.chatbotignore`; Git passes over one in its
        own file.
        """
        rules = self
        git = folder / GIT
        # Opening a pipe would wait forever.
        if git.is_file():
            # Nobody wrote it for this program, so damage in it is no error.
            with suppress(OSError, UnicodeError):
                lines = git.read_text("utf-8-sig").splitlines()
                rules = rules.with_patterns(lines, folder, GIT)
        path = folder / FILE
        if path.exists() and not path.is_file():
            raise CorpusError(f"{path} isn't a file. Replace or remove it.")
        try:
            lines = path.read_text("utf-8-sig").splitlines()
        except (FileNotFoundError, NotADirectoryError):
            return rules
        except (OSError, UnicodeError) as failure:
            raise CorpusError(f"{path} can't be read ({failure}). Fix it or remove it.") from None
        return rules.with_patterns(lines, folder, FILE)

    def with_patterns(self, lines: Iterable[str], folder: Path, cause: str) -> IgnoreRules:
        """These rules and then the patterns of a file in a folder."""
        rules = [_rule(line, folder, number, cause) for number, line in enumerate(lines, start=1)]
        return IgnoreRules((*self.rules, *((rule, cause) for rule in rules if rule)))

    def cause(self, path: Path, *, folder: bool) -> str | None:
        """What excludes a file or folder, or None; the last matching pattern decides."""
        name = f"{path}/" if folder else str(path)
        for rule, cause in reversed(self.rules):
            if (folder or not rule.directory_only) and rule.match(name):
                return None if rule.negation else cause
        return None


def _rule(line: str, folder: Path, number: int, cause: str) -> IgnoreRule | None:
    try:
        rule = rule_from_pattern(line, base_path=folder.absolute())
        if rule:
            re.compile(rule.regex)
    except (IndexError, re.error):
        if cause != FILE:
            return None
        raise CorpusError(
            f"Line {number} of {folder / FILE} is not a valid pattern: {line!r}. "
            f"Fix it or remove it."
        ) from None
    return rule
