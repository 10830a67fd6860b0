"""Where an app is: its directory, its base URL, and a host name that no other app has.

Cookies do not know ports. An app on ``localhost`` would overwrite the ``_xsrf`` of the Lab that it was opened from, and
two apps each other's; so each has a name of its own under ``studio.localhost``. Browsers take every name under
``localhost`` to this machine without asking anybody (RFC 6761); other clients must connect to 127.0.0.1 themselves and
send the name in the Host header.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from jupyter_sm_ext.engine.apps.rules import JUPYTER_TYPES
from jupyter_sm_ext.engine.store import Json, Record
from jupyter_sm_ext.errors import ValidationError

ROOT = "studio.localhost"
# As Studio has them (facts from its URLs); KernelGateway's is ours, as Studio shows it to nobody.
_PATHS = {"JupyterLab": "jupyterlab", "JupyterServer": "jupyter", "KernelGateway": "kernelgateway"}
_STARTS = {"JupyterLab": "lab", "JupyterServer": "lab", "KernelGateway": "api"}
_LANDING = re.compile(r"app:(?P<type>[A-Za-z]+)(?:/(?P<name>[A-Za-z0-9-]+))?:(?P<path>.*)")
_OWNER_CHARACTERS = 24


@dataclass(frozen=True)
class Landing:
    """Where a presigned URL leads.

    Parameters
    ----------
    app_type : str
        Type of the app.
    app_name : str, optional
        Its name; any app of this type if not given.
    path : str
        Below its base URL.
    """

    app_type: str
    app_name: str | None
    path: str


def portal_host(domain_id: str) -> str:
    """Name under which the engine takes presigned URLs of a domain."""
    return f"{domain_id}.{ROOT}"


def app_host(record: Record) -> str:
    """Name of an app's host: readable, and its own whatever the letters' case and the length of its parts."""
    _, _, owner, app_type, _ = record.key.split("/")
    mark = hashlib.sha256(record.key.encode()).hexdigest()[:8]
    return f"{owner[:_OWNER_CHARACTERS].rstrip('-')}-{app_type}-{mark}.{ROOT}".lower()


def server_spec(data_dir: Path, record: Record) -> Json:
    """What the Jupyter Server of an app is to be (see `processes.prepare`)."""
    domain, word, owner, app_type, name = record.key.split("/")
    folder = data_dir / ("spaces" if word == "space" else "user-profiles") / domain / owner
    return {
        "lab": app_type != "KernelGateway",
        "base_url": f"/{_PATHS[app_type]}/{name}/",
        "hostname": app_host(record),
        "root": str(folder),
        "home": str(folder),
        "metadata": metadata(record),
    }


def metadata(record: Record) -> Json:
    """What an app reads about itself, as in the file of Studio's images."""
    domain, word, owner, app_type, name = record.key.split("/")
    whose = {"SpaceName" if word == "space" else "UserProfileName": owner}
    return {"AppType": app_type, "DomainId": domain, **whose, "ResourceArn": record.arn, "ResourceName": name}


def variables(record: Record) -> dict[str, str]:
    """What an app finds in its environment about itself."""
    domain, word, owner, app_type, _ = record.key.split("/")
    name = "SAGEMAKER_SPACE_NAME" if word == "space" else "SAGEMAKER_USER_PROFILE_NAME"
    return {"SAGEMAKER_APP_TYPE": app_type, "SAGEMAKER_DOMAIN_ID": domain, name: owner}


def landing(uri: str | None, default_type: str) -> Landing:
    """Understand a LandingUri.

    Parameters
    ----------
    uri : str, optional
        ``app:<type>:<path>``; here also ``app:<type>/<name>:<path>``, for the one of several KernelGateway apps.
    default_type : str
        Type of the app if no URI is given.

    Raises
    ------
    ValidationError
        It is none that leads somewhere here.
    """
    found = _LANDING.fullmatch(uri or f"app:{default_type}:")
    if found is None:
        raise ValidationError(
            f"Invalid LandingUri '{uri}'. The local engine has no Studio page: give app:JupyterLab:<path> or"
            " app:JupyterServer:<path>."
        )
    app_type = found["type"]
    if app_type not in JUPYTER_TYPES:
        raise ValidationError(f"Invalid LandingUri '{uri}'. The local engine runs no {app_type} app.")
    return Landing(app_type, found["name"], found["path"].lstrip("/") or _STARTS[app_type])
