"""Writers may be killed at any moment; `python -m tests.benchmarks.kills` does it more often."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.shared import PROJECT


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="only POSIX has SIGKILL and fork")
def test_nothing_acknowledged_is_lost_when_a_writer_is_killed() -> None:
    """Builds, thumbs, users and tokens, the audit log; in a process that never loads the model."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.kills", "12"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert "12 kills" in done.stdout
