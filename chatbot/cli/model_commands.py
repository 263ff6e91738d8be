"""`chatbot model`: downloads an embedding model."""

from __future__ import annotations

from typing import Annotated

import typer

commands = typer.Typer(
    help="Download embedding models.", no_args_is_help=True, rich_markup_mode=None
)


@commands.callback()
def model() -> None:
    """Download embedding models."""


@commands.command(epilog="Example: chatbot model get BAAI/bge-base-en-v1.5")
def get(
    name: Annotated[str, typer.Argument(help="Its name on the hub, as OWNER/NAME.")],
) -> None:
    """Download a model from the Hugging Face Hub. No other command uses the internet."""
    from chatbot.encoder.download import download_model

    folder = download_model(name)
    print(f"{name} is in {folder}.")
    print(f'To use it, set model = "{name}" in chatbot.toml, and run: chatbot build')
