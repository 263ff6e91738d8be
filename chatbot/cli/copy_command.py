"""`chatbot copy`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from chatbot.cli.options import AsJson

From = Annotated[Path, typer.Argument(help="An index folder.", metavar="FOLDER")]
To = Annotated[Path, typer.Argument(help="milvus://HOST:PORT/NAME", metavar="ADDRESS")]


@dataclass(frozen=True, slots=True)
class Copied:
    """Where a build was copied to; `published` is false if it was in service there already."""

    index: str
    published: bool


def copy(folder: From, address: To, as_json: AsJson = False) -> None:
    """Copy the index of a folder to Milvus."""
    from chatbot.cli import console
    from chatbot.cli.progress import BuildProgress
    from chatbot.errors import UsageError
    from chatbot.index_address import milvus_address
    from chatbot.ingestion.build_index import copy_index
    from chatbot.settings import load_settings

    target = milvus_address(address)
    if target is None or milvus_address(folder):
        raise UsageError(
            "Only a folder can be copied, and only to Milvus: chatbot copy FOLDER "
            "milvus://HOST:PORT/NAME"
        )
    published = copy_index(folder, load_settings(), target, progress=BuildProgress())
    console.show(Copied(str(target), published), partial(_show, folder), as_json=as_json)


def _show(folder: Path, copied: Copied) -> None:
    state = "is now in service" if copied.published else "was in service already"
    print(f"The build of {folder} {state} at {copied.index}.")
