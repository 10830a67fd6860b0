"""What domains, user profiles and spaces have in common: a record with a state machine, and nothing that runs.

``Pending``, ``Updating`` and ``Deleting`` last for `Settings.studio_seconds`; then it is ``InService``, or gone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from jupyter_sm_ext.engine.family import Answer, Family, Request
from jupyter_sm_ext.engine.lists import Listing, page
from jupyter_sm_ext.engine.store import Json, Record
from jupyter_sm_ext.errors import ConflictError, NotFoundError, ValidationError
from jupyter_sm_ext.model import get_model
from jupyter_sm_ext.resources import Resource, resource

if TYPE_CHECKING:
    from botocore.model import StructureShape

    from jupyter_sm_ext.engine.context import Engine

_UNTIL = "until"


class StudioFamily(Family):
    """Base of the three.

    Parameters
    ----------
    engine : Engine
        What it works with.
    """

    noun: ClassVar[str]

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.row: Resource = resource(self.noun)
        model = get_model()
        outputs = {verb: model.operation(self.row.operation(verb)).output_shape for verb in ("describe", "list")}
        described: Any = outputs["describe"]
        listed: Any = outputs["list"]
        rows: Any = listed.members[self.row.summaries]
        self._described = frozenset(described.members)
        self._summary: StructureShape = rows.member
        self._listing = Listing(self.row.operation("list"), self.row.kind, default_results=10)

    def tick(self) -> float | None:
        """Move on what has been long enough in a state of passage."""
        store, now = self.engine.store, self.engine.now()
        waits: list[float] = []
        for record in store.find(self.row.kind, statuses=self.row.transitional):
            left = float(record.state.get(_UNTIL, 0.0)) - now
            if left > 0:
                waits.append(left)
            elif record.status == "Deleting":
                store.delete(record.kind, record.key)
            else:
                self.settle(record)
        return min(waits, default=None)

    def settle(self, record: Record) -> None:
        """Put one into service."""
        self._enter(record, "InService")
        self.engine.store.save(record)

    def key(self, request: Mapping[str, Any]) -> str:
        """Key of the record that a request names."""
        return "/".join(str(request[name]) for name in self.row.key)

    def find(self, request: Mapping[str, Any]) -> Record:
        """Find the record that a request names.

        Raises
        ------
        NotFoundError
            It is not there.
        """
        record = self.engine.store.get(self.row.kind, self.key(request))
        if record is None:
            raise self._missing(request)
        return record

    def _missing(self, request: Mapping[str, Any]) -> NotFoundError:
        return NotFoundError(f"{self.noun} [{self.engine.arn(self.row, self.key(request))}] does not exist.")

    def _new(self, request: Request, parent: str | None = None, **more: Any) -> Record:
        """Make the record of a request, Pending; all members of the request that Describe has are given back."""
        now, key = self.engine.now(), self.key({**request, **more})
        body = {name: value for name, value in {**request, **more}.items() if name in self._described}
        arn = self.engine.arn(self.row, key)
        body |= {self.row.arn: arn, "CreationTime": now, "LastModifiedTime": now}
        record = Record(self.row.kind, key, arn, now, now, "Pending", parent, body=body)
        self._enter(record, "Pending")
        return record

    def _insert(self, record: Record) -> None:
        try:
            self.engine.store.insert(record)
        except ConflictError:
            raise ConflictError(f"{self.noun} [{record.arn}] already exists.") from None

    def _enter(self, record: Record, status: str) -> None:
        record.status = record.body[self.row.status] = status
        if status in self.row.transitional:
            record.state[_UNTIL] = self.engine.now() + self.engine.settings.studio_seconds
        record.summary = summarize(record.body, self._summary)

    def _describe(self, request: Request) -> str:
        text = self.engine.store.body_text(self.row.kind, self.key(request))
        if text is None:
            raise self._missing(request)
        return text

    def _list(self, request: Request) -> str:
        return page(self.engine, self._listing, request)

    def _update(self, request: Request, changes: Mapping[str, Any]) -> Answer:
        record = self.find(request)
        self._refuse_busy(record, "update")
        for name, value in changes.items():
            record.body[name] = merged(record.body.get(name), value)
        self._enter(record, "Updating")
        self.engine.store.save(record)
        return {self.row.arn: record.arn}

    def _delete(self, record: Record) -> Answer:
        self._refuse_busy(record, "delete")
        self._enter(record, "Deleting")
        self.engine.store.save(record)
        return {}

    def _refuse_busy(self, record: Record, verb: str) -> None:
        if record.status in self.row.transitional:
            raise ConflictError(f"Unable to {verb} {self.noun} [{record.arn}] because it is in {record.status} status.")

    def _in_use(self, record: Record, by: str) -> ConflictError:
        return ConflictError(f"Unable to delete {self.noun} [{record.arn}] because {by}(s) are associated with it.")

    def _domain(self, domain_id: str) -> Record:
        """Find the domain that something is to be made in.

        Raises
        ------
        NotFoundError
            There is none with this id.
        ConflictError
            It is not in service.
        """
        record = self.engine.store.get("domains", domain_id)
        if record is None:
            raise NotFoundError(f"Domain [{self.engine.arn('Domain', domain_id)}] does not exist.")
        if record.status not in ("InService", "Updating"):
            raise ConflictError(f"Domain [{record.arn}] is in {record.status} status: it must be InService.")
        return record

    def _uid(self, domain: Record) -> int:
        """The next user id on a domain's home file system."""
        rows = [
            row
            for kind in ("user-profiles", "spaces")
            for row in self.engine.store.rows(kind, parent=domain.key, order_by="number", descending=True, limit=1)
        ]
        return max((int(row.value) for row in rows if row.value is not None), default=200_000) + 1


def summarize(body: Json, shape: StructureShape) -> Json:
    """Make the row of a list from what Describe answers.

    Members are those of the row's shape; one called ``XSummary`` is taken from ``X`` in the same way.
    """
    row: Json = {}
    for name, member in shape.members.items():
        inner: Any = member
        whole = name.removesuffix("Summary")
        if name in body:
            row[name] = body[name]
        elif whole != name and whole in body:
            row[name] = {key: value for key, value in body[whole].items() if key in inner.members}
    return row


def merged(old: Any, new: Any) -> Any:
    """Settings after an update: what is given replaces what was there, member by member."""
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{name: merged(old.get(name), value) for name, value in new.items()}}
    return new


def check_settings(settings: Mapping[str, Any]) -> None:
    """Refuse settings of a domain, a profile or a space that no app could start with.

    Raises
    ------
    ValidationError
        In the service's words.
    """
    spec = settings.get("JupyterServerAppSettings", {}).get("DefaultResourceSpec", {})
    wanted = spec.get("InstanceType", "system")
    if wanted != "system":
        raise ValidationError(
            f"Invalid instance type '{wanted}' for JupyterServer App. Only 'system' instance type is supported"
        )


def check_no_sso(request: Mapping[str, Any]) -> None:
    """Refuse what needs an IAM Identity Center, which a machine has not.

    Raises
    ------
    ValidationError
        It is asked for.
    """
    asked = [name for name in request if re.match("SingleSignOnUser", name)]
    if request.get("AuthMode", "IAM") != "IAM" or asked:
        raise ValidationError(
            f"{', '.join(asked) or 'AuthMode'}: the local engine has no IAM Identity Center: AuthMode must be IAM, "
            "with no SingleSignOnUser."
        )
