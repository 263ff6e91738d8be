"""Characters of the fonts Symbol and Wingdings, whose codes have other meanings in Unicode.

Word writes "-->" as an arrow of Wingdings, checked boxes with Wingdings, and signs such as "≥" with
Symbol. Source: the mappings of Symbol and Wingdings to Unicode by Adobe and the Unicode Consortium.
"""

from __future__ import annotations

from typing import Final

# Codes from 0x21 and from 0xA0; a blank stands for a character that isn't read.
_SYMBOL_LOW: Final = (
    "!∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_ αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼"
)
_SYMBOL_HIGH: Final = (
    "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…  ↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊⟨®©™∑           ⟩∫"
)
_FONTS: Final[dict[str, dict[int, str]]] = {
    "symbol": dict(enumerate(_SYMBOL_LOW, start=0x21)) | dict(enumerate(_SYMBOL_HIGH, start=0xA0)),
    "wingdings": {
        0x6C: "●", 0x6E: "■", 0x6F: "☐", 0x71: "☐", 0x72: "☐", 0x78: "☒", 0xA7: "▪", 0xA8: "☐",
        0xDF: "←", 0xE0: "→", 0xE1: "↑", 0xE2: "↓", 0xE7: "⇐", 0xE8: "⇒", 0xE9: "⇑", 0xEA: "⇓",
        0xEF: "⇐", 0xF0: "⇒", 0xF3: "⇔", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑",
    },
    "wingdings 2": {
        0x4F: "✗", 0x50: "✓", 0x51: "☒", 0x52: "☑", 0x53: "☒", 0x54: "☒", 0xA3: "☐",
    },
}  # fmt: skip


def has_symbols(font: str) -> bool:
    """Whether the codes of a font have other meanings in Unicode."""
    return font.strip().lower() in _FONTS


def symbols(text: str, font: str, *, private_only: bool = False) -> str:
    """A text in a font of symbols as Unicode; a character without a meaning is left out.

    Its codes are those of the font, or private characters from U+F000 on. With `private_only`, only
    private characters are in that font.
    """
    codes = _FONTS.get(font.strip().lower())
    if codes is None:
        return text
    return "".join(
        codes.get(ord(character) & 0xFF, "").strip()
        if _is_code(character, private_only=private_only)
        else character
        for character in text
    )


def _is_code(character: str, *, private_only: bool) -> bool:
    number = ord(character)
    is_plain = number < 0x100 and not character.isspace()
    return 0xF020 < number < 0xF100 or (is_plain and not private_only)
