"""ETags: what a client has isn't sent again, and a tag opens nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from starlette.datastructures import Headers

from chatbot.access import Role
from chatbot.access.access_file import AccessFile
from chatbot.access.tokens import Tokens
from chatbot.assistant import Chatbot
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings, load_settings
from chatbot.web.door.etags import is_current
from tests.doors import application
from tests.web.source.test_pdf_viewer import report

PATHS = (
    *("/api/v1/documents", "/api/v1/documents/report.pdf", "/source/report.pdf"),
    *("/source/report.pdf?view=text", "/picture/report.pdf", "/original/report.pdf"),
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An index of a report for the group north and a note for everyone."""
    folder = tmp_path_factory.mktemp("tagged")
    corpus = folder / "corpus"
    corpus.mkdir()
    (corpus / "report.pdf").write_bytes(report())
    (corpus / "note.md").write_text("# Note\n\nThe harbour is closed on Mondays.\n")
    (corpus / ".chatbot-access.toml").write_text(
        '[[rule]]\npaths = ["report.pdf"]\ngroups = ["north"]\n'
    )
    settings = load_settings(
        corpus=corpus, index=folder / "index", access="users", secure_cookies=False, downloads=True
    )
    build_index(settings)
    return settings


@pytest.fixture(scope="module")
def site(home: Settings) -> Iterator[TestClient]:
    with Chatbot.open(settings=home) as chatbot:
        yield TestClient(application(chatbot))


@pytest.fixture(scope="module")
def member(home: Settings) -> dict[str, str]:
    return _headers(home, "member", ["north"])


@pytest.fixture(scope="module")
def stranger(home: Settings) -> dict[str, str]:
    return _headers(home, "stranger", [])


def _headers(home: Settings, name: str, groups: list[str]) -> dict[str, str]:
    token = Tokens(AccessFile(home.users_file)).add(name, Role.READER, groups, days=1)
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("path", PATHS)
def test_what_a_client_has_isnt_sent_again(
    site: TestClient, member: dict[str, str], path: str
) -> None:
    """Its tag, alone, in a list or as a weak one, is answered with 304 and no body."""
    first = site.get(path, headers=member)
    tag = first.headers["etag"]
    assert first.status_code == 200
    assert first.headers["cache-control"].startswith("private, ")
    assert first.headers["vary"].startswith("Cookie, Authorization")
    for known in (tag, f'"x", {tag}', f"W/{tag.removeprefix('W/')}", "*"):
        again = site.get(path, headers={**member, "If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        assert again.headers["cache-control"] == first.headers["cache-control"]
    other = site.get(path, headers={**member, "If-None-Match": '"x", W/"y"'})
    assert (other.status_code, other.content) == (200, first.content)
    assert site.head(path, headers=member).headers["etag"] == tag


@pytest.mark.parametrize("path", PATHS)
def test_a_tag_opens_nothing(
    site: TestClient, member: dict[str, str], stranger: dict[str, str], path: str
) -> None:
    """Whoever may not see a document isn't told either that a tag is that of the document."""
    tag = site.get(path, headers=member).headers["etag"]
    refused = site.get(path, headers={**stranger, "If-None-Match": tag})
    everything = site.get(path, headers={**stranger, "If-None-Match": "*"})
    if path == "/api/v1/documents":
        assert [each["doc_id"] for each in refused.json()] == ["note.md"]
    else:
        assert refused.status_code == everything.status_code == 404
    assert site.get(path, headers={"If-None-Match": tag}).status_code == 401


def test_a_range_of_an_original_depends_on_the_whole_files_tag(
    site: TestClient, member: dict[str, str]
) -> None:
    """A client that continues a download gets the whole file if it has another."""
    path = "/original/report.pdf"
    tag = site.get(path, headers=member).headers["etag"]
    part = {**member, "Range": "bytes=0-9"}
    assert site.get(path, headers={**part, "If-Range": tag}).status_code == 206
    assert site.get(path, headers={**part, "If-Range": '"other"'}).status_code == 200


def test_answers_and_errors_are_never_kept(site: TestClient, member: dict[str, str]) -> None:
    for path in ("/source/nowhere.md", "/api/v1/documents/nowhere.md", "/readyz", "/openapi.json"):
        response = site.get(path, headers={**member, "If-None-Match": "*"})
        assert response.status_code != 304
        assert response.headers["cache-control"] == "no-store"
        assert "etag" not in response.headers


def test_tags_are_compared_weakly() -> None:
    """RFC 9110, section 13.1.2."""
    for given, tag, expected in (
        ('"a"', '"a"', True),
        ('W/"a"', '"a"', True),
        ('"a"', 'W/"a"', True),
        ('"b" , "a"', 'W/"a"', True),
        ('"b"', '"a"', False),
        ("", '"a"', False),
        ("a", '"a"', False),
    ):
        assert is_current(Headers({"if-none-match": given}), tag) is expected
