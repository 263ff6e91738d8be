"""The speed of matrix products on this machine: the upper bound for any encoder of this model.

Two libraries are measured on a square product and on the model's own products. Precision is bf16
if the processor has it, as in the product. Speeds come in pairs: by wall clock, and by processor
time, which stays comparable when other programs run.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Speeds = NDArray[np.float64]

# Rows, and the widths of consecutive products; the second shape is a layer's feed-forward half.
_SHAPES: Mapping[str, tuple[int, Sequence[int]]] = {
    "square": (2048, [2048] * 3),
    "as in the model": (4000, [384, 1536] * 4),
}
_SECONDS = 1.0
_BATCH = 12


def clocks() -> Speeds:
    """Wall-clock seconds, and processor seconds of this process on all cores."""
    return np.array([time.perf_counter(), time.process_time()])


def gigaflops(*, bf16: bool) -> dict[str, Speeds]:
    """The best GFLOP/s of each library and shape."""
    products = {"torch": _torch, "openvino": _openvino}
    return {
        f"{library}, {shape}": product(rows, widths, bf16=bf16) / 1e9
        for shape, (rows, widths) in _SHAPES.items()
        for library, product in products.items()
    }


def _flop(rows: int, widths: Sequence[int]) -> int:
    return sum(2 * rows * wide * out for wide, out in pairwise(widths))


def _torch(rows: int, widths: Sequence[int], *, bf16: bool) -> Speeds:
    import torch

    kind = torch.bfloat16 if bf16 else torch.float32
    inputs = torch.randn(rows, widths[0], dtype=kind)
    # The layout of a linear layer: one row per output.
    weights = [torch.randn(out, wide, dtype=kind) / wide for wide, out in pairwise(widths)]
    best = np.zeros(2)
    with torch.inference_mode():
        for _ in _for_a_while():
            began = clocks()
            outputs = inputs
            for weight in weights:
                outputs = torch.nn.functional.linear(outputs, weight)
            best = np.maximum(best, _flop(rows, widths) / (clocks() - began))
    return best


def _openvino(rows: int, widths: Sequence[int], *, bf16: bool) -> Speeds:
    import openvino
    from openvino import opset15

    random = np.random.default_rng(0)
    inputs = opset15.parameter([rows, widths[0]], np.float32)
    node = inputs
    for wide, out in pairwise(widths):
        weight = random.standard_normal((wide, out), np.float32) / wide
        node = opset15.matmul(node, opset15.constant(weight), False, False)  # noqa: FBT003
    core = openvino.Core()
    compiled = core.compile_model(
        openvino.Model([node], [inputs]),
        "CPU",
        {
            "PERFORMANCE_HINT": "THROUGHPUT",
            "INFERENCE_PRECISION_HINT": "bf16" if bf16 else "f32",
        },
    )
    streams = compiled.get_property("NUM_STREAMS")
    requests: deque[Any] = deque(compiled.create_infer_request() for _ in range(2 * streams))
    for request in requests:
        request.get_input_tensor(0).data[:] = 1.0
        request.start_async()
    best, began = np.zeros(2), clocks()
    # Products overlap, so they're timed in batches.
    for _ in _for_a_while():
        for _ in range(_BATCH):
            requests[0].wait()
            requests[0].start_async()
            requests.rotate(-1)
        now = clocks()
        best, began = np.maximum(best, _BATCH * _flop(rows, widths) / (now - began)), now
    for request in requests:
        request.wait()
    return best


def _for_a_while() -> Iterator[None]:
    until = time.perf_counter() + _SECONDS
    while time.perf_counter() < until:
        yield
