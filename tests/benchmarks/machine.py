"""The machine that figures were measured on; figures of different machines don't compare."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

_INSTRUCTIONS = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16")
_CPU = Path("/proc/cpuinfo")


def machine(libraries: Sequence[str] = ()) -> dict[str, Any]:
    """Processor, cores, relevant instruction sets, load, and library versions."""
    cpu = _cpu_info()
    flags = cpu.get("flags", "").split()
    return {
        "processor": cpu.get("model name") or platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "instructions": [name for name in _INSTRUCTIONS if name in flags],
        "load": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "versions": {library: version(library) for library in libraries},
    }


def sentence(facts: Mapping[str, Any]) -> str:
    """The same in one line."""
    return (
        f"{facts['processor']}, {facts['cores']} cores, {' '.join(facts['instructions'])}; "
        f"load {facts['load']} at the start"
    )


def _cpu_info() -> dict[str, str]:
    if not _CPU.exists():
        return {}
    first = _CPU.read_text("utf-8").partition("\n\n")[0]
    lines = (line.partition(":") for line in first.splitlines())
    return {name.strip(): value.strip() for name, _, value in lines}
