"""Gradio, kept from asking other hosts. Only this module imports it; the others import `gr`."""

from __future__ import annotations

import os

# Gradio reads these at import. They prevent requests to other hosts, whatever the user has set.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_OFFLINE"] = "1"

import gradio as gr

__all__ = ["gr"]
