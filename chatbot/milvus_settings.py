"""The settings for a Milvus server that asks for a password, or that is reached over TLS."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

MilvusIndex = Literal["FLAT", "IVF_FLAT", "HNSW", "AUTOINDEX"]


@dataclass(frozen=True, slots=True)
class MilvusAccess:
    """How to get into a Milvus server.

    `token` is USER:PASSWORD, a key, or empty, and is never shown. `authority` is a file with the
    certificate that the server's is checked with; without it, those of the system count.
    """

    token: str = field(default="", repr=False)
    tls: bool = False
    authority: Path | None = None


OPEN_ACCESS: Final = MilvusAccess()


class MilvusSettings(BaseSettings):
    """The settings whose names begin with `milvus`."""

    milvus_token: SecretStr = Field(SecretStr(""), description="USER:PASSWORD or a key for Milvus")
    milvus_tls: bool = Field(default=False, description="connect to Milvus over TLS")
    milvus_authority: Path | None = Field(
        None, description="file with the certificate of the authority that signed the one of Milvus"
    )
    milvus_index: MilvusIndex = Field(
        "FLAT", description="how a new index in Milvus searches vectors; only FLAT is exact"
    )

    @property
    def milvus_access(self) -> MilvusAccess:
        """How to get into the Milvus server of the index."""
        token = self.milvus_token.get_secret_value()
        return MilvusAccess(token, self.milvus_tls, self.milvus_authority)
