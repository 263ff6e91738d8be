"""Gradio, kept from asking other hosts. Only this module imports it; the others import `gr`."""

from __future__ import annotations

import os

# Gradio reads these at import. They prevent requests to other hosts, whatever the user has set.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_OFFLINE"] = "1"

import gradio as gr

__all__ = ["gr"]


async def _where_it_is(_: gr.File | gr.UploadButton, path: str | None) -> str | None:
    return path


# Gradio would fetch a file that a request names by an address, and copy one that was uploaded.
for component in (gr.File, gr.UploadButton):
    component.async_move_resource_to_block_cache = _where_it_is
