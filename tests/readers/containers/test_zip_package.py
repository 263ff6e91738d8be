"""ZIP packages: hostile and damaged ones are refused before anything is unpacked."""

from __future__ import annotations

import warnings

import pytest

from chatbot.errors import UnreadableFile
from chatbot.readers.containers.zip_package import Package
from tests.readers.packages import with_size, zipped

WORDS = zipped(("a", b"words " * 99))


def refusal(data: bytes, name: str | None = None) -> str:
    try:
        package = Package(data)
        if name is None:
            package.verify()
        else:
            package.read(name)
    except UnreadableFile as refused:
        return str(refused)
    pytest.fail("it was unpacked")


def test_members_are_read_by_name() -> None:
    """Folders don't count as members, and names keep their order."""
    package = Package(zipped(("b/", b""), ("b/x", b"first"), ("a", b"second")))
    assert package.names == ("b/x", "a")
    assert package.read("b/x") == b"first"
    assert "a" in package
    assert "b/" not in package


def test_a_path_is_only_a_name() -> None:
    """A path out of the archive is just a name; of two members with one name the last counts."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = zipped(("../../etc/passwd", b"x"), ("/root", b"y"), ("a", b"one"), ("a", b"two"))
    package = Package(data)
    assert package.names == ("../../etc/passwd", "/root", "a")
    assert package.read("../../etc/passwd") == b"x"
    assert package.read("a") == b"two"


def test_a_package_that_unpacks_to_an_absurd_size_is_refused_unopened() -> None:
    """Thirty megabytes from thirty kilobytes is a bomb; a table of equal rows isn't."""
    assert refusal(zipped(("a", bytes(30_000_000)))) == "too large: it unpacks to 30 MB"
    rows = b"".join(b"<row><c>%d</c><c>same</c></row>" % number for number in range(700_000))
    assert Package(zipped(("sheet", rows))).read("sheet") == rows


def test_many_small_bombs_together_are_a_bomb() -> None:
    """The bound applies to the whole package, not to each member."""
    many = zipped(*((str(number), bytes(3_000_000)) for number in range(10)))
    assert refusal(many) == "too large: it unpacks to 30 MB"


def test_a_package_with_too_many_members_is_refused() -> None:
    """Listing the members alone can take minutes."""
    assert refusal(zipped(*((str(n), b"") for n in range(50_001)))) == (
        "too large: 50,001 files inside"
    )


@pytest.mark.parametrize("name", ["a", None], ids=["read", "verified"])
def test_a_member_never_unpacks_to_more_than_its_stated_size(name: str | None) -> None:
    """A member of thirty megabytes that claims one kilobyte counts as damaged."""
    lying = with_size(zipped(("a", bytes(30_000_000))), 1000)
    assert refusal(lying, name).startswith("damaged: a can't be unpacked")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"PK\x03\x04 and nothing more", "damaged: its parts can't be listed"),
        (WORDS[:-30], "damaged: its parts can't be listed"),
        (WORDS[:31] + b"?" * 9 + WORDS[40:], "damaged: a can't be unpacked"),
    ],
    ids=["no directory", "cut", "bytes changed"],
)
def test_a_damaged_package_is_refused(data: bytes, why: str) -> None:
    """A truncated or altered package never gives wrong bytes."""
    assert refusal(data, "a").startswith(why)


def test_a_missing_member_and_an_encrypted_one_are_named() -> None:
    """The reason names the member."""
    data = zipped(("a", b"secret"))
    assert refusal(data, "b") == "damaged: b is missing"
    locked = bytearray(data)
    for start, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[data.index(start) + place] |= 1
    assert refusal(bytes(locked), "a") == "encrypted: remove the password and build again"
