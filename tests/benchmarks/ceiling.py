"""How fast this machine multiplies matrices: no encoder of these weights can be faster.

Two libraries try, on a square product and on the products that the model is made of. Precision
is bf16 where the processor has it, as in the product. Speeds come in pairs: by the clock, and by
the processor's time, which holds its own on a machine that others use meanwhile.
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

# Rows, then the widths that a row goes through; the second is the feed-forward half of a layer.
_SHAPES: Mapping[str, tuple[int, Sequence[int]]] = {
    "square": (2048, [2048] * 3),
    "as in the model": (4000, [384, 1536] * 4),
}
_SECONDS = 1.0
_DOZEN = 12


def clocks() -> Speeds:
    """Seconds by the clock, and seconds that this process has had of any core."""
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
    given = torch.randn(rows, widths[0], dtype=kind)
    # As a linear layer holds them: a row for each output.
    weights = [torch.randn(out, wide, dtype=kind) / wide for wide, out in pairwise(widths)]
    best = np.zeros(2)
    with torch.inference_mode():
        for _ in _for_a_while():
            began = clocks()
            found = given
            for weight in weights:
                found = torch.nn.functional.linear(found, weight)
            best = np.maximum(best, _flop(rows, widths) / (clocks() - began))
    return best


def _openvino(rows: int, widths: Sequence[int], *, bf16: bool) -> Speeds:
    import openvino
    from openvino import opset15

    random = np.random.default_rng(0)
    given = opset15.parameter([rows, widths[0]], np.float32)
    node = given
    for wide, out in pairwise(widths):
        weight = random.standard_normal((wide, out), np.float32) / wide
        node = opset15.matmul(node, opset15.constant(weight), False, False)  # noqa: FBT003
    core = openvino.Core()
    compiled = core.compile_model(
        openvino.Model([node], [given]),
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
    # Products overlap, so that they are timed by the dozen.
    for _ in _for_a_while():
        for _ in range(_DOZEN):
            requests[0].wait()
            requests[0].start_async()
            requests.rotate(-1)
        now = clocks()
        best, began = np.maximum(best, _DOZEN * _flop(rows, widths) / (now - began)), now
    for request in requests:
        request.wait()
    return best


def _for_a_while() -> Iterator[None]:
    until = time.perf_counter() + _SECONDS
    while time.perf_counter() < until:
        yield
