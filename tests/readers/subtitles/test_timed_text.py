"""Subtitles: whole sentences under their times."""

from __future__ import annotations

import pytest

from tests.readers.reading import blocks, covers, document, reason

SRT = """1
00:00:01,000 --> 00:00:03,200
<i>The ferry to the island</i>

2
00:00:03,200 --> 00:00:05,000
leaves at nine, and the next one
at noon.

3
00:00:05,000 --> 00:00:06,000
[horn]

4
00:00:06,100 --> 00:00:07,000
- Is it full?
- Not yet.
"""


def test_a_sentence_is_whole_and_stands_under_its_time() -> None:
    """Numbers, times, markup and the dashes of a dialogue aren't text."""
    doc = document("trip.srt", SRT)
    assert blocks(doc) == [
        ("heading", "0:00:01"),
        ("paragraph", "The ferry to the island leaves at nine, and the next one at noon."),
        ("paragraph", "[horn]"),
        ("paragraph", "Is it full? Not yet."),
    ]
    assert (doc.title, doc.media_type) == ("trip", "application/x-subrip")
    assert covers(doc)


def test_a_section_begins_every_half_minute_between_sentences() -> None:
    """A section names its time, so that a citation leads there."""
    cues = "".join(
        f"0:{second // 60:02}:{second % 60:02},0:{second // 60:02}:{second % 60:02}\n"
        f"Cue {second} ends{'.' if second % 20 == 0 else ''}\n\n"
        for second in range(0, 100, 5)
    )
    headings = [text for kind, text in blocks(document("a.sbv", cues)) if kind == "heading"]
    assert headings == ["0:00:00", "0:00:45", "0:01:25"]


def test_webvtt_names_the_speakers_in_the_heading() -> None:
    """Notes, styles, identifiers and tags are left out; the header gives the language."""
    doc = document(
        "a.vtt",
        "WEBVTT\nKind: captions\nLanguage: en-GB\n\nNOTE none\n\nSTYLE\n::cue { color: red }\n\n"
        "intro\n00:01.000 --> 00:02.000 align:start\n<v.loud Ann Lee>We <c.red>paid</c>\n\n"
        "00:02.000 --> 00:04.000\n<v.loud Ann Lee>R&amp;D <00:03.000>twice.\n\n"
        "00:04.000 --> 00:05.000\n<v Bo>Why?\n",
    )
    assert blocks(doc) == [
        ("heading", "0:00:01 · Ann Lee · Bo"),
        ("paragraph", "We paid R&D twice."),
        ("paragraph", "Why?"),
    ]
    assert doc.metadata.language == "en-GB"


def test_captions_that_roll_are_read_once() -> None:
    """A machine's transcript shows each line again above the next one."""
    lines = ["the well is dry", "so we drill a new one", "in the spring"]
    cues = [
        f"00:00:0{n}.000 --> 00:00:0{n + 1}.000\n{lines[n - 1] if n else ''}\n{line}\n"
        for n, line in enumerate(lines)
    ]
    doc = document("a.vtt", "WEBVTT\n\n" + "\n".join(cues))
    assert doc.text == "0:00:00\n\nthe well is dry so we drill a new one in the spring"


def test_substation_alpha_gives_the_words_of_its_dialogue() -> None:
    """Commas in a text stay; overrides and comments are left out."""
    doc = document(
        "a.ass",
        "[Script Info]\nTitle: The well\n[V4+ Styles]\nStyle: Default,Arial\n[Events]\n"
        "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
        "Comment: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,hidden\n"
        "Dialogue: 0,0:01:01.50,0:01:04.00,Default,Ann,0,0,0,,{\\i1}Dig here,{\\i0}\\Nnot there.\n",
    )
    assert doc.text == "0:01:01 · Ann\n\nDig here, not there."
    assert doc.title == "The well"


@pytest.mark.parametrize("text", ["", "WEBVTT\n", "1\n00:00:01,000 --> 00:00:02,000\n", "words"])
def test_a_file_without_cues_has_no_text(text: str) -> None:
    """So it is listed among the skipped files."""
    assert reason("a.srt", text) == "no text"


def test_chinese_cues_are_joined_without_a_space() -> None:
    """Two lines of one Chinese sentence are one string."""
    cue = "00:00:0{0},000 --> 00:00:0{0},900\n{1}\n\n"
    doc = document("a.srt", cue.format(1, "明天早上九点") + cue.format(2, "出发。"))
    assert "明天早上九点出发。" in doc.text
