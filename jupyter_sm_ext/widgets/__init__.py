"""Widgets for notebooks: one panel a file."""

from __future__ import annotations

from jupyter_sm_ext.widgets.instance_picker import InstancePicker, instances
from jupyter_sm_ext.widgets.live import MIME_TYPE, SERVER_VARIABLE, Panel, drawn_by_server, watch

__all__ = ["MIME_TYPE", "SERVER_VARIABLE", "InstancePicker", "Panel", "drawn_by_server", "instances", "watch"]
