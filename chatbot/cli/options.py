"""The options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from chatbot.errors import UsageError

Index = Annotated[Path | None, typer.Option(help="Index folder, or its address in Milvus.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def parse_filters(pairs: list[str]) -> dict[str, Any]:
    """Parse `["tag=arms", "tag=trade", "date_to=2020"]` into `{"tag": ["arms", "trade"], ...}`.

    Raises UsageError.
    """
    filters: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not (equals and value):
            raise UsageError(
                f"The filter {pair!r} can't be used. Write it as KEY=VALUE, such as tag=arms."
            )
        if name.startswith("date_"):
            if name in filters:
                raise UsageError(f"The filter {name} is given twice. Give it once.")
            filters[name] = value
        else:
            filters.setdefault(name, []).append(value)
    return filters
