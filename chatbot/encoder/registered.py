"""Models that other packages register, under the entry point group `chatbot.encoders`.

A package names its model and a function in its metadata:

    [project.entry-points."chatbot.encoders"]
    letters = "letters_encoder:model"

With `model = "letters"` in the settings, builds and questions then use that model. The function
takes the name and returns a `RegisteredModel`; that has to be quick, since `chatbot doctor` and
every start call it to compare fingerprints. Its `open` loads the model and returns an `Encoder`.
Both contracts are in `contract.py`. tests/examples/letters_encoder is a worked example.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points

from chatbot.encoder.contract import RegisteredModel
from chatbot.errors import ModelMissing

GROUP = "chatbot.encoders"


@cache
def registered_model(name: str) -> RegisteredModel | None:
    """The model that a package registers under this name, or None. Raises ModelMissing."""
    registrations = sorted(entry_points(group=GROUP, name=name))
    if not registrations:
        return None
    if len(registrations) > 1:
        sources = ", ".join(registration.value for registration in registrations)
        raise ModelMissing(
            f"Several packages register a model named {name} ({sources}). Uninstall all but one."
        )
    try:
        model: RegisteredModel = registrations[0].load()(name)
    except Exception as failure:  # another package's code may raise anything
        raise ModelMissing(
            f"{registrations[0].value} can't provide the registered model {name} "
            f"({failure}). Reinstall its package, or choose another model."
        ) from failure
    return model
