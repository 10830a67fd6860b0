"""An engine in this process, without HTTP, whose clock the test moves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jupyter_sm_ext.engine import running
from jupyter_sm_ext.engine.context import Clock
from jupyter_sm_ext.engine.home import Home
from jupyter_sm_ext.engine.service import Service, families
from jupyter_sm_ext.engine.ticker import Ticker

START = 1_700_000_000.0


class MovableClock(Clock):
    """Stands still until it is moved."""

    def __init__(self) -> None:
        super().__init__()
        self.at = START

    def now(self) -> float:
        return self.at


class Parts:
    """The parts of one engine."""

    def __init__(self, data_dir: Path) -> None:
        self.home = Home(data_dir)
        self.clock = MovableClock()
        self.engine = running.build(self.home, self.home.identity(), clock=self.clock)
        self.service = Service(self.engine, families(self.engine))
        running.make_defaults(self.engine, self.service)
        self.ticker = Ticker(self.service.families)

    def call(self, operation: str, **request: Any) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.service.call("sagemaker", operation, request))
        return found

    def pass_time(self, seconds: float) -> None:
        self.clock.at += seconds
        self.ticker.round()

    def close(self) -> None:
        self.engine.store.close()
        self.home.leave()
