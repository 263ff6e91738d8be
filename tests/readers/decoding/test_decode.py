"""Bytes -> text in any encoding, with uniform line ends."""

from __future__ import annotations

import codecs
import re
import subprocess
import sys
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from chatbot.errors import UnreadableFile
from chatbot.readers.decoding.decode import decode
from chatbot.readers.decoding.euc_tw import is_euc_tw
from tests.readers.reading import document

RUSSIAN = (
    "Россия и Китай провели совместные учения в Балтийском море.\n"
    "В них участвовали корабли, самолёты и вертолёты обеих стран, всего около тысячи человек.\n"
)
CHINESE = "中国和俄罗斯在波罗的海举行了联合军事演习。\n许多舰艇和飞机参加了这次演习,约有一千人。\n"
JAPANESE = (
    "中国とロシアはバルト海で共同の軍事演習を行った。\n多くの艦艇と航空機がこれに参加した。\n"
)
KOREAN = "중국과 러시아는 발트해에서 합동 군사 훈련을 실시했다.\n많은 함정과 항공기가 참가했다.\n"
ARABIC = "أجرت روسيا والصين مناورات مشتركة في بحر البلطيق.\nشاركت فيها سفن وطائرات كثيرة.\n"
GREEK = "Η Ρωσία και η Κίνα έκαναν κοινές ασκήσεις στη Βαλτική Θάλασσα.\n"
ENGLISH = "Russia and China held a joint exercise in the Baltic Sea.\nMany ships took part.\n"
CZECH = "Žluťoučký kůň šel přes Českou Třebovou, že prý šťastně dojde až k řece. Řekl ťuk.\n"
FRENCH = (
    "La Russie et la Chine ont mené des manœuvres communes – c’était l’été, près des côtes.\n"
    "Les deux pays, à l’époque déjà liés, ont répété l’opération à plusieurs reprises.\n"
)


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        *((encoding, RUSSIAN) for encoding in ("koi8-r", "cp1251", "cp866", "iso8859-5")),
        *((encoding, CHINESE) for encoding in ("gb18030", "gbk", "big5hkscs")),
        *((encoding, JAPANESE) for encoding in ("shift_jis", "euc_jp", "iso2022_jp")),
        *((encoding, KOREAN) for encoding in ("euc_kr", "iso2022_kr")),
        ("cp1256", ARABIC),
        ("cp1253", GREEK),
        ("cp1252", FRENCH),
        ("ascii", ENGLISH),
    ],
)
def test_an_encoding_is_recognised_from_the_bytes(encoding: str, text: str) -> None:
    """Text in the legacy encodings of each script is decoded exactly."""
    data = text.translate({0x4E2D: "中"}).encode(
        encoding, "strict" if text != CHINESE else "ignore"
    )
    written = data.decode(encoding)
    assert decode(data) == written
    assert "".join(document("a.txt", data).text.split()) == "".join(written.split())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("marked", [True, False], ids=["mark", "no mark"])
@pytest.mark.parametrize("text", [ENGLISH, FRENCH, RUSSIAN, CHINESE, ARABIC, "😀 ok\n" * 3])
def test_unicode_is_read_with_and_without_a_byte_order_mark(
    encoding: str, text: str, *, marked: bool
) -> None:
    """UTF-8, UTF-16 and UTF-32 in either byte order, in every script; the mark isn't text."""
    mark = "\ufeff".encode(encoding) if marked else b""
    assert decode(mark + text.encode(encoding)) == text


def test_line_ends_become_line_feeds() -> None:
    """The line ends of every system become line feeds, in every encoding."""
    assert decode(b"a\r\nb\rc\n") == "a\nb\nc\n"
    assert decode("a\r\nb\rc\n".encode("utf-16")) == "a\nb\nc\n"


def test_a_declared_encoding_counts_where_utf_8_does_not_fit() -> None:
    """Valid UTF-8 is read as UTF-8; otherwise the declaration counts."""
    assert decode("мир".encode(), declared="koi8-r") == "мир"
    assert decode("мир".encode("koi8-r"), declared="koi8-r") == "мир"


@pytest.mark.parametrize(
    ("declared", "real"),
    [("iso-8859-1", "cp1252"), ("us-ascii", "cp1252"), ("gb2312", "gb18030"), ("sjis", "cp932")],
)
def test_a_declared_encoding_is_the_one_that_browsers_take(declared: str, real: str) -> None:
    """A page that declares Latin-1 keeps its typographic quotes."""
    text = {"gb18030": "朱镕基", "cp932": "①髙橋"}.get(real, "don’t – “quote”")
    assert decode(text.encode(real), declared=declared) == text


@pytest.mark.parametrize("declared", ["undefined", "hex", "idna", "no-such", "rot13", ""])
def test_a_nonsensical_declaration_is_ignored(declared: str) -> None:
    """Python codecs that aren't text encodings do no harm."""
    assert decode(FRENCH.encode("cp1252"), declared=declared) == FRENCH


@pytest.mark.parametrize("encoding", ["cp1250", "iso8859_2"])
def test_the_two_encodings_of_central_europe_are_distinguished(encoding: str) -> None:
    """Each gives letters where the other does, but wrong ones."""
    assert decode((CZECH * 5).encode(encoding)) == CZECH * 5


SHORT = {
    "pl": "Najemca płaci czynsz do dziesiątego dnia miesiąca. Będzie też kara za każdy dzień.",
    "cs": "Nájemce platí do desátého dne. Výpověď musí být písemná, lhůta činí tři měsíce.",
    "sk": "Nájomca platí nájomné do desiateho dňa. Výpoveď musí byť písomná a doručená včas.",
    "hu": "A bérlő minden hónap tizedik napjáig fizet. A szerződés egy évre szól, írásban.",
    "hr": "Najmoprimac plaća najamninu do desetog dana. Ugovor traje godinu dana i više.",
    "sl": "Najemnik plača najemnino do desetega dne v mesecu. Pogodba traja leto, če velja.",
}
ELSEWHERE = {
    "fr": ("cp1252", "Le locataire règle le loyer avant le dixième jour, sans pénalité."),
    "de": ("cp1252", "Der Mieter zahlt bis zum zehnten Tag. Die Kündigung wird erklärt."),
    "es": ("cp1252", "El inquilino paga antes del día diez. ¿Qué pasa después? El año acaba."),
    "sv": ("cp1252", "Hyresgästen betalar före den tionde. Uppsägning måste ske på kontoret."),
    "tr": ("cp1254", "Kiracı kirayı ayın onuncu gününe kadar öder. İhbar süresi üç aydır."),
    "lt": (
        "cp1257",
        "Nuomininkas moka nuomą iki dešimtos dienos. Sutartis tęsiama.",
    ),
    "ro": (
        "cp1250",
        "Chiriaşul plăteşte până în a zecea zi. Contractul este valabil şi.",
    ),
    "pl": ("cp852", "Najemca płaci czynsz do dziesiątego dnia, a kara wynosi pięć złotych."),
}


@pytest.mark.parametrize("encoding", ["cp1250", "iso8859_2"])
@pytest.mark.parametrize("language", SHORT)
def test_two_short_sentences_of_central_europe_are_decoded_right(
    language: str, encoding: str
) -> None:
    """The language shows in the plain letters, and only one encoding gives its accents."""
    assert decode(SHORT[language].encode(encoding)) == SHORT[language]


@pytest.mark.parametrize("language", ELSEWHERE)
def test_two_short_sentences_of_other_latin_languages_are_decoded_right(language: str) -> None:
    """Western, Turkish, Baltic, Romanian and DOS text isn't taken for another."""
    encoding, text = ELSEWHERE[language]
    assert decode(text.encode(encoding)) == text


def test_a_confined_process_tells_the_encodings_apart_too() -> None:
    """There, no library can have a temporary file."""
    code = (
        "from chatbot.confinement.confine import confine; "
        "from chatbot.readers.decoding.decode import decode; confine(); "
        f"print(ascii(decode({SHORT['pl'].encode('cp1250')!r})))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ascii(SHORT["pl"])


@pytest.mark.parametrize("share", [0.05, 0.5])
def test_bytes_with_many_control_characters_are_not_text(share: float) -> None:
    """Binary data between words shows by its control characters."""
    every = int(1 / share)
    data = b"".join(b"\x03" if n % every == 0 else b"a" for n in range(4000))
    with pytest.raises(UnreadableFile, match="not a text file"):
        decode(data)
    assert decode(b"\x1b[1mbold\x1b[0m in a terminal, the end of DOS\x1a")


_CODECS = {
    "MacCyrillic": "mac_cyrillic",
    "MacRoman": "mac_roman",
    "IBM855": "cp855",
    "IBM866": "cp866",
}
# Python has no codec for it; such a file is refused.
_UNKNOWN = {"EUC-TW"}


def test_real_files_in_many_encodings_are_read_right(data: Path) -> None:
    """For 231 real pages in many encodings, the text is what Python's codec gives."""
    folders = Counter[str]()
    for path in sorted((data / "torture" / "encodings_chardet").glob("*/*")):
        folder = path.parent.name
        content = path.read_bytes()
        if folder in _UNKNOWN:
            with pytest.raises(UnreadableFile, match="unknown encoding"):
                decode(content)
            continue
        name = re.sub(r"^((iso-8859|windows)-\d+)-.*", r"\1", _CODECS.get(folder, folder))
        expected = re.sub("\r\n?", "\n", content.decode(codecs.lookup(name).name))
        assert decode(content).removeprefix("\ufeff") == expected.removeprefix("\ufeff"), path.name
        folders[folder] += 1
    assert (len(folders), folders.total()) == (44, 230)


def test_no_real_file_of_another_collection_has_a_character_replaced(data: Path) -> None:
    """Fourteen texts in as many encodings have only letters of their language."""
    scripts = {
        "arabic": "ARABIC", "bulgarian": "CYRILLIC", "chinese": "CJK", "greek": "GREEK",
        "hebrew": "HEBREW", "russian": "CYRILLIC",
    }  # fmt: skip
    result = sorted((data / "torture" / "encodings_charset-normalizer").glob("sample-*.txt"))
    assert len(result) == 14
    for path in result:
        text = decode(path.read_bytes())
        assert "\ufffd" not in text
        language = path.stem.split("-")[1].split(".")[0]
        letters = [unicodedata.name(character, "") for character in text if character.isalpha()]
        own = sum(name.startswith(scripts.get(language, "LATIN")) for name in letters)
        assert own > 0.7 * len(letters), path.name


# "The capital of the Republic of China is Taipei. All staff must change their password once within
# three years, and mustn't share an account." in traditional Chinese.
EUC_TW = bytes.fromhex(
    "c4e3e1dec6e1d9cfcefbd3fbdde7d1d2ead7c6a1c6cba1a4cdd4c8b4d4dec4d6c7e3c4b5c8a1c4e6c4f9"
    "c6d2e2fcc8b4c4a1c8b9cad5dfd0d9efeea3a1a2c4e2dab5ead8c5ecc4a9c7c1c6eedaa8e6c0a1a4"
)


def test_an_encoding_that_python_lacks_is_named_with_the_next_step(data: Path) -> None:
    """Otherwise EUC-TW would be read as Korean or as simplified Chinese."""
    file = data / "torture" / "encodings_chardet" / "EUC-TW" / "_ude_euc-tw1.txt"
    for text in (EUC_TW, file.read_bytes()):
        with pytest.raises(UnreadableFile, match=r"EUC-TW; convert it \(iconv -f EUC-TW"):
            decode(text)


@pytest.mark.parametrize("encoding", ["gb18030", "euc_jp", "euc_kr", "big5hkscs"])
def test_similar_encodings_are_not_taken_for_it(encoding: str) -> None:
    """They use the same bytes for other characters."""
    texts = {"gb18030": CHINESE, "euc_jp": JAPANESE, "euc_kr": KOREAN, "big5hkscs": CHINESE}
    assert not is_euc_tw(texts[encoding].encode(encoding, "ignore") * 9)
