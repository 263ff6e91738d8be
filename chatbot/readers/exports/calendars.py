"""Calendars (`.ics`): each event or task under its title, with its time, place and people."""

from __future__ import annotations

import re
from calendar import month_name
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Final

from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.exports.content_lines import Component, ContentLine, components
from chatbot.readers.file_properties import file_title, own_title
from chatbot.readers.markup.plain import write_plain
from chatbot.readers.media_types import CALENDAR
from chatbot.readers.raw_file import RawFile
from chatbot.types import Document

_TIME: Final = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})\d{0,2}(Z?))?")
_FREQUENCIES: Final = {
    "DAILY": "every day", "WEEKLY": "every week", "MONTHLY": "every month", "YEARLY": "every year",
}  # fmt: skip
_LENGTH: Final = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:\d+S)?)?")
_ORDINALS: Final = {
    "1": "first ", "2": "second ", "3": "third ", "4": "fourth ", "5": "fifth ", "-1": "last ",
}  # fmt: skip
_MONTHS: Final = {str(number): month_name[number] for number in range(1, 13)}
_ANSWERS: Final = {"DECLINED": "declined", "TENTATIVE": "tentative"}
_DAYS: Final = {
    "MO": "Monday", "TU": "Tuesday", "WE": "Wednesday", "TH": "Thursday", "FR": "Friday",
    "SA": "Saturday", "SU": "Sunday",
}  # fmt: skip


def read_calendar(file: RawFile) -> Iterator[Document]:
    """Yield one document."""
    writer = DocumentWriter()
    name = None
    for kind, component in components(file.data, "VCALENDAR", "VEVENT", "VTODO", "VJOURNAL"):
        if kind == "VCALENDAR":
            name = name or _first(component, "X-WR-CALNAME", "NAME")
        else:
            _write(writer, component)
    yield writer.document(
        file.name,
        source=file.name,
        media_type=CALENDAR,
        title=own_title(name) or file_title(file.name),
    )


def _write(writer: DocumentWriter, event: Component) -> None:
    writer.add("heading", _first(event, "SUMMARY") or "(no title)", level=2)
    people = [_person(line) for line in event.get("ATTENDEE", ())]
    except_for = [_time(line) for line in event.get("EXDATE", ())]
    fields = {
        "When": _period(event),
        "Repeats": _repetition(_first(event, "RRULE")),
        "Except": ", ".join(filter(None, except_for)),
        "Due": _time(next(iter(event.get("DUE", ())), None)),
        "Where": _first(event, "LOCATION"),
        "Organiser": "; ".join(_person(line) for line in event.get("ORGANIZER", ())),
        "With": ", ".join(filter(None, people)),
        "Status": _first(event, "STATUS").lower(),
        "Done": f"{done} %" if (done := _first(event, "PERCENT-COMPLETE")) else "",
        "Categories": ", ".join(re.split(r",\s*", _first(event, "CATEGORIES"))),
        "Link": _first(event, "URL"),
    }
    writer.add_record(fields)
    for line in event.get("DESCRIPTION", ()):
        write_plain(writer, line.text)


def _first(component: Component, *names: str) -> str:
    lines = (line.line for name in names for line in component.get(name, ()))
    return next(lines, "")


def _person(line: ContentLine) -> str:
    address = re.sub(r"^mailto:", "", line.line, flags=re.IGNORECASE)
    name = line.parameters.get("CN") or address
    answer = _ANSWERS.get(line.parameters.get("PARTSTAT", "").upper())
    return f"{name} ({answer})" if answer else name


def _period(event: Component) -> str:
    first = next(iter(event.get("DTSTART", ())), None)
    start = _time(first)
    end = _time(next(iter(event.get("DTEND", ())), None)) or _end(first, _first(event, "DURATION"))
    if end and len(end) == len("2024-05-06"):
        # The end is the first moment that isn't in the period; people name its last day.
        end = (date.fromisoformat(end) - timedelta(days=1)).isoformat()
        if end <= start:
            return start
    if start and end and start[:10] == end[:10]:
        end = end[11:]
    zone = start[16:]
    if zone and end.endswith(zone):
        start = start[:16]
    return f"{start} – {end}" if start and end else start


def _end(start: ContentLine | None, length: str) -> str:
    """The end of a period that states its length."""
    match = _LENGTH.fullmatch(length.strip().removeprefix("+")) if length else None
    if start is None or match is None:
        return ""
    weeks, days, hours, minutes = (int(number or 0) for number in match.groups())
    added = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes)
    with suppress(ValueError, OverflowError):
        if "T" not in start.value:
            end = date.fromisoformat(_time(start)) + added
            return end.isoformat()
        moment = datetime.fromisoformat(_time(start)[:16]) + added
        return f"{moment:%Y-%m-%d %H:%M}{_time(start)[16:]}"
    return ""


def _time(line: ContentLine | None) -> str:
    """A time as a person reads it: 2024-05-06 10:00, with UTC or the zone's name."""
    match = _TIME.match(line.value.strip()) if line else None
    if not match or line is None:
        return ""
    year, month, day, hour, minute, utc = match.groups()
    if hour is None:
        return f"{year}-{month}-{day}"
    zone = "UTC" if utc else line.parameters.get("TZID", "")
    return f"{year}-{month}-{day} {hour}:{minute} {zone}".strip()


def _repetition(rule: str) -> str:
    parts = dict(part.partition("=")[::2] for part in rule.split(";"))
    words = _FREQUENCIES.get(parts.get("FREQ", ""), "")
    if (interval := parts.get("INTERVAL", "1")) != "1":
        words = words.replace("every ", f"every {interval} ") + "s"
    days = [
        _ORDINALS.get(day[:-2].removeprefix("+"), "") + _DAYS.get(day[-2:], day)
        for day in parts.get("BYDAY", "").split(",")
        if day
    ]
    if days and days[0][0].islower():
        days[0] = f"the {days[0]}"
    if days:
        words += f" on {', '.join(days)}"
    months = [month for month in parts.get("BYMONTH", "").split(",") if month in _MONTHS]
    if months:
        words += f" {'of' if days else 'in'} {', '.join(_MONTHS[month] for month in months)}"
    if until := _TIME.match(parts.get("UNTIL", "")):
        words += f" until {'-'.join(until.group(1, 2, 3))}"
    if count := parts.get("COUNT"):
        words += f", {count} times"
    return words
