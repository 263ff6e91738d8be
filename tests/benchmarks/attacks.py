"""Attacks on a running server, with the slowest answer of `/healthz` during each.

python -m tests.benchmarks.attacks [FOLDER [ATTACK...]]

FOLDER is a checkout of the code to attack, by default this one; the corpus, with a page that takes
long to draw and a file of 150 MB, is made for the occasion. Each line is one attack: what came of
it, the slowest of the `/healthz` requests made every 50 ms, and the growth of the server's memory.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from tests.security.files import large_pdf, slow_pdf
from tests.shared import PROJECT

_LARGE: Final = 150_000_000
_HEALTH_SECONDS: Final = 0.05
_JSON: Final = {"Content-Type": "application/json"}
_OPEN: Final = True  # the panel of filters


class Server:
    """A server process of some checkout."""

    def __init__(self, code: Path, home: Path, files: int = 0) -> None:
        words = [sys.executable, "-m", "chatbot", "serve", "--index", str(home / "index")]
        words += ["--port", "0"]
        if files:
            words = ["sh", "-c", f'ulimit -n {files} && exec "$@"', "sh", *words]
        environment = {**os.environ, "PYTHONPATH": str(code), "CHATBOT_DOWNLOADS": "true"}
        self._process = subprocess.Popen(
            words, cwd=home, env=environment, stderr=subprocess.PIPE, text=True
        )
        assert self._process.stderr
        for line in self._process.stderr:
            if match := re.search(r"http://127\.0\.0\.1:(\d+)", line):
                break
        else:
            raise AssertionError("the server did not start")
        self.port = int(match[1])
        threading.Thread(target=self._process.stderr.read, daemon=True).start()

    def memory(self) -> int:
        """Resident memory in bytes."""
        status = Path(f"/proc/{self._process.pid}/status").read_text("ascii")
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """One request on its own connection; status 0 if the server closes it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        try:
            connection.request(method, path, body or None, headers or {})
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            connection.close()

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


@contextlib.contextmanager
def watched_health(server: Server) -> Iterator[list[float]]:
    """The seconds of each `/healthz` while the block runs; one that fails counts a minute."""
    times: list[float] = []
    over = threading.Event()

    def watch() -> None:
        while not times or not over.wait(_HEALTH_SECONDS):
            began = time.monotonic()
            status, _ = server.ask("GET", "/healthz")
            times.append(time.monotonic() - began if status == 200 else 60)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield times
    finally:
        over.set()
        thread.join()


# -- the attacks -----------------------------------------------------------------------------


def _together(job: Callable[[int], Any], number: int) -> str:
    with ThreadPoolExecutor(number) as pool:
        return _listed(pool.map(job, range(number)))


def _listed(values: Any) -> str:
    return ", ".join(f"{number} × {value}" for value, number in sorted(Counter(values).items()))


def nothing(_: Server) -> str:
    """Ten seconds without an attack: how busy the machine is with other things."""
    time.sleep(10)
    return "no attack"


def slow_page(server: Server) -> str:
    """Fifty clients ask for pictures of three pages that take long to draw."""
    return _together(
        lambda number: server.ask("GET", f"/picture/slow.pdf?page={number % 3 + 1}")[0], 50
    )


def slow_headers(server: Server) -> str:
    """Three hundred clients send a byte of a header each second, for 32 seconds."""
    clients: list[socket.socket] = []
    for _ in range(300):
        with contextlib.suppress(OSError):
            clients.append(server.connect())
    for client in clients:
        client.settimeout(0)
    held = {*clients}
    for client in clients:
        with contextlib.suppress(OSError):
            client.send(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ")
    end = time.monotonic() + 32
    while time.monotonic() < end:
        for client in [*held]:
            try:
                client.send(b"a")
                if not client.recv(1_000):
                    held.discard(client)
            except BlockingIOError:
                continue
            except OSError:
                held.discard(client)
        time.sleep(1)
    for client in clients:
        client.close()
    return f"{len(held)} of 300 still held"


def slow_readers(server: Server) -> str:
    """Sixteen clients ask for a file of 150 MB and read a kilobyte in a while, for ten seconds."""
    clients = [server.connect() for _ in range(16)]
    before = server.memory()
    for client in clients:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        client.sendall(b"GET /original/large.pdf HTTP/1.1\r\nHost: localhost\r\n\r\n")
    most = 0
    for _ in range(40):
        time.sleep(0.25)
        most = max(most, server.memory() - before)
    for client in clients:
        client.close()
    return f"{most / 1e6:,.0f} MB more memory"


def _page_event(server: Server, event: str, *data: Any) -> tuple[int, bytes]:
    body = json.dumps({"data": [*data, "en"]}).encode()
    return server.ask("POST", f"/gradio_api/run/{event}", body, _JSON)


def endless_filters(server: Server) -> str:
    """Fourteen megabytes of filter values."""
    began = time.monotonic()
    values = {"tag": [f"tag {number:06}" for number in range(1_000_000)]}
    status, _ = _page_event(server, "page_filters", values, [], _OPEN)
    return f"{status} after {time.monotonic() - began:.1f} s"


def long_export(server: Server) -> str:
    """An export of five hundred questions, in 51 kB."""
    began = time.monotonic()
    turns = [
        {"question": f"Who bought the radar of lot {number:03}, and for how much money?"}
        for number in range(500)
    ]
    status, body = _page_event(server, "page_export", {"turns": turns}, "json")
    return f"{status} after {time.monotonic() - began:.1f} s, {len(body) / 1e6:.1f} MB"


def rebinding(server: Server) -> str:
    """A page under another name that leads to 127.0.0.1 reads the documents."""
    paths = ("/api/v1/documents", "/", "/source/large.pdf", "/openapi.json")
    return _listed(server.ask("GET", path, headers={"Host": "evil.example"})[0] for path in paths)


def cross_site(server: Server) -> str:
    """A page of another site asks and gives feedback, and asks for leave before it."""
    foreign = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}
    body = json.dumps({"question": "Who bought the radar?"}).encode()
    event = json.dumps({"data": ["Who bought the radar?"]}).encode()
    statuses = [
        server.ask("POST", "/api/v1/ask", body, _JSON | foreign)[0],
        server.ask("POST", "/gradio_api/run/ask", event, _JSON | foreign)[0],
        server.ask("GET", "/api/v1/documents", headers=foreign | {"Sec-Fetch-Mode": "no-cors"})[0],
    ]
    return _listed(statuses)


def plain_errors(server: Server) -> str:
    """Requests that failed with 500 and plain text."""
    with server.connect() as client:
        client.sendall(
            b"GET http://localhost/healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )
        first = int(client.recv(1_000).split()[1])
    return _listed(
        [
            first,
            server.ask("GET", "/", headers={"X-Forwarded-Host": "[::1"})[0],
            server.ask("GET", f"/page/assets/{'a' * 300}.js")[0],
            server.ask("HEAD", "/healthz")[0],
            server.ask("PUT", "/api/v1/ask")[0],
        ]
    )


_ATTACKS: Final = (
    *(nothing, slow_page, slow_headers, slow_readers, endless_filters, long_export),
    *(rebinding, cross_site, plain_errors),
)


def main() -> None:
    """Run each attack against a server of its own, and print what came of it."""
    code = Path(sys.argv[1] if len(sys.argv) > 1 else PROJECT).resolve()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "corpus").mkdir()
        (home / "corpus" / "slow.pdf").write_bytes(slow_pdf())
        (home / "corpus" / "large.pdf").write_bytes(large_pdf(_LARGE))
        words = "-m chatbot build --corpus corpus --index index --json".split()
        environment = {**os.environ, "PYTHONPATH": str(code)}
        subprocess.run(
            [sys.executable, *words], cwd=home, env=environment, check=True, capture_output=True
        )
        attacks = [*((each, 0) for each in _ATTACKS), (slow_headers, 256)]
        wanted = sys.argv[2:] or [attack.__name__ for attack, _ in attacks]
        for attack, files in [each for each in attacks if each[0].__name__ in wanted]:
            server = Server(code, home, files)
            try:
                server.ask("GET", "/")
                with watched_health(server) as health:
                    outcome = attack(server)
                name = f"{attack.__name__}{f', {files} files' if files else ''}"
                print(f"{name:24} {outcome:40} /healthz ≤ {max(health):6.2f} s", flush=True)
            finally:
                server.stop()


if __name__ == "__main__":
    main()
