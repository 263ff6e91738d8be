"""`chatbot backup` and `chatbot restore`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_Index = Annotated[Path | None, typer.Option(help="Index folder.")]
_NewFile = Annotated[
    Path, typer.Argument(help="The backup file to write; compressed if it ends in .gz.")
]
_File = Annotated[Path, typer.Argument(help="A file that chatbot backup wrote.")]


def backup(file: _NewFile, index: _Index = None) -> None:
    """Back up the index, feedback, users and settings to one file."""
    from chatbot.backup import back_up
    from chatbot.cli import console
    from chatbot.settings import load_settings

    name = back_up(load_settings(index=index), file)
    console.out.print(f"Build {name}, feedback, users and settings are in {file}.", soft_wrap=True)


def restore(file: _File, index: _Index = None) -> None:
    """Restore a backup: its build, feedback, users and settings."""
    from chatbot.backup import restore as restored
    from chatbot.cli import console
    from chatbot.settings import FILE, load_settings

    result = restored(load_settings(index=index), file)
    thumbs = console.count(result.thumbs, "thumb")
    console.out.print(f"Build {result.build} is in service; {thumbs} added.")
    if result.access:
        console.out.print(f"Users and tokens added: {result.access}.")
    if result.settings:
        console.out.print(f"{FILE} was written.")
