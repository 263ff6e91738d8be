"""The structure of the package, checked by reading its import statements."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.shared import PROJECT

PACKAGE = PROJECT / "chatbot"
MODULES = sorted(PACKAGE.rglob("*.py"))

# A room is a folder or a module at the top of the package. Lower floors come first; a room imports
# only from floors below its own, and from itself.
FLOORS = (
    {"clues"},
    {"errors", "interrupts", "types"},
    {"index_address"},
    {"milvus_settings"},
    {"addresses", "answers", "confinement", "mapped_array", "settings", "sqlite_file", "text"},
    {"readers", "chunking", "encoder", "index"},
    {"reader"},
    {"ingestion", "retrieval"},
    {"access", "adding"},
    {"optional_models"},
    {"chatbot_view"},
    {"assistant"},
    {"client", "feedback"},
    {"adapters", "backup", "evaluation", "web", "doctor"},
    {"cli"},
)
LEVEL = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}

# The beginning of an HTML tag or comment; in an f-string the name may follow as a value.
_TAG = re.compile(r"<([a-zA-Z/!]|$)")

# Names that a folder and a module, or two modules, may share, with the reason.
SHARED_NAMES = {
    "__init__": "Python's name for a package itself",
    "access": "who is asking, and the pages on which they say so",
    "__main__": "Python's name for the module that `python -m` runs",
    "html": "documents are read in readers/markup, pages are made in web/html",
    "odf": "the folder of a family, and the reader that gives it its name",
    "pdf": "the folder of a family, and the reader that gives it its name",
    "rtf": "the folder of a family, and the reader that gives it its name",
}

# The only modules or rooms that import these libraries.
KEEPERS: dict[str, str | tuple[str, ...]] = {
    "faiss": "index/dense.py",
    "tantivy": "index/lexical",
    "pymilvus": "index/milvus/connection.py",
    "grpc": "index/milvus/connection.py",
    "ray": "ingestion/cluster/ray_driver.py",
    "sqlite3": ("index", "sqlite_file.py"),
    "argon2": "access/passwords.py",
    "authlib": "web/access/oidc_login.py",
    "sentence_transformers": ("encoder/reference_encoder.py", "encoder/reranker.py"),
    "openvino": "encoder/engine.py",
    "huggingface_hub": "encoder/download.py",
    "gradio": "web/chat/offline_gradio.py",
    "fastapi": "web",
    "typer": "cli",
    "markupsafe": "web",
    "prometheus_client": "web/metrics.py",
    "opentelemetry": ("web/traces.py", "web/app.py"),
    "ir_measures": "evaluation/measures.py",
    "jinja2": ("evaluation/report.py", "web/html/templates.py"),
    "scipy": "evaluation",
    "asn1crypto": "readers/containers/signed.py",
    "lxml": "readers/markup/xml_tree.py",
    "python_calamine": "readers/office/workbooks.py",
    "trafilatura": "readers/markup/html.py",
    "nupunkt": "text/sentences.py",
    "py3langid": "text/languages.py",
    "gitignore_parser": ("ingestion/ignore_rules.py", "ingestion/access_rules.py"),
    "mcp": "web/agents",
    "langchain_core": "adapters/langchain.py",
    "llama_index": "adapters/llama_index.py",
    "haystack": "adapters/haystack.py",
    "pypdfium2": (
        "readers/pdf/pdfium.py",
        "readers/pdf/drawn_rules.py",
        "readers/pdf/word_fonts.py",
        "readers/pdf/form_fields.py",
        "readers/pdf/page_drawings.py",
        "readers/pdf/page_objects.py",
        "readers/pdf/struck_words.py",
    ),
    "pdf_oxide": "readers/pdf/oxide.py",
    "landlockpy": "confinement/confine.py",
    "seccompy": "confinement/system_calls.py",
    "oxmsg": "readers/containers/outlook.py",
    "olefile": ("readers/containers/outlook.py", "readers/office/ole_properties.py"),
    "docutils": "readers/typesetting/restructured_text.py",
    "pylatexenc": "readers/typesetting/latex.py",
    "rapidocr": "readers/pdf/ocr.py",
}


def dotted(path: Path) -> str:
    """The dotted name of a module of the package."""
    parts = path.relative_to(PROJECT).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


NAMES = {dotted(path) for path in MODULES}


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, also inside functions and `if TYPE_CHECKING`.

    `from a import b` imports `a.b` if that is a module of ours, otherwise `a`.
    """
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                yield name if name in NAMES else node.module


def room(module: str) -> str | None:
    """The room of `chatbot.ROOM...`; None for other packages and for `chatbot` itself."""
    parts = module.split(".")
    return parts[1] if parts[0] == "chatbot" and len(parts) > 1 else None


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_from_higher_rooms_to_lower(path: Path) -> None:
    """A room imports neither from a floor above its own nor from its neighbours."""
    home = room(dotted(path))
    if home in {None, "__main__"}:
        return
    for module in imports(path):
        target = room(module)
        assert module != "chatbot", f"{home} imports the whole package"
        if target and target != home:
            assert LEVEL[target] < LEVEL[home], f"{home} imports {target}"


def test_every_room_has_a_floor() -> None:
    """A new folder or module at the top of the package must be given its floor here."""
    assert set(filter(None, map(room, NAMES))) - {"__main__"} <= LEVEL.keys()


def test_no_package_is_imported_by_its_own_modules() -> None:
    """Code shared by the modules of a package has its own module, not `__init__`."""
    upwards = {
        (name, module)
        for path in MODULES
        if not (name := dotted(path)).endswith(".__main__")
        for module in imports(path)
        if name.startswith(f"{module}.")
    }
    assert upwards == set()


def test_imports_have_no_cycle() -> None:
    """Inside a room, too, imports point one way."""
    graph = {dotted(path): NAMES.intersection(imports(path)) for path in MODULES}
    assert set(TopologicalSorter(graph).static_order()) == NAMES


def test_no_two_modules_share_a_name() -> None:
    """A name stands for one idea, so a module or folder is found by its name alone."""
    places = defaultdict(set)
    for path in MODULES:
        places[path.stem].add(path.relative_to(PACKAGE).as_posix())
        if path.stem == "__init__" and path.parent != PACKAGE:
            places[path.parent.name].add(f"{path.parent.relative_to(PACKAGE).as_posix()}/")
    shared = {name: where for name, where in places.items() if len(where) > 1}
    assert {name: where for name, where in shared.items() if name not in SHARED_NAMES} == {}
    assert shared.keys() == SHARED_NAMES.keys()


def test_the_write_path_and_the_read_path_never_meet() -> None:
    """They have only `index/`, the files of a build, in common."""
    for path in (PACKAGE / "ingestion").rglob("*.py"):
        assert "retrieval" not in {room(module) for module in imports(path)}
    for path in (PACKAGE / "retrieval").rglob("*.py"):
        assert not {room(module) for module in imports(path)} & {"ingestion", "index", "encoder"}


@pytest.mark.parametrize(("library", "keepers"), KEEPERS.items())
def test_a_library_is_imported_where_it_is_kept(
    library: str, keepers: str | tuple[str, ...]
) -> None:
    """Replacing a library touches one module or room per use; every listed use exists."""
    keepers = (keepers,) if isinstance(keepers, str) else keepers
    users = {
        path.relative_to(PACKAGE).as_posix()
        for path in MODULES
        if any(module.split(".")[0] == library for module in imports(path))
    }
    users_by_keeper = {
        keeper: {user for user in users if user == keeper or user.startswith(f"{keeper}/")}
        for keeper in keepers
    }
    assert all(users_by_keeper.values())
    assert users == set().union(*users_by_keeper.values())


def test_no_module_is_longer_than_300_lines() -> None:
    """A longer module probably holds a second concept."""
    lengths = {str(path): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert {path: lines for path, lines in lengths.items() if lines > 300} == {}


def test_the_table_of_rooms_in_the_documentation_matches_the_tree() -> None:
    """docs/architecture.md describes every folder, and every module at the top of the package."""
    table = (PROJECT / "docs" / "architecture.md").read_text("utf-8")
    rows = re.findall(r"^\| *`chatbot/([a-z_/]+(?:/|\.py))` *\|", table, re.MULTILINE)
    files = {path.relative_to(PACKAGE) for path in PACKAGE.rglob("*") if path.is_file()}
    folders = {f"{folder.as_posix()}/" for path in files for folder in path.parents[:-1]}
    folders = {folder for folder in folders if "__pycache__" not in folder}
    modules = {path.name for path in PACKAGE.glob("*.py")}
    assert sorted(rows) == sorted(folders | modules)


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if path.is_relative_to(PACKAGE / "web")],
    ids=lambda path: str(path.relative_to(PACKAGE)),
)
def test_no_python_in_the_web_makes_html(path: Path) -> None:
    """Templates make the tags and escape the text; Python only passes them values."""
    text = path.read_text("utf-8")
    assert "escape(" not in text
    tree = ast.parse(text)
    # A string that is a statement is a docstring, and makes nothing.
    docstrings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    strings = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings
    ]
    assert [string for string in strings if _TAG.search(string)] == []


def test_importing_the_package_loads_nothing_heavy() -> None:
    """`import chatbot` imports no library; each name is imported on first use."""
    code = (
        "import sys; import chatbot; "
        "heavy = {'numpy', 'faiss', 'torch', 'pydantic', 'gradio', 'openvino', 'tantivy'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_asking_needs_neither_torch_nor_sentence_transformers(demo_index: Path) -> None:
    """Once the model is compiled, questions are answered without the libraries it came from."""
    code = (
        "import sys; from chatbot import Chatbot; "
        f"Chatbot.open({str(demo_index)!r}).ask('Who trains with whom?'); "
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'gradio', 'trafilatura'}; "
        "heavy.add('mcp'); "
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
