"""Random requests after `/openapi.json`: no 5xx, no undocumented status, type or body.

python -m tests.benchmarks.schema_cases [CASES] [ROLE...]

The application runs in this process, over the demo corpus and a document that is closed to all
groups, for each of the roles: open (no login, the default), nobody (a login, and nobody in),
reader, curator, admin. In half of the requests, the names of documents and the questions are
replaced by real ones. It prints the number of cases by route and status, and fails if a role gets
more than it may. The same function runs in the tests, with fewer cases. Vectors come from a small
example model, because requests matter here, not rankings.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import checks
from schemathesis.schemas import BaseSchema

from chatbot.access import Role
from chatbot.access.access_file import AccessFile
from chatbot.access.tokens import Tokens
from chatbot.assistant import Chatbot
from chatbot.ingestion.build_index import build_index
from chatbot.settings import load_settings
from tests.building import write
from tests.doors import QUESTION, application
from tests.shared import LETTERS, PROJECT

_CHECKS: Final = (
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
)
_CASES: Final = 8_000  # some routes have fewer different requests
_SEED: Final = 17
_OPEN: Final = "open"
_NOBODY: Final = "nobody"
_CURATORS: Final = {"/coverage", "/api/v1/coverage", "/metrics"}
_ADDING: Final = "/api/v1/documents/added/{name}"
_REFUSED: Final = 400
# Only this document has the word, and no request has it.
_CLOSED: Final = "vault/ledger.md"
_SECRET: Final = "zebrafinch"  # noqa: S105
_VAULT: Final = {
    _CLOSED: f"# The {_SECRET} ledger\n\nThe quartermaster of Omsk bought a {_SECRET} in 1987.\n",
    ".chatbot-access.toml": '[[rule]]\npaths = ["vault/"]\ngroups = ["keepers"]\n',
}
_NAMES: Final = (_CLOSED, "arms-sales.md", "outlook.md")
_QUESTIONS: Final = ("What did the quartermaster of Omsk buy in 1987?", QUESTION)

# What may be done with a response, given the route's name.
Inspect = Callable[[str, Any], None]


def run_cases(
    app: FastAPI,
    cases: int,
    headers: Mapping[str, str] | None = None,
    inspect: Inspect = lambda _name, _response: None,
) -> Counter[tuple[str, int]]:
    """The number of requests by route and status; raises for the first that isn't as documented."""
    # Nobody may read it over HTTP.
    schema: BaseSchema = schemathesis.openapi.from_dict(app.openapi())
    schema.app = app
    results: list[Any] = [*schema.get_all_operations()]
    operations = [each.ok() for each in results]
    counts: Counter[tuple[str, int]] = Counter()
    for operation in operations:
        name = f"{operation.method.upper()} {operation.path}"
        number = max(1, cases // len(operations))
        for response in _responses(operation, number, dict(headers or {})):
            counts[name, response.status_code] += 1
            inspect(name, response)
    return counts


def _responses(operation: Any, cases: int, headers: dict[str, str]) -> list[Any]:
    """The responses to random requests; raises for the first that isn't as documented."""
    responses: list[Any] = []
    chance = random.Random(_SEED)

    @seed(_SEED)
    @settings(
        max_examples=cases,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[*HealthCheck],
    )
    @given(operation.as_strategy())
    def check(case: Any) -> None:
        if chance.random() < 0.5:
            _make_real(case, chance)
        response = case.call(timeout=300, headers=headers)
        responses.append(response)
        case.validate_response(response, checks=_CHECKS)

    check()
    return responses


def _make_real(case: Any, chance: random.Random) -> None:
    """Name a real document or store in a request, and ask a real question."""
    path = case.path_parameters or {}
    real = {"doc_id": chance.choice(_NAMES), "store": "current"}
    path.update({name: real[name] for name in path if name in real})
    bodies = case.body.get("questions", [case.body]) if isinstance(case.body, dict) else []
    for body in bodies if isinstance(bodies, list) else []:
        for name in ("question", "query"):
            if isinstance(body, dict) and name in body:
                body[name] = chance.choice(_QUESTIONS)


def run_role(cases: int, role: str) -> Counter[tuple[str, int]]:
    """The same for a role, with the encoder of letters, which must be importable.

    Raises AssertionError if the role gets too much.
    """
    shown: Counter[str] = Counter()

    def inspect(name: str, response: Any) -> None:
        shown[name] += _SECRET in f"{response.text} {response.headers}"

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        # A copy, because requests add documents.
        shutil.copytree(PROJECT / "corpus", home / "corpus")
        write(home / "corpus", _VAULT)
        settings = load_settings(
            corpus=home / "corpus",
            index=home / "index",
            model="letters",
            reader=False,
            access="none" if role == _OPEN else "users",
            secure_cookies=False,
            downloads=True,
        )
        build_index(settings)
        headers = {}
        if role in {*Role}:
            tokens = Tokens(AccessFile(settings.users_file))
            headers["Authorization"] = f"Bearer {tokens.add(role, Role(role), [], days=1)}"
        with Chatbot.open(settings=settings) as chatbot:
            app = application(chatbot)
            # Each added document would start a build.
            app.state.desk.queue.request = lambda: None
            counts = run_cases(app, cases, headers, inspect)
    for name, status in counts:
        path = name.partition(" ")[2]
        if status < _REFUSED:
            assert role != _NOBODY or path == "/healthz", f"{name} let nobody in"
            for_others = path in _CURATORS or path == _ADDING
            assert role != Role.READER or not for_others, f"{name} let a reader in"
    if role in {_OPEN, Role.ADMIN}:
        assert shown.total(), "nothing shows the closed document to those who may see it"
    else:
        assert not +shown, f"{dict(+shown)} show the closed document"
    return counts


def main() -> None:
    """Run the cases of each role and print the tables."""
    sys.path.insert(0, str(LETTERS))
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else _CASES
    for role in sys.argv[2:] or [_OPEN]:
        counts = run_role(cases, role)
        for (name, status), number in sorted(counts.items()):
            print(f"{role:8} {name:40} {status} {number:6,}")
        print(f"{role:8} {'all as documented':40}     {counts.total():6,}", flush=True)


if __name__ == "__main__":
    main()
