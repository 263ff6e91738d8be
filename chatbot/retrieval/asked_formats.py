"""The file formats that a question names, such as "mails" or "spreadsheets", in all languages."""

from __future__ import annotations

import re
from typing import Final

from chatbot.readers import media_types as of

# Regular expressions of the words, and the media types that they mean.
_FORMATS: Final = (
    (
        r"e-?mails?|mails?|courriels?|письма|писем|письмо|邮件",
        (of.MESSAGE, of.OUTLOOK, of.MBOX, of.SIGNED),
    ),
    (
        r"pdfs?|pdf[ -](?:files?|documents?|dateien)|fichiers pdf|pdf-файл(?:ы|ов)|pdf ?文件",
        (of.PDF,),
    ),
    (
        (
            r"spreadsheets?|workbooks?|excel files?|tabellen|excel-dateien|feuilles de calcul"
            r"|таблицы|таблиц|表格"
        ),
        (of.XLSX, of.EXCEL_XML, of.XLS, of.ODS, of.CSV, of.TSV),
    ),
    (
        (
            r"slides|slide decks?|presentations?|powerpoints?|präsentation(?:en)?|folien"
            r"|présentations?|презентаци[яий]|演示文稿"
        ),
        (of.PPTX, of.PPT, of.ODP),
    ),
    (
        r"word (?:files?|documents?)|word-(?:dateien|dokumente)|documents word",
        (of.DOCX, of.DOC, of.WORD_XML),
    ),
    (r"web ?pages?|webseiten|pages web|веб-страниц[ыа]?|网页", (of.HTML,)),
)
# The words for documents of any of these formats.
FORMAT_WORDS: Final = "|".join(words for words, _ in _FORMATS)
_PATTERNS: Final = tuple(
    (re.compile(rf"(?<![a-zа-я])(?:{words})(?![a-zа-я])", re.IGNORECASE), frozenset(media_types))
    for words, media_types in _FORMATS
)


def asked_formats(question: str) -> frozenset[str]:
    """The media types of the first format that a question names; none if it names none."""
    return next((types for words, types in _PATTERNS if words.search(question)), frozenset())
