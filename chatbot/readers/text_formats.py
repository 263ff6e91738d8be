"""The formats of texts: documents, records, source code."""

from __future__ import annotations

import re
from typing import Final

from chatbot.readers import media_types as types
from chatbot.readers.detection.signs import (
    Begins,
    Contains,
    TextBegins,
    TextLooksLike,
    XmlRoot,
    ZipMember,
    ZipMimetype,
)
from chatbot.readers.formats import Format

_READERS: Final = "chatbot.readers"
_SVG_START: Final = re.compile(rb"(?:<!--.*?-->\s*|<!DOCTYPE svg[^>]*>\s*)*<svg[\s>]", re.DOTALL)
_HTML_START: Final = re.compile(rb"<!doctype html|<html|<head|<body", re.IGNORECASE)
# PDF readers accept junk before the header, but a text that mentions a header isn't a PDF.
_PDF_AFTER_JUNK: Final = re.compile(rb"(?:^|[\r\n\0])%PDF-[0-9]\.[0-9]\s*[\r\n]")
TEXTS: Final = (
    Format(
        name="Markdown",
        media_type=types.MARKDOWN,
        reader=f"{_READERS}.markup.markdown:read_markdown",
        suffixes=(".md", ".markdown", ".mdown"),
        suffix_first=True,
    ),
    Format(name="Text", media_type=types.TEXT, reader=f"{_READERS}.markup.plain:read_plain"),
    Format(
        name="HTML",
        media_type=types.HTML,
        reader=f"{_READERS}.markup.html:read_html",
        signs=(TextBegins(_HTML_START), XmlRoot(b"html")),
        suffixes=(".html", ".htm", ".xhtml"),
        suffix_first=True,
    ),
    Format(
        name="EPUB",
        media_type=types.EPUB,
        reader=f"{_READERS}.markup.epub:read_epub",
        signs=(
            ZipMimetype(types.EPUB),
            ZipMimetype("application/x-ibooks+zip"),
            ZipMember("META-INF/container.xml"),
        ),
        suffixes=(".epub",),
    ),
    Format(
        name="XML",
        media_type=types.XML,
        reader=f"{_READERS}.markup.xml_document:read_xml",
        suffixes=(".xml", ".opml", ".mm"),
    ),
    Format(
        name="PDF",
        media_type=types.PDF,
        reader=f"{_READERS}.pdf.pdf:read_pdf",
        signs=(Begins(b"%PDF-"), Contains(_PDF_AFTER_JUNK, 1024)),
        # Its libraries are larger than all others together, and many corpora have no PDF.
        deferred=True,
    ),
    Format(
        name="RTF",
        media_type=types.RTF,
        reader=f"{_READERS}.rtf.rtf:read_rtf",
        signs=(Begins(b"{\\rtf"),),
    ),
)
RECORDS: Final = (
    Format(
        name="JSON Lines",
        media_type=types.JSONL,
        reader=f"{_READERS}.records.json_document:read_json_lines",
        suffixes=(".jsonl", ".ndjson"),
        suffix_first=True,
    ),
    Format(
        name="JSON",
        media_type=types.JSON,
        reader=f"{_READERS}.records.json_document:read_json",
        suffixes=(".json",),
    ),
    Format(
        name="CSV",
        media_type=types.CSV,
        reader=f"{_READERS}.records.delimited:read_csv",
        suffixes=(".csv",),
    ),
    Format(
        name="TSV",
        media_type=types.TSV,
        reader=f"{_READERS}.records.delimited:read_csv",
        suffixes=(".tsv", ".tab"),
    ),
)
# The name of a file without a suffix counts as one: `Makefile`.
_CODE_SUFFIXES: Final = (
    ".py .pyi .pyx .js .mjs .cjs .jsx .ts .tsx .vue .svelte .css .scss .sass .less .java .kt .kts "
    ".groovy .gradle .scala .clj .c .h .cc .cpp .cxx .hh .hpp .cs .vb .fs .go .rs .swift .dart "
    ".rb .pl .pm .php .lua .r .jl .m .f90 .f .pas .adb .ada .hs .ml .mli .elm .erl .ex .exs .lisp "
    ".el .scm .sql .ddl .sh .bash .zsh .fish .ps1 .psm1 .bat .cmd .vbs .bas .awk .sed .tcl .asm .s "
    ".v .sv .vhd .vhdl .proto .thrift .graphql .gql .tf .hcl .nix .cmake .mk .makefile .dockerfile "
    ".containerfile .jenkinsfile .vagrantfile .procfile .gemfile .rakefile .sol .cu .glsl .wgsl "
    ".jinja .j2 .tmpl .diff .patch .sty .cls .bib"
).split()
_CONFIGURATION_SUFFIXES: Final = (
    ".yaml .yml .toml .ini .cfg .conf .config .cnf .properties .prefs .env .editorconfig .service "
    ".timer .socket .desktop .reg .inf .rules .json5 .jsonc .hjson"
).split()
CODE: Final = (
    Format(
        name="Notebook",
        media_type=types.NOTEBOOK,
        reader=f"{_READERS}.code.notebook:read_notebook",
        suffixes=(".ipynb",),
    ),
    *(
        Format(
            name=name,
            media_type=media_type,
            reader=f"{_READERS}.typesetting.{reader}",
            suffixes=suffixes,
            suffix_first=True,
            # Their libraries take long to import, and most corpora have no such file.
            deferred=True,
        )
        for name, media_type, reader, suffixes in (
            (
                "reStructuredText",
                types.RESTRUCTURED_TEXT,
                "restructured_text:read_restructured_text",
                (".rst", ".rest"),
            ),
            ("AsciiDoc", types.ASCIIDOC, "asciidoc:read_asciidoc", (".adoc", ".asciidoc", ".asc")),
            ("Org", types.ORG, "org_mode:read_org", (".org",)),
            ("LaTeX", types.LATEX, "latex:read_latex", (".tex", ".latex", ".ltx")),
        )
    ),
    Format(
        name="Subtitles",
        media_type=types.SUBTITLES,
        reader=f"{_READERS}.subtitles.timed_text:read_subtitles",
        signs=(TextBegins(re.compile(rb"WEBVTT(?:[ \t\r\n]|$)")),),
        suffixes=(".srt", ".vtt", ".sbv", ".ass", ".ssa"),
    ),
    Format(
        name="SVG",
        media_type=types.SVG,
        reader=f"{_READERS}.markup.svg:read_svg",
        signs=(XmlRoot(b"svg"), TextBegins(_SVG_START)),
        suffixes=(".svg",),
    ),
    Format(
        name="Source code",
        media_type=types.SOURCE_CODE,
        reader=f"{_READERS}.code.source_code:read_code",
        signs=(TextLooksLike(re.compile(rb"#!/")),),
        suffixes=tuple(_CODE_SUFFIXES),
        suffix_first=True,
    ),
    Format(
        name="Configuration",
        media_type=types.CONFIGURATION,
        reader=f"{_READERS}.code.source_code:read_configuration",
        suffixes=tuple(_CONFIGURATION_SUFFIXES),
        suffix_first=True,
    ),
    Format(
        name="Log",
        media_type=types.LOG,
        reader=f"{_READERS}.code.source_code:read_log",
        suffixes=(".log",),
    ),
)
