"""The cues of a subtitle file: when each begins, who speaks, and the words.

SubRip (`.srt`), WebVTT (`.vtt`), YouTube's `.sbv` and SubStation Alpha (`.ass`, `.ssa`) are told
apart by their content.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Final, NamedTuple

from chatbot.text.clean import one_line

_TIME: Final = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})(?:[.,]\d{1,3})?"
_TIMING: Final = re.compile(rf"\s*{_TIME}\s*(?:-->|,)\s*{_TIME}(?:\s.*)?")
# Blocks of WebVTT that aren't shown.
_UNSHOWN: Final = re.compile(r"(?:NOTE|STYLE|REGION|WEBVTT)\b.*")
_VOICE: Final = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]+)>")
_TAG: Final = re.compile(r"</?[a-zA-Z0-9][^<>]*>")
_OVERRIDE: Final = re.compile(r"\{[^{}]*\}")
_WHOLLY_ITALIC: Final = re.compile(r"\s*(?:<v[^>]*>)?\s*<i>[^<]*</i>\s*(?:</v>)?\s*")
_SOUND: Final = re.compile(r"[\[(（*♪♫][^.!?]*[\])）*♪♫]|[♪♫].*")
_DASH: Final = re.compile(r"^\s*[-–—]\s*")
_SOUND_WORDS: Final = 3


class Cue(NamedTuple):
    """Words that are shown together, from `seconds` on; `sound` if they name a sound."""

    seconds: int
    speaker: str
    words: str
    sound: bool = False


def cues_of(text: str) -> Iterator[Cue]:
    """The cues in the order of the file; a line that the cue before already showed is dropped."""
    is_alpha = re.search(r"^\[Events\]", text, re.MULTILINE | re.IGNORECASE)
    shown: list[str] = []
    for seconds, speaker, lines in _alpha(text) if is_alpha else _timed(text):
        new = [line for line in lines if line not in shown]
        shown = lines
        yield from _spoken(seconds, speaker, new)


def alpha_title(text: str) -> str | None:
    """The title in the head of a SubStation Alpha file."""
    match = re.search(r"^Title:[ \t]*(.+)$", text, re.MULTILINE)
    return match.group(1) if match else None


def _spoken(seconds: int, speaker: str, lines: list[str]) -> Iterator[Cue]:
    """The cue of some lines, or one for each line that begins with a dash: a dialogue."""
    parts: list[list[str]] = []
    for line in lines:
        if not parts or (len(lines) > 1 and _DASH.match(_TAG.sub("", line))):
            parts.append([line])
        else:
            parts[-1].append(line)
    for part in parts:
        raw = "\n".join(part)
        voice = _VOICE.search(raw)
        words = one_line(unescape(_TAG.sub("", raw)))
        words = _DASH.sub("", words)
        is_short = len(words.split()) <= _SOUND_WORDS and words[-1:] not in ".,!?…"
        sound = bool(_SOUND.fullmatch(words) or (_WHOLLY_ITALIC.fullmatch(raw) and is_short))
        if words:
            name = one_line(unescape(voice.group(1))) if voice else speaker
            yield Cue(seconds, name, words, sound)


def _timed(text: str) -> Iterator[tuple[int, str, list[str]]]:
    """The seconds, the speaker and the lines of each cue below a line with two times."""
    start: int | None = None
    lines: list[str] = []
    for line in [*text.split("\n"), ""]:
        if timing := _TIMING.fullmatch(line):
            # The line above is the number of this cue, even without a blank line.
            if start is not None:
                yield start, "", lines[:-1] if lines[-1:] and lines[-1].strip().isdigit() else lines
            start, lines = _seconds(timing), []
        elif not line.strip():
            if start is not None and lines:
                yield start, "", lines
                start, lines = None, []
        elif start is not None:
            lines.append(line)
    if start is not None and lines:
        yield start, "", lines


def _alpha(text: str) -> Iterator[tuple[int, str, list[str]]]:
    """The seconds, the speaker and the lines of each dialogue line."""
    names = ["layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect"]
    in_events = False
    for line in text.split("\n"):
        key, _, value = line.partition(":")
        if line.startswith("["):
            in_events = line.strip().lower() == "[events]"
        elif in_events and key.strip().lower() == "format":
            names = [name.strip().lower() for name in value.split(",")][:-1]
        elif in_events and key.strip().lower() == "dialogue":
            fields = dict(zip([*names, "text"], value.split(",", len(names)), strict=False))
            timing = re.match(rf"\s*{_TIME}", fields.get("start", ""))
            words = _OVERRIDE.sub("", fields.get("text", "")).replace("\\h", " ")
            lines = [part for part in re.split(r"\\[Nn]", words) if part.strip()]
            if timing and lines:
                speaker = fields.get("name", fields.get("actor", ""))
                yield _seconds(timing), one_line(speaker), lines


def _seconds(timing: re.Match[str]) -> int:
    hours, minutes, seconds = timing.group(1, 2, 3)
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
