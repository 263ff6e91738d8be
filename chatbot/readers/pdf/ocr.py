"""The words of a scanned page, by rapidocr (the extra `ocr`) or by Tesseract, if either is there.

What is read from a picture is known line by line: each line has its box and no characters.
"""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from chatbot.readers.pdf.page_words import Page, Words, word_bounds
from chatbot.types import Box

# What both engines ask for: 200 dots an inch.
PIXELS_A_POINT = 200 / 72

_TESSERACT_SECONDS = 120
_LEAST_SURE = 0.5
_WORD_LEVEL = "5"


class Scan(NamedTuple):
    """A line of a picture, its box in pixels."""

    text: str
    box: Box


Engine = Callable[[Image.Image], list[Scan]]


def engine() -> Engine | None:
    """What reads pictures here; None where nothing does."""
    if find_spec("rapidocr"):
        return _rapidocr
    return _tesseract if shutil.which("tesseract") else None


def scanned_page(page: Page, scans: list[Scan]) -> Page:
    """A page with the words of its lines, each as wide as its share of the line's letters."""
    text = "\n".join(scan.text for scan in scans)
    start, stop = word_bounds(text)
    boxes = np.zeros((len(start), 4))
    ends = np.cumsum([len(scan.text) + 1 for scan in scans])
    for word, (first, last) in enumerate(zip(start, stop, strict=True)):
        line = int(np.searchsorted(ends, first, side="right"))
        left, top, right, bottom = (side / PIXELS_A_POINT for side in scans[line].box)
        letter = (right - left) / len(scans[line].text)
        begin = int(ends[line]) - len(scans[line].text) - 1
        ways = left + (first - begin) * letter, left + (last - begin) * letter
        boxes[word] = (ways[0], top, ways[1], bottom)
    words = Words(start, stop, boxes)
    return Page(page.number, page.width, page.height, text, words, placed=False, scanned=True)


@cache
def _rapid() -> Any:
    from rapidocr import RapidOCR

    return RapidOCR(params={"Global.log_level": "error"})


def _rapidocr(picture: Image.Image) -> list[Scan]:
    # The engine wants the colours the other way round.
    found = _rapid()(np.asarray(picture.convert("RGB"))[:, :, ::-1])
    if found.boxes is None:
        return []
    return [
        Scan(text, _around(corners))
        for corners, text, sure in zip(found.boxes, found.txts, found.scores, strict=True)
        if text.strip() and sure >= _LEAST_SURE
    ]


def _around(corners: Any) -> Box:
    left, top = corners.min(axis=0).tolist()
    right, bottom = corners.max(axis=0).tolist()
    return left, top, right, bottom


def _tesseract(picture: Image.Image) -> list[Scan]:
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    try:
        done = subprocess.run(
            ["tesseract", "stdin", "stdout", "tsv"],  # noqa: S607 - wherever it is installed
            input=stream.getvalue(),
            capture_output=True,
            check=True,
            timeout=_TESSERACT_SECONDS,
        )
    except (OSError, subprocess.SubprocessError):
        return []
    lines: dict[tuple[str, ...], list[tuple[str, list[int]]]] = {}
    table = done.stdout.decode("utf-8", "replace").splitlines()
    for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE):
        if row["level"] == _WORD_LEVEL and row["text"].strip():
            line = (row["block_num"], row["par_num"], row["line_num"])
            left, top, width, height = (
                int(row[name]) for name in ("left", "top", "width", "height")
            )
            place = [left, top, left + width, top + height]
            lines.setdefault(line, []).append((row["text"], place))
    return [
        Scan(" ".join(text for text, _ in words), _around(_corners([box for _, box in words])))
        for words in lines.values()
    ]


def _corners(boxes: list[list[int]]) -> Any:
    return np.array(boxes, np.float64).reshape(-1, 2)
