"""Maps a NumPy file into memory, the same for the files of an index and of a model."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

# NumPy reads a header with Python's own parser. In CPython 3.11, all threads count its recursion in
# one variable, so two of them at once may raise SystemError.
_PARSING: Final = threading.Lock()


def mapped_array(path: Path) -> NDArray[Any]:
    """The array in a file, memory-mapped. Raises OSError, EOFError or ValueError.

    It's a plain view: `np.memmap` itself costs more than reading a few rows.
    """
    with _PARSING:
        return np.asarray(np.load(path, mmap_mode="r"))
