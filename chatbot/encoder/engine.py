"""OpenVINO, without what it would tell others and what it would do to the process."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

_importing = threading.Lock()
_compiling = threading.Lock()


def openvino() -> Any:
    """The library, imported when it is first needed; safe from several threads."""
    with _importing:
        # `import openvino` would otherwise load a telemetry client that looks up a host and writes
        # an identifier into the home folder; without that client it uses its own stub.
        sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
        try:
            import openvino
        except ImportError as failure:
            # What Ctrl-C becomes while it is being imported.
            if isinstance(failure.__cause__, KeyboardInterrupt):
                raise KeyboardInterrupt from failure
            raise
        # Its table of types is made when a tensor is first read. Whoever reads another meanwhile
        # keeps Python's lock and waits for the table; who makes it needs that lock.
        _ = openvino.Tensor(openvino.Type.i64, openvino.Shape([1])).data
        return openvino


@cache
def multiplies_bf16() -> bool:
    """Whether the processor can; what it is allowed to use may still differ."""
    return "BF16" in openvino().Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def compiled_model(core: Any, path: Path, options: Mapping[str, str | int]) -> Any:
    """The model of a file, compiled for the processor with the core's cache; one at a time.

    OpenVINO looks into its cache in the C locale, which is the whole process's, and then puts back
    the one it found. Of two at once the later would find C, and leave the process with that: what
    other programs print in UTF-8 could no longer be read.
    """
    with _compiling:
        return core.compile_model(path, "CPU", options)
