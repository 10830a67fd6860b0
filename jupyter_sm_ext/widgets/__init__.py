"""Widgets for notebooks: one panel a file."""

from __future__ import annotations

from jupyter_sm_ext.widgets.comparison import Comparison, compare
from jupyter_sm_ext.widgets.domains_panel import DomainsPanel, domains
from jupyter_sm_ext.widgets.instance_picker import InstancePicker, instances
from jupyter_sm_ext.widgets.kernels_panel import KernelsPanel, kernels
from jupyter_sm_ext.widgets.live import MIME_TYPE, NO_WIDGETS, SERVER_VARIABLE, Panel, drawn_by_server, watch
from jupyter_sm_ext.widgets.model_form import ModelForm, form
from jupyter_sm_ext.widgets.search_panel import SearchPanel, search
from jupyter_sm_ext.widgets.spaces_panel import SpacesPanel, spaces

__all__ = [
    "MIME_TYPE",
    "NO_WIDGETS",
    "SERVER_VARIABLE",
    "Comparison",
    "DomainsPanel",
    "InstancePicker",
    "KernelsPanel",
    "ModelForm",
    "Panel",
    "SearchPanel",
    "SpacesPanel",
    "compare",
    "domains",
    "drawn_by_server",
    "form",
    "instances",
    "kernels",
    "search",
    "spaces",
    "watch",
]
