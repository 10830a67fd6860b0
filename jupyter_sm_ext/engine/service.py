"""From the name of an operation to the method that does it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from botocore import xform_name

from jupyter_sm_ext.engine.family import Answer, Family, Request
from jupyter_sm_ext.engine.store import dumps
from jupyter_sm_ext.errors import UnknownOperationError
from jupyter_sm_ext.model import Model, get_model

if TYPE_CHECKING:
    from jupyter_sm_ext.engine.context import Engine

_READS = re.compile(r"(Describe|List|Get|Search|Filter)[A-Z]")


def families(engine: Engine) -> tuple[Family, ...]:
    """Every family of an engine, in the order of their ticks: a training job ends before its tuning job looks."""
    return ()


class Service:
    """The JSON services of one engine.

    Parameters
    ----------
    engine : Engine
        Its context.
    members : sequence of Family
        What it is made of.
    """

    def __init__(self, engine: Engine, members: Sequence[Family]) -> None:
        self._engine = engine
        self.families = tuple(members)
        self._methods: dict[tuple[str, str], Callable[[Request], Answer]] = {}
        for family in self.families:
            for operation in get_model(family.service).service.operation_names:
                method = getattr(family, xform_name(operation), None)
                if method is not None:
                    self._methods[family.service, operation] = method

    def operations(self, service: str) -> frozenset[str]:
        """Operations the engine has of a service."""
        return frozenset(operation for of, operation in self._methods if of == service)

    def call(self, service: str, operation: str, request: Any) -> str:
        """Check a request and do what it asks for.

        Parameters
        ----------
        service : str
            botocore's name of the service.
        operation : str
            AWS operation name.
        request : object
            Its parameters, as they came.

        Returns
        -------
        str
            The response as JSON text.

        Raises
        ------
        SageMakerError
            It cannot be done; with the service's code and words.
        """
        model = get_model(service)
        method = self._methods.get((service, operation))
        if method is None:
            raise _unknown(model, operation)
        model.validate(operation, request)
        answer = method(request)
        if not _READS.match(operation):
            self._engine.wake()
        return answer if isinstance(answer, str) else dumps(answer)

    def tick(self) -> float | None:
        """One round of the families' ticks; the seconds until the next is wanted."""
        wanted = [seconds for family in self.families if (seconds := family.tick()) is not None]
        return min(wanted, default=None)

    def active(self) -> bool:
        """Whether work is under way."""
        return any(family.active() for family in self.families)


def _unknown(model: Model, operation: str) -> UnknownOperationError:
    model.operation(operation)
    return UnknownOperationError(f"The local engine does not have {operation} yet.", operation=operation)
