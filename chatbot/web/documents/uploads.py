"""Files from Gradio's upload, added one by one."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter

from chatbot.adding.added_documents import Viewer
from chatbot.adding.added_names import safe_path
from chatbot.adding.desk import AddingDesk
from chatbot.adding.refusals import NameTaken
from chatbot.errors import ChatbotError


class UploadedFile(BaseModel):
    """A file that Gradio has taken: its path here, and the name that the browser gave it."""

    path: str
    orig_name: str | None = None


_FILES: Any = TypeAdapter(list[UploadedFile] | UploadedFile | None)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the files of one drop: the names of the added ones, and the refusals."""

    added: tuple[str, ...] = ()
    refused: tuple[ChatbotError, ...] = ()


def add_uploaded(desk: AddingDesk, payload: Any, folder: str, viewer: Viewer) -> Outcome:
    """Add the files of a drop; those with the name of a document wait for a decision.

    Raises pydantic's ValidationError for what isn't a list of files.
    """
    files = _FILES.validate_python(payload) or []
    files = [files] if isinstance(files, UploadedFile) else files
    added: list[str] = []
    refused: list[ChatbotError] = []
    left = Counter(file.path for file in files)
    for file in files:
        name = file.orig_name or Path(file.path).name
        left[file.path] -= 1
        try:
            # Gradio keeps files of the same content and name only once.
            upload = _own(desk, file.path, copied=left[file.path] > 0)
            try:
                added.append(desk.add(upload, name, viewer, folder=folder))
            except NameTaken as taken:
                if not desk.hold(upload, safe_path(name, folder), viewer):
                    upload.unlink(missing_ok=True)
                    refused.append(taken)
        except ChatbotError as failure:
            refused.append(failure)
    _drop(desk, [file.path for file in files])
    return Outcome(tuple(added), tuple(refused))


def _own(desk: AddingDesk, path: str, *, copied: bool) -> Path:
    """The upload at a path; the request names it, so it's checked. Raises ChatbotError."""
    upload, root = Path(path), desk.shelf.incoming
    inside = upload.is_relative_to(root) and ".." not in upload.parts
    if not inside or upload.is_symlink() or not upload.is_file():
        raise ChatbotError("The upload is gone. Add the file again.", code="adding_lost")
    if copied:
        twin = desk.shelf.new_upload()
        shutil.copyfile(upload, twin)
        return twin
    return upload


def _drop(desk: AddingDesk, paths: Sequence[str]) -> None:
    """Remove what is left of refused files, and the folders that Gradio made for them."""
    root = desk.shelf.incoming
    for folder in {Path(path).parent for path in paths}:
        if folder.parent == root and ".." not in folder.parts and not folder.is_symlink():
            shutil.rmtree(folder, ignore_errors=True)
