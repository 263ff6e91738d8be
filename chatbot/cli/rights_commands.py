"""The commands about rights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from chatbot.cli.options import AsJson, Index

if TYPE_CHECKING:
    from chatbot.ingestion.explain_rights import ExplainedRights

commands = typer.Typer(help="Explain who may see a document.", no_args_is_help=True)


@commands.callback()
def access() -> None:
    """Explain who may see a document."""


@commands.command(epilog="Example: chatbot access why hr/salaries.pdf")
def why(
    path: Annotated[str, typer.Argument(help="Document id, or a path in the corpus.")],
    index: Index = None,
    as_json: AsJson = False,
) -> None:
    """Show which rule decides who may see a document."""
    from chatbot.cli import console
    from chatbot.index.find_builds import open_current
    from chatbot.ingestion.explain_rights import explain_rights
    from chatbot.settings import load_settings

    settings = load_settings(index=index)
    build = open_current(settings)
    try:
        explained = explain_rights(build, path)
    finally:
        build.close()
    console.show(explained, _show, as_json=as_json)


def _show(rights: ExplainedRights) -> None:
    from chatbot.cli.console import out, show_rows

    out.print(_who(rights), markup=False)
    rows = []
    if rights.rule:
        groups = ", ".join(rights.rule_groups) or "everyone"
        rows.append((f"rule {rights.rule}", ", ".join(rights.rule_paths), groups))
    if rights.own_groups is not None:
        rows.append(("the document itself", "", ", ".join(rights.own_groups) or "nobody"))
    show_rows(*rows)


def _who(rights: ExplainedRights) -> str:
    name = rights.path if rights.indexed else f"{rights.path} (not in the index)"
    if not rights.conditions:
        return f"Everyone may see {name}."
    if not all(rights.conditions):
        return f"Only people who see every document, such as admins, may see {name}."
    needs = ", and of ".join(" or ".join(groups) for groups in rights.conditions)
    return f"{name} is for members of {needs}."
