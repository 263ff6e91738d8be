"""Operating a server: several processes, a graceful stop, and the recipes for systemd and nginx."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from chatbot.access import Role
from chatbot.access.access_file import AccessFile
from chatbot.access.tokens import Tokens
from chatbot.access.users import Users
from chatbot.feedback.store import FeedbackStore
from tests.docs.pages import blocks
from tests.doors import QUESTION
from tests.security.entrance import PASSWORD, WRONG
from tests.serving import address_of, started

NGINX: Final = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
ANALYZE: Final = shutil.which("systemd-analyze")
PAGE: Final = "docs/operations.md"
ASK: Final = "/api/v1/ask"


def recipe(language: str, beginning: str) -> str:
    """The code block of the page on operations that begins so."""
    texts = [block.text for block in blocks(language) if block.page == PAGE]
    (text,) = (text for text in texts if text.startswith(beginning))
    return text


@contextmanager
def servers(index: Path, number: int, settings: dict[str, str]) -> Iterator[list[tuple[str, Any]]]:
    """Servers that start at the same time, with address and process."""
    with ExitStack() as stack:
        processes = [stack.enter_context(started(index, settings)) for _ in range(number)]
        yield [(address_of(process), process) for process in processes]


# -- several processes ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the users and the feedback of two servers."""
    folder = tmp_path_factory.mktemp("home")
    users = Users(AccessFile(folder / "access.sqlite"))
    users.add("anna", PASSWORD, Role.CURATOR, [])
    return folder


@pytest.fixture(scope="module")
def pair(demo_index: Path, files: Path) -> Iterator[list[str]]:
    """The addresses of two servers with a login on one index."""
    settings = {
        "access": "users",
        "access_file": str(files / "access.sqlite"),
        "feedback": str(files / "feedback.sqlite"),
        "secure_cookies": "false",
    }
    with servers(demo_index, 2, settings) as running:
        yield [address for address, _ in running]


def log_in(client: httpx.Client, address: str, name: str, password: str) -> int:
    client.get(f"{address}/login")
    fields = {"name": name, "password": password, "next": "/"}
    sent = client.post(f"{address}/login", data=fields, headers={"Origin": address})
    return sent.status_code


def test_a_session_of_one_process_counts_in_the_other_until_either_ends_it(
    pair: list[str],
) -> None:
    first, second = pair
    with httpx.Client(timeout=60) as browser:
        assert browser.get(f"{second}/api/v1/coverage").status_code == 401
        assert log_in(browser, first, "anna", PASSWORD) == 303
        assert browser.get(f"{second}/api/v1/coverage").status_code == 200
        browser.post(f"{second}/logout", headers={"Origin": second})
        assert browser.get(f"{first}/api/v1/coverage").status_code == 401


def test_failed_logins_count_together(pair: list[str]) -> None:
    """Or else each further process would allow as many guesses again."""
    with httpx.Client(timeout=60) as browser:
        statuses = [log_in(browser, pair[turn % 2], "bert", WRONG) for turn in range(6)]
    assert statuses == [403] * 5 + [429]


def test_thumbs_and_counts_of_both_are_stored_and_an_answers_build_is_known_to_both(
    pair: list[str], files: Path
) -> None:
    token = Tokens(AccessFile(files / "access.sqlite")).add("t", Role.CURATOR, [], days=1)
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(timeout=60, headers=headers) as program:
        for address, other in (pair, pair[::-1]):
            answer = program.post(f"{address}{ASK}", json={"question": QUESTION}).json()
            cited = answer["citations"][0]["passage"]
            thumb = {
                "question": QUESTION,
                "build": answer["build"],
                "voice": address,
                "doc_id": cited["doc_id"],
                "passage_id": cited["passage_id"],
                "verdict": "up",
            }
            assert program.post(f"{other}/api/v1/feedback", json=thumb).status_code == 200
            turn = {"question": QUESTION, "build": answer["build"]}
            event = {"data": [turn, "en"]}
            shown = program.post(f"{other}/gradio_api/run/page_answer", json=event).json()
            assert shown["data"][0]["turn"]["build"] == answer["build"]
        for address in pair:  # each writes its own counts when it's asked
            program.get(f"{address}/api/v1/coverage")
        days = [program.get(f"{address}/api/v1/coverage").json()["days"] for address in pair]
    assert len(FeedbackStore(files / "feedback.sqlite").thumbs()) == 2
    assert days[0] == days[1]
    assert sum(days[0][0][verdict] for verdict in ("strong", "possible", "none")) == 2


# -- stopping ------------------------------------------------------------------------------


def test_a_server_that_is_stopped_finishes_its_answers(demo_index: Path, tmp_path: Path) -> None:
    """It takes no new connection meanwhile, keeps its counts, and says so as JSON."""
    feedback, log = tmp_path / "feedback.sqlite", tmp_path / "log"
    many = [{"question": f"Who trains with whom in exercise {number}?"} for number in range(12)]
    answers: list[httpx.Response] = []
    settings = {"feedback": str(feedback), "log_format": "json"}
    with started(demo_index, settings, log=log) as process:
        address = address_of(process, log)

        def ask() -> None:
            body = {"questions": many}
            answers.append(httpx.post(f"{address}/api/v1/ask:batch", json=body, timeout=60))

        client = threading.Thread(target=ask)
        client.start()
        while '"answer"' not in log.read_text():
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        client.join()
    assert [bool(result["answer"]) for result in answers[0].json()["results"]] == [True] * 12
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{address}/healthz")
    (day,) = FeedbackStore(feedback).days(9)
    assert day.strong + day.possible + day.none == 12
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert lines[-1]["message"] == "Stopped."
    assert "exercise" not in log.read_text()


# -- systemd -------------------------------------------------------------------------------


@pytest.mark.skipif(not ANALYZE, reason="systemd-analyze isn't installed")
def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    """It finds nothing to warn of, and rates the exposure of the service as low."""
    assert ANALYZE
    text = recipe("ini", "[Unit]")
    unit = tmp_path / "chatbot@.service"
    unit.write_text(text.replace("/opt/chatbot/bin/chatbot", sys.executable))
    instance = tmp_path / "chatbot@7860.service"
    instance.symlink_to(unit)
    verified = subprocess.run(
        [ANALYZE, "verify", "--man=no", str(instance)], capture_output=True, text=True, check=False
    )
    assert verified.returncode == 0, verified.stderr
    assert "chatbot" not in verified.stderr
    rated = subprocess.run(
        [ANALYZE, "security", "--offline=true", "--no-pager", str(instance)],
        capture_output=True,
        text=True,
        check=True,
    )
    level = re.search(r"exposure level .*: ([0-9.]+)", rated.stdout)
    assert level
    assert float(level[1]) < 2.5


def test_the_unit_stops_no_answer_and_keeps_files_private() -> None:
    """Its time to stop is longer than the server's, and its files are the user's only."""
    from chatbot.web import server

    text = recipe("ini", "[Unit]")
    stop = re.search(r"^TimeoutStopSec=(\d+)$", text, re.MULTILINE)
    assert stop
    assert int(stop[1]) > server._SHUTDOWN_SECONDS + 10
    assert {"UMask=0077", "NoNewPrivileges=yes", "User=chatbot"} <= {*text.splitlines()}


# -- nginx ---------------------------------------------------------------------------------


@contextmanager
def nginx(folder: Path, upstreams: list[int]) -> Iterator[int]:
    """Nginx with the recipe, on a port; certificates and passwords are made for the test."""
    assert NGINX
    subject = ["-subj", "/CN=chat.example.org", "-days", "1"]
    key = ["-keyout", str(folder / "chatbot.key"), "-out", str(folder / "chatbot.crt")]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", *subject, *key],
        check=True,
        capture_output=True,
    )
    (folder / "chatbot.htpasswd").write_text("anna:{PLAIN}word\nbert:{PLAIN}word\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    text = recipe("nginx", "upstream chatbot").replace("/etc/nginx/", f"{folder}/")
    text = text.replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl")
    for documented, real in zip((7860, 7861), upstreams, strict=True):
        assert f"127.0.0.1:{documented}" in text
        text = text.replace(f"127.0.0.1:{documented}", f"127.0.0.1:{real}")
    paths = "\n".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; {user}\n"
        f"events {{}}\nhttp {{ access_log off;\n{paths}\n{text}\n}}\n"
    )
    process = subprocess.Popen(
        [
            NGINX,
            "-p",
            str(folder),
            "-c",
            str(folder / "nginx.conf"),
            "-e",
            str(folder / "error.log"),
        ]
    )
    try:
        for _ in range(100):
            with socket.socket() as attempt:
                if attempt.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.skipif(not NGINX, reason="nginx isn't installed")
def test_nginx_names_the_person_over_tls_and_nobody_else_can(
    demo_index: Path, tmp_path: Path
) -> None:
    """With the recipe of the docs: its toml, its headers, a token for programs, a dead upstream."""
    (toml,) = (
        block.text for block in blocks("toml") if block.page == PAGE and "proxy" in block.text
    )
    (tmp_path / "chatbot.toml").write_text(toml)
    audit, access = tmp_path / "audit", tmp_path / "access.sqlite"
    token = Tokens(AccessFile(access)).add("robot", Role.READER, ["trade"], days=1)
    settings = {
        "audit": "true",
        "audit_folder": str(audit),
        "access_file": str(access),
        "feedback": str(tmp_path / "feedback.sqlite"),
    }
    log = tmp_path / "log"
    settings["log_format"] = "json"
    with started(demo_index, settings, folder=tmp_path, log=log) as process:
        port = int(address_of(process, log).rpartition(":")[2])
        with socket.socket() as dead:  # bound, not listening: every connection is refused
            dead.bind(("127.0.0.1", 0))
            upstreams = [dead.getsockname()[1], port]
            with nginx(tmp_path, upstreams) as front:
                _check_the_front(front, token)
                _smuggle(front)
    seen = [json.loads(line) for line in log.read_text().splitlines()]
    paths = {entry.get("path"): entry.get("status") for entry in seen}
    assert paths["/coverage"] == 403
    assert "/smuggled" not in paths
    people = [
        (entry["person"], entry["address"], entry["action"])
        for path in audit.iterdir()
        for entry in map(json.loads, path.read_text().splitlines())
    ]
    assert people == [("anna", "127.0.0.1", "open"), ("token:robot", "127.0.0.1", "ask")]


def _check_the_front(port: int, token: str) -> None:
    address = f"https://127.0.0.1:{port}"
    forged = {"X-Forwarded-User": "boss", "X-Forwarded-Groups": "admins"}
    with httpx.Client(
        verify=False,  # noqa: S501 - the certificate is the test's own
        headers={"Host": "chat.example.org"},
        base_url=address,
        timeout=60,
    ) as client:
        source, anna = "/source/glossary.md", ("anna", "word")
        assert client.get(source).status_code == 401
        assert client.get(source, headers=forged).status_code == 401
        page = client.get(source, headers=forged, auth=anna)
        assert page.status_code == 200
        # The group in nginx's table made no curator of anna, and bert has none.
        for name in ("anna", "bert"):
            assert client.get("/coverage", auth=(name, "word")).status_code == 403
        basic = {"Authorization": "Basic Ym9zczp3b3Jk"}  # a name that nginx hasn't checked
        for headers in (forged, basic, forged | basic):
            refused = client.post(ASK, json={"question": QUESTION}, headers=headers)
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"] == "Bearer"
        bearer = {"Authorization": f"Bearer {token}", **forged}
        assert client.post(ASK, json={"question": QUESTION}, headers=bearer).status_code == 200
        origin = {"Origin": "https://chat.example.org", "Content-Type": "application/json"}
        event = {"data": ["en"]}
        examples = "/gradio_api/run/page_examples"
        assert client.post(examples, json=event, headers=origin, auth=anna).status_code == 200
        origin["Origin"] = "https://evil.example"
        assert client.post(examples, json=event, headers=origin, auth=anna).status_code == 403


def _smuggle(port: int) -> None:
    """Send requests within requests, whose framing nginx and the server might read differently."""
    inner = (
        b"GET /smuggled HTTP/1.1\r\nHost: chat.example.org\r\nX-Forwarded-User: boss\r\n"
        b"X-Forwarded-Groups: admins\r\n\r\n"
    )
    length = b"Content-Length: %d\r\n" % len(inner)
    chunked = b"Transfer-Encoding: chunked\r\n"
    empty = b"0\r\n\r\n" + inner
    trailer = b"0\r\nX-Forwarded-User: boss\r\nX-Forwarded-Groups: admins\r\n\r\n"
    framings = [
        (length + chunked, empty),
        (chunked + length, empty),
        (chunked + b"Transfer-Encoding: identity\r\n" + length, empty),
        (b"Transfer-Encoding : chunked\r\n" + length, empty),
        (b"Transfer-Encoding:\x0bchunked\r\n" + length, empty),
        (b"Transfer-Encoding: xchunked\r\n" + length, empty),
        (b"Transfer_Encoding: chunked\r\n" + length, empty),
        (b"X: y\nTransfer-Encoding: chunked\r\n" + length, empty),
        (b"X:\r\n Transfer-Encoding: chunked\r\n" + length, empty),
        (b"Content-Length: 0\r\n" + length, inner),
        (b"Content-Length: +%d\r\n" % len(inner), inner),
        (b"Content-Length: 0, %d\r\n" % len(inner), inner),
        (chunked, b"0;\n\r\n\r\n" + inner),
        (chunked, b"00000000000000000\r\n\r\n" + inner),
        (chunked, trailer),
        (b"X-Forwarded-User: boss\r\nX_Forwarded_User: boss\r\n" + length, inner),
        (b"Connection: X-Forwarded-User\r\n" + length, inner),
        (b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n" + length, inner),
    ]
    context = ssl._create_unverified_context()  # noqa: S323 - the certificate is the test's own
    for method in (b"GET", b"POST"):
        for headers, body in framings:
            with (
                socket.create_connection(("127.0.0.1", port), timeout=20) as plain,
                context.wrap_socket(plain) as client,
            ):
                client.sendall(
                    method
                    + b" /coverage HTTP/1.1\r\nHost: chat.example.org\r\n"
                    + b"Authorization: Basic YW5uYTp3b3Jk\r\n"
                    + headers
                    + b"\r\n"
                    + body
                )
                assert int(client.recv(1_000).split()[1]) in {400, 403, 405, 411, 501}
