"""What boto3 calls while a test runs, by its own event hooks: service, operation and request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from jupyter_sm_ext.connections import sessions


@dataclass(frozen=True)
class Recorded:
    """One call."""

    service: str
    operation: str
    request: dict[str, Any]


def record_calls(monkeypatch: pytest.MonkeyPatch) -> list[Recorded]:
    """Every call of sessions that connections make from now on; the list grows as they go."""
    found: list[Recorded] = []
    make = sessions.new_session

    def recording(**options: Any) -> Any:
        session = make(**options)

        def take(params: dict[str, Any], model: Any, **_: Any) -> None:
            found.append(Recorded(model.service_model.service_name, model.name, params))

        session.events.register("provide-client-params", take)
        return session

    monkeypatch.setattr(sessions, "new_session", recording)
    return found
