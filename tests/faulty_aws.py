"""An AWS that has faults: a `FaultProxy` before an engine."""

from __future__ import annotations

import json
from pathlib import Path

from fault_proxy import EXPIRED as EXPIRED
from fault_proxy import Fault as Fault
from fault_proxy import FaultProxy, Json


class FaultyAWS(FaultProxy):
    """See `FaultProxy`.

    Parameters
    ----------
    data_dir : Path
        Of the engine behind it, which runs.
    """

    def __init__(self, data_dir: Path) -> None:
        self.keys = keys_of(data_dir)
        told = (self.keys[name] for name in ("endpoint_url", "access_key_id", "secret_access_key", "region"))
        super().__init__(*told)


def keys_of(data_dir: Path) -> Json:
    """``engine.json`` of an engine that runs on a data directory."""
    found: Json = json.loads((data_dir / "engine.json").read_text())
    return found
