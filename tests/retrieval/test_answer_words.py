"""The words that answer are named only if they fit the question."""

from __future__ import annotations

import pytest

from chatbot.answers import SentenceReading
from chatbot.retrieval.answer_words import answer_words


def marked(
    question: str, sentence: str, read: str, *, score: float = 3.0, share: float = 1.0
) -> str | None:
    """The words named, where the reader has chosen `read`."""
    start = sentence.index(read)
    reading = SentenceReading(score, start, start + len(read), share)
    place = answer_words(question, sentence, reading, lambda text: text.lower().split())
    return place and place.of(sentence)


SHARE = "Russia supplied roughly 70 per cent of imports between 2014 and 2018, jets among them."
SIGNED = "Both ministers signed the long treaty in Astana in May 2002, as planned before."


def test_a_number_is_cut_out_of_longer_words() -> None:
    """So is a date; the reader's words may go on to the end of the sentence."""
    longer = SHARE[SHARE.index("roughly") :]
    assert marked("What share of imports came from Russia?", SHARE, longer) == "roughly 70 per cent"
    longer = SIGNED[SIGNED.index("in Astana") :]
    assert marked("When was the treaty signed?", SIGNED, longer) == "May 2002"


def test_a_unit_is_not_cut_off() -> None:
    """The reader knows where it ends; it may also end after the number."""
    gas = "In January 1987 the wells gave 1.15 billion cubic metres, a little more than before."
    question = "How much gas did the wells give?"
    assert marked(question, gas, "1.15 billion cubic metres") == "1.15 billion cubic metres"
    people = "It is estimated that 405,500 Western Australians live with a disability there."
    question = "How many people have a disability?"
    assert marked(question, people, "405,500") == "405,500"
    assert marked(question, people, "405,500 Western Australians") == "405,500 Western Australians"


@pytest.mark.parametrize(
    "number", ["1,5 million euros", "\u22122.1%", "-2.1%", "two hundred and fifty ships"]
)
def test_a_number_is_named_whole(number: str) -> None:
    """It keeps its decimals, its sign and its tens."""
    sentence = f"By the plan of the harbour, the whole change of the year was {number} in Veldburg."
    assert marked("How large was the change?", sentence, number) == number


def test_one_of_several_things_is_not_named() -> None:
    """It would look like the whole answer."""
    sentence = "The long agreement of last month was signed by Exxon, Mobil, Texaco and Chevron."
    assert marked("Which company signed?", sentence, "Exxon") == "Exxon"
    assert marked("Which companies signed?", sentence, "Chevron") is None


def test_struck_words_are_not_named() -> None:
    """A price that was struck through no longer holds; nor does a name."""
    price = "The price of a set is ~~12.5 million euros~~ 14 million euros, payable in two parts."
    longer = price[price.index("12.5") : price.index(", payable")]
    assert marked("How much is a set?", price, longer) == "14 million euros"
    signed = "Both houses let the long treaty of the two states be signed by ~~Mr Smith~~ Ms Brown."
    assert marked("Who signed?", signed, "~~Mr Smith~~ Ms Brown") == "Ms Brown"
    assert marked("Who signed?", signed, "~~Mr Smith~~") is None


def test_words_of_another_kind_are_not_named() -> None:
    """A place doesn't say when, and nothing says how many."""
    assert marked("When was the treaty signed?", SIGNED, "Astana") is None
    assert marked("How many ministers signed?", SIGNED, "Astana") is None
    assert marked("Who signed the treaty?", SIGNED, "as planned") is None


def test_a_name_is_named() -> None:
    """The reader has to be sure of it."""
    assert marked("Where was the treaty signed?", SIGNED, "Astana") == "Astana"
    assert marked("Where was the treaty signed?", SIGNED, "Astana", share=0.5) is None
    assert marked("Where was the treaty signed?", SIGNED, "Astana", score=-1.0) is None


@pytest.mark.parametrize(
    ("question", "sentence", "read"),
    [
        ("Is Putin content?", "Putin sees America as the danger to his rule.", "the danger"),
        ("Whom does Putin fear?", "He fears America, not Beijing, as a threat.", "Beijing"),
        (
            "Which bomber flew?",
            "Pacific, 2019: the forces flew a joint patrol.",
            "Pacific, 2019: the",
        ),
        (
            "What did the long plan do?",
            "It widened what the long plan of theirs had said then.",
            "the long plan of theirs",
        ),
        ("Who warned of Edmonds?", "The warning is by Edmonds and by another man.", "Edmonds"),
        ("plans of the ministers", "They planned a long treaty for many years.", "long treaty"),
        ("What does ABC stand for?", "The first two letters are able and bold.", "able and bold"),
    ],
)
def test_doubtful_words_are_not_named(question: str, sentence: str, read: str) -> None:
    """Yes or no, what is negated, two pieces, the question's own words, no question word."""
    assert marked(question, sentence, read) is None
