"""Random requests after the server's own description of its routes."""

from __future__ import annotations

import pytest

from chatbot.assistant import Chatbot
from tests.benchmarks.schema_cases import run_cases, run_role
from tests.doors import application


def test_every_answer_is_as_documented(demo: Chatbot) -> None:
    """No 5xx, and no status, content type or body that `/openapi.json` doesn't have.

    `python -m tests.benchmarks.schema_cases` runs more cases.
    """
    server = application(demo)
    counts = run_cases(server, cases=140)
    documented = {
        f"{method.upper()} {path}"
        for path, methods in server.openapi()["paths"].items()
        for method in methods
    }
    assert {name for name, _ in counts} == documented
    assert len(documented) == 18
    assert counts.total() > 50


@pytest.mark.usefixtures("letters")
@pytest.mark.parametrize("role", ["nobody", "reader", "curator", "admin"])
def test_a_role_gets_what_it_may(role: str) -> None:
    """Without a token only `/healthz`; a reader gets nothing that is for curators.

    Only an admin gets anything of a document that is closed to others.
    """
    assert run_role(100, role).total() > 60
