"""Interrupt a build at every step, each time in a new process.

    python -m tests.faults.stopping SIGNAL CORPUS INDEX COPIES

A step is a change to files, as Python's audit events announce it. Opening a file in the index
folder for writing is a step too. For step N, INDEX is copied to COPIES/N, and a build into the
copy sends itself the signal before that step. Prints one line of JSON per build: the copy, the
step and the exit code. The last build runs to its end, because it has no step N.

Every build is a fork of this process, which saves the start-up time. So a build here must not
need the model, whose threads don't survive a fork.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any

_CHANGES = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "sqlite3.connect")


def stop_at(number: int, sent: signal.Signals, index: Path, report: int) -> None:
    """Make this process send itself a signal before its step `number`, and report the step."""
    steps = count(1)
    folder = str(index)

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            is_step = folder in str(arguments[0]) and arguments[1] != "r"
        else:
            is_step = event in _CHANGES
        if is_step and next(steps) == number:
            os.write(report, " ".join([event, *map(str, arguments)]).encode())
            signal.raise_signal(sent)

    sys.addaudithook(watch)


def build(corpus: Path, index: Path) -> int:
    """Run `chatbot build` in this process and return its exit code."""
    from chatbot.cli.commands import main

    sys.argv = ["chatbot", "build", "--corpus", str(corpus), "--index", str(index)]
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def main(sent: signal.Signals, corpus: Path, index: Path, copies: Path) -> None:
    """Interrupt a build at each of its steps."""
    import_module("chatbot.ingestion.build_index")  # imported once for all forks
    for number in count(1):
        copy = copies / str(number)
        shutil.copytree(index, copy)
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            os.dup2(1, 2)
            stop_at(number, sent, copy, writing)
            os._exit(build(corpus, copy))
        os.close(writing)
        with os.fdopen(reading) as stream:
            step = stream.read()
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        step = step.replace(str(copy), "").replace(str(corpus), "")
        sys.stdout.write(json.dumps({"index": str(copy), "step": step, "code": code}) + "\n")
        if not step:
            return


if __name__ == "__main__":
    main(signal.Signals[sys.argv[1]], *map(Path, sys.argv[2:]))
