"""The control words of RTF: those that open a group without text, and those for a character.

Source: Rich Text Format Specification 1.9.1.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from chatbot.readers.struck import joined

# Groups whose words aren't text of the document.
UNSEEN: Final = frozenset(
    """
    list listlevel leveltext levelnumbers listname listoverride lfolevel
    colortbl filetbl revtbl rsidtbl listtable listoverridetable listpicture generator xmlnstbl
    themedata colorschememapping latentstyles datastore pgptbl fldinst bkmkstart bkmkend nonshppict
    objdata objclass objname atnid atnauthor atntime atndate atnref atrfstart atrfend atnicn
    atnparent tc tcn xe rxe txe shprslt sn sv sp fname template pn pnseclvl
    ftnsep ftnsepc ftncn aftnsep aftnsepc aftncn falt panose private userprops nesttableprops
    nonesttables mmathPr wgrffmtfilter datafield formfield ffname ffdeftext upr background
    protusertbl passwordhash docvar mailmerge hlinkbase operator company manager category doccomm
    comment buptim printim fchars lchars writereservhash blipuid xmlattrname xmlattrvalue do
    """.split()
)
# Groups marked as optional that still hold text.
OPTIONAL_TEXT: Final = frozenset(
    "shpinst shptxt shppict ud annotation footnote listtext pntext".split()
)
FURNITURE: Final = frozenset(
    "header headerl headerr headerf footer footerl footerr footerf annotation".split()
)
# The number of a paragraph in a list, for programs without lists.
NUMBERS: Final = ("listtext", "pntext")
# All groups whose words aren't part of the paragraph around them.
SIDE_TEXTS: Final = FURNITURE.union(["footnote", "fonttbl", "stylesheet", "info"], NUMBERS)
CHARACTERS: Final = {
    "tab": " ", "line": "\n", "lbr": "\n", "page": "\n", "column": "\n", "softline": "\n",
    "emdash": "—", "endash": "–", "emspace": " ", "enspace": " ", "qmspace": " ",
    "bullet": "•", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”",
    "nestcell": " ", "nestrow": "\n", "zwj": "\u200d", "zwnj": "\u200c",
}  # fmt: skip
SIGNS: Final = {"~": "\xa0", "_": "\u2011", "\\": "\\", "{": "{", "}": "}", "\t": " "}

# The code page of each font character set ([MS-RTF] \fcharset).
_CODE_PAGES: Final = {
    0: "cp1252", 2: "latin-1", 77: "mac_roman", 78: "cp932", 79: "cp949", 80: "cp936",
    81: "cp950", 83: "mac_greek", 86: "mac_latin2", 89: "mac_cyrillic", 128: "cp932",
    129: "cp949", 130: "johab", 134: "cp936", 136: "cp950", 161: "cp1253", 162: "cp1254",
    163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874",
    238: "cp1250", 254: "cp437", 255: "cp850",
}  # fmt: skip
_TOKEN: Final = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|[\r\n]+"
    rb"|([^\\{}\r\n]+)",
    re.DOTALL,
)


class Token(NamedTuple):
    """One of: a control `word` with its number, a `sign`, a brace, or bytes of `text`."""

    word: str = ""
    number: int | None = None
    sign: str = ""
    text: bytes = b""


def tokens(data: bytes) -> Iterator[Token]:
    """The tokens of a file; binary data is skipped by its stated length."""
    offset = 0
    while match := _TOKEN.search(data, offset):
        offset = match.end()
        word, number, code, sign, brace, text = match.groups()
        if word == b"bin":
            offset += max(0, int(number or 0))
        elif word:
            yield Token(word=word.decode(), number=int(number) if number else None)
        elif code:
            yield Token(text=bytes([int(code, 16)]))
        elif sign in (b"\r", b"\n"):
            yield Token(word="par")
        elif sign or brace:
            yield Token(sign=(sign or b"").decode("latin-1"), word=(brace or b"").decode())
        elif text:
            yield Token(text=text)


def font_encoding(charset: int | None, default: str) -> str:
    """The encoding of a font's character set; `default` for the default character set."""
    return _CODE_PAGES.get(charset or 0, default)


def page_encoding(number: int | None) -> str:
    """The encoding of a code page."""
    name = {10000: "mac_roman", 65001: "utf-8"}.get(number or 0, f"cp{number}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"


def whole(words: list[str]) -> str:
    """Join the words; a character beyond the first plane is given as two surrogates."""
    return joined(words).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
