"""`chatbot users` and `chatbot tokens`: who may use the server.

Changes take effect with the next request, even while a server is running.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chatbot.access.person import Role
from chatbot.cli.options import AsJson, Index
from chatbot.errors import UsageError

if TYPE_CHECKING:
    from chatbot.access.access_file import AccessFile
    from chatbot.access.tokens import Token
    from chatbot.access.users import User

users = typer.Typer(help="Manage users.", no_args_is_help=True, rich_markup_mode=None)
tokens = typer.Typer(help="Manage tokens.", no_args_is_help=True, rich_markup_mode=None)

_Name = Annotated[str, typer.Argument(help="The user's name.")]
_TokenName = Annotated[
    str, typer.Argument(help="A name for the token, such as the program's name.")
]
_Role = Annotated[Role, typer.Option(help="What they may do.")]
_Groups = Annotated[
    list[str] | None, typer.Option("--group", help="A group they belong to; repeat for more.")
]


@users.command(epilog="Example: chatbot users add anna --role reader --group arctic")
def add(
    name: _Name, role: _Role = Role.READER, groups: _Groups = None, index: Index = None
) -> None:
    """Add a user and ask for a password. Scripts pass it on standard input."""
    from chatbot.access.users import Users

    Users(_file(index)).add(name, _password(), role, groups or [])
    _say(f"{name} can log in now.")


@users.command(epilog="Example: chatbot users change anna --group arctic --group trade")
def change(
    name: _Name,
    role: Annotated[Role | None, typer.Option(help="What they may do from now on.")] = None,
    groups: _Groups = None,
    no_groups: Annotated[bool, typer.Option("--no-groups", help="Remove all groups.")] = False,
    index: Index = None,
) -> None:
    """Change the role of a user, or replace their groups."""
    from chatbot.access.users import Users

    new_groups = [] if no_groups else groups
    if role is None and new_groups is None:
        raise UsageError("Nothing would change. Give --role, --group or --no-groups.")
    Users(_file(index)).change(name, role, new_groups)
    _say(f"Changed {name}.")


@users.command(epilog="Example: chatbot users passwd anna")
def passwd(name: _Name, index: Index = None) -> None:
    """Change a user's password, and log them out everywhere."""
    from chatbot.access.users import Users

    Users(_file(index)).set_password(name, _password())
    _say(f"Changed the password of {name}.")


@users.command(epilog="Example: chatbot users disable anna")
def disable(name: _Name, index: Index = None) -> None:
    """Disable a user, and log them out at once."""
    from chatbot.access.users import Users

    Users(_file(index)).set_disabled(name, disabled=True)
    _say(f"{name} can't log in any more.")


@users.command(epilog="Example: chatbot users enable anna")
def enable(name: _Name, index: Index = None) -> None:
    """Let a disabled user log in again."""
    from chatbot.access.users import Users

    Users(_file(index)).set_disabled(name, disabled=False)
    _say(f"{name} can log in again.")


@users.command("list", epilog="Example: chatbot users list --json")
def list_users(index: Index = None, as_json: AsJson = False) -> None:
    """List all users."""
    from chatbot.access.users import Users
    from chatbot.cli import console

    console.show(Users(_file(index)).all(), _show_users, as_json=as_json)


@tokens.command("add", epilog="Example: chatbot tokens add nightly-report --group trade --days 90")
def add_token(
    name: _TokenName,
    role: _Role = Role.READER,
    groups: _Groups = None,
    days: Annotated[float, typer.Option(min=0.001, help="Days until it expires.")] = 90,
    index: Index = None,
) -> None:
    """Create a token and print it. It can't be shown again."""
    from chatbot.access.tokens import Tokens

    print(Tokens(_file(index)).add(name, role, groups or [], days=days))


@tokens.command(epilog="Example: chatbot tokens revoke nightly-report")
def revoke(name: _TokenName, index: Index = None) -> None:
    """Revoke a token at once."""
    from chatbot.access.tokens import Tokens

    Tokens(_file(index)).revoke(name)
    _say(f"Revoked {name}.")


@tokens.command("list", epilog="Example: chatbot tokens list --json")
def list_tokens(index: Index = None, as_json: AsJson = False) -> None:
    """List all tokens, without their secrets."""
    from chatbot.access.tokens import Tokens
    from chatbot.cli import console

    console.show(Tokens(_file(index)).all(), _show_tokens, as_json=as_json)


def _file(index: Path | None) -> AccessFile:
    from chatbot.access.access_file import AccessFile
    from chatbot.settings import load_settings

    return AccessFile(load_settings(index=index).users_file)


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr)


def _password() -> str:
    if not sys.stdin.isatty():
        return _first_line()
    text: Any = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return str(text)


def _first_line() -> str:
    """The first line of standard input. Raises UsageError if it isn't in the encoding in use."""
    try:
        line = sys.stdin.readline().rstrip("\r\n")
        # With some locales, Python takes other bytes for surrogates, which no browser sends.
        line.encode()
    except UnicodeError as failure:
        raise UsageError(
            f"The password isn't text in {sys.stdin.encoding}. Convert it, or type it instead."
        ) from failure
    return line


def _show_users(all_users: Sequence[User]) -> None:
    from chatbot.cli import console

    rows = [
        (
            user.name,
            "disabled" if user.disabled else user.role,
            ", ".join(user.groups) or "-",
            _day(user.last_login) if user.last_login else "never",
        )
        for user in all_users
    ]
    console.show_rows(("user", "role", "groups", "last login"), *rows)


def _show_tokens(all_tokens: Sequence[Token]) -> None:
    from chatbot.cli import console

    rows = [
        (token.name, token.role, ", ".join(token.groups) or "-", _day(token.expires))
        for token in all_tokens
    ]
    console.show_rows(("token", "role", "groups", "expires"), *rows)


def _day(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M UTC")
