"""The virtual environment of the frameworks, and how their processes are started."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import venv
from collections.abc import Mapping
from pathlib import Path

from tests.benchmarks.indexes import HOME
from tests.shared import PROJECT

FRAMEWORKS = {
    "langchain_faiss": "LangChain + FAISS",
    "llama_index_vectors": "LlamaIndex",
    "haystack_hybrid": "Haystack hybrid",
    "txtai_hybrid": "txtai hybrid",
}
PRODUCT = "product"

_PINNED = (
    "langchain-community==0.4.2",
    "langchain-huggingface==1.2.3",
    "llama-index-core==0.14.25",
    "llama-index-embeddings-huggingface==0.8.0",
    "haystack-ai==3.4.0",
    "sentence-transformers-haystack==2.0.0",
    "txtai==9.14.0",
)
# The product's own versions, so that they cause no difference.
_SHARED = (
    *("torch", "sentence-transformers", "transformers", "faiss-cpu", "numpy"),
    *("fastapi", "uvicorn"),
)

_QUIET = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "LANGSMITH_TRACING": "false",
    "LANGCHAIN_TRACING_V2": "false",
    "ANONYMIZED_TELEMETRY": "False",
    "DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "true",
}


def frameworks() -> Path:
    """The Python that has the frameworks; the first call installs them, which takes minutes."""
    home = HOME / "frameworks"
    python = home / "bin" / "python"
    # Written last, so that an interrupted installation is repeated.
    whole = home / "whole"
    wanted = "\n".join((*_SHARED, *_PINNED))
    if not whole.is_file() or whole.read_text("utf-8") != wanted:
        print("Installing the frameworks ...", file=sys.stderr)
        venv.create(home, with_pip=True, clear=True)
        pins = (PROJECT / "constraints.txt").read_text("utf-8").splitlines()
        shared = [pin for pin in pins if pin.partition("==")[0] in _SHARED]
        torch = next(pin for pin in shared if pin.startswith("torch=="))
        # First and alone: as a dependency it may bring gigabytes for other hardware.
        for packages in ([torch], [*shared, *_PINNED]):
            subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
        whole.write_text(wanted, "utf-8")
    return python


def versions(python: Path) -> dict[str, str]:
    """The installed versions by name."""
    frozen = subprocess.run(
        [python, "-m", "pip", "freeze"], check=True, capture_output=True, text=True
    ).stdout
    names = {*_SHARED, *(pin.partition("==")[0] for pin in _PINNED)}
    pairs = (line.partition("==") for line in frozen.splitlines())
    return {name: version for name, _, version in pairs if name in names}


class Lines:
    """The lines that a command printed, with the seconds since its start."""

    def __init__(self, *command: str | Path, stdin: str = "", home: Path | None = None) -> None:
        began = time.perf_counter()
        errors = HOME / "peers-run" / "errors.log"
        with (
            errors.open("w", encoding="utf-8") as log,
            subprocess.Popen(
                [*map(str, command)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=PROJECT,
                env=offline_environment(home),
            ) as process,
        ):
            assert process.stdin
            assert process.stdout
            process.stdin.write(stdin)
            process.stdin.close()
            self.timed = [(time.perf_counter() - began, line) for line in process.stdout]
        if process.returncode:
            raise SystemExit(f"{' '.join(map(str, command))} failed:\n{errors.read_text()[-2000:]}")


def offline_environment(home: Path | None) -> Mapping[str, str]:
    """The environment of a framework's process: it reports nothing and asks no hub."""
    environment = {**os.environ, **_QUIET}
    if home:
        # Frameworks may write to the home folder; it must not be the user's.
        home.mkdir(parents=True, exist_ok=True)
        environment |= {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}
    return environment
