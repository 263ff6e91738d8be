"""The structure that the README draws, held by reading the import statements."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shared import PROJECT

PACKAGE = PROJECT / "chatbot"
MODULES = sorted(PACKAGE.rglob("*.py"))

# Lower rooms first; a room imports only from rooms below it, and from itself.
STOREYS = (
    {"clues"},
    {"errors", "interrupts", "types"},
    {"addresses", "settings", "text"},
    {"readers", "chunking", "encoder", "index"},
    {"ingestion", "retrieval"},
    {"assistant"},
    {"feedback"},
    {"evaluation", "web", "doctor"},
    {"cli"},
)
LEVEL = {room: level for level, rooms in enumerate(STOREYS) for room in rooms}

# Each of these is imported by one module, or inside one room; some have two uses and so two.
KEEPERS: dict[str, str | tuple[str, ...]] = {
    "faiss": "index/dense.py",
    "tantivy": "index/lexical",
    "sqlite3": ("index", "feedback/store.py"),
    "sentence_transformers": ("encoder/reference_encoder.py", "encoder/reranker.py"),
    "openvino": "encoder/engine.py",
    "gradio": "web/chat/gradio_page.py",
    "fastapi": "web",
    "typer": "cli",
    "ir_measures": "evaluation/measures.py",
    "jinja2": ("evaluation/report.py", "web/html/templates.py"),
    "scipy": "evaluation",
    "lxml": "readers/markup/xml_tree.py",
    "python_calamine": "readers/office/workbooks.py",
    "trafilatura": "readers/markup/html.py",
    "nupunkt": "text/sentences.py",
    "gitignore_parser": "ingestion/ignore_rules.py",
    "pypdfium2": "readers/pdf/pdfium.py",
    "pdf_oxide": "readers/pdf/oxide.py",
    "rapidocr": "readers/pdf/ocr.py",
}


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever the statement stands."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def room(module: str) -> str | None:
    """The room of `chatbot.ROOM...`; None for what is not ours."""
    parts = module.split(".")
    return parts[1] if parts[0] == "chatbot" and len(parts) > 1 else None


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_from_higher_rooms_to_lower(path: Path) -> None:
    """No room knows of one above it, nor of another on its own storey but index and encoder."""
    home = room(f"chatbot.{path.relative_to(PACKAGE).with_suffix('').as_posix().replace('/', '.')}")
    if home in {"__init__", "__main__", None}:
        return
    for module in imports(path):
        target = room(module)
        if target and target != home:
            assert LEVEL[target] < LEVEL[home], f"{home} imports {target}"


def test_the_write_path_and_the_read_path_never_meet() -> None:
    """They meet in `index/`, the files of a build, and nowhere else."""
    for path in (PACKAGE / "ingestion").rglob("*.py"):
        assert "retrieval" not in {room(module) for module in imports(path)}
    for path in (PACKAGE / "retrieval").rglob("*.py"):
        assert not {room(module) for module in imports(path)} & {"ingestion", "index", "encoder"}


@pytest.mark.parametrize(("library", "keepers"), KEEPERS.items())
def test_a_library_is_imported_where_it_is_kept(
    library: str, keepers: str | tuple[str, ...]
) -> None:
    """Exchanging a library touches one module or one room a use, and every keeper has a use."""
    keepers = (keepers,) if isinstance(keepers, str) else keepers
    users = {
        path.relative_to(PACKAGE).as_posix()
        for path in MODULES
        if any(module.split(".")[0] == library for module in imports(path))
    }
    kept = {
        keeper: {user for user in users if user == keeper or user.startswith(f"{keeper}/")}
        for keeper in keepers
    }
    assert all(kept.values())
    assert users == set().union(*kept.values())


def test_no_module_is_longer_than_300_lines() -> None:
    """Past 300 lines a second concept has moved in."""
    long = {str(path): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert {path: lines for path, lines in long.items() if lines > 300} == {}


def test_importing_the_package_loads_nothing_heavy() -> None:
    """`import chatbot` brings in no library at all; the names come when they are used."""
    code = (
        "import sys; import chatbot; "
        "heavy = {'numpy', 'faiss', 'torch', 'pydantic', 'gradio', 'openvino', 'tantivy'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_asking_needs_neither_torch_nor_sentence_transformers(demo_index: Path) -> None:
    """Once the model is compiled, a question is answered without the libraries it came from."""
    code = (
        "import sys; from chatbot import Chatbot; "
        f"Chatbot.open({str(demo_index)!r}).ask('Who trains with whom?'); "
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'gradio', 'trafilatura'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
