"""An environment with the frameworks, which this project doesn't otherwise install.

It sees the packages of this one, so only the frameworks themselves are added.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path
from typing import Final

import platformdirs
import pytest

from tests.shared import PROJECT

_EXTRAS: Final = ("langchain", "llama-index", "haystack")
# For search in OpenAI's form.
_CLIENT: Final = "openai>=2,<4"
_SECONDS: Final = 900


def python_with_frameworks() -> Path:
    """The interpreter of the environment; the test is skipped if it can't be made."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [_CLIENT, *(line for extra in _EXTRAS for line in extras[extra])]
    outer = sysconfig.get_path("purelib")
    key = hashlib.sha256("\n".join([sys.version, outer, *wanted]).encode()).hexdigest()[:16]
    folder = platformdirs.user_cache_path("chatbot-tests") / f"frameworks-{key}"
    python, complete = folder / "bin" / "python", folder / "complete"
    if not complete.exists():
        shutil.rmtree(folder, ignore_errors=True)
        _run(sys.executable, "-m", "venv", "--without-pip", str(folder))
        (inner,) = (folder / "lib").glob("python*/site-packages")
        # Its own packages come first.
        (inner / "outer.pth").write_text(f"{outer}\n", "utf-8")
        _run(str(python), "-m", "pip", *"install --quiet --no-compile".split(), *wanted)
        complete.touch()
    return python


def _run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=_SECONDS)
    if done.returncode:
        pytest.skip(f"the frameworks can't be installed here: {done.stderr.strip()[-200:]}")
