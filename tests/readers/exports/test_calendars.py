"""Calendars: events as records that a person can read."""

from __future__ import annotations

from tests.readers.reading import blocks, covers, document, reason

CALENDAR = """BEGIN:VCALENDAR
X-WR-CALNAME:Harbour
BEGIN:VTIMEZONE
TZID:Europe/Oslo
END:VTIMEZONE
BEGIN:VEVENT
SUMMARY:Harbour meeting\\, spring
DTSTART;TZID=Europe/Oslo:20240506T100000
DTEND;TZID=Europe/Oslo:20240506T113000
RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;UNTIL=20240901
LOCATION:Hall 3
ORGANIZER;CN="Lee, Ann":mailto:ann@example.org
ATTENDEE;CN=Bo:MAILTO:bo@example.org
DESCRIPTION:Bring the long la
 dder.\\nAnd the papers.
BEGIN:VALARM
DESCRIPTION:Reminder
END:VALARM
END:VEVENT
END:VCALENDAR
"""


def test_an_event_has_its_time_its_place_and_its_people() -> None:
    """A repetition is told in words, an alarm is left out, folded lines are joined."""
    doc = document("a.ics", CALENDAR.replace("\n", "\r\n"))
    assert blocks(doc) == [
        ("heading", "Harbour meeting, spring"),
        (
            "row",
            (
                "When: 2024-05-06 10:00 – 11:30 Europe/Oslo | "
                "Repeats: every 2 weeks on Monday until 2024-09-01 | "
                "Where: Hall 3 | Organiser: Lee, Ann | With: Bo"
            ),
        ),
        ("paragraph", "Bring the long ladder. And the papers."),
    ]
    assert doc.title == "Harbour"
    assert covers(doc)


def test_whole_days_tasks_and_cut_files_are_read() -> None:
    """What isn't a calendar has no text."""
    task = "BEGIN:VTODO\nSUMMARY:Paint\nDUE:20240506T100000Z\n"
    assert document("a.ics", task).text == "Paint\n\nDue: 2024-05-06 10:00 UTC"
    event = "BEGIN:VEVENT\nSUMMARY:Fair\nDTSTART;VALUE=DATE:20240506\nEND:VEVENT\n"
    assert document("a.ics", event).text == "Fair\n\nWhen: 2024-05-06"
    assert reason("a.ics", "some words") == "no text"
