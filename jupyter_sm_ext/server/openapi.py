"""The OpenAPI document of the extension; ``python -m jupyter_sm_ext.server.openapi`` prints it."""

from __future__ import annotations

import json
import sys
from typing import Any

from jupyter_sm_ext.model import get_model
from jupyter_sm_ext.server.bodies import BODIES
from jupyter_sm_ext.server.lazy_routes import ROOT
from jupyter_sm_ext.server.routes import routes


def document(url: str = ROOT) -> dict[str, Any]:
    """OpenAPI 3.1 of exactly the routes that are there.

    Parameters
    ----------
    url : str
        Where they are: the server's base URL and our root.
    """
    import botocore

    endpoints = [endpoint for route in routes() for endpoint in route.endpoints]
    found = get_model().openapi(endpoints, components=BODIES, title="jupyter_sm_ext", url=url)
    # Another botocore makes another document; whoever compares two must know.
    found["info"]["x-botocore"] = botocore.__version__
    return found


def text() -> str:
    """The document as it is committed."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
