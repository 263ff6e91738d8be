"""The record of the iCalendar format; the reader itself is imported with the first such file."""

import re

from chatbot.readers import Format
from chatbot.readers.detection.signs import TextBegins

CALENDAR = Format(
    name="iCalendar",
    media_type="text/calendar",
    reader="calendar_reader.reader:read_calendar",
    signs=(TextBegins(re.compile(rb"BEGIN:VCALENDAR")),),
    suffixes=(".ics",),
)
