"""Errors that the user can fix.

Every message names the problem in one sentence, then the next step. The command line prints only
the message and exits with `exit_code`. Any exception that is not a `ChatbotError` is a bug and
keeps its traceback.
"""

from __future__ import annotations

from enum import StrEnum
from errno import EACCES, EPERM
from pathlib import Path
from typing import Final, NamedTuple


class ChatbotError(Exception):
    """An error that the user can act on.

    `code` identifies the message for translation, and `values` fill its placeholders.
    """

    exit_code = 1
    code = "failed"

    def __init__(self, message: str, *, code: str = "", **values: str | int) -> None:
        super().__init__(message)
        self.code = code or self.code
        self.values = values


# -- a wrong command or call: correct it ------------------------------------------------------


class UsageError(ChatbotError):
    """The call itself is wrong: an option, a filter, a value."""

    exit_code = 2
    code = "not_understood"


class SettingsError(UsageError):
    """A setting is unknown or has a value that can't be used."""


class QuestionError(UsageError):
    """The question is empty, too long, or has no words."""


class NotFound(UsageError):
    """The document, passage or build doesn't exist."""

    code = "not_there"


class QuestionSetError(ChatbotError):
    """A question set, its judgments or a run file can't be read; the message names the line."""


# -- the documents: change the corpus --------------------------------------------------------


class CorpusError(ChatbotError):
    """The corpus is missing or empty, or no file in it can be read."""


class SkipKind(StrEnum):
    """The kind of reason why a file isn't in the index. Builds store these values."""

    ENCRYPTED = "encrypted"
    COPY_PROTECTED = "copy_protected"
    DAMAGED = "damaged"
    NO_TEXT = "no_text"
    SCANNED = "scanned"
    NOT_TEXT = "not_a_text_file"
    UNKNOWN_ENCODING = "unknown_encoding"
    UNSUPPORTED = "unsupported_format"
    OUTDATED = "outdated_format"
    TOO_LARGE = "too_large"
    TOO_DEEP = "nested_too_deeply"
    TIMED_OUT = "timed_out"
    CRASHED = "crashed_its_reader"
    OUT_OF_MEMORY = "needed_more_memory"
    LINK = "link"
    SPECIAL = "special_file"
    PERMISSION_DENIED = "permission_denied"
    NOT_OPENED = "not_opened"

    @property
    def label(self) -> str:
        """The kind in English words."""
        return self.value.replace("_", " ")


_NEXT_STEPS: Final = {
    SkipKind.ENCRYPTED: "remove the password and build again",
    SkipKind.SCANNED: "install the extra `ocr` or Tesseract to read them",
    SkipKind.OUTDATED: "save it as DOCX or PPTX and build again",
    SkipKind.LINK: "links are not followed",
}


class SkipReason(NamedTuple):
    """Why a file is skipped: the kind, and a detail in English, which may be empty."""

    kind: SkipKind
    detail: str = ""

    def __str__(self) -> str:
        details = "; ".join(filter(None, (self.detail, _NEXT_STEPS.get(self.kind))))
        return f"{self.kind.label}: {details}" if details else self.kind.label

    @classmethod
    def not_opened(cls, failure: OSError) -> SkipReason:
        """The reason for a file that the operating system refuses to open."""
        if failure.errno in (EACCES, EPERM):
            return cls(SkipKind.PERMISSION_DENIED)
        return cls(SkipKind.NOT_OPENED, (failure.strerror or "").lower())


class UnreadableFile(ChatbotError):
    """A file can't be read; the build skips it and lists it with this reason."""

    def __init__(self, kind: SkipKind, detail: str = "") -> None:
        self.reason = SkipReason(kind, detail)
        super().__init__(str(self.reason))


# -- the index: build it again ---------------------------------------------------------------


class IndexMissing(ChatbotError):
    """The index has no build."""

    code = "no_index"

    def __init__(self, path: Path | str) -> None:
        super().__init__(f"No index at {path}. Build one with: chatbot build --index {path}")


class IndexUnusable(ChatbotError):
    """The index must be built again; `problem` is the sentence that says why.

    `path` is the index folder, the folder of one of its builds, or its address in Milvus.
    """

    code = "index_unusable"

    def __init__(self, path: Path | str, problem: str, *, command: str) -> None:
        index = path
        if isinstance(path, Path) and path.parent.name == "builds":
            index = path.parent.parent
        super().__init__(f"{problem} Build it again with: {command} --index {index}")
        self.problem = problem


class IndexDamaged(IndexUnusable):
    """The files of a build don't match its manifest."""

    def __init__(self, path: Path | str, damage: str) -> None:
        problem = f"The index at {path} is damaged: {damage}."
        super().__init__(path, problem, command="chatbot build --fresh")


class IndexMismatch(IndexUnusable):
    """The index was built with a different model or schema than the settings require."""

    def __init__(self, path: Path | str, field: str, built_with: object, required: object) -> None:
        problem = (
            f"The index at {path} was built with {field} {built_with}, but {required} is required."
        )
        super().__init__(path, problem, command="chatbot build")


class IndexBusy(ChatbotError):
    """Another process is building into the same index."""

    def __init__(self, path: Path | str) -> None:
        super().__init__(
            f"Another build is writing to {path}. Wait for it to finish, or name another --index."
        )


class MilvusError(ChatbotError):
    """The Milvus server that holds the index can't be reached, or can't carry out a request."""

    code = "engine"

    @classmethod
    def unreachable(cls, server: str) -> MilvusError:
        """The error for a server that nobody can connect to."""
        return cls(f"Milvus at {server} can't be reached. Start it, or correct the setting index.")

    @classmethod
    def slow(cls, server: str, seconds: int) -> MilvusError:
        """The error for a request that took too long."""
        return cls(
            f"Milvus at {server} didn't answer within {seconds} seconds. Check whether it is "
            "overloaded, and try again."
        )

    @classmethod
    def refused(cls, server: str, reason: str) -> MilvusError:
        """The error for a request that the server can't carry out, such as on a full disk."""
        return cls(
            f"Milvus at {server} failed: {reason}. See the log of Milvus; the build in service is "
            "untouched."
        )


class ClusterError(ChatbotError):
    """The Ray cluster that reads and embeds can't be used, or one of its workers can't."""


# -- the machine: free space, install, choose another port -----------------------------------


class StorageError(ChatbotError):
    """The index folder can't be written: full disk, read-only, or no permission."""

    code = "not_stored"

    @classmethod
    def while_writing(cls, path: Path, failure: object) -> StorageError:
        """The error for a write that fails during a build."""
        return cls(
            f"{path} can't be written ({failure}); the earlier build is untouched. "
            f"Free some space or make it writable, or name another folder with --index, "
            f"and run the command again."
        )


class TooMuchFeedback(ChatbotError):
    """More thumbs arrive than are stored in a minute."""

    code = "too_much_feedback"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"At most {limit} thumbs are stored in a minute (the setting feedback_per_minute). "
            f"Try again in a minute."
        )


class ModelMissing(ChatbotError):
    """The embedding model is not on this machine."""


class ExtensionError(ChatbotError):
    """An entry point of another package can't be loaded."""

    def __init__(self, group: str, name: str, problem: str) -> None:
        super().__init__(
            f"The extension {name!r} ({group}) can't be loaded: {problem}. "
            f"Fix or uninstall the package that provides it."
        )


class PortInUse(ChatbotError):
    """Another program uses the requested address."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"Port {port} on {host} is in use. Stop the program that uses it, "
            f"or choose another with: chatbot serve --port 0"
        )


# -- a failed quality gate -------------------------------------------------------------------


class GateFailed(ChatbotError):
    """A measure is below the caller's threshold, or worse than in the baseline."""

    exit_code = 3
