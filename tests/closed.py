"""Run programs to which file permissions apply, even if the tests run as root."""

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

# The capabilities with which root ignores file permissions.
_RIGHTS = "-dac_override,-dac_read_search,-fowner"


@cache
def _prefix() -> list[str] | None:
    """A command prefix with which permissions apply; None if that is impossible."""
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
    """Run this Python with file permissions applied; skips the test if that is impossible."""
    prefix = _prefix()
    if prefix is None:
        pytest.skip("this user ignores file permissions, and setpriv can't change that")
    return subprocess.run(
        [*prefix, sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Make a folder and everything in it read-only inside the block."""
    paths = [folder, *folder.rglob("*")]
    for path in paths:
        path.chmod(path.stat().st_mode & ~0o222)
    try:
        yield
    finally:
        for path in paths:
            path.chmod(path.stat().st_mode | 0o200)
