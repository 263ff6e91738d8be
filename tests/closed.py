"""Programs that file modes hold for, even where the tests run as root."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

# Root may write what is read-only; without these it is as anybody else.
_RIGHTS = "-dac_override,-dac_read_search,-fowner"


@cache
def _prefix() -> list[str] | None:
    """What a command is to begin with for file modes to hold; None where nothing does it."""
    if not hasattr(os, "geteuid"):
        return None
    if os.geteuid() != 0:
        return []
    prefix = [str(shutil.which("setpriv")), f"--bounding-set={_RIGHTS}", "--"]
    try:
        subprocess.run([*prefix, "true"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return prefix


def bound_python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run this Python bound by file modes; skips the test, visibly, where that can't be had."""
    prefix = _prefix()
    if prefix is None:
        pytest.skip("file modes do not bind this user, and setpriv is not there to change that")
    return subprocess.run(
        [*prefix, sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Nothing in the folder, nor the folder itself, can be written for a while."""
    paths = [folder, *folder.rglob("*")]
    for path in paths:
        path.chmod(path.stat().st_mode & ~0o222)
    try:
        yield
    finally:
        for path in paths:
            path.chmod(path.stat().st_mode | 0o200)
