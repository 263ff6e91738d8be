"""What is filled in on forms of HTML pages, written as text with its labels.

A form counts as filled if something is typed in, and at least two fields have a value. Search
forms, and forms to fill in, belong to the page around the article.
"""

from __future__ import annotations

from typing import Final

from selectolax.lexbor import LexborNode

from chatbot.readers.markup.html_nodes import hidden, words
from chatbot.text.clean import one_line

_FIELDS: Final = "input, select, textarea"
_UNSEEN_TYPES: Final = frozenset("hidden submit button reset image password file search".split())
_BOXES: Final = frozenset(("checkbox", "radio"))
_FEWEST_VALUES: Final = 2


def show_values(body: LexborNode) -> str:
    """Replace the fields of filled forms by their values; returns the text of these forms."""
    texts: list[str] = []
    for form in body.css("form"):
        fields = [field for field in form.css(_FIELDS) if _is_shown(field)]
        values = list(map(_value, fields))
        typed = any(map(_is_typed, fields, values))
        if not typed or sum(map(bool, values)) < _FEWEST_VALUES or _is_search(form):
            continue
        labels = _labels(form)
        for field, value in zip(fields, values, strict=True):
            _write(field, value, labels)
        texts.append(words(form))
        form.unwrap()
    return "\n".join(texts)


def _kind(field: LexborNode) -> str:
    if field.tag != "input":
        return field.tag or ""
    return (field.attributes.get("type") or "text").lower()


def _is_shown(field: LexborNode) -> bool:
    return _kind(field) not in _UNSEEN_TYPES and not hidden(field)


def _is_search(form: LexborNode) -> bool:
    attributes = form.attributes
    return attributes.get("role") == "search" or "search" in (attributes.get("action") or "")


def _is_typed(field: LexborNode, value: str) -> bool:
    return bool(value) and _kind(field) not in (*_BOXES, "select")


def _value(field: LexborNode) -> str:
    """The value of a field; a ticked box has a sign, another one is empty."""
    match _kind(field):
        case "checkbox" | "radio":
            return "☒" if "checked" in field.attributes else ""
        case "select":
            chosen = [option for option in field.css("option") if "selected" in option.attributes]
            return ", ".join(one_line(words(option)) for option in chosen)
        case "textarea":
            return field.text().strip()
        case _:
            return (field.attributes.get("value") or "").strip()


def _labels(form: LexborNode) -> dict[str, LexborNode]:
    """The labels that name a field by its id, and hold no field themselves."""
    labels = (label for label in form.css("label") if label.css_first(_FIELDS) is None)
    return {label.attributes.get("for") or "": label for label in labels}


def _write(field: LexborNode, value: str, labels: dict[str, LexborNode]) -> None:
    """Put a value into the page: after the name in its label, or else in place of its field.

    In a table, names have cells of their own.
    """
    is_box = _kind(field) in _BOXES
    text = value or ("☐" if is_box else "")
    label = _around(field, "label")
    if label and len(label.css(_FIELDS)) > 1:
        label = None
    elif not label and not _around(field, "td"):
        label = labels.pop(field.attributes.get("id") or "", None)
    if label and not _around(label, "form"):
        label = None  # it was in another label
    # Nodes are taken out of the page and never destroyed, because they may hold other nodes.
    field.replace_with(" " if label else f" {text} ")
    if label:
        name = one_line(words(label))
        label.replace_with(f" {text} {name} " if is_box else f" {name.rstrip(': ')}: {text} ")


def _around(field: LexborNode, tag: str) -> LexborNode | None:
    """The nearest element of this name around a field."""
    node = field.parent
    while node is not None and node.tag != tag:
        node = node.parent
    return node
