"""Languages: detection, function words, and characters that search doesn't tell apart."""

from __future__ import annotations

import subprocess
import sys

import pytest

from chatbot.text.character_folding import fold_characters
from chatbot.text.function_words import function_words, is_function_word, words_of
from chatbot.text.languages import language_of, passage_language

ENGLISH = "The treaty was signed in Moscow, and it has been renewed twice since then."
GERMAN = "Der Vertrag wurde in Moskau unterzeichnet und ist seitdem zweimal verlängert worden."
RUSSIAN = "Договор был подписан в Москве, и с тех пор он дважды продлевался."
PROSE = {
    "en": ENGLISH,
    "de": GERMAN,
    "ru": RUSSIAN,
    "fr": "Le traité a été signé à Moscou et il a été renouvelé deux fois depuis.",
    "es": "El tratado se firmó en Moscú y desde entonces se ha renovado dos veces.",
    "pl": "Traktat został podpisany w Moskwie i od tego czasu był dwukrotnie przedłużany.",
    "fi": "Sopimus allekirjoitettiin Moskovassa, ja sitä on sen jälkeen jatkettu kahdesti.",
    "tr": "Antlaşma Moskova'da imzalandı ve o zamandan beri iki kez yenilendi.",
    "uk": "Договір був підписаний у Москві, і відтоді його двічі продовжували.",
    "ar": "تم توقيع المعاهدة في موسكو ومنذ ذلك الحين تم تجديدها مرتين.",
    "zh": "该条约在莫斯科签署，此后两次续签。",
    "ja": "条約はモスクワで調印され、その後二度更新された。",
    "ko": "이 조약은 모스크바에서 체결되었고 그 후 두 번 갱신되었다.",
    "el": "Η συνθήκη υπογράφηκε στη Μόσχα και έκτοτε ανανεώθηκε δύο φορές.",
}


@pytest.mark.parametrize(("language", "text"), PROSE.items())
def test_a_sentence_is_enough_to_tell_its_language(language: str, text: str) -> None:
    """This holds for languages with and without lists of function words."""
    assert language_of(text) == language


@pytest.mark.parametrize("text", ["", "1,204 | 17.5 %", "S-400", "https://example.org/der/die/das"])
def test_a_text_without_prose_has_no_language(text: str) -> None:
    """Numbers, names and addresses are in no language."""
    assert language_of(text) is None


def test_a_quotation_does_not_change_the_language() -> None:
    """Latin and Chinese words in a text of another language are quoted."""
    assert language_of(f"{ENGLISH} The Chinese text has 条约 for it.") == "en"
    assert language_of(f"{RUSSIAN} Cloud Hopper, Fancy Bear.") == "ru"


def test_a_passage_has_its_documents_language_unless_it_is_clearly_in_another() -> None:
    """A few foreign words don't make a passage foreign; a sentence does."""
    assert passage_language(GERMAN, "en") == "de"
    assert passage_language(RUSSIAN, "en") == "ru"
    assert passage_language("Die Zeit und Der Spiegel", "en") == "en"
    assert passage_language("17 | 18 | 19", "de") == "de"


def test_plain_prose_does_not_load_the_library() -> None:
    """The library takes half a second to load."""
    code = (
        "import sys; from chatbot.text.languages import language_of; "
        f"print(language_of({ENGLISH!r}), language_of({GERMAN!r}), 'py3langid' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.split() == ["en", "de", "False"]


@pytest.mark.parametrize(
    ("written", "other"),
    [
        ("ещё", "еще"),
        ("Да́рья", "Дарья"),
        ("ＮＡＴＯ", "NATO"),
        ("كِتَاب", "كتاب"),
        ("كـــتاب", "كتاب"),
        ("ﻛﺘﺎﺏ", "كتاب"),
        ("陸軍與國防", "陆军与国防"),
    ],
)
def test_characters_that_readers_take_for_one_are_folded(written: str, other: str) -> None:
    """Stress and vowel marks, joined forms, full width, and traditional Chinese."""
    assert fold_characters(written) == fold_characters(other) == other


def test_letters_with_an_accent_of_their_own_are_kept() -> None:
    """They tell words apart: "й" isn't "и", and stemmers need "ä"."""
    assert fold_characters("Китай, Häuser, été") == "Китай, Häuser, été"


@pytest.mark.parametrize(
    "question",
    [
        "Wer hat die und wann?",
        "Кто это был и почему?",
        "Qui est-ce et pourquoi?",
        "¿Quién es y por qué?",
        "何ですか",
        "这是什么",
    ],
)
def test_question_words_of_many_languages_are_function_words(question: str) -> None:
    """No hint names them as words that are in no document."""
    cut = function_words()["zh"] | function_words()["ja"]
    words = [word.casefold() for word in words_of(question)]
    assert all(is_function_word(word) or word in cut or len(word) == 1 for word in words), words


def test_a_question_without_spaces_is_cut_at_its_function_words() -> None:
    """The rest are the subjects, as in "What did Russia sell to China?"."""
    assert words_of("俄罗斯为什么向中国出售武器？") == ["俄罗斯", "向中国出售武器"]
    assert words_of("什么") == ["什么"]
