"""Read scanned pages with rapidocr (the extra `ocr`) or Tesseract, if either is installed.

The engines give a box per line, not per character.
"""

from __future__ import annotations

import csv
import ctypes
import io
import shutil
import subprocess
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from chatbot.readers.pdf.page_words import Page, PageWords, word_bounds
from chatbot.types import Box

# Both engines expect 200 dots per inch.
PIXELS_PER_POINT = 200 / 72

_TESSERACT_SECONDS = 120
_LEAST_SCORE = 0.5
_WORD_LEVEL = "5"

# A page takes 0.45 GB, where a file may have 1 GB; by default, the engine takes 0.8 GB and longer.
# Lines are looked for in a smaller picture, and read one at a time in the picture itself.
_RAPIDOCR = {
    "Global.log_level": "error",
    "EngineConfig.onnxruntime.enable_cpu_mem_arena": False,
    "Det.limit_type": "max",
    "Det.limit_side_len": 1280,
    "Cls.cls_batch_num": 1,
    "Rec.rec_batch_num": 1,
}


class ScannedLine(NamedTuple):
    """A line of text in a picture, with its box in pixels."""

    text: str
    box: Box


Engine = Callable[[Image.Image], list[ScannedLine]]


def engine() -> Engine | None:
    """The installed OCR engine; None if there is none."""
    if find_spec("rapidocr"):
        return _rapidocr
    return _tesseract if shutil.which("tesseract") else None


def scanned_page(page: Page, lines: list[ScannedLine]) -> Page:
    """A page with the words of scanned lines; a word's width is estimated from its letters."""
    text = "\n".join(line.text for line in lines)
    start, stop = word_bounds(text)
    boxes = np.zeros((len(start), 4))
    ends = np.cumsum([len(line.text) + 1 for line in lines])
    for word, (first, last) in enumerate(zip(start, stop, strict=True)):
        number = int(np.searchsorted(ends, first, side="right"))
        left, top, right, bottom = (side / PIXELS_PER_POINT for side in lines[number].box)
        letter = (right - left) / len(lines[number].text)
        begin = int(ends[number]) - len(lines[number].text) - 1
        edges = left + (first - begin) * letter, left + (last - begin) * letter
        boxes[word] = (edges[0], top, edges[1], bottom)
    words = PageWords(start, stop, boxes)
    return Page(page.number, page.width, page.height, text, words, placed=False, scanned=True)


@cache
def _rapidocr_engine() -> Any:
    from rapidocr import RapidOCR

    return RapidOCR(params=_RAPIDOCR)


def _rapidocr(picture: Image.Image) -> list[ScannedLine]:
    # The engine expects BGR.
    result = _rapidocr_engine()(np.asarray(picture.convert("RGB"))[:, :, ::-1])
    _give_memory_back()
    if result.boxes is None:
        return []
    return [
        ScannedLine(text, _around(corners))
        for corners, text, score in zip(result.boxes, result.txts, result.scores, strict=True)
        if text.strip() and score >= _LEAST_SCORE
    ]


def _give_memory_back() -> None:
    """Return freed memory to the system; glibc keeps it, and it would count for later files."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _around(corners: Any) -> Box:
    left, top = corners.min(axis=0).tolist()
    right, bottom = corners.max(axis=0).tolist()
    return left, top, right, bottom


def _tesseract(picture: Image.Image) -> list[ScannedLine]:
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    try:
        process = subprocess.run(
            ["tesseract", "stdin", "stdout", "tsv"],  # noqa: S607 - wherever it is installed
            input=stream.getvalue(),
            capture_output=True,
            check=True,
            timeout=_TESSERACT_SECONDS,
        )
    except (OSError, subprocess.SubprocessError):
        return []
    lines: dict[tuple[str, ...], list[tuple[str, list[int]]]] = {}
    table = process.stdout.decode("utf-8", "replace").splitlines()
    for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE):
        if row["level"] == _WORD_LEVEL and row["text"].strip():
            line = (row["block_num"], row["par_num"], row["line_num"])
            left, top, width, height = (
                int(row[name]) for name in ("left", "top", "width", "height")
            )
            box = [left, top, left + width, top + height]
            lines.setdefault(line, []).append((row["text"], box))
    return [
        ScannedLine(
            " ".join(text for text, _ in words), _around(_corners([box for _, box in words]))
        )
        for words in lines.values()
    ]


def _corners(boxes: list[list[int]]) -> Any:
    return np.array(boxes, np.float64).reshape(-1, 2)
