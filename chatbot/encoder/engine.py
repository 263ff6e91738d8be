"""OpenVINO, without what it would tell others."""

from __future__ import annotations

import sys
import threading
from functools import cache
from typing import Any

_importing = threading.Lock()


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
