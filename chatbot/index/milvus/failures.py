"""What a failure of Milvus, of its password or of the network means to the user."""

from __future__ import annotations

from chatbot.errors import MilvusError


def failure_of(failure: Exception, server: str, seconds: int, *, tls: bool) -> MilvusError:
    """The error for one of pymilvus or gRPC; `seconds` is the limit of a request."""
    reason = str(getattr(failure, "message", "") or failure)
    words = reason.casefold()
    # To pymilvus, a refused password is a server that it can't connect to.
    if any("UNAUTHENTICATED" in str(cause) for cause in _causes(failure)):
        return MilvusError(
            f"Milvus at {server} refuses the password. Set milvus_token to USER:PASSWORD, for "
            f"example in CHATBOT_MILVUS_TOKEN."
        )
    if "deadline" in words or "timeout" in words or "timed out" in words:
        return MilvusError.slow(server, seconds)
    if any(word in words for word in ("connect", "unavailable", "channel", "socket closed")):
        if tls:
            return MilvusError(
                f"Milvus at {server} can't be reached over TLS. Start it, or correct the settings "
                f"index, milvus_tls and milvus_authority."
            )
        return MilvusError.unreachable(server)
    first_line = reason.strip().partition("\n")[0]
    return MilvusError.refused(server, first_line[:200])


def _causes(failure: BaseException) -> list[BaseException]:
    """The error and what caused it; pymilvus makes circles of them."""
    causes: list[BaseException] = []
    cause: BaseException | None = failure
    while cause and cause not in causes:
        causes.append(cause)
        cause = cause.__cause__ or cause.__context__
    return causes
