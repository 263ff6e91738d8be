"""The automatic numbers of Word's headings and clauses, as its pages show them: "4.2", "Article 5".

After ECMA-376, part 1, 17.9. The file has only the rules, so the paragraphs are counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from chatbot.readers.markup.xml_tree import Element, attribute, child, children, content, local
from chatbot.readers.office.word_runs import FALSE, UNSEEN, paragraph_text
from chatbot.readers.office.word_styles import Styles

_LEVELS: Final = 9
_PLACE: Final = re.compile(r"%([1-9])")
_WORD: Final = re.compile(r"[^\W\d_]{2,}|§")
_ROMAN: Final = tuple(
    zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        "m cm d cd c xc l xl x ix v iv i".split(),
        strict=True,
    )
)
_SILENT: Final = ("bullet", "none")


class _Level(NamedTuple):
    """A level of a list. `shown` has "%1" for the number of the first level, and so on.

    It begins again after a paragraph of one of the first `restarts_after` levels.
    """

    start: int
    form: str
    shown: str
    restarts_after: int
    in_digits: bool


class _List(NamedTuple):
    """A list that paragraphs name: its rules, and the levels and first numbers of its own."""

    rules: str
    levels: dict[int, _Level]
    starts: dict[int, int]


class Numbering:
    """The lists of a document."""

    def __init__(self, root: Element | None, styles: Styles) -> None:
        self._styles = styles
        self._rules: dict[str, dict[int, _Level]] = {}
        self._by_style: dict[tuple[str, str], int] = {}
        self._lists: dict[str, _List] = {}
        linked = {}
        for entry in children(root, "abstractNum"):
            rules = attribute(entry, "abstractNumId") or ""
            self._rules[rules] = {}
            for level in children(entry, "lvl"):
                number = _value(level, "ilvl") or 0
                self._rules[rules][number] = _level(level, number)
                if style := attribute(child(level, "pStyle"), "val"):
                    self._by_style[rules, style] = number
            if style := attribute(child(entry, "numStyleLink"), "val"):
                linked[rules] = style
        for entry in children(root, "num"):
            levels, starts = {}, {}
            for override in children(entry, "lvlOverride"):
                number = _value(override, "ilvl") or 0
                if (level := child(override, "lvl")) is not None:
                    levels[number] = _level(level, number)
                if (start := _value(child(override, "startOverride"), "val")) is not None:
                    starts[number] = start
            rules = attribute(child(entry, "abstractNumId"), "val") or ""
            self._lists[attribute(entry, "numId") or ""] = _List(rules, levels, starts)
        for rules, style in linked.items():
            if (named := self._lists.get(styles.list_of(style) or "")) and named.rules != rules:
                self._rules[rules] = self._rules.get(named.rules, {})

    def numbers(self, body: Element) -> dict[Element, str]:
        """The numbers that name headings and clauses, by paragraph.

        The simple numbers of steps are left out, as in Markdown and HTML.
        """
        counts: dict[str, dict[int, int]] = {}
        begun: set[tuple[str, int]] = set()
        numbers = {}
        for paragraph in _paragraphs(body) if self._lists else ():
            list_id, level, style_ids = self._styles.numbering(paragraph)
            rules, own_levels, starts = self._lists.get(list_id or "", _List("", {}, {}))
            levels = self._rules.get(rules, {}) | own_levels
            if level is None:
                named = (self._by_style.get((rules, style_id)) for style_id in style_ids)
                level = next((level for level in named if level is not None), 0)
            if level not in levels or _is_deleted(paragraph):
                continue
            count = counts.setdefault(rules, {})
            _advance(count, level, levels)
            if level in starts and (list_id or "", level) not in begun:
                begun.add((list_id or "", level))
                count[level] = starts[level]
            is_heading = self._styles.role(paragraph)[0] == "heading"
            if shown := _shown(level, count, levels, is_heading=is_heading):
                numbers[paragraph] = shown
        return numbers


def _paragraphs(node: Element) -> Iterator[Element]:
    """The paragraphs of a body in order, those of text boxes after the one that holds them."""
    for element in content(node):
        if local(element) == "p":
            yield element
        if local(element) not in UNSEEN:
            yield from _paragraphs(element)


def _is_deleted(paragraph: Element) -> bool:
    deleted = child(paragraph, "pPr", "rPr", "del") is not None
    return deleted and not paragraph_text(paragraph).strip()


def _level(entry: Element, number: int) -> _Level:
    start = _value(child(entry, "start"), "val")
    restarts_after = _value(child(entry, "lvlRestart"), "val")
    legal = child(entry, "isLgl")
    return _Level(
        start=start or 0,
        form=attribute(child(entry, "numFmt"), "val") or "decimal",
        shown=attribute(child(entry, "lvlText"), "val") or "",
        restarts_after=number if restarts_after is None else restarts_after,
        in_digits=legal is not None and attribute(legal, "val") not in FALSE,
    )


def _value(element: Element | None, name: str) -> int | None:
    value = attribute(element, name) or ""
    return int(value) if value.isdigit() and len(value) < 6 else None


def _advance(count: dict[int, int], level: int, levels: dict[int, _Level]) -> None:
    """Count a paragraph: its level goes on by one, and the levels below begin again."""
    for above in range(level):
        count.setdefault(above, levels[above].start if above in levels else 1)
    count[level] = count[level] + 1 if level in count else levels[level].start
    for below in range(level + 1, _LEVELS):
        if below in levels and level < levels[below].restarts_after:
            count.pop(below, None)


def _shown(
    level: int, count: dict[int, int], levels: dict[int, _Level], *, is_heading: bool
) -> str:
    rule = levels[level]
    names_place = is_heading or any(
        len(_PLACE.findall(other.shown)) > 1 or _WORD.search(_PLACE.sub("", other.shown))
        for other in levels.values()
    )
    if rule.form == "bullet" or not names_place:
        return ""

    def formatted(place: re.Match[str]) -> str:
        number = int(place[1]) - 1
        form = levels[number].form if number in levels else "none"
        in_digits = rule.in_digits and form not in _SILENT
        return _written(count.get(number, 1), "decimal" if in_digits else form)

    shown = _PLACE.sub(formatted, rule.shown).strip()
    return shown if any(map(str.isalnum, shown)) else ""


def _written(number: int, form: str) -> str:
    """A number as digits, letters ("z" is followed by "aa") or Roman numerals."""
    text = "" if form in _SILENT else str(number)
    if form in ("lowerLetter", "upperLetter") and number:
        text = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
    elif form in ("lowerRoman", "upperRoman"):
        text = _roman(number)
    elif form == "decimalZero":
        text = f"{number:02}"
    elif form == "ordinal":
        text += _ordinal_ending(number)
    return text.upper() if form.startswith("upper") else text


def _ordinal_ending(number: int) -> str:
    is_teen = number % 100 in (11, 12, 13)
    return "th" if is_teen else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def _roman(number: int) -> str:
    letters = ""
    for value, numeral in _ROMAN:
        times, number = divmod(number, value)
        letters += numeral * times
    return letters
