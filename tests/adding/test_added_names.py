"""The path of an added file, and the kinds of file that are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.adding.added_names import check_kind, safe_path
from chatbot.adding.refusals import NotAdded


@pytest.mark.parametrize(
    ("name", "folder", "path"),
    [
        ("report.pdf", "", "report.pdf"),
        ("2024/report.pdf", "trade", "trade/2024/report.pdf"),
        ("report.pdf", " /trade/ ", "trade/report.pdf"),
        ("/report.pdf", "", "report.pdf"),
        ("Wie viel? 5:1.md", "", "Wie viel_ 5_1.md"),
        ("Договор № 7.docx", "", "Договор № 7.docx"),
        ("u\u0308ber.md", "", "über.md"),
        ("نمی\u200cدانم.txt", "", "نمی\u200cدانم.txt"),
    ],
)
def test_a_name_becomes_a_path_in_the_folder(name: str, folder: str, path: str) -> None:
    """It is composed, and the characters that Windows forbids become an underscore."""
    assert safe_path(name, folder) == path


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/",
        ".",
        "..",
        "../secret.md",
        "a/../../secret.md",
        "a//b.md",
        "a/./b.md",
        "..\\secret.md",
        "C:\\x.md",
        "a\0.md",
        "a\n.md",
        "\u202efdp.exe.md",
        "\udcff.md",
        "con",
        "a/NUL.txt",
        "com1.md",
        "name.",
        "name ",
        " name",
        "...",
        "…/..",
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    """Out of the folder, to a device, or to a name that means two things."""
    with pytest.raises(NotAdded) as refusal:
        safe_path(name)
    assert refusal.value.code == "adding_name"


@pytest.mark.parametrize(
    "name",
    [".chatbot-access.toml", ".chatbotignore", "a/.gitignore", ".git/config", ".hidden/a.md"],
)
def test_hidden_files_and_rules_are_refused(name: str) -> None:
    """Rules decide who sees what, so nobody adds them from the page."""
    for folder in ("", "trade"):
        with pytest.raises(NotAdded) as refusal:
            safe_path(name, folder)
        assert refusal.value.code == "adding_hidden"
    with pytest.raises(NotAdded):
        safe_path("a.md", name)


@pytest.mark.parametrize(
    "name", ["x" * 241, "ы" * 121, "/".join("x" * 17), "/".join(["x" * 99] * 11)]
)
def test_a_name_too_long_for_a_file_system_is_refused(name: str) -> None:
    """Its length counts in bytes; so do the whole path and the number of folders."""
    with pytest.raises(NotAdded) as refusal:
        safe_path(name)
    assert refusal.value.code == "adding_long"


@given(st.text(max_size=40), st.text(max_size=20))
def test_no_name_leaves_the_folder(name: str, folder: str) -> None:
    """Whatever the name, the path is refused or stays inside, visible, and means itself."""
    try:
        path = safe_path(name, folder)
    except NotAdded:
        return
    parts = path.split("/")
    assert all(part and not part.startswith(".") and "\\" not in part for part in parts)
    assert safe_path(path) == path


@pytest.mark.parametrize("name", ["a.pdf", "a.PDF", "a.md", "a.zip", "notes", "a.unknown", "a.csv"])
def test_a_file_that_may_have_text_is_taken(name: str) -> None:
    """The reader looks at the content, so an unknown ending is no reason."""
    check_kind(name)


@pytest.mark.parametrize("name", ["a.mp4", "a.MP3", "setup.exe", "lib.so", "a.ttf", "disk.iso"])
def test_a_file_without_text_is_refused_before_it_is_kept(name: str) -> None:
    """Films, sound, fonts and programs."""
    with pytest.raises(NotAdded) as refusal:
        check_kind(name)
    assert refusal.value.code == "adding_kind"
