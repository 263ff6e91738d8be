"""Builds an index over a collection of hard files and checks that each is accounted for.

    python -m tests.benchmarks.torture [FOLDER] [--show REASON]

The default folder has some 730 files from the test suites of file readers: damaged, encrypted,
huge, odd. It builds with the real command in a separate process. It prints the files read per
format, the files skipped and why, the slowest files, the time, and the peak memory of all
processes. A page that several processes share counts once (the PSS of Linux). It fails if a file
is missing from the account, or if the build crashes, hangs, takes ten minutes or needs 1.5 GB.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from chatbot.errors import UnreadableFile
from chatbot.index.corpus_files import open_file
from chatbot.ingestion.isolation import IsolatedReader
from chatbot.readers.reading_messages import Limits
from tests.shared import DATA

MOST_SECONDS = 600
MOST_MEMORY = 1_500_000_000
_POLL_SECONDS = 0.1
_SLOWEST = 8


def main() -> None:
    """Build, print, and fail if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder", nargs="?", type=Path, default=DATA / "torture")
    parser.add_argument("--show", metavar="REASON", help="name the files skipped for this kind")
    options = parser.parse_args()
    file_count = sum(
        not any(part.startswith(".") for part in path.relative_to(options.folder).parts)
        for path in options.folder.rglob("*")
        if path.is_file() or path.is_symlink()
    )
    with tempfile.TemporaryDirectory() as home:
        report, seconds, peak = _build(options.folder, Path(home) / "index")
    _print_formats(report, options.show)
    print()
    _print_slowest(options.folder)
    accounted = report["read"] + report["carried"] + len(report["skipped"])
    print(f"\n{file_count} files found, {accounted} accounted for")
    print(f"{report['documents']:,} documents, {report['passages']:,} passages")
    stages = ", ".join(f"{name} {took:.1f} s" for name, took in report["seconds"].items())
    memory = sum(peak)
    largest = " + ".join(f"{own / 1e6:,.0f}" for own in sorted(peak, reverse=True))
    print(f"{seconds:.1f} s in all ({stages}), {memory / 1e6:,.0f} MB at most ({largest})")
    missed = [
        bar
        for bar, holds in (
            ("every file is accounted for", accounted == file_count),
            (f"less than {MOST_SECONDS} s", seconds < MOST_SECONDS),
            (f"less than {MOST_MEMORY / 1e6:,.0f} MB", memory < MOST_MEMORY),
        )
        if not holds
    ]
    if missed:
        sys.exit(f"Missed: {'; '.join(missed)}")


def _build(corpus: Path, index: Path) -> tuple[dict[str, Any], float, list[int]]:
    """The report of a build, its seconds, and the bytes of its processes at their peak."""
    words = [sys.executable, "-m", "chatbot", "build", "--fresh", "--json"]
    words += ["--corpus", str(corpus), "--index", str(index)]
    began = time.monotonic()
    peak: list[int] = []
    with (
        tempfile.TemporaryFile() as output,
        subprocess.Popen(words, stdout=output, stderr=subprocess.DEVNULL) as build,
    ):
        while build.poll() is None:
            peak = max(peak, list(_memory(build.pid)), key=sum)
            if time.monotonic() - began > 2 * MOST_SECONDS:
                build.kill()
            time.sleep(_POLL_SECONDS)
        output.seek(0)
        report = output.read()
    if build.returncode:
        sys.exit(f"The build ended with {build.returncode}.")
    return json.loads(report), time.monotonic() - began, peak


def _memory(process: int) -> Iterator[int]:
    """The bytes of a process and of each descendant; of shared pages, its share."""
    with suppress(OSError):
        rollup = Path(f"/proc/{process}/smaps_rollup").read_text("ascii")
        yield int(rollup.partition("\nPss:")[2].split()[0]) * 1024
        for task in Path(f"/proc/{process}/task").iterdir():
            for child in (task / "children").read_text("ascii").split():
                yield from _memory(int(child))


def _print_formats(report: dict[str, Any], show: str | None) -> None:
    print(f"{'format':72} {'found':>6} {'read':>6} {'share':>6}")
    for kind, count in report["formats"].items():
        share = count["read"] / count["found"]
        print(f"{kind or 'not opened':72} {count['found']:6} {count['read']:6} {share:6.0%}")
    for heading, listed in (("skipped", report["skipped"]), ("inside files", report["parts"])):
        kinds = defaultdict(list)
        for file in listed:
            kinds[file["kind"]].append(file)
        counts = Counter({kind: len(files) for kind, files in kinds.items()})
        summary = ", ".join(f"{count} {kind}" for kind, count in counts.most_common())
        print(f"{heading}: {summary or 'none'}")
        for file in kinds[show] if show else ():
            print(f"  {file['path']}: {file['kind']} {file['detail']}")


def _print_slowest(corpus: Path) -> None:
    """Read each file once more, alone, and print the slowest."""
    reader = IsolatedReader(Limits(60, 1_000_000_000, 200_000_000))
    times = []
    for path in sorted(path for path in corpus.rglob("*") if path.is_file()):
        began = time.perf_counter()
        reader.request(open_file(path), path.relative_to(corpus).as_posix(), "")
        try:
            count = sum(1 for _ in reader.replies())
        except UnreadableFile:
            count = 0
        times.append((time.perf_counter() - began, path, count))
    reader.close()
    print(f"slowest of {sum(took for took, *_ in times):.1f} s of reading:")
    for took, path, _ in sorted(times, reverse=True)[:_SLOWEST]:
        print(f"{took:8.2f} s  {path.relative_to(corpus)}")


if __name__ == "__main__":
    main()
