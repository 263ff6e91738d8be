"""OpenVINO without its telemetry and its side effects on the process."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

_importing = threading.Lock()
_compiling = threading.Lock()


def openvino() -> Any:
    """The library, imported at the first call; safe to call from several threads."""
    with _importing:
        # OpenVINO's telemetry client looks up a host and writes an identifier into the home folder.
        # Without the client OpenVINO uses a stub.
        sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
        try:
            import openvino
        except ImportError as failure:
            # Ctrl-C during the import arrives as this error.
            if isinstance(failure.__cause__, KeyboardInterrupt):
                raise KeyboardInterrupt from failure
            raise
        # The first read of a tensor builds a table of types, which needs Python's lock. A second
        # thread that holds that lock and waits for the table would deadlock.
        _ = openvino.Tensor(openvino.Type.i64, openvino.Shape([1])).data
        return openvino


@cache
def opened_core(cache_folder: Path | None = None, *, mapped: bool = True) -> Any:
    """An OpenVINO core that lives until the process ends; one for each folder of compiled models.

    Without `mapped` it reads models into memory, so that their files can be written again.

    A core gives the thread that opens it a stack for signals, and frees it when the core is
    deleted. After that, Ctrl-C would end the process with a segmentation fault.
    """
    core = openvino().Core()
    if cache_folder:
        core.set_property({"CACHE_DIR": str(cache_folder)})
    if not mapped:
        core.set_property({"ENABLE_MMAP": False})
    return core


@cache
def multiplies_bf16() -> bool:
    """Whether the processor has bf16 instructions; using them may still be disabled."""
    return "BF16" in opened_core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def compiled_for_processor(core: Any, path: Path, options: Mapping[str, str | int]) -> Any:
    """Compile the model of a file in bf16 if the processor multiplies it, or else in float32."""
    if multiplies_bf16():
        # The processor may have bf16 instructions that it isn't allowed to use.
        with suppress(RuntimeError):
            return compiled_model(core, path, {**options, "INFERENCE_PRECISION_HINT": "bf16"})
    return compiled_model(core, path, {**options, "INFERENCE_PRECISION_HINT": "f32"})


def compiled_model(core: Any, path: Path, options: Mapping[str, str | int]) -> Any:
    """Compile the model of a file for the processor, with the core's cache; one at a time.

    OpenVINO reads its cache with the locale of the whole process set to C, and then restores the
    locale. If two models were compiled at once, the second would save and restore C, and the
    process could no longer decode the UTF-8 output of other programs.
    """
    with _compiling:
        return core.compile_model(path, "CPU", options)
