"""`chatbot backup` and `chatbot restore`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chatbot.cli.options import Index

File = Annotated[Path, typer.Argument(help="Backup file; compressed if it ends in .gz.")]


def backup(file: File, index: Index = None) -> None:
    """Back up the index, feedback, users and settings to one file."""
    from chatbot.backup import back_up
    from chatbot.cli import console
    from chatbot.settings import load_settings

    name = back_up(load_settings(index=index), file)
    console.out.print(f"Build {name}, feedback, users and settings are in {file}.", soft_wrap=True)


def restore(file: File, index: Index = None) -> None:
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
