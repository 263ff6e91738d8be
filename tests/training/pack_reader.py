"""Packs a checkpoint into the weights that the package carries.

    python -m tests.training.pack_reader CHECKPOINT FILE

Differences to the bundled model are small, so eight bits with a scale a row lose nothing that
shows; the command prints by how much scores change.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file

from chatbot.encoder.fingerprint import BUNDLED
from chatbot.encoder.model_files import find_model
from chatbot.reader.network import load_network
from tests.training.train_reader import ReaderNet

_SOURCES = (
    "SQuADShifts (CC BY 4.0), TyDi QA (Apache-2.0), COVID-QA (Apache-2.0), SelQA (Apache-2.0), "
    "FairytaleQA (Apache-2.0), QAMR (MIT), CondaQA (Apache-2.0), MedQuAD (CC BY 4.0)"
)


def main() -> None:
    """Write the file and print how far the packed network is from the trained one."""
    parser = argparse.ArgumentParser()
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("file", type=Path)
    arguments = parser.parse_args()
    base = find_model(BUNDLED)
    trained = ReaderNet(base.folder).eval()
    original = {name: value.clone() for name, value in trained.encoder.named_parameters()}
    trained.load_state_dict(torch.load(arguments.checkpoint, weights_only=True)["net"])
    tensors = {
        f"head.{name}": value.detach().numpy().astype(np.float32)
        for name, value in trained.head.named_parameters()
    }
    for name, value in trained.encoder.named_parameters():
        difference = (value - original[name]).detach().numpy()
        if not difference.any():
            continue
        if difference.ndim < 2:
            tensors[name] = difference.astype(np.float16)
            continue
        scale = np.maximum(np.abs(difference).max(axis=1, keepdims=True) / 127, 1e-12)
        tensors[name] = (difference / scale).round().astype(np.int8)
        tensors[f"{name}.scale"] = scale.astype(np.float32)
    arguments.file.parent.mkdir(parents=True, exist_ok=True)
    metadata = {"base": base.fingerprint, "trained_on": _SOURCES}
    save_file(tensors, arguments.file, metadata)
    packed = load_network(base, arguments.file)
    ids = torch.randint(1_000, 20_000, (4, 90), generator=torch.manual_seed(0))
    ids[:, 0], ids[:, 15], ids[:, -1] = 101, 102, 102
    types = torch.zeros_like(ids)
    types[:, 16:] = 1
    mask = torch.ones_like(ids)
    with torch.no_grad():
        change = (packed(ids, mask) - trained(ids, types, mask)).abs().max()
    size = arguments.file.stat().st_size / 1e6
    print(f"{arguments.file}: {size:.1f} MB, scores change by at most {float(change):.3f}")


if __name__ == "__main__":
    main()
