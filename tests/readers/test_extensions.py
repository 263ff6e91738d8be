"""A reader from another package, found by its entry point and run in the reading process."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path

import pytest

from chatbot.settings import Settings
from tests.building import RADAR, command, problem, run, write
from tests.shared import PROJECT

EXAMPLE = PROJECT / "tests" / "examples" / "readers_extension"
CALENDAR = (
    "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Harbour visit\r\n"
    "DESCRIPTION:The frigates leave at\r\n  seven.\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


def installed(site: Path, **entry_points: str) -> dict[str, str]:
    """An environment in which the example is installed, with these entry points besides its own."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text("utf-8"))["project"]
    metadata = site / f"calendar_reader-{project['version']}.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n", "utf-8"
    )
    own = project["entry-points"]["chatbot.readers"]
    lines = [f"{name} = {value}" for name, value in {**own, **entry_points}.items()]
    (metadata / "entry_points.txt").write_text(
        "[chatbot.readers]\n" + "\n".join(lines) + "\n", "utf-8"
    )
    path = os.pathsep.join(
        (str(site), str(EXAMPLE), str(PROJECT), os.environ.get("PYTHONPATH", ""))
    )
    return {**os.environ, "PYTHONPATH": path}


def build(settings: Settings) -> list[str]:
    return command("build", "--corpus", settings.corpus, "--index", settings.index, "--json")


@pytest.mark.usefixtures("encoder")  # compiles the model outside the limit of a command
def test_a_format_of_another_package_is_read(settings: Settings, tmp_path: Path) -> None:
    """Once it is installed, files that an earlier build read by itself are read again."""
    write(settings.corpus, {"radar.md": RADAR, "visits.ics": CALENDAR, "cut.ics": CALENDAR[:60]})
    before = json.loads(run(build(settings)).stdout)
    assert before["formats"]["text/calendar"] == {"found": 2, "read": 2}
    environment = installed(tmp_path / "site")
    after = json.loads(run(build(settings), env=environment).stdout)
    assert after["formats"]["text/calendar"] == {"found": 2, "read": 1}
    (skipped,) = after["skipped"]
    assert skipped["path"] == "cut.ics"
    assert (after["read"], after["carried"]) == (2, 0)
    report = json.loads(run(build(settings), env=environment).stdout)
    assert report["published"] is False
    text = run(command("info", "--index", settings.index), env=environment).stdout
    assert "iCalendar" in text
    assert "the calendar has no end" in text
    ask = command("ask", "When do the frigates leave?", "--index", settings.index, "--json")
    citation = json.loads(run(ask, env=environment).stdout)["citations"][0]
    assert citation["quote"] == "The frigates leave at seven."
    assert citation["title"] == "Harbour visit"


@pytest.mark.parametrize(
    "value", ["calendar_reader:MISSING", "missing_reader:FORMAT", "json:dumps"]
)
def test_an_extension_that_does_not_load_stops_the_build(
    settings: Settings, tmp_path: Path, value: str
) -> None:
    """Silently doing without it would drop documents from the index."""
    write(settings.corpus, {"radar.md": RADAR})
    words = command("build", "--corpus", settings.corpus, "--index", settings.index)
    line = problem(run(words, env=installed(tmp_path / "site", broken=value)))
    assert line.startswith("The extension 'broken' (chatbot.readers) can't be loaded: ")
    assert line.endswith("Fix or uninstall the package that provides it.")
