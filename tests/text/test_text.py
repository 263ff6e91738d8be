"""Text: cleaning, sentences, page furniture and spelling."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.text.clean import clean, fold, one_line
from chatbot.text.page_furniture import furniture_kind
from chatbot.text.sentences import sentence_spans
from chatbot.text.spelling import one_spelling
from chatbot.types import FurnitureKind, Span

# Any character, even lone surrogates; those with a special rule are frequent.
_CHARACTERS = st.one_of(
    st.sampled_from("\r\n\v\f\t \x85\u2028\u3000\u00a0\u200b\ufeff\u00ad\u202e\u2067\x00e\u0301ß"),
    st.characters(exclude_categories=()),
)
_ANY = st.text(_CHARACTERS, max_size=60)


# -- clean -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("one\r\ntwo\rthree\ffour\u2028five\x85six", "one\ntwo\nthree\nfour\nfive\nsix"),
        ("a \t\u00a0\u3000b", "a b"),
        ("cafe\u0301", "café"),
        ("co\u00adope\u200bra\u2060tion\ufeff", "cooperation"),
        ("\x00bell\x07 \x1b[31mred", "bell [31mred"),
        ("pay \u202e001\u202c \u2067x\u2069", "pay 001 x"),
        ("half\ud83d pair", "half pair"),
        ("می\u200cخواهم", "می\u200cخواهم"),  # Persian needs its zero-width joiner
        ("Су-35 — 殲-20 😀", "Су-35 — 殲-20 😀"),
    ],
)
def test_cleaning_removes_invisible_characters(text: str, cleaned: str) -> None:
    """Line ends, spaces, accents and controls are unified; every letter stays."""
    assert clean(text) == cleaned


@given(_ANY)
@settings(max_examples=500, deadline=None)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    """Cleaning is idempotent, so offsets into cleaned text stay valid."""
    assert clean(clean(text)) == clean(text)


@given(_ANY)
@settings(max_examples=500, deadline=None)
def test_cleaned_text_is_composed_and_has_no_controls(text: str) -> None:
    """Cleaned text is valid UTF-8 and NFC, with no control character except line feeds."""
    cleaned = clean(text)
    assert cleaned.encode("utf-8").decode("utf-8") == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not {c for c in cleaned if unicodedata.category(c) in ("Cc", "Cs")} - {"\n"}
    assert "  " not in cleaned


@given(_ANY)
@settings(max_examples=300, deadline=None)
def test_one_line_is_one_line(text: str) -> None:
    """No line end, and only single spaces inside."""
    line = one_line(text)
    assert line == " ".join(line.split())


def test_folding_ignores_case_space_and_punctuation() -> None:
    """Texts with the same words fold to the same text."""
    assert fold("  The  S-400, „STRASSE“\n(again)! ") == "the s 400 strasse again"
    assert fold("the s 400 Straße again") == fold("  The  S-400, „STRASSE“\n(again)! ")


# -- sentences -------------------------------------------------------------------------------


def sentences(text: str) -> list[str]:
    return [span.of(text) for span in sentence_spans(text, Span(0, len(text)))]


_PROSE = st.lists(
    st.one_of(
        st.sampled_from(
            'Russia sold it. |Dr. |U.S. |28). |1. |... |e.g. |Yes. |3.5 |\n| |"Why?" |'
            "演习结束。|「何？」|नमस्ते। |؟ ".split("|")
        ),
        st.text(max_size=12),
    ),
    max_size=20,
).map("".join)


@given(_PROSE, st.data())
@settings(max_examples=400, deadline=None)
def test_sentences_cover_every_character_once(text: str, data: st.DataObject) -> None:
    """Sentences are ordered, disjoint, trimmed and in their block; they leave only white space."""
    start = data.draw(st.integers(0, len(text)))
    within = Span(start, data.draw(st.integers(start, len(text))))
    spans = sentence_spans(text, within)
    assert all(within.holds(span) for span in spans)
    assert all(a.end <= b.start for a, b in pairwise(spans))
    assert all(span.of(text) == span.of(text).strip() != "" for span in spans)
    covered = {offset for span in spans for offset in range(*span)}
    rest = [text[offset] for offset in range(*within) if offset not in covered]
    assert all(character.isspace() for character in rest)


@pytest.mark.parametrize(
    "expected",
    [
        ["Dr. Smith met the U.S. delegation on Monday.", "They talked for hours."],
        ["Gen. Li met Mr. Putin at 5 p.m. in Moscow.", "It rained."],
        ["Exports grew by 3.5 percent, e.g. to China.", "Imports fell."],
        ["It was sold by Almaz-Antey Corp. in Jan. 2014.", "The price was secret."],
        ["No. 5 Squadron flew the Su-30.", "It landed."],
        ['He asked "Why?" and left.', "Nobody knew."],
        ["Россия продала самолёты.", "Китай их купил."],
    ],
)
def test_a_stop_inside_a_sentence_does_not_end_it(expected: list[str]) -> None:
    """Abbreviations, decimals and quoted questions stay in their sentence."""
    assert sentences(" ".join(expected)) == expected


@pytest.mark.parametrize(
    "expected",
    [
        ["Am 5. Mai 2014 wurde er bzw. sein Anhang geändert.", "Das war z. B. in Bonn."],
        ["В 2014 г. стороны подписали план, см. рис. 5 и др. материалы.", "Это всё."],
        ["L'art. 5 a été signé par Mme. Martin hier.", "Il vaut env. 3 mrd. d'euros."],
        ["El Sr. García firmó el art. 5, p. ej. ayer.", "Fin del texto."],
        ["He painted modern art.", "He died on day 5.", "May was a warm month."],
    ],
)
def test_a_stop_in_another_language_does_not_end_a_sentence(expected: list[str]) -> None:
    """German, Russian, French and Spanish abbreviations and dates stay in their sentence."""
    assert sentences(" ".join(expected)) == expected


@pytest.mark.parametrize(
    "expected",
    [
        ["中国和俄罗斯举行演习。", "参加者很多！", "为什么？", "因为合作。"],
        ["「行こう。」", "と彼は言った。", "次の文です"],
        ["会談は終了した｡", "共同声明が出た｡"],
    ],
)
def test_stops_of_scripts_without_spaces_end_sentences(expected: list[str]) -> None:
    """Chinese and Japanese have no space after a stop; a closing quote stays with its stop."""
    assert sentences("".join(expected)) == expected


@pytest.mark.parametrize("expected", [["هل هذا صحيح؟", "نعم هو صحيح."], ["यह देश है।", "यह बड़ा है।"]])
def test_stops_of_other_scripts_end_sentences(expected: list[str]) -> None:
    """The Arabic question mark and the danda are stops too."""
    assert sentences(" ".join(expected)) == expected


def test_fragments_join_the_sentence_they_belong_to() -> None:
    """A trailing fragment joins the sentence before it, a list number the one after it."""
    assert sentences("The order was large (Table 28). 28). The price was secret.") == [
        "The order was large (Table 28). 28).",
        "The price was secret.",
    ]
    assert sentences("1. The first point is made here. 2. The second point follows it.") == [
        "1. The first point is made here.",
        "2. The second point follows it.",
    ]


def test_a_text_of_fragments_is_one_sentence() -> None:
    """Without a sentence to join, fragments are kept."""
    assert sentences("Yes. No. Perhaps.") == ["Yes. No. Perhaps."]
    assert sentences("…") == ["…"]
    assert sentences(" \n ") == []


# -- furniture -------------------------------------------------------------------------------

FURNITURE: dict[FurnitureKind, str] = {
    "boilerplate": """
        Leave a Reply
        LEAVE A COMMENT
        12 Comments
        Comments are closed
        Your email address will not be published. Required fields are marked *
        Save my name, email, and website in this browser for the next time I comment.
        You must be logged in to post a comment.
        Log in
        Subscribe now
        Sign up for our daily newsletter
        Subscribe to the weekly briefing and never miss a story
        This website uses cookies to ensure you get the best experience.
        We use cookies to improve your experience.
        Accept all cookies
        © Reuters
        © 2020 Center for a New American Security
        Copyright © 2021 Military Times
        (c) 2019 RAND Corporation
        Copyright 2021 The Associated Press. All rights reserved.
        Proudly powered by WordPress
        Advertisement
        image01
        Terms of Service
        Privacy Policy
        Skip to main content""",
    "navigation": """
        Share:
        Share this article on Facebook
        Follow us on Twitter
        Share: Facebook Twitter LinkedIn
        Facebook | X | E-mail | Print
        Load More
        Read more about defence
        Read next:
        In Other News
        You may also like
        Editor’s Picks
        Related articles
        Most read
        More from Asia
        Previous post
        Back to top
        Filed under: Defence
        Posted in Analysis
        Tags: China, Russia, S-400""",
    "caption": """
        Picture: Chinese Military (Photo by Li Sanhong)
        Photo credit: Ministry of Defence
        A Su-35 at the air show. (Photo courtesy of Rosoboronexport)""",
    "byline": """
        By Andrea Kendall-Taylor and David Shullman
        by Jane O’Neill
        Published: 12 March 2020
        Updated March 3, 2021 at 10:15 a.m.
        Posted by admin on 12 May 2020
        Last modified 2019-07-12""",
}
PROSE = """
    By the end of 2014 Russia had annexed Crimea.
    By contrast, China bought nothing.
    By Moscow
    Share prices fell.
    Sharing intelligence is rare.
    Comments from officials suggest a thaw.
    Comment on the treaty was sparse.
    Follow the money.
    Follow on from the summit came slowly, in steps.
    Like the United States, China spends more.
    Show more restraint.
    See all of Asia.
    Contact with Moscow was lost.
    Home to the Pacific Fleet, Vladivostok grew.
    Search for survivors continued.
    Related news reached Moscow.
    Next year both will train again.
    Print media are controlled.
    Twitter is blocked in China.
    (c) The Parties shall cooperate in training.
    (c) Joint patrols of the Sea of Japan
    Copyright law protects authors in both countries.
    Powered by two diesel engines
    Topics discussed included arms sales and energy.
    Topics included cyber.
    Tags were attached to every container.
    Categories overlap.
    Posted in Moscow, he served as an attaché.
    Published in 2018, it warned of both.
    Updated in 2021 to include cyber
    Published 3 reports.
    Photo reconnaissance was limited.
    Photographs show the hangars
    Advertisements for the army are rare.
    Registered users grew to 4 million.
    Cookies were served.
    X
    What should I do?"""


def lines(block: str) -> list[str]:
    return [line.strip() for line in block.strip().splitlines()]


@pytest.mark.parametrize(
    ("kind", "line"), [(kind, line) for kind, block in FURNITURE.items() for line in lines(block)]
)
def test_a_line_of_page_furniture_is_recognised_with_its_kind(
    kind: FurnitureKind, line: str
) -> None:
    """Lines that publishing systems put around an article are furniture."""
    assert furniture_kind(line) == kind
    assert furniture_kind(f"  {line}\t") == kind


@pytest.mark.parametrize("line", lines(PROSE))
def test_prose_is_not_furniture(line: str) -> None:
    """A line that merely begins like furniture stays in the article."""
    assert furniture_kind(line) is None


@pytest.mark.parametrize("line", [line for block in FURNITURE.values() for line in lines(block)])
def test_prose_that_quotes_furniture_is_not_furniture(line: str) -> None:
    """Only whole lines count: a sentence may mention the phrases of furniture."""
    assert furniture_kind(f'The page said "{line}" in grey, and he saw') is None


def test_a_long_paragraph_is_never_furniture() -> None:
    """A line of more than 300 characters is text, however it begins."""
    assert furniture_kind("Tags: " + "a" * 74) == "navigation"
    assert furniture_kind("Picture: " + "a" * 291) == "caption"
    assert furniture_kind("Picture: " + "a" * 292) is None


_HOSTILE = (
    "(|(photo by |a|by A|By A. |share |facebook|x |e-|email|tags: |published |Updated 1|copyright |"
    "sign up for |subscribe to |©|all rights |posted in a|1 |(c) 2|more in a|,|."
).split("|")


@given(st.lists(st.sampled_from(_HOSTILE), min_size=1, max_size=4), st.sampled_from("!)\n§"))
@settings(max_examples=400, deadline=None)
def test_a_hostile_line_is_classified_quickly(parts: list[str], last: str) -> None:
    """No pattern backtracks exponentially, even on repetitive lines of 300 characters.

    With nested quantifiers this test would never end.
    """
    line = ("".join(parts) * 300)[:299] + last
    assert furniture_kind(line) in {None, *FURNITURE}


# -- spelling --------------------------------------------------------------------------------

PAIRS = """
    defence defense|offences offenses|licence license|defenceless defenseless|behaviour behavior
    neighbourhoods neighborhoods|favourites favorites|favourable favorable|armouries armories
    harbour harbor|colourful colorful|labourers laborers|behaviourally behaviorally
    centre center|centres centers|centred centered|kilometres kilometers|metre meter
    theatres theaters|epicentre epicenter|calibre caliber|manoeuvre maneuver
    manoeuvres maneuvers|manoeuvred maneuvered|manoeuvring maneuvering|manoeuvrable maneuverable
    modernise modernize|modernised modernized|organisation organization
    organisations organizations|organisational organizational|recognisable recognizable
    politicising politicizing|analyse analyze|analysing analyzing|paralysed paralyzed
    practise practice|practised practiced|travelled traveled|refuelling refueling
    modelling modeling|signalled signaled|counsellor counselor|tunnelling tunneling
    programme program|programmes programs|anaemia anemia|paediatric pediatric
    archaeology archeology|anaesthetic anesthetic|foetus fetus|oestrogen estrogen|grey gray
    sceptical skeptical|artefacts artifacts|ageing aging|judgement judgment
    acknowledgement acknowledgment|aluminium aluminum"""

# Different words with similar spelling.
APART = """
    scoured scored|Boeing being|four for|hour horse|our or|tour tor|pour por|flour floor
    advice advise|council counsel|prise price|device devise|metre metro|hundred hundreds
    course corse|source sore|wise size|poem pem|grey grew|lens lenses|fence defense
    acre acer|ogre oger|does des|shoes shes"""

# Forms of one word, whose common beginning must stay.
FAMILIES = """
    Israel Israeli Israelis|aerial aerials aerially|precise precisely precision
    revise revised revision|supervise supervised supervision supervisor
    surprise surprised surprisingly|uprising uprisings|advertise advertisement advertising
    advise advised advisory|appraise appraisal|decisive decision|televised television
    program programs programme programmed programming|promise promised promising
    exercise exercises exercised exercising|organise organised organisation organisational
    poem poems|aerospace aerospatial|kilometre kilometres|manoeuvre manoeuvring manoeuvred"""


def rows(block: str) -> list[list[str]]:
    return [row.split() for row in block.replace("\n", "|").split("|") if row.strip()]


@pytest.mark.parametrize(("british", "american"), rows(PAIRS))
def test_british_and_american_spellings_are_unified(british: str, american: str) -> None:
    """Either spelling finds the other, in any case."""
    assert one_spelling(british) == one_spelling(american)
    assert one_spelling(british.upper()) == one_spelling(british)


@pytest.mark.parametrize(("first", "second"), rows(APART))
def test_different_words_stay_apart(first: str, second: str) -> None:
    """No rule merges two different words."""
    assert one_spelling(first).lower() != one_spelling(second).lower()


@pytest.mark.parametrize("family", rows(FAMILIES), ids=lambda family: str(family[0]))
def test_forms_of_a_word_stay_together(family: list[str]) -> None:
    """They keep their common beginning, which the stemmer needs."""
    unified = [one_spelling(word).lower() for word in family]
    assert common_prefix(unified) >= common_prefix([word.lower() for word in family])


def common_prefix(words: list[str]) -> int:
    """The length of the common beginning of all words."""
    length = 0
    while all(len(word) > length for word in words) and len({w[: length + 1] for w in words}) == 1:
        length += 1
    return length


def test_only_words_change() -> None:
    """Numbers, punctuation, spacing and other scripts stay."""
    assert one_spelling("S-400: 3.5 centres,\n(Defence) оборона 国防!") == (
        "S-400: 3.5 centers,\n(defense) оборона 国防!"
    )


@given(st.text(st.sampled_from("abcdeilmnoprstuyz ourisengame"), max_size=60))
@settings(max_examples=300, deadline=None)
def test_the_number_of_words_stays(text: str) -> None:
    """No word is joined, split or lost."""
    assert len(one_spelling(text).split()) == len(text.split())
