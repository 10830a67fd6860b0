"""From the name of an operation to the method that does it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from botocore import xform_name

from jupyter_sm_ext.engine.algorithms.family import Algorithms
from jupyter_sm_ext.engine.apps.family import Apps
from jupyter_sm_ext.engine.cloudwatch import CloudWatch
from jupyter_sm_ext.engine.compilation.family import CompilationJobs
from jupyter_sm_ext.engine.domains import Domains
from jupyter_sm_ext.engine.family import Answer, Family, Request
from jupyter_sm_ext.engine.images import Images
from jupyter_sm_ext.engine.logs import Logs
from jupyter_sm_ext.engine.processing.family import ProcessingJobs
from jupyter_sm_ext.engine.search.family import Search
from jupyter_sm_ext.engine.service_quotas import ServiceQuotas
from jupyter_sm_ext.engine.spaces import Spaces
from jupyter_sm_ext.engine.store import dumps
from jupyter_sm_ext.engine.sts import Sts
from jupyter_sm_ext.engine.tags import Tags
from jupyter_sm_ext.engine.training import TrainingJobs
from jupyter_sm_ext.engine.tuning import TuningJobs
from jupyter_sm_ext.engine.user_profiles import UserProfiles
from jupyter_sm_ext.errors import UnknownOperationError, ValidationError
from jupyter_sm_ext.model import Model, get_model
from jupyter_sm_ext.resources import BY_NOUN

if TYPE_CHECKING:
    from jupyter_sm_ext.engine.context import Engine

# CloudWatch Logs tells the same things in the same words, under a code of its own.
_INVALID = {"logs": "InvalidParameterException"}
_READS = re.compile(r"(Describe|List|Get|Search|Filter)[A-Z]")


def families(engine: Engine) -> tuple[Family, ...]:
    """Every family of an engine, in the order of their ticks: a training job ends before its tuning job looks."""
    training = TrainingJobs(engine)
    studio = (Domains(engine), UserProfiles(engine), Spaces(engine))
    tags = Tags(engine)
    return (
        *studio,
        Apps(engine, tags),
        Images(engine),
        training,
        training.pools,
        TuningJobs(engine, training),
        CompilationJobs(engine),
        ProcessingJobs(engine),
        Algorithms(engine, training),
        Logs(engine),
        CloudWatch(engine),
        Sts(engine),
        tags,
        Search(engine, tags),
        ServiceQuotas(engine),
    )


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
        self._tags = next((family for family in members if isinstance(family, Tags)), None)
        self._methods: dict[tuple[str, str], Callable[[Request], Answer]] = {}
        for family in self.families:
            for operation in get_model(family.service).service.operation_names:
                method = getattr(family, xform_name(operation), None)
                if method is not None:
                    self._methods[family.service, operation] = method

    def active(self) -> bool:
        """Whether work is under way."""
        return any(family.active() for family in self.families)

    def operations(self, service: str) -> frozenset[str]:
        """Operations the engine has of a service."""
        return frozenset(operation for of, operation in self._methods if of == service)

    def call(self, service: str, operation: str, request: Any) -> str:
        """Check a request and do what it asks for, however long that takes; as `begin`, whose text it gives."""
        text = self.begin(service, operation, request)
        return text if isinstance(text, str) else text()

    def begin(self, service: str, operation: str, request: Any) -> str | Callable[[], str]:
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
        str or callable
            The response as JSON text, or what gives it, to be called in a thread.

        Raises
        ------
        SageMakerError
            It cannot be done; with the service's code and words.
        """
        model = get_model(service)
        method = self._methods.get((service, operation))
        if method is None:
            raise _unknown(model, operation)
        try:
            model.validate(operation, request)
        except ValidationError as error:
            if service not in _INVALID:
                raise
            raise ValidationError(error.message, code=_INVALID[service]) from error
        if _READS.match(operation):
            answer = method(request)
        else:
            _check_tags(request)
            # What is made and its tags are on disk together, or not at all.
            with self._engine.store.transaction() if operation.startswith("Create") else nullcontext():
                answer = method(request)
                self._keep_tags(operation, request, answer)
            self._engine.wake()
        if callable(answer):
            later = answer
            return lambda: dumps(later())
        return answer if isinstance(answer, str) else dumps(answer)

    def _keep_tags(self, operation: str, request: Request, answer: Answer) -> None:
        """What every Create and Delete has to do with tags, whatever the family."""
        if self._tags is None:
            return
        row = BY_NOUN.get(re.sub("^(Create|Delete)", "", operation))
        if row is None:
            return
        if operation.startswith("Create") and isinstance(answer, dict):
            # One of this name may have been there before, and gone by itself.
            self._tags.drop(answer[row.arn])
            self._tags.put(answer[row.arn], request.get("Tags", ()))
        elif operation.startswith("Delete") and not row.owners:
            self._tags.drop(self._engine.arn(row, [request[name] for name in row.key]))


def _check_tags(request: Mapping[str, Any]) -> None:
    keys = [tag["Key"] for tag in request.get("Tags", ())]
    if len(keys) != len(set(keys)):
        raise ValidationError("Duplicate tag keys are not allowed.")
    if any(key.lower().startswith("aws:") for key in keys):
        raise ValidationError("Tag keys must not begin with aws:.")


def _unknown(model: Model, operation: str) -> UnknownOperationError:
    model.operation(operation)
    return UnknownOperationError(f"The local engine does not have {operation} yet.", operation=operation)
