"""Functions of PDFium, called without pypdfium2's checks of their arguments.

A check takes longer than a short call itself, and layout needs several calls for each word and each
drawn line.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any, Final

_TYPES: Final = {"h": ctypes.c_void_p, "i": ctypes.c_int, "L": ctypes.c_ulong}


def direct(function: Any, arguments: str, *, returns: str = "i") -> Callable[..., Any]:
    """A function by the types of its arguments: h is an address, i and L are numbers."""
    prototype = ctypes.CFUNCTYPE(_TYPES[returns], *(_TYPES[kind] for kind in arguments))
    return prototype(ctypes.cast(function, ctypes.c_void_p).value or 0)


def address(handle: Any) -> int:
    """The address of a handle, as `direct` functions take it."""
    return ctypes.cast(handle, ctypes.c_void_p).value or 0
