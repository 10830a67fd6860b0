"""Links to pages of spaces, profiles and apps for notebooks: no key is in them, and they never get old."""

from __future__ import annotations

import os
from urllib.parse import quote, urlencode

from jupyter_sm_ext.actions.targets import Target
from jupyter_sm_ext.connections.connection import is_shared
from jupyter_sm_ext.studio import Studio

#: Set by our server extension for the kernels of its server: the path below which its routes are.
BASE_URL_VARIABLE = "JUPYTER_SM_EXT_BASE_URL"


def page_link(studio: Studio, target: Target, user_profile: str | None = None) -> str | None:
    """Path of the server's page that opens a target; None if the server has another connection, or is not ours.

    Parameters
    ----------
    user_profile : str, optional
        Who opens a space, if not the one that `lifecycle.open_url` would choose.
    """
    base = os.environ.get(BASE_URL_VARIABLE)
    if base is None or not is_shared(studio.connection):
        return None
    path = "/".join(quote(part, safe="") for part in (target.kind, *target.key))
    query = "?" + urlencode({"UserProfileName": user_profile}) if user_profile else ""
    return f"{base.rstrip('/')}/jupyter-sm-ext/open/{path}{query}"
