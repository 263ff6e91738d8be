"""Gradio, kept from asking other hosts and from needless work.

Only this module imports it; the others import `gr`.
"""

from __future__ import annotations

import os

# Gradio reads these at import. They prevent requests to other hosts, whatever the user has set.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_OFFLINE"] = "1"

import gradio as gr

__all__ = ["gr"]


async def _where_it_is(_: gr.blocks.Block, path: str | None) -> str | None:
    return path


# A request may name a file in the value of any component, JSON too, by a path or by an address.
# Gradio would fetch the address, and copy a file that was uploaded.
gr.blocks.Block.async_move_resource_to_block_cache = _where_it_is


class _NotYet:
    """In place of the application that Gradio makes for a page three times before it's mounted.

    Each takes a fifth of a second, and none is used.
    """

    @staticmethod
    def create_app(*_: object, **__: object) -> None:
        """Make nothing: `mount_blocks` sets the application that serves."""


gr.blocks.App = _NotYet
