"""What a worker needs to know about a build, and what must match the machine that builds.

A worker with another version, model or kind of processor would give other passages or vectors.
"""

from __future__ import annotations

import hashlib
import json
import platform
import socket
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from chatbot.encoder import Encoder, Model, ModelFiles
from chatbot.errors import ClusterError
from chatbot.readers.installed import extensions
from chatbot.settings import Settings

_SENT: Final = frozenset(
    {
        "cache",
        "compiled",
        "passage_tokens",
        "file_megabytes",
        "file_seconds",
        "file_memory_megabytes",
        "file_text_megabytes",
        "file_passages",
    }
)
_PACKAGE: Final = Path(__file__).parents[2]
# They decide about texts, passages and vectors.
_LIBRARIES: Final = ("nupunkt", "openvino", "pdf-oxide", "pypdfium2", "tokenizers", "trafilatura")
# Together more than one batch, so that the way of many texts is tried as well.
_SAMPLES: Final = tuple(
    "The committee found that trade and arms sales grew. " * n for n in range(20)
)


@dataclass(frozen=True, slots=True)
class Job:
    """A build, as its workers get it.

    `versions` and `vectors` are those of the machine that builds, and so is `confined`: whether
    files are read in full confinement there.
    """

    settings: dict[str, Any]
    model: str
    versions: dict[str, str]
    vectors: str
    confined: bool

    def packed(self) -> str:
        """The job as a text."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def unpacked(cls, text: str) -> Job:
        """The job of a text."""
        return cls(**json.loads(text))

    def worker_settings(self) -> Settings:
        """The settings of a build on this worker; its own variables and files don't count."""
        values = dict(self.settings)
        for name in ("corpus", "cache"):
            values[name] = Path(values[name])
        return Settings.model_construct(**values)

    def check_versions(self) -> None:
        """Raises ClusterError if this worker has another version of something."""
        mine = versions()
        for name, there in self.versions.items():
            if mine.get(name) != there:
                raise unfit(
                    f"has {name} {mine.get(name, 'not at all')}, but the machine that builds has "
                    f"{there}. Install the same versions on both."
                )

    def check_vectors(self, encoder: Encoder) -> None:
        """Raises ClusterError if this worker's vectors differ in a single bit."""
        if sample_of(encoder) != self.vectors:
            raise unfit(
                "computes different vectors from the machine that builds, perhaps because it has "
                "another kind of processor. Leave it out of the cluster."
            )


def job_of(settings: Settings, model: Model, encoder: Encoder, *, confined: bool) -> Job:
    """The job of a build with this model."""
    values = settings.model_dump(mode="json", include=set(_SENT))
    values["corpus"] = str(settings.corpus.resolve())
    values["model"] = model.name
    if isinstance(model, ModelFiles):
        values["query_prefix"], values["passage_prefix"] = model.prefixes
        if Path(model.name).is_dir():
            values["model"] = str(Path(model.name).resolve())
    return Job(
        settings=values,
        model=model.fingerprint,
        versions=versions(),
        vectors=sample_of(encoder),
        confined=confined,
    )


def unfit(problem: str) -> ClusterError:
    """The error for this worker, which can't take part."""
    return ClusterError(f"The worker on {socket.gethostname()} {problem}")


@cache
def versions() -> dict[str, str]:
    """The versions on this machine of all that decides about passages."""
    libraries = {name: version(name) for name in _LIBRARIES}
    return {
        "Python": platform.python_version(),
        "chatbot": f"{version('chatbot')} ({_source_hash()})",
        **libraries,
        **{name: str(value) for name, value in extensions().items()},
    }


def sample_of(encoder: Encoder) -> str:
    """A hash of the vectors of some texts."""
    return hashlib.blake2b(encoder.encode(_SAMPLES).tobytes(), digest_size=16).hexdigest()


def _source_hash() -> str:
    """A hash of this program's source, so that two states of one version differ."""
    digest = hashlib.blake2b(digest_size=6)
    for path in sorted(_PACKAGE.rglob("*.py")):
        digest.update(f"{path.relative_to(_PACKAGE).as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()
