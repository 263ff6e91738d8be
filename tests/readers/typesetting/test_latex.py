"""LaTeX by its own structure."""

from __future__ import annotations

from tests.readers.reading import blocks, covers, document, reason

PAPER = r"""
\documentclass{article}
\newcommand{\pump}{Pump X}
\title{Pump guide\thanks{paid}}
\author{Ann Lee \and Bo Chen}
\date{2024-05-06}
\begin{document}
\maketitle
\begin{abstract}
We study \pump{} and its caf\'e. % hidden
\end{abstract}
\section{Start \& stop}\label{sec:a}
The pump \textbf{must} be primed\footnote{With water.}, see \cite{lee2020} and Figure~\ref{f}.
It costs 5\,\% of $E = mc^2$ and $\alpha \leq \frac{1}{2}$.

\begin{itemize}
\item Open the valve.
\item Press the button,
  twice.
\end{itemize}
After.
\begin{table}
\caption{Models}
\begin{tabular}{lr}
\toprule
Model & Litres \\ \midrule
P1 & 40 \\
\multicolumn{2}{c}{both} \\
\bottomrule
\end{tabular}
\end{table}
\begin{verbatim}
pump start
  --slow
\end{verbatim}
\begin{equation}
a = b + c
\end{equation}
\end{document}
"""


def test_sections_lists_tables_and_listings_are_read() -> None:
    """Commands and formulas become words, comments and the preamble are left out."""
    doc = document("a.tex", PAPER)
    assert blocks(doc) == [
        ("heading", "Abstract"),
        ("paragraph", "We study Pump X and its café."),
        ("heading", "Start & stop"),
        (
            "paragraph",
            (
                "The pump must be primed (With water.), see [lee2020] and Figure f. "
                "It costs 5 % of E = mc^2 and α≤1/2."
            ),
        ),
        ("item", "Open the valve."),
        ("item", "Press the button, twice."),
        ("paragraph", "After."),
        ("paragraph", "Models"),
        ("header_row", "Model | Litres"),
        ("row", "P1 | 40"),
        ("row", "both"),
        ("code", "pump start\n  --slow"),
        ("paragraph", "a = b + c"),
    ]
    assert (doc.title, doc.metadata.author, doc.metadata.date) == (
        "Pump guide",
        "Ann Lee; Bo Chen",
        "2024-05-06",
    )
    assert covers(doc)


def test_a_cut_or_odd_file_keeps_its_words() -> None:
    """Open braces and environments end with the file; deep nesting is refused."""
    assert "last" in document("a.tex", r"\section{A} \begin{tabular}{l} first & last").text
    assert "last" in document("a.tex", r"\begin{document} text \textbf{last").text
    assert "nested too deeply" in reason("a.tex", "\\textbf" + "{" * 50_000)


def test_a_cell_over_several_rows_never_shifts_the_rows_below() -> None:
    """LaTeX leaves an empty cell under it. Quantities keep their units."""
    table = (
        r"\begin{document}\begin{tabular}{lcc} Pump & Normal & Max \\ "
        r"\multirow{2}{*}{Left} & 2 & 4 \\ & 2.5 & 4.5 \\ Right & \multicolumn{2}{c}{none} \\"
        r"\end{tabular} The flow is \SI{12}{\litre\per\second}, or \num{43.2}.\end{document}"
    )
    assert [text for _, text in blocks(document("pumps.tex", table))] == [
        "Pump | Normal | Max",
        "Left | 2 | 4",
        "Left | 2.5 | 4.5",
        "Right | none | none",
        "The flow is 12 litre per second, or 43.2.",
    ]
