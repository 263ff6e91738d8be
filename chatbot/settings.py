"""Settings from flags, `CHATBOT_*` variables and `chatbot.toml`, in this order of precedence.

Unknown keys are refused, so a misspelt setting is never silently ignored.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import platformdirs
from pydantic import (
    AfterValidator,
    Field,
    SecretStr,
    ValidationError,
    create_model,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from chatbot.clues import CLUES
from chatbot.errors import SettingsError
from chatbot.index_address import beside, checked_index
from chatbot.milvus_settings import MilvusSettings

FILE = "chatbot.toml"
_PREFIX = "CHATBOT_"
_PATHS = (
    "corpus index milvus_authority cache feedback access_file audit_folder model reranker".split()
)

Access = Literal["none", "users", "proxy", "oidc"]
Names = Annotated[tuple[str, ...], NoDecode]
# No date is millions of days ago.
_Days = Annotated[float, Field(ge=0, le=36_500)]


def _cache_folder() -> Path:
    """The operating system's folder for caches, such as `~/.cache/chatbot` on Linux."""
    return platformdirs.user_cache_path("chatbot", appauthor=False, opinion=False)


if TYPE_CHECKING:
    _ClueWeights = MilvusSettings
else:
    # A setting for each clue, from the table of clues.
    _ClueWeights = create_model(
        "_ClueWeights",
        __base__=MilvusSettings,
        **{
            clue.setting: (float, Field(clue.weight, ge=0, description=clue.description))
            for clue in CLUES
        },
    )


class Settings(_ClueWeights):
    """All settings with their defaults."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        env_ignore_empty=True,
        toml_file=FILE,
        extra="forbid",
        frozen=True,
        allow_inf_nan=False,
    )

    corpus: Path = Field(Path("corpus"), description="folder with the documents, or a single file")
    index: Annotated[Path, AfterValidator(checked_index)] = Field(
        Path("index"), description="index folder, or milvus://HOST:PORT/NAME"
    )
    cache: Path = Field(
        default_factory=_cache_folder,
        description="folder for compiled models and local copies of an index in Milvus",
    )
    model: str = Field("all-MiniLM-L6-v2", description="embedding model: its name, or a folder")
    query_prefix: str | None = Field(None, description="text before each question")
    passage_prefix: str | None = Field(None, description="text before each passage and sentence")
    compiled: bool = Field(default=True, description="compile the model for this processor")
    passage_tokens: int = Field(200, ge=16, le=4096, description="longest passage, in tokens")
    file_megabytes: float = Field(200, gt=0, description="largest file to read, in MB")
    file_seconds: float = Field(60, gt=0, description="seconds to wait for each document in a file")
    file_memory_megabytes: float = Field(1000, ge=100, description="memory limit per file, in MB")
    file_text_megabytes: float = Field(200, gt=0, description="most text from a file, in MB")
    file_passages: int = Field(1_000_000, ge=1, description="most passages to take from a file")
    keep_builds: int = Field(3, ge=1, description="number of builds to keep for rolling back")
    depth: int = Field(100, ge=1, le=10_000, description="passages that each search fetches")
    top_k: int = Field(5, ge=1, le=100, description="number of documents in an answer")
    prefer_newest: bool = Field(
        default=True, description="put the newest version of a document before older ones"
    )
    reranker: str = Field("", description="cross-encoder that reorders the first passages")
    rerank_depth: int = Field(
        20, ge=1, le=1_000, description="passages that the cross-encoder reads"
    )
    rerank_weight: float = Field(1.0, ge=0, description="weight of the cross-encoder")
    reader: bool = Field(default=True, description="use the answer reader")
    reader_passages: int = Field(4, ge=1, le=100, description="passages for the answer reader")
    reader_tokens: int = Field(
        128, ge=16, le=400, description="tokens of each passage that the answer reader reads"
    )
    reader_weight: float = Field(0.5, ge=0, description="weight of the answer reader")
    # Fitted by tests/benchmarks/fit_confidence.py, which prints these numbers.
    confidence_intercept: float = Field(-2.22, description="confidence: constant term")
    confidence_score: float = Field(1.28, description="confidence: weight of the score")
    confidence_word_match: float = Field(4.24, description="confidence: weight of word matches")
    confidence_reader: float = Field(0.2, description="confidence: weight of the answer reader")
    confidence_other_language: float = Field(
        0.0, description="confidence: added if question and passage are in different languages"
    )
    strong_from: float = Field(0.95, ge=0, le=1, description="lowest confidence of a strong match")
    abstain_below: float = Field(0.5, ge=0, le=1, description="no answer below this confidence")
    question_characters: int = Field(4000, ge=1, description="longest question, in characters")
    host: str = Field("127.0.0.1", description="address that the server listens on")
    hosts: Names = Field((), description="further host names that the server accepts")
    requests_per_minute: int = Field(
        600, ge=0, description="most requests per minute from one address; 0 means no limit"
    )
    connections: int = Field(500, ge=16, description="most open connections")
    feedback: Path | None = Field(None, description="file for thumbs, the ratings of answers")
    feedback_megabytes: float = Field(100, gt=0, description="largest size of this file, in MB")
    feedback_per_minute: int = Field(60, ge=1, description="most thumbs stored per minute")
    feedback_days: _Days = Field(0, description="days to keep thumbs; 0 keeps them forever")
    downloads: bool = Field(default=False, description="let people download original files")
    adding: bool = Field(default=True, description="let curators add documents from the page")
    added_megabytes: float = Field(5000, gt=0, description="most space for added documents, in MB")
    added_files: int = Field(20_000, ge=1, description="largest number of added documents")
    trash_hours: float = Field(24, ge=0, description="hours during which deletions can be undone")
    access: Access = Field("none", description="how people log in: none, users, proxy or oidc")
    open: bool = Field(default=False, description="let other machines in without a login")
    access_file: Path | None = Field(None, description="file for users and tokens")
    audit: bool = Field(default=False, description="record each question and each opened document")
    audit_folder: Path | None = Field(None, description="folder for the audit log")
    audit_days: _Days = Field(0, description="days to keep the audit log; 0 means forever")
    session_hours: float = Field(12, gt=0, description="hours that a login lasts")
    secure_cookies: bool = Field(default=True, description="logins need HTTPS, except on loopback")
    trusted_proxies: Names = Field((), description="addresses or networks of trusted proxies")
    proxy_user_header: str = Field("X-Forwarded-User", description="header with the user's name")
    proxy_groups_header: str = Field(
        "X-Forwarded-Groups", description="header with the user's groups"
    )
    curator_group: str = Field("", description="proxy or OIDC group whose members are curators")
    admin_group: str = Field("", description="proxy or OIDC group whose members are admins")
    public_url: str = Field("", description="address that people use to reach the server")
    oidc_issuer: str = Field("", description="address of the OIDC provider")
    oidc_client_id: str = Field("", description="this server's client id at the provider")
    oidc_client_secret: SecretStr = Field(
        SecretStr(""), description="this server's client secret at the provider"
    )
    oidc_scopes: str = Field("openid profile email", description="scopes to ask the provider for")
    oidc_name_claim: str = Field("preferred_username", description="claim with the user's name")
    oidc_groups_claim: str = Field("groups", description="claim with the user's groups")
    token: SecretStr = Field(SecretStr(""), description="token for `chatbot evaluate --url`")
    log_format: Literal["text", "json"] = Field("text", description="log as text or json")
    log_questions: bool = Field(default=False, description="write questions into the JSON log")
    traces: str = Field("", description="address of an OpenTelemetry collector for traces")
    port: int = Field(7860, ge=0, le=65535, description="port to serve on; 0 picks a free one")

    @field_validator(*_PATHS)
    @classmethod
    def _expand_home(cls, value: Path | str | None) -> Path | str | None:
        """Replace `~` with the home folder; no shell does it in the file or in variables."""
        if not str(value or "").startswith("~"):
            return value
        try:
            path = Path(str(value)).expanduser()
        except RuntimeError as failure:
            raise PydanticCustomError("home", "there is no such home folder") from failure
        return path if isinstance(value, Path) else str(path)

    @field_validator("hosts", "trusted_proxies", mode="before")
    @classmethod
    def _split_names(cls, value: Any) -> Any:
        """Variables and flags have one text, with commas; the file has a list."""
        return (
            [*filter(None, map(str.strip, value.split(",")))] if isinstance(value, str) else value
        )

    @field_validator("trusted_proxies")
    @classmethod
    def _check_addresses(cls, value: Names) -> Names:
        for name in value:
            ip_network(name)  # its error names the address; a host name could be forged
        return value

    @model_validator(mode="after")
    def _check_depth(self) -> Self:
        if self.depth < self.top_k:
            raise PydanticCustomError(
                "depth",
                "The setting top_k can't be {top_k}: each search fetches only {depth} passages",
                {"depth": self.depth, "top_k": self.top_k},
            )
        return self

    @property
    def weights(self) -> dict[str, float]:
        """The weight of each ranking clue, by its name."""
        return {clue.name: getattr(self, clue.setting) for clue in CLUES}

    def with_defaults(self, defaults: Mapping[str, Any]) -> Self:
        """The settings with other defaults; values that the user sets stay."""
        unset = {
            name: value for name, value in defaults.items() if name not in self.model_fields_set
        }
        return self.model_copy(update=unset)

    @property
    def feedback_file(self) -> Path:
        """The file for thumbs and counts. It's outside the index, which builds clean up."""
        return self.feedback or beside(self.index, "feedback.sqlite")

    @property
    def users_file(self) -> Path:
        """The file for users, tokens and sessions. It's outside the index, too."""
        return self.access_file or beside(self.index, "access.sqlite")

    @property
    def audit_files(self) -> Path:
        """The folder of the audit log. It's outside the index, too."""
        return self.audit_folder or beside(self.index, "audit")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(**flags: Any) -> Settings:
    """The settings in force; a flag with the value None counts as absent.

    Raises SettingsError for an unknown key, a bad value or a file that is not TOML.
    """
    variables = {f"{_PREFIX}{name.upper()}" for name in Settings.model_fields}
    for variable in sorted(os.environ):
        if variable.upper().startswith(_PREFIX) and variable.upper() not in variables:
            raise _unknown(variable)
    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as failure:
        problem = failure.errors()[0]
        if problem["type"] == "depth":
            raise SettingsError(
                f"{problem['msg']}. Lower top_k or raise the setting depth, in {FILE} or with "
                f"{_PREFIX}TOP_K and {_PREFIX}DEPTH."
            ) from failure
        name = ".".join(map(str, problem["loc"]))
        if problem["type"] == "extra_forbidden":
            raise _unknown(name) from failure
        # Pydantic may append the name of a class, which users don't need.
        reason = problem["msg"].lower().partition(" for <class")[0]
        raise SettingsError(
            f"The setting {name} can't be {problem['input']!r}: {reason}. "
            f"Change it in {FILE}, in {_PREFIX}{name.upper()} or on the command line."
        ) from failure
    except (OSError, ValueError) as failure:  # no permission, or not TOML
        raise SettingsError(f"{FILE} can't be read: {failure}. Fix it or remove it.") from failure


def keep_settings(values: Mapping[str, float]) -> Path:
    """Write values into the settings file and return its path; other lines and comments stay.

    Raises SettingsError.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    path = Path(FILE)
    try:
        content = tomlkit.parse(path.read_text("utf-8")) if path.exists() else tomlkit.document()
        content.update(values)
        path.write_text(tomlkit.dumps(content), "utf-8")
    except (OSError, UnicodeError, TOMLKitError) as failure:
        raise SettingsError(
            f"The new settings can't be written to {FILE} ({failure}). Fix it or remove it."
        ) from failure
    return path.absolute()


def _unknown(name: str) -> SettingsError:
    return SettingsError(f"There is no setting {name}. docs/settings.md lists the settings.")
