"""Settings come from flags, variables, the file and defaults; mistakes are always reported."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from chatbot.errors import SettingsError
from chatbot.settings import Settings, load_settings
from tests.closed import bound_python

# Three values for each setting, the first not its default.
VALUES: dict[str, tuple[Any, Any, Any]] = {
    "corpus": ("a", "b", "c"),
    "index": ("a", "b", "c"),
    "cache": ("a", "b", "c"),
    "milvus_token": ("a", "b", "c"),
    "milvus_tls": (True, False, True),
    "milvus_authority": ("a", "b", "c"),
    "milvus_index": ("HNSW", "IVF_FLAT", "AUTOINDEX"),
    "model": ("a", "b", "c"),
    "query_prefix": ("a: ", "b: ", "c: "),
    "passage_prefix": ("a: ", "b: ", "c: "),
    "compiled": (False, True, False),
    "passage_tokens": (16, 17, 4096),
    "file_megabytes": (0.5, 1, 1000),
    "file_seconds": (0.5, 1, 1000),
    "file_memory_megabytes": (100, 200, 1000),
    "file_text_megabytes": (0.5, 1, 1000),
    "file_passages": (1, 2, 1000),
    "keep_builds": (1, 2, 4),
    "depth": (5, 6, 10_000),
    "top_k": (1, 2, 100),
    "dense_weight": (0, 0.1, 5),
    "evidence_weight": (0, 0.1, 5),
    "lexical_weight": (0, 0.1, 5),
    "document_weight": (0, 0.1, 5),
    "prefer_newest": (False, True, False),
    "reranker": ("a", "b", "c"),
    "rerank_depth": (1, 2, 1_000),
    "rerank_weight": (0, 0.1, 5),
    "reader": (False, True, False),
    "reader_passages": (1, 2, 100),
    "reader_tokens": (16, 17, 400),
    "reader_weight": (0, 0.1, 5),
    "confidence_intercept": (-9.5, 0, 1),
    "confidence_score": (-1, 0.1, 5),
    "confidence_word_match": (-1, 0.1, 5),
    "confidence_reader": (-1, 0.1, 5),
    "confidence_other_language": (-1, 0.1, 5),
    "strong_from": (0, 0.1, 1),
    "abstain_below": (0, 0.1, 1),
    "question_characters": (1, 2, 10_000),
    "feedback": ("a", "b", "c"),
    "feedback_megabytes": (0.5, 1, 1000),
    "feedback_per_minute": (1, 2, 1000),
    "feedback_days": (0.5, 1, 1000),
    "access": ("users", "proxy", "oidc"),
    "open": (True, False, True),
    "access_file": ("a", "b", "c"),
    "audit": (True, False, True),
    "audit_folder": ("a", "b", "c"),
    "audit_days": (0.5, 1, 1000),
    "adding": (False, True, False),
    "added_megabytes": (0.5, 1, 1000),
    "added_files": (1, 2, 10_000),
    "trash_hours": (0.5, 1, 1000),
    "session_hours": (0.5, 1, 1000),
    "secure_cookies": (False, True, False),
    "trusted_proxies": ("10.0.0.1", "10.0.0.2,10.0.1.0/24", "::1"),
    "proxy_user_header": ("a", "b", "c"),
    "proxy_groups_header": ("a", "b", "c"),
    "curator_group": ("a", "b", "c"),
    "admin_group": ("a", "b", "c"),
    "public_url": ("https://a.example", "https://b.example", "https://c.example"),
    "oidc_issuer": ("https://a.example", "https://b.example", "https://c.example"),
    "oidc_client_id": ("a", "b", "c"),
    "oidc_client_secret": ("a", "b", "c"),
    "oidc_scopes": ("openid", "openid a", "openid b"),
    "oidc_name_claim": ("a", "b", "c"),
    "oidc_groups_claim": ("a", "b", "c"),
    "host": ("0.0.0.0", "::1", "localhost"),  # noqa: S104 - nothing is served
    "hosts": ("a", "b,c", "d"),
    "requests_per_minute": (0, 1, 1000),
    "connections": (16, 17, 1000),
    "downloads": (True, False, True),
    "token": ("a", "b", "c"),
    "log_format": ("json", "text", "json"),
    "log_questions": (True, False, True),
    "traces": ("http://a.example", "http://b.example", "http://c.example"),
    "port": (0, 1, 65535),
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, and no CHATBOT_ variables."""
    for variable in [name for name in os.environ if name.upper().startswith("CHATBOT_")]:
        monkeypatch.delenv(variable)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(**values: Any) -> None:
    """Write chatbot.toml, one setting per line; for these values TOML and JSON look the same."""
    lines = [f"{name} = {json.dumps(value)}" for name, value in values.items()]
    Path("chatbot.toml").write_text("\n".join(lines), "utf-8")


def as_stored(value: Any) -> Any:
    """A value as `Settings` stores it."""
    return Path(value) if isinstance(value, str) else value


def value_of(settings: Settings, name: str) -> Any:
    value = getattr(settings, name)
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, tuple):
        value = ",".join(value)
    return Path(value) if isinstance(value, str) else value


# -- precedence ------------------------------------------------------------------------------


def test_every_setting_has_test_values() -> None:
    """The tests below therefore cover all settings."""
    assert VALUES.keys() == Settings.model_fields.keys()


@pytest.mark.parametrize("name", VALUES)
def test_flags_win_over_variables_over_the_file_over_defaults(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For every setting, each source works alone, and the first in this order wins."""
    in_file, in_variable, in_flag = VALUES[name]
    default = value_of(load_settings(), name)
    assert default != as_stored(in_file)
    write(**{name: in_file})
    assert value_of(load_settings(), name) == as_stored(in_file)
    monkeypatch.setenv(f"CHATBOT_{name.upper()}", str(in_variable))
    assert value_of(load_settings(), name) == as_stored(in_variable)
    assert value_of(load_settings(**{name: in_flag}), name) == as_stored(in_flag)
    Path("chatbot.toml").unlink()
    assert value_of(load_settings(), name) == as_stored(in_variable)
    monkeypatch.delenv(f"CHATBOT_{name.upper()}")
    assert value_of(load_settings(**{name: in_flag}), name) == as_stored(in_flag)
    assert value_of(load_settings(), name) == default


def test_sources_are_mixed_setting_by_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each setting comes from the first source that has it."""
    write(top_k=1, depth=11, port=21)
    monkeypatch.setenv("CHATBOT_DEPTH", "12")
    monkeypatch.setenv("CHATBOT_PORT", "22")
    mixed = load_settings(port=23)
    assert (mixed.top_k, mixed.depth, mixed.port, mixed.keep_builds) == (1, 12, 23, 3)


def test_an_absent_flag_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty variable is ignored, too."""
    write(port=21)
    monkeypatch.setenv("CHATBOT_PORT", "")
    assert load_settings(port=None).port == 21


def test_a_variable_may_be_lower_case(monkeypatch: pytest.MonkeyPatch) -> None:
    """The case of environment variables doesn't matter."""
    monkeypatch.setenv("chatbot_port", "22")
    assert load_settings().port == 22


def test_the_file_is_read_from_the_working_folder(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file in a folder above it is ignored."""
    write(port=21)
    (here / "below").mkdir()
    monkeypatch.chdir(here / "below")
    assert load_settings().port == 7860


def test_settings_can_not_be_changed() -> None:
    """Settings are frozen."""
    with pytest.raises(ValueError, match="frozen"):
        load_settings().port = 1


@pytest.mark.skipif(sys.platform != "linux", reason="other systems use other folders")
def test_the_cache_folder_follows_the_xdg_specification(monkeypatch: pytest.MonkeyPatch) -> None:
    """XDG_CACHE_HOME if it is set, otherwise `.cache` in the home folder."""
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert load_settings().cache == Path("/home/somebody/.cache/chatbot")
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    assert load_settings().cache == Path("/caches/chatbot")


def test_a_tilde_stands_for_the_home_folder(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This holds at the start of a path; elsewhere it is an ordinary character."""
    monkeypatch.setenv("HOME", str(here / "home"))
    write(corpus="~/texts", index="~", feedback="~/thumbs", model="~/model", reranker="~/cross")
    monkeypatch.setenv("CHATBOT_CACHE", "~/cache")
    loaded = load_settings()
    assert (loaded.corpus, loaded.index) == (here / "home/texts", here / "home")
    assert (loaded.feedback, loaded.cache) == (here / "home/thumbs", here / "home/cache")
    assert (loaded.model, loaded.reranker) == (str(here / "home/model"), str(here / "home/cross"))
    write(corpus="a~b", model="all~", host="~")
    loaded = load_settings()
    assert (loaded.corpus, loaded.model, loaded.host) == (Path("a~b"), "all~", "~")
    write(corpus="~nobody-of-this-name/texts")
    with pytest.raises(SettingsError, match=r"can't be '~nobody.*': there is no such home folder"):
        load_settings()


def test_the_feedback_file_is_next_to_the_index_and_never_inside(here: Path) -> None:
    """No build deletes it, and two indexes in one folder have separate files."""
    assert load_settings().feedback_file == here / "index-feedback.sqlite"
    assert load_settings(index="a/b").feedback_file == here / "a" / "b-feedback.sqlite"
    assert load_settings(index="a", feedback="c/d").feedback_file == Path("c/d")


# -- unknown names ---------------------------------------------------------------------------


def test_an_unknown_key_in_the_file_is_refused() -> None:
    """The message names the key, and where the settings are listed."""
    write(top_k=1, topk=2)
    with pytest.raises(SettingsError) as failure:
        load_settings()
    assert str(failure.value) == ("There is no setting topk. docs/settings.md lists the settings.")


def test_a_section_in_the_file_is_refused() -> None:
    """No sections exist, so a setting inside one would be ignored."""
    Path("chatbot.toml").write_text("[server]\nport = 1\n")
    with pytest.raises(SettingsError, match="There is no setting server"):
        load_settings()


@pytest.mark.parametrize("variable", ["CHATBOT_TOPK", "chatbot_topk", "CHATBOT_"])
def test_an_unknown_variable_is_refused(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even an empty one is refused, because it is misspelt."""
    for value in ("1", ""):
        monkeypatch.setenv(variable, value)
        with pytest.raises(SettingsError, match=f"There is no setting {variable}"):
            load_settings()


def test_variables_of_other_programs_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only variables that begin with CHATBOT_ count."""
    monkeypatch.setenv("CHATBOTS_TOPK", "1")
    monkeypatch.setenv("TOP_K", "1")
    assert load_settings().top_k == 5


def test_an_unknown_flag_is_refused() -> None:
    """`load_settings` refuses a misspelt keyword argument."""
    with pytest.raises(SettingsError, match="There is no setting topk"):
        load_settings(topk=1)


# -- bad values ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("top_k", 0, "input should be greater than or equal to 1"),
        ("top_k", 101, "input should be less than or equal to 100"),
        ("top_k", "many", "input should be a valid integer, unable to parse string as an integer"),
        ("top_k", 7.5, "input should be a valid integer, got a number with a fractional part"),
        ("passage_tokens", 15, "input should be greater than or equal to 16"),
        ("file_megabytes", 0, "input should be greater than 0"),
        ("strong_from", 1.01, "input should be less than or equal to 1"),
        ("lexical_weight", -0.1, "input should be greater than or equal to 0"),
        ("port", 65536, "input should be less than or equal to 65535"),
        # Each question and each thumb failed, because no date is so long ago.
        ("audit_days", 1_000_000, "input should be less than or equal to 36500"),
        ("feedback_days", 1_000_000, "input should be less than or equal to 36500"),
        ("compiled", "maybe", "input should be a valid boolean, unable to interpret input"),
        ("model", 1, "input should be a valid string"),
        ("corpus", 1, "input is not a valid path"),
        ("host", [1], "input should be a valid string"),
    ],
)
def test_an_invalid_value_is_reported_in_one_sentence(name: str, value: Any, why: str) -> None:
    """The message gives the setting, the value, the reason, and where to change it."""
    expected = (
        f"The setting {name} can't be {value!r}: {why}. "
        f"Change it in chatbot.toml, in CHATBOT_{name.upper()} or on the command line."
    )
    write(**{name: value})
    with pytest.raises(SettingsError) as failure:
        load_settings()
    assert str(failure.value) == expected
    Path("chatbot.toml").unlink()
    with pytest.raises(SettingsError) as failure:
        load_settings(**{name: value})
    assert str(failure.value) == expected


@pytest.mark.parametrize(("depth", "top_k"), [(4, 5), (4, None), (99, 100)])
def test_top_k_may_not_exceed_depth(depth: int, top_k: int | None) -> None:
    """The message names both, whichever was set; equal values are allowed."""
    with pytest.raises(SettingsError) as failure:
        load_settings(depth=depth, top_k=top_k)
    assert str(failure.value) == (
        f"The setting top_k can't be {top_k or 5}: each search fetches only {depth} passages. "
        f"Lower top_k or raise the setting depth, in chatbot.toml or with CHATBOT_TOP_K and "
        f"CHATBOT_DEPTH."
    )
    assert load_settings(depth=depth, top_k=depth).top_k == depth


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e999"])
def test_a_number_that_is_not_finite_is_refused(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No comparison with it would be meaningful."""
    monkeypatch.setenv("CHATBOT_ABSTAIN_BELOW", value)
    with pytest.raises(SettingsError, match=f"'{value}': input should be a finite number"):
        load_settings()


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"top_k", "Expected '='"), (b"\xff\xfe", "can't decode byte 0xff"), (b"a = [", "Invalid")],
)
def test_an_invalid_file_is_reported(content: bytes, why: str) -> None:
    """The message has the parser's error and the next step."""
    Path("chatbot.toml").write_bytes(content)
    with pytest.raises(SettingsError, match=rf"chatbot\.toml can't be read: .*{why}.*Fix it"):
        load_settings()


def test_a_file_without_read_permission_is_reported(here: Path) -> None:
    """The command line prints only that sentence and exits with 2."""
    write(port=1)
    (here / "chatbot.toml").chmod(0)
    done = bound_python("-m", "chatbot", "info")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("chatbot.toml can't be read: [Errno 13] Permission denied")
    assert done.stderr.count("\n") == 1
