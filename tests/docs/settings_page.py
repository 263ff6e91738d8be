"""The table in `docs/settings.md`, written from `chatbot/settings.py`.

python -m tests.docs.settings_page
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from pydantic.fields import FieldInfo

from chatbot.settings import Settings
from tests.docs.pages import DOCS

PAGE: Final = DOCS / "settings.md"
_BEGIN: Final = "<!-- written by: python -m tests.docs.settings_page -->\n"
_END: Final = "<!-- end -->"

# Defaults that depend on the machine or on other settings.
_IN_WORDS: Final = {
    "cache": "the system's cache folder",
    "query_prefix": "the model's",
    "passage_prefix": "the model's",
    "feedback": "next to the index",
    "access_file": "next to the index",
    "audit_folder": "next to the index",
    "milvus_token": "none",
    "oidc_client_secret": "none",
    "token": "none",
}
_BOUNDS: Final = {"ge": "≥ {}", "gt": "> {}", "le": "≤ {}", "lt": "< {}"}


def table() -> str:
    """The settings as a Markdown table: name, default, range, meaning."""
    return "".join(f"| {' | '.join(cells)} |\n" for cells in _rows())


def updated(page: str) -> str:
    """The page with its table replaced by the current one."""
    before, _, rest = page.partition(_BEGIN)
    return f"{before}{_BEGIN}{table()}{_END}{rest.partition(_END)[2]}"


def _rows() -> Iterator[tuple[str, ...]]:
    yield "setting", "default", "range", "meaning"
    yield ("---",) * 4
    # Inherited settings come last.
    own = Settings.__annotations__
    for name in sorted(Settings.model_fields, key=lambda name: name not in own):
        field = Settings.model_fields[name]
        default = _IN_WORDS.get(name) or _code(field.default)
        yield f"`{name}`", default, _range(field), field.description or ""


def _code(value: Any) -> str:
    if value in (None, "", ()):
        return "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _range(field: FieldInfo) -> str:
    bounds = (
        text.format(getattr(limit, name))
        for limit in field.metadata
        for name, text in _BOUNDS.items()
        if getattr(limit, name, None) is not None
    )
    return ", ".join(bounds)


if __name__ == "__main__":
    PAGE.write_text(updated(PAGE.read_text("utf-8")), "utf-8")
