"""Excel workbooks, old and new: sheets under their names, ISO 8601 dates, plain figures."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from io import BytesIO
from itertools import chain
from typing import Final

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from chatbot.errors import SkipKind, UnreadableFile
from chatbot.readers.containers.zip_package import Package
from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.file_properties import file_title
from chatbot.readers.markup.xml_tree import attribute, child, children
from chatbot.readers.media_types import XLS, XLSX
from chatbot.readers.office.drawingml import write_drawings
from chatbot.readers.office.embedded import embedded_in_ole, embedded_in_package
from chatbot.readers.office.old_drawings import pictures_of, shape_texts, workbook_stream
from chatbot.readers.office.ooxml import OfficePackage
from chatbot.readers.office.shown_cells import Look, ShownCells, column_number
from chatbot.readers.pictures import PictureReader
from chatbot.readers.raw_file import RawFile
from chatbot.readers.tables.grid import Place
from chatbot.readers.tables.write_table import figure_text, write_sheet
from chatbot.types import Document, Metadata

CellValue = int | float | str | bool | time | date | datetime | timedelta

# python-calamine takes 32 bytes for each cell of the used area, even an empty one.
_MOST_CELLS: Final = 12_000_000
_ROW: Final = re.compile(rb"<(?:\w+:)?row\b[^>]*?\br=[\"'](\d{1,9})")
_COLUMN: Final = re.compile(rb"<(?:\w+:)?c\b[^>]*?\br=[\"']([A-Za-z]{1,4})")
# Record types of an old workbook ([MS-XLS] 2.3): its beginning, and its encryption.
_BEGIN: Final = 0x0809
_FILEPASS: Final = 0x002F


def read_xlsx(file: RawFile) -> Iterator[Document | RawFile]:
    """Yield the document, then the files embedded in it."""
    package = Package(file.data)
    package.verify()
    for name in package.names:
        if "/worksheets/" in f"/{name.lower()}" and name.lower().endswith(".xml"):
            _check_area(package.read(name))
    office = OfficePackage(file.data)
    yield _document(file, XLSX, office)
    yield from embedded_in_package(file, office)


def read_xls(file: RawFile) -> Iterator[Document | RawFile]:
    """Yield the document, then the files embedded in it."""
    if _is_encrypted(file.data):
        raise UnreadableFile(SkipKind.ENCRYPTED)
    yield _document(file, XLS, None)
    yield from embedded_in_ole(file)


def _document(file: RawFile, kind: str, package: OfficePackage | None) -> Document:
    writer = DocumentWriter()
    title, metadata = package.properties() if package else (None, Metadata())
    parts = _sheet_parts(package) if package else {}
    drawings = {name for name, part in parts.items() if package and _has_drawings(package, part)}
    pictures = PictureReader()
    shown = ShownCells(package) if package and parts else None
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(file.data))
        for entry in book.sheets_metadata:
            if entry.typ != SheetTypeEnum.WorkSheet:
                continue
            name = entry.name
            sheet = book.get_sheet_by_name(name)
            rows = sheet.iter_rows()
            first_row = next(rows, None)
            if first_row is None and name not in drawings:
                continue  # an empty sheet, as every new workbook has
            is_hidden = entry.visible != SheetVisibleEnum.Visible
            writer.add_page(name, "sheet", is_hidden=is_hidden)
            texts = ([value_text(value) for value in row] for row in _with_first(first_row, rows))
            looks = shown.on(parts[name]) if shown and name in parts else {}
            write_sheet(writer, _as_shown(texts, looks, _first_column(sheet)), _spans(sheet))
            if package and name in drawings:
                write_drawings(writer, package, parts[name], pictures)
        records = workbook_stream(file.data) if kind == XLS else b""
        for shape in shape_texts(records):
            if shape.is_remark:
                writer.add_furniture("metadata", shape.text)
            else:
                writer.add("paragraph", shape.text)
        for picture in () if pictures.is_spent else pictures_of(records):
            for text in pictures.paragraphs(picture):
                writer.add("paragraph", text)
    except PasswordError:
        raise UnreadableFile(SkipKind.ENCRYPTED) from None
    except CalamineError as failure:
        raise UnreadableFile(SkipKind.DAMAGED, f"its sheets can't be read ({failure})") from failure
    except BaseException as failure:
        # A panic in the Rust library derives from BaseException (PyO3).
        if type(failure).__name__ != "PanicException":
            raise
        raise UnreadableFile(SkipKind.DAMAGED, "its sheets can't be read") from failure
    return writer.document(
        file.name,
        source=file.name,
        media_type=kind,
        title=title or file_title(file.name),
        metadata=metadata,
    )


def _first_column(sheet: CalamineSheet) -> int:
    """The column of the sheet where the rows that it yields begin; they begin in its first row."""
    return sheet.start[1] if sheet.start else 0


def _spans(sheet: CalamineSheet) -> dict[Place, tuple[int, int]]:
    """The merged cells of a sheet, by row and column of the rows that it yields."""
    first = _first_column(sheet)
    return {
        (top, left - first): (bottom - top + 1, right - left + 1)
        for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
        if left >= first
    }


def _with_first(
    first_row: list[CellValue] | None, rows: Iterator[list[CellValue]]
) -> Iterator[list[CellValue]]:
    return chain([first_row], rows) if first_row is not None else rows


def _as_shown(
    rows: Iterator[list[str]], looks: Mapping[Place, Look], first_column: int
) -> Iterator[list[str]]:
    """The rows with their cells as the sheet shows them."""
    by_row: dict[int, dict[int, Look]] = {}
    for (row, column), look in looks.items():
        by_row.setdefault(row, {})[column - first_column] = look
    for number, cells in enumerate(rows):
        for column, look in by_row.get(number, {}).items():
            if 0 <= column < len(cells) and cells[column]:
                cells[column] = look.of(cells[column])
        yield cells


def _sheet_parts(package: OfficePackage) -> dict[str, str]:
    """The part of each sheet by name."""
    main = package.main()
    if not main.endswith(".xml"):
        return {}  # the binary form (XLSB) isn't XML
    relations = package.relations(main)
    parts = {}
    for sheet in children(child(package.tree(main), "sheets"), "sheet"):
        if relation := relations.get(attribute(sheet, "id") or ""):
            parts[attribute(sheet, "name") or ""] = relation.target
    return parts


def _has_drawings(package: OfficePackage, part: str) -> bool:
    """Whether a sheet has text boxes, charts or comments."""
    targets = package.relations(part).values()
    return any(target.kind in ("drawing", "comments") for target in targets)


def value_text(value: CellValue) -> str:
    """A value as a person would write it: whole numbers whole, dates in ISO 8601."""
    match value:
        case bool():
            return str(value).lower()
        case float():
            return figure_text(value)
        case timedelta():
            return _length_text(value)
        case datetime():
            return str(value.date()) if value.time() == time() else value.isoformat(" ", "seconds")
        case date() | time():
            return value.isoformat()
        case _:
            return str(value)


def _length_text(length: timedelta) -> str:
    """A length of time in hours, as sheets show sums of hours: 42:00."""
    minutes, seconds = divmod(round(length.total_seconds()), 60)
    tail = f":{seconds:02}" if seconds else ""
    return f"{minutes // 60}:{minutes % 60:02}{tail}"


def _check_area(sheet: bytes) -> None:
    """Refuse a sheet whose used area would fill the memory."""
    rows = max(map(int, set(_ROW.findall(sheet))), default=0)
    columns = max(map(column_number, set(_COLUMN.findall(sheet))), default=0)
    if rows * columns > _MOST_CELLS:
        raise UnreadableFile(
            SkipKind.TOO_LARGE,
            f"a sheet of {rows:,} rows and {columns:,} columns; "
            "delete cells far from the rest, or save its tables as CSV",
        )


def _is_encrypted(data: bytes) -> bool:
    """Whether the first records of an old workbook say that it is encrypted."""
    start = struct.pack("<HH", _BEGIN, 16)
    offset = data.find(start)
    while 0 <= offset <= len(data) - 4:
        record, size = struct.unpack_from("<HH", data, offset)
        if record == _FILEPASS:
            return True
        if record not in (_BEGIN, 0x0086, 0x00E1, 0x00C1, 0x00E2, 0x005C):
            return False
        offset += 4 + size
    return False
