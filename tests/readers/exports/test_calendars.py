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


def test_periods_and_repetitions_read_as_people_say_them() -> None:
    """Whole days end on the last of them; lengths, weekdays of a month and answers are told."""
    lines = (
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Regatta\nDTSTART;VALUE=DATE:20260704\n"
        "DTEND;VALUE=DATE:20260706\nRRULE:FREQ=YEARLY;BYMONTH=7;BYDAY=1SA\n"
        "CATEGORIES:Sport,Public\nEND:VEVENT\nBEGIN:VEVENT\nSUMMARY:Signing\n"
        "DTSTART;TZID=Europe/Berlin:20260310T140000\nDURATION:PT1H30M\n"
        "RRULE:FREQ=MONTHLY;BYDAY=-1FR\nEXDATE;TZID=Europe/Berlin:20260410T140000\n"
        "ATTENDEE;CN=Ada;PARTSTAT=ACCEPTED:mailto:ada@example.org\n"
        "ATTENDEE;PARTSTAT=DECLINED:mailto:bo@example.org\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    doc = document("club.ics", lines)
    assert blocks(doc) == [
        ("heading", "Regatta"),
        (
            "row",
            (
                "When: 2026-07-04 – 2026-07-05 | Repeats: every year on the first Saturday of July "
                "| Categories: Sport, Public"
            ),
        ),
        ("heading", "Signing"),
        (
            "row",
            (
                "When: 2026-03-10 14:00 – 15:30 Europe/Berlin | Repeats: every month on the last "
                "Friday | Except: 2026-04-10 14:00 Europe/Berlin | "
                "With: Ada, bo@example.org (declined)"
            ),
        ),
    ]
