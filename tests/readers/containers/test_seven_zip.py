"""7z archives: the files of every usual method, and a reason for every other."""

from __future__ import annotations

import random
from base64 import b64decode

import pytest

from chatbot.errors import UnreadableFile
from chatbot.readers import Skipped
from chatbot.types import Document
from tests.readers.reading import everything, reason

# Made by 7-Zip: `a.txt`, `sub/b.txt`, an empty file, a hidden one, and a link to /etc/passwd.
ARCHIVES = {
    "bcj": (
        "N3q8ryccAASlfx7M9AAAAAAAAAAiAAAAAAAAAIUumF4AKhoIogLKclKeDDgV9aKXxTedt1BqlGxaDOHfRkgAABeZ"
        "SoZDFuN588nI0dz8SQAqGgiiAqnFC/qnq1fGZOaUJ7n274IMYCfyQgAAAIEzB65PoGbB9LZIYN+5wdEAWKNsqsiw"
        "XnFTxqQb43R3NXEvVRYNPgi1y6QF2KRB00uDhp4z5ddXAUOCfrVWY9bLKRgIX5xD165Wb/3DjQaEg5LgFz/LlcM4"
        "sAzkElzugpfGHtlxdfVVKLJr6xx26DYEJp0WVwT8ckmJFSAVH0OvJqTa+L7u2I4JAilCC2I6SDIIclf4ArBKTsM+"
        "dkaSf4DH2oS0VAAAFwZLAQmAqQAHCwEAASMDAQEFXQAQAAAMgSYKAaIpM44AAA=="
    ),
    "bzip2": (
        "N3q8ryccAAQ1+kb/8wAAAAAAAAAiAAAAAAAAAElRrNBCWmg5MUFZJlNZzzzsxAAAB9OAABBAAYQAP2VfoCAASEqm"
        "9SMj1AeibQiGjQADBDjEK5N6ddqzFCVYc4ua2g+3cqhv1tPEiMfeAkohEmF3JFOFCQzzzsxAAACBMweuD9Moqf1A"
        "wJDO5ct29kNUlJEOfcImDgNN1I7oIRRjk9z1dUwbcACtnlFtO+oWuCHMVYrcvEVZvOPGdZkuPsvxG6mRbM8a9T98"
        "oWHgp6dpCQ8uby30/WLqPcua1SXAKWZnmoTtZrfFB7XbqnMV9RjavtV33k2KvBHSRvjJVxiPyl+TnGlv77RshxAw"
        "g92ylTAetpEAAAAXBlgBCYCbAAcLAQABIwMBAQVdABAAAAyA9goBL/2pVgAA"
    ),
    "copy": (
        "N3q8ryccAAQUlLS90wAAAAAAAAAiAAAAAAAAAHL2Bf5UaGUgZmVycnkgbGVhdmVzIGF0IG5pbmUuCi9ldGMvcGFz"
        "c3dkVGhlIGJ1cyBsZWF2ZXMgYXQgdGVuLgoAAIEzB65PoBfyVZbV7FXLXuwgZ33T6CUAU57Kjhad6i9wHIMXxHAC"
        "BDoR3Rq19sL5RTW+7WxmGX8IgyFdXRGV+XNxn56x5cgVPdVSD5QW59JCcwAvYxKeS7G4DHJYhzNgknabVwUw1DY9"
        "Y+0b0N9spD3ovuoz+wqILNJAVsEkTHpLUcj7AK4TzdhZqfCwI4vmDbZYwAAAFwY8AQmAlwAHCwEAASMDAQEFXQAQ"
        "AAAMgPYKAbWapwYAAA=="
    ),
    "deflate": (
        "N3q8ryccAATsloPz1AAAAAAAAAAiAAAAAAAAAHFRhJZNysEJwCAMBdC7U2QCXaYLpO0XBQliouL24s13fk8CRbS2"
        "qIAHlNhIssC7APtCZdX5n/R2vYpBvNsAAIEzB64P0YkKnKCQoHJD1Fmom+KMwq68hmiqiVe8wpjJJf63vbfo3yXj"
        "AVPrdCgvwGTqS7QCy6MdbAOqUy9t3FAbpHzTZH1pgTko8hR+BjhRSJR0t+Ra5m6OCLvHmgTnl4QxDqbUuqDqrtU9"
        "PG19p3TDbg9hpbaY1/70fMdAQu8GcTx6uu/H2dKGGPTBL61KYz6gLDK3AwAAABcGOQEJgJsABwsBAAEjAwEBBV0A"
        "EAAADID2CgE0ex5pAAA="
    ),
    "delta": (
        "N3q8ryccAAROggmX4AAAAAAAAAAiAAAAAAAAAPueAQsBADtUaBG4AUUMDQeu80X1EQT9u+5Uv/pJAPzApQFbRf67"
        "DTIDEgTx3QQRuP1VEav5RfURBP277lS/AEX6yZwAAACBMweuD9Hy+/1Au5RkHOJo7CmULMUH5bskj1nVn+zOzbZo"
        "fsR8AlJKDgoBMTiSYqAKvk0TUnfLYfNbgBQSizw2I/q4cWi6INSR8I6I/UgyKG5BSv1qJBZpw6FRdfh4GaAnoOy6"
        "iuB8hXMO3hawF2as/Gn7YaKbmW7j+vv8bOEhTClsWowB7x9xPmTLXY0kkPuyVv06Wcw6qn9AbwAAABcGQAEJgKAA"
        "BwsBAAEjAwEBBV0AEAAADID2CgF3yfwyAAA="
    ),
    "files": (
        "N3q8ryccAASifZNQ8gAAAAAAAAAiAAAAAAAAAMduGZSmdckR8efx4LH/rPFJJhsAe4LeM648Ctmv00oUkRNcJXHI"
        "t6pkMDkbgrTjwl1xVTaRuzeJspJBcueiyoc5j/3MAACBMweuD9Hy+/1Au5RkOzmkeudqI0W/tRh3xzACdjPFH2EU"
        "+9iQV5mNETEr2RpKnknhjbTuexT3nA7en419Yvj5f7Q4eYy5aZZK5iAs0hYPpYMQu0vZ+JUIk82Ds3Z1VWWJ520B"
        "PR8OARUk4H7Gnghs2wWi5GtrxKUzvCJraGH1WzgE0gYtr1tPtagFLwt3pPCqndVFvRO9ahak3Q1X5qw3n8fXCd3z"
        "eISG/1XBGAAAABcGQAEJgLIABwsBAAEjAwEBBV0AEAAADIEGCgFkTjoLAAA="
    ),
    "header": (
        "N3q8ryccAARjZlcjAAEAAAAAAAA+AAAAAAAAAOf6XqTn0YQ1gRWeaWnD9j0CtnbDQ0ozH9RtrDyCom2Q+hylM5iB"
        "4kckKpqmLMmh+A71LzvjB+ji/WCPRUSuC6YEF+Ssh3wftLZFcFiYQijtX75FooFPF9/exMdmOD78c+LatIfOk1+Q"
        "i6B445sdcazp/KDeIgcKBrzeTTnvaPIJ6kd0B0i99voqs4VdsH5432ABQoP7UTdUrxPefK52n9n0uxjtyB/s4rWs"
        "Ole6nhgK0wh/AgzjSrnFP32q2HBxYcyXWzIaTEqD+qijKYeTx4ieS+uyVjizWKJ4F/nuF5NrX1E/ZGv5hVWqHH5R"
        "mo8ZDOWU7pDRSfD0Keq0VtsK1iCWndjTFwZAAQmAwAAHCwEAAiQG8QcBElMPRdAm42WoKplqpSSTO9SQdyMDAQEF"
        "XQAQAAABAAyAsYEGCgGlpkjtAAA="
    ),
    "lzma": (
        "N3q8ryccAAR1MQmY1gAAAAAAAAAiAAAAAAAAABkh3yUAKhoIogLKclKeDDgV9aKXxTedt1BqlGxaDOHfY+5iILrP"
        "Cg+wtc2nMfxkbu862wDZOpxOUoAAAIEzB64P0VujJKCQoHew/pOH4ao/qTDQWjFp+IBWXme8LYA7SnMWorxNu4yB"
        "QfSwE7TapHM38XEUmcIFekdSRAdU3Zbau8i5cDo0qxI2M+wgAlisgeqFtfeACllj7p/gOCyEeJXL+rGF9lzJTDQ1"
        "W2QGbiMP3Pt/Kq+ha2vY1wBBnizf5bLOKYGi4L/nuDlshqWx+kxats9+//fAAAAAFwY2AQmAoAAHCwEAASMDAQEF"
        "XQAQAAAMgPYKAWi80sAAAA=="
    ),
    "lzma2": (
        "N3q8ryccAASNs3xy2QAAAAAAAAAiAAAAAAAAACDKHcvgADsANV0AKhoIogLKclKeDDgV9aKXxTedt1BqlGxaDOHf"
        "Y+5iILrPCg+wtc2nMfxkbu862wDZOpxOUoAAAACBMweuD9HFlIygkKB3XsVAGJB7CMtzo9H7mWgf7TwFtT0xzVIR"
        "0s+18fAIwku2UShHbfiXJIXV6tJ2jCpWYpiBP/GJxmj2lvK/xNPOtlpPhZto2NS6LVSXsT7xee8CfzknilhIddIJ"
        "xMr22YMoTGNlxWxtSzfZVk28jIF64BTcyDgHoBckn7Ms24SriwaGdFx6jzQL1JxVAAAAFwY9AQmAnAAHCwEAASMD"
        "AQEFXQAQAAAMgPYKAbEGRNwAAA=="
    ),
    "ppmd": (
        "N3q8ryccAATuRK1XzwAAAAAAAAAiAAAAAAAAAMEsEgwAVBY7tq9JtQgj1DCBKTmlVuc7v0F3McugUJJtf3tFOEDe"
        "zcitDbQOTz+Co+nUAAAAgTMHrg/Q8bH8nz9HQVjXaK5/7UvybVGfiPcBdBNKmhQfWF4bl7RgrYzxFmbQ0IAtb7nB"
        "zlawUxYOwtMUonFlHgsUT3aa48UbZDTLlTy32+Ntkwhbg4vVwjHbpTS7zdhh1IaUur0IAgnzvGTCjp9w9HP4xf9A"
        "fax90Z3LK5A9iu/qq4w9OYA+WGG302jl8YFu5oWZc5ykdtvf38UAAAAXBi8BCYCgAAcLAQABIwMBAQVdABAAAAyA"
        "9goBoyEuOgAA"
    ),
}
TEXTS = {"a.7z/a.txt": "The ferry leaves at nine.", "a.7z/sub/b.txt": "The bus leaves at ten."}


def outcome(method: str) -> tuple[dict[str, str], dict[str, str]]:
    """The texts, and the reasons of what is skipped, by name."""
    items = everything("a.7z", b64decode(ARCHIVES[method]))
    return (
        {item.doc_id: item.text for item in items if isinstance(item, Document)},
        {item.name: str(item.reason) for item in items if isinstance(item, Skipped)},
    )


@pytest.mark.parametrize("method", ["lzma", "lzma2", "bzip2", "deflate", "copy", "bcj", "delta"])
def test_the_files_of_an_archive_are_read(method: str) -> None:
    """A link is listed and not followed; a hidden file is left out."""
    texts, skipped = outcome(method)
    assert texts == TEXTS
    assert skipped == {
        "a.7z/empty.txt": "no text",
        "a.7z/link.txt": "link: links are not followed",
    }


def test_files_that_can_not_be_unpacked_have_a_reason() -> None:
    """Without a password, and with a method that the standard library doesn't have."""
    for method, why in (
        ("files", "encrypted: remove the password and build again"),
        ("ppmd", "unsupported format: it is packed with PPMd"),
    ):
        texts, skipped = outcome(method)
        assert not texts
        assert {skipped[name] for name in TEXTS} == {why}
    assert reason("a.7z", b64decode(ARCHIVES["header"])).startswith("encrypted")


def test_damage_anywhere_gives_a_reason_and_no_wrong_text() -> None:
    """Every cut and many changed bytes; a checksum tells whether a text is right."""
    numbers = random.Random(7)
    data = b64decode(ARCHIVES["lzma2"])
    damaged = [data[:length] for length in range(6, len(data), 3)]
    for _ in range(400):
        changed = bytearray(data)
        changed[numbers.randrange(6, len(data))] ^= 1 << numbers.randrange(8)
        damaged.append(bytes(changed))
    for content in damaged:
        try:
            items = everything("a.7z", content)
        except UnreadableFile:
            continue
        texts = [item.text for item in items if isinstance(item, Document)]
        assert set(texts) <= set(TEXTS.values())
