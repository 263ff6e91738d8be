"""Errors that the user can fix.

Every message names the problem in one sentence, then the next step. The command line prints only
the message and exits with `exit_code`. Any exception that is not a `ChatbotError` is a bug and
keeps its traceback.
"""

from __future__ import annotations

from pathlib import Path


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


# -- a wrong command or call: change it ------------------------------------------------------


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


class UnreadableFile(ChatbotError):
    """One file can't be read; the build goes on and lists it with this reason.

    A reason begins with its kind, one of `KINDS`, and may tell more after it.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


KINDS = (
    "encrypted",
    "damaged",
    "no text",
    "not a text file",
    "unsupported format",
    "too large",
    "nested too deeply",
    "timed out",
    "crashed its reader",
    "needed more memory",
    "a link",
    "permission denied",
)


def kind_of(reason: str) -> str:
    """The kind of a reason for which a file was skipped; "other" for a rare one."""
    return next((kind for kind in KINDS if reason.startswith(kind)), "other")


# -- the index: build it again ---------------------------------------------------------------


class IndexMissing(ChatbotError):
    """The index has no build."""

    code = "no_index"

    def __init__(self, path: Path) -> None:
        super().__init__(f"No index at {path}. Build one with: chatbot build --index {path}")


class IndexUnusable(ChatbotError):
    """The index must be built again; `problem` is the sentence that says why.

    `path` is the index folder or the folder of one of its builds.
    """

    code = "index_unusable"

    def __init__(self, path: Path, problem: str, *, command: str) -> None:
        index = path.parent.parent if path.parent.name == "builds" else path
        super().__init__(f"{problem} Build it again with: {command} --index {index}")
        self.problem = problem


class IndexDamaged(IndexUnusable):
    """The files of a build don't match its manifest."""

    def __init__(self, path: Path, what: str) -> None:
        problem = f"The index at {path} is damaged: {what}."
        super().__init__(path, problem, command="chatbot build --fresh")


class IndexMismatch(IndexUnusable):
    """The index was built with a different model or schema than the settings require."""

    def __init__(self, path: Path, field: str, built_with: object, wanted: object) -> None:
        problem = (
            f"The index at {path} was built with {field} {built_with}, but {wanted} is wanted."
        )
        super().__init__(path, problem, command="chatbot build")


class IndexBusy(ChatbotError):
    """Another process is building into the same folder."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"Another build is writing to {path}. Wait for it to finish, or name another --index."
        )


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


class ModelMissing(ChatbotError):
    """The embedding model is not on this machine."""


class PortInUse(ChatbotError):
    """Another program uses the requested address."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"Port {port} on {host} is in use. Stop what uses it, "
            f"or choose another with: chatbot serve --port 0"
        )


# -- a failed quality gate -------------------------------------------------------------------


class GateFailed(ChatbotError):
    """A measure is below the caller's threshold, or worse than in the baseline."""

    exit_code = 3
