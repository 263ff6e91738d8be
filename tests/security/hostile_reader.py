"""A reader that attacks the machine: what a file could do that exploits a bug in a parser.

Tests install this module as a package with an entry point. A file has a line of JSON: the attack
and its arguments. The document that comes back says how the attack went.
"""

from __future__ import annotations

import ctypes
import json
import os
import pickle
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from chatbot.readers import Format, RawFile
from chatbot.readers.detection.signs import TextBegins
from chatbot.readers.document_writer import DocumentWriter
from chatbot.types import Document, Span

MEDIA_TYPE = "text/x-attack"
FORMAT = Format(
    name="Attack",
    media_type=MEDIA_TYPE,
    reader="hostile_reader:read_hostile",
    signs=(TextBegins(re.compile(b'\\["attack"')),),
)


def read_hostile(file: RawFile) -> Iterator[Document]:
    """Attack, and report: what was gained, or the error."""
    _, attack, *arguments = json.loads(file.data)
    try:
        result = f"gained {ATTACKS[attack](*arguments)!r}"
    except Exception as failure:  # noqa: BLE001 - any refusal is a result
        result = f"refused {type(failure).__name__}"
    yield document(file.name, result)


def document(name: str, text: str, **changes: Any) -> Document:
    """A document of one paragraph."""
    writer = DocumentWriter()
    writer.add("paragraph", text)
    return writer.document(name, source=name, media_type=MEDIA_TYPE, **changes)


# -- attacks that are refused ----------------------------------------------------------------


def _in_thread(path: str) -> str:
    gained: list[str] = []
    thread = threading.Thread(target=lambda: gained.append(Path(path).read_text("utf-8")))
    threading.excepthook = lambda _: None
    thread.start()
    thread.join()
    return gained[0]


def _connect(port: int) -> str:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        return repr(connection)


def _system_call(number: int, *arguments: int) -> int:
    result = int(ctypes.CDLL(None, use_errno=True).syscall(number, *arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return result


def _vm_read(process: int) -> int:
    """Read the memory of another process."""
    buffer = ctypes.create_string_buffer(8)
    local = (ctypes.c_size_t * 2)(ctypes.addressof(buffer), 8)
    library = ctypes.CDLL(None, use_errno=True)
    read = library.process_vm_readv(process, local, 1, local, 1, 0)
    if read < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return int(read)


def _ptrace(process: int) -> int:
    result = ctypes.CDLL(None, use_errno=True).ptrace(16, process, None, None)
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return int(result)


def _fork() -> int:
    child = os.fork()
    if not child:
        os._exit(0)
    return os.waitpid(child, 0)[0]


def _secrets(word: str) -> list[str]:
    """Variables with a secret in their name or value."""
    found = [name for name, value in os.environ.items() if word in name + value]
    if not found:
        raise LookupError
    return found


def _file_handles() -> list[str]:
    """Open files other than pipes, sockets, /dev/null and this process's own status."""
    found = []
    for number in range(256):
        try:
            kind = os.fstat(number).st_mode
        except OSError:
            continue
        if stat.S_ISREG(kind) or stat.S_ISDIR(kind):
            with suppress(OSError):  # open for writing only, to reset its own peak of memory
                os.lseek(number, 0, os.SEEK_SET)
                if b"VmHWM" not in os.read(number, 4096):
                    found.append(str(number))
    if not found:
        raise LookupError
    return found


ATTACKS: dict[str, Callable[..., object]] = {
    "read": lambda path: Path(path).read_text("utf-8", "replace"),
    "read in a thread": _in_thread,
    "list": os.listdir,
    "environment": _secrets,
    "open files": _file_handles,
    "connect": _connect,
    "socket": lambda: socket.socket(socket.AF_UNIX).fileno(),
    "datagram": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).fileno(),
    "socket pair": lambda: [part.fileno() for part in socket.socketpair()],
    "look up": lambda: socket.getaddrinfo("localhost", 80),
    "fork": _fork,
    "program": lambda: subprocess.run([sys.executable, "-c", ""], check=True).returncode,
    "spawn": lambda: os.posix_spawn("/bin/true", ["true"], {}),
    "replace": lambda: os.execv("/bin/true", ["true"]),  # noqa: S606
    "write": lambda path: Path(path).write_text("taken over"),
    "append": lambda path: os.open(path, os.O_WRONLY | os.O_APPEND),
    "make folder": os.mkdir,
    "delete": os.unlink,
    "delete all": shutil.rmtree,
    "rename": lambda path: Path(path).rename(path + "~"),
    "link": lambda path: Path(path + "~").symlink_to("/etc/passwd"),
    "hard link": lambda path: os.link(path, path + "~"),
    "permissions": lambda path: Path(path).chmod(0o700),
    "owner": lambda path: os.chown(path, 1, 1),
    "time": lambda path: os.utime(path, (1, 1)),
    "truncate": lambda path: os.truncate(path, 0),
    "attribute": lambda path: os.setxattr(path, "user.a", b"1"),
    "kill": lambda process: os.kill(process, signal.SIGTERM),
    "kill group": lambda process: os.killpg(os.getpgid(process), signal.SIGTERM),
    "ptrace": _ptrace,
    "memory": _vm_read,
    "priority": lambda process: os.setpriority(os.PRIO_PROCESS, process, 5),
    "user": lambda: os.setuid(1),
    "root folder": lambda: os.chroot("/tmp"),  # noqa: S108
    "host name": lambda: socket.sethostname("taken"),
    "system call": _system_call,
}


# -- false replies ---------------------------------------------------------------------------


class _Code:
    """Runs a program wherever it is unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return os.mkdir, (self.path,)


def _send(content: bytes) -> None:
    """Write to every pipe that this process has, as the reading process does."""
    for number in range(3, 64):
        try:
            if stat.S_ISFIFO(os.fstat(number).st_mode):
                os.write(number, content)
        except OSError:
            continue
    os._exit(0)


def _frame(content: bytes) -> bytes:
    return len(content).to_bytes(8, "big") + content


def _replies(*replies: Any) -> None:
    _send(_frame(msgspec.msgpack.encode([(type(reply).__name__, reply) for reply in replies])))


def _endless(name: str) -> None:
    """Send small documents for ever."""
    frame = _frame(msgspec.msgpack.encode([("Document", document(name, "a"))] * 1000))
    while True:
        for number in range(3, 64):
            with suppress(OSError):
                if stat.S_ISFIFO(os.fstat(number).st_mode):
                    os.write(number, frame)


def _with_span(name: str, start: int, end: int) -> Document:
    made = document(name, "false")
    return replace(made, blocks=(replace(made.blocks[0], span=Span(start, end)),))


ATTACKS |= {
    "pickle": lambda path: _send(pickle.dumps([_Code(path)])),
    "pickle in a frame": lambda path: _send(_frame(pickle.dumps([_Code(path)]))),
    "huge frame": lambda: _send(b"\x7f" * 8 + b"x"),
    "cut frame": lambda: _send(_frame(b"x" * 100)[:20]),
    "deep frame": lambda: _send(_frame(b"\x91" * 100_000)),
    "wrong types": lambda: _send(_frame(b"\x91\x92\xa6Opened\x82\xa1a\x01\xa1b\x02")),
    "unknown type": lambda: _send(_frame(b"\x91\x92\xa2os\xa6system")),
    "source of another file": lambda name: _replies(document(name, "false")),
    "id of another file": lambda own, name: _replies(replace(document(own, "a"), doc_id=name)),
    "other text": lambda own: _replies(replace(document(own, "a"), text="b")),
    "no text": lambda own: _replies(replace(document(own, "a"), blocks=())),
    "span outside": lambda own: _replies(_with_span(own, 0, 1000)),
    "span before": lambda own: _replies(_with_span(own, -1, 2)),
    "span backwards": lambda own: _replies(_with_span(own, 3, 2)),
    "endless": _endless,
}
