"""The values of an XFA form, which is XML inside a PDF; PDFium neither shows nor fills it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from chatbot.errors import UnreadableFile
from chatbot.readers.markup.xml_tree import Element, child, children, local, parse_xml
from chatbot.text.clean import one_line

_FIELDS: Final = ("field", "exclGroup")
_LONGEST_LABEL: Final = 120
_MOST_VALUES: Final = 10_000


class XfaValue(NamedTuple):
    """A value with its label."""

    label: str
    value: str


def xfa_values(packets: Mapping[str, bytes], known: Iterable[str]) -> list[XfaValue]:
    """The values that a form's packets hold, without those that its PDF fields hold, too."""
    try:
        data = parse_xml(packets["datasets"], "the form's data")
        template = parse_xml(packets["template"], "the form") if "template" in packets else None
    except (KeyError, UnreadableFile):
        return []  # the page of a damaged form is still read
    labels = _labels(template) if template is not None else {}
    ticks = _ticks(template) if template is not None else {}
    left = Counter(known)
    values: list[XfaValue] = []
    for name, stated in _leaves(child(data, "data")):
        value = stated
        if name in ticks:
            if stated != ticks[name]:
                continue
            value = "yes"
        if left[value] > 0:
            left[value] -= 1
        elif len(values) < _MOST_VALUES:
            values.append(XfaValue(labels.get(name) or _readable(name), value))
    return values


def _labels(template: Element) -> dict[str, str]:
    """The caption of each field by the field's name, or else its tool tip."""
    labels: dict[str, str] = {}
    for field in template.iter("{*}field", "{*}exclGroup"):
        if local(field) not in _FIELDS or not field.get("name"):
            continue
        caption = child(field, "caption", "value")
        tip = child(field, "assist", "toolTip")
        for source in (caption, tip):
            words = one_line(" ".join(source.itertext())) if source is not None else ""
            if words and len(words) <= _LONGEST_LABEL:
                labels.setdefault(field.get("name"), words.rstrip(":. "))
                break
    return labels


def _ticks(template: Element) -> dict[str, str]:
    """The value that each box to tick has if it's ticked, by the field's name."""
    ticks: dict[str, str] = {}
    for field in template.iter("{*}field"):
        if field.get("name") and child(field, "ui", "checkButton") is not None:
            first = next(children(child(field, "items")), None)
            words = one_line(" ".join(first.itertext())) if first is not None else ""
            ticks[field.get("name")] = words or "1"
    return ticks


def _leaves(element: Element | None) -> Iterator[tuple[str, str]]:
    """The name and the text of each element without child elements, or with rich text."""
    for node in children(element):
        rich = any(local(part) == "body" for part in children(node))
        if rich or not any(True for _ in children(node)):
            if value := one_line(" ".join(node.itertext())):
                yield local(node), value
        else:
            yield from _leaves(node)


def _readable(name: str) -> str:
    return name.replace("_", " ").strip()
