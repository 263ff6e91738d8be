"""Random requests after `/openapi.json`: no 5xx, no undocumented status, type or body.

python -m tests.benchmarks.schema_cases [INDEX] [CASES] [ROLE...]

The application runs in this process, over the index (by default ./index), for each of the roles:
open (no login, the default), nobody (a login, and nobody in), reader, curator, admin. It prints the
number of cases by route and status, and fails if a role gets more than it may. The same function
runs in the tests, with fewer cases.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
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
from chatbot.settings import load_settings
from tests.doors import application

_CHECKS: Final = (
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
)
_CASES: Final = 5_000
_OPEN: Final = "open"
_NOBODY: Final = "nobody"
_CURATORS: Final = {"/coverage", "/api/v1/coverage", "/metrics"}
_REFUSED: Final = 400


def run_cases(
    app: FastAPI, cases: int, headers: Mapping[str, str] | None = None
) -> Counter[tuple[str, int]]:
    """The number of requests by route and status; raises for the first that isn't as documented."""
    # Nobody may read it over HTTP.
    schema: BaseSchema = schemathesis.openapi.from_dict(app.openapi())
    schema.app = app
    results: list[Any] = [*schema.get_all_operations()]
    operations = [each.ok() for each in results]
    counts: Counter[tuple[str, int]] = Counter()
    for operation in operations:
        _run_operation(operation, max(1, cases // len(operations)), counts, headers or {})
    return counts


def _run_operation(
    operation: Any, cases: int, counts: Counter[tuple[str, int]], headers: Mapping[str, str]
) -> None:
    name = f"{operation.method.upper()} {operation.path}"

    @seed(17)
    @settings(
        max_examples=cases,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[*HealthCheck],
    )
    @given(operation.as_strategy())
    def check(case: Any) -> None:
        response = case.call(timeout=300, headers=dict(headers))
        counts[name, response.status_code] += 1
        case.validate_response(response, checks=_CHECKS)

    check()


def run_role(index: Path, cases: int, role: str) -> Counter[tuple[str, int]]:
    """The same for a role, over an index. Raises AssertionError if the role gets too much."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(
            index=index,
            access="none" if role == _OPEN else "users",
            access_file=Path(folder) / "access.sqlite",
            feedback=Path(folder) / "feedback.sqlite",
            secure_cookies=False,
            downloads=True,
        )
        headers = {}
        if role in {*Role}:
            tokens = Tokens(AccessFile(settings.users_file))
            headers["Authorization"] = f"Bearer {tokens.add(role, Role(role), [], days=1)}"
        with Chatbot.open(settings=settings) as chatbot:
            counts = run_cases(application(chatbot), cases, headers)
    for name, status in counts:
        path = name.partition(" ")[2]
        if status < _REFUSED:
            assert role != _NOBODY or path == "/healthz", f"{name} let nobody in"
            assert role != Role.READER or path not in _CURATORS, f"{name} let a reader in"
    return counts


def main() -> None:
    """Run the cases of each role and print the tables."""
    index = Path(sys.argv[1] if len(sys.argv) > 1 else "index")
    cases = int(sys.argv[2]) if len(sys.argv) > 2 else _CASES
    for role in sys.argv[3:] or [_OPEN]:
        counts = run_role(index, cases, role)
        for (name, status), number in sorted(counts.items()):
            print(f"{role:8} {name:40} {status} {number:6,}")
        print(f"{role:8} {'all as documented':40}     {counts.total():6,}", flush=True)


if __name__ == "__main__":
    main()
