"""Boxes of characters -> boxes of the lines that they make."""

from __future__ import annotations

from chatbot.readers.pdf.page_words import Floats
from chatbot.types import Box


def merged(char_boxes: Floats) -> list[Box]:
    """Merge the boxes of characters that follow each other on a line, horizontal or vertical."""
    boxes: list[Box] = []
    for left, top, right, bottom in char_boxes.tolist():
        if boxes:
            previous = boxes[-1]
            width, height = right - left, bottom - top
            same_row = abs((top + bottom) - (previous[1] + previous[3])) < height
            same_column = abs((left + right) - (previous[0] + previous[2])) < width
            gap = max(left - previous[2], previous[0] - right)
            drop = max(top - previous[3], previous[1] - bottom)
            if (same_row and gap < height) or (same_column and drop < 0.5 * width):
                boxes[-1] = (
                    min(previous[0], left),
                    min(previous[1], top),
                    max(previous[2], right),
                    max(previous[3], bottom),
                )
                continue
        boxes.append((left, top, right, bottom))
    return boxes
