"""Widgets for notebooks: one panel a file."""

from __future__ import annotations

from jupyter_sm_ext.widgets.live import Panel, watch

__all__ = ["Panel", "watch"]
