"""What is said of a REST route, before there is a model to say more: light enough for the start of the server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Endpoint:
    """One method of one REST path.

    Parameters
    ----------
    method : str
        HTTP method, lower case.
    path : str
        Path under the extension's root, as OpenAPI writes it: ``/training-jobs/{TrainingJobName}``.
    operation : str, optional
        AWS operation behind it: request, response and words are then the model's.
    operation_id : str, optional
        Name of the method; the AWS operation's if not given.
    summary : str, optional
        What it does, if there is no AWS operation.
    tag : str
        What it belongs to.
    choices : mapping of str to sequence of str
        Words that a part of the path can be.
    query : mapping of str to str
        What each query parameter means; an AWS list's are the model's.
    body, answer : str, optional
        Names among the component schemas given to `openapi`.
    status : int
        HTTP status when it worked.
    """

    method: str
    path: str
    operation: str | None = None
    operation_id: str | None = None
    summary: str | None = None
    tag: str = ""
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    answer: str | None = None
    status: int = 200

    @property
    def name(self) -> str:
        """The operationId."""
        name = self.operation_id or self.operation
        if name is None:
            raise ValueError(f"{self.method} {self.path} needs an operation or an operation_id")
        return name

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the path's parameters, in order."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))
