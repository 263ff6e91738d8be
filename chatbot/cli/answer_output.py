"""Prints answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from chatbot.cli.about_output import show_about
from chatbot.cli.console import count, out
from chatbot.clues import CLUES
from chatbot.text.clean import one_line

if TYPE_CHECKING:
    from chatbot.answers import Answer, Citation


def show_answer(answer: Answer, *, why: bool) -> None:
    """Print the best-matching sentence and the cards, or that there is no clear answer."""
    if answer.corrections:
        out.print(f"Showing results for: {answer.interpreted_question}")
        out.print("To search as typed, add --as-typed.")
    if answer.about:
        show_about(answer.about)
        return
    if not answer.searched_documents:
        out.print("No documents to search: rights or filters exclude them, or there are none yet.")
    elif answer.abstained:
        out.print(
            f"No clear answer in {count(answer.searched_documents, 'document')} "
            f"(build {answer.build}, confidence {answer.confidence:.2f})."
        )
        if answer.nearest:
            out.print("Closest passages:")
    else:
        _show_first_lines(answer)
        out.print(f"{answer.verdict} match, confidence {answer.confidence:.2f}")
    for citation in answer.citations or answer.nearest:
        _show_citation(citation, why=why)
    if why:
        stages = ", ".join(f"{name} {ms:.1f} ms" for name, ms in answer.timings.items())
        out.print(f"\n{stages}")


def _show_first_lines(answer: Answer) -> None:
    """Print the best sentence, or one for each part, and what other documents say about it."""
    first = answer.citations[0]
    if not answer.parts:
        out.print(Text(first.quote, style="bold"), f"[{first.marker}]")
    for part in answer.parts:
        out.print(Text(f"{part.text}:"))
        if part.marker:
            quote = answer.citations[part.marker - 1].quote
            out.print(Text(quote, style="bold"), f"[{part.marker}]")
        else:
            out.print("No clear answer.")
    if same := [f"[{other.marker}]" for other in answer.elsewhere if other.agrees]:
        out.print(f"Also in {', '.join(same)}.")
    for other in answer.elsewhere:
        if not other.agrees:
            version = "The older version " if other.older else ""
            out.print(Text(f"{version}[{other.marker}] says {one_line(other.words)}."))


def _show_citation(citation: Citation, *, why: bool) -> None:
    steps = [citation.title, *citation.section]
    if citation.pages:
        steps.append(f"p. {', '.join(map(str, citation.pages))}")
    out.print()
    out.print(Text(f"[{citation.marker}] {' › '.join(steps)}", style="bold"))
    start = citation.passage.span.start
    text = Text(citation.passage.text)
    if citation.verified:
        text.stylize("reverse", citation.span.start - start, citation.span.end - start)
    out.print(text)
    # File names may contain terminal escapes; texts and titles are cleaned when they're read.
    known = (citation.metadata.date, citation.metadata.author, citation.source)
    facts = ", ".join(one_line(text) for text in known if text)
    place = f"{facts}, characters {citation.span.start}-{citation.span.end}"
    out.print(Text(place, style="dim"))
    if citation.newest:
        newest = citation.newest.document
        names = f"{one_line(newest.title)} ({one_line(newest.source)})"
        out.print(Text(f"older version; the newest is {names}", style="dim"))
    if citation.also_in:
        names = ", ".join(map(one_line, citation.also_in))
        out.print(Text(f"also in {names}", style="dim"))
    if citation.further:
        sections = dict.fromkeys(" › ".join(further.section) or "…" for further in citation.further)
        out.print(Text(f"more in this document: {'; '.join(sections)}", style="dim"))
    if why:
        out.print(_ranking_text(citation))


def _ranking_text(citation: Citation) -> str:
    """How a passage was ranked: its score, and each clue with its rank if it has one."""
    clues = []
    for clue in CLUES:
        value = f"{getattr(citation.why, clue.name):.3f}"
        if clue.ranked:
            rank = getattr(citation.why, f"{clue.name}_rank") or "-"
            clues.append(f"{clue.label} rank {rank} ({value})")
        else:
            clues.append(f"{clue.label} {value}")
    return f"score {citation.score:.3f}: {', '.join(clues)}"
