"""What Service Quotas says of an account: the value of a line, its code, and where its page is.

SageMaker has more than two thousand lines, and Service Quotas gives them in pages of a hundred, so the codes are
read once and kept (`kept_answers`): a code never changes. A value is asked for each time.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jupyter_sm_ext.checks.kept_answers import KeptAnswer
from jupyter_sm_ext.connections.connection import Connection
from jupyter_sm_ext.errors import NotFoundError, SageMakerError, ThrottledError

_SERVICE = "sagemaker"
#: After so long a line that was not there is looked for again: new instance types bring new lines.
_A_DAY = 86_400.0
_PAUSES = (0.5, 1.0, 2.0, 4.0)
_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}


@dataclass(frozen=True)
class AccountQuota:
    """One line as it is for this account and region.

    Parameters
    ----------
    name, code : str
        As the service has them.
    value : float
        How much there may be.
    link : str or None
        Its page in the console, if the partition has one; there more can be asked for.
    """

    name: str
    code: str
    value: float
    link: str | None


class AccountQuotas:
    """SageMaker's lines of one account and region; one for each connection, shared between threads.

    Parameters
    ----------
    connection : Connection
        Whose account and region.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._reading = threading.Lock()

    @classmethod
    def of(cls, connection: Connection) -> AccountQuotas:
        """Those of a connection."""
        return connection.kept("account-quotas", lambda: cls(connection))

    def find(self, name: str) -> AccountQuota | None:
        """Ask for a line; None if there is none of that name here.

        Raises
        ------
        SageMakerError
            Service Quotas does not answer or may not be asked.
        """
        known = self._code(name)
        if known is None:
            return None
        theirs, code = known
        asked, of_line = self._connection, {"ServiceCode": _SERVICE, "QuotaCode": code}
        try:
            found = asked.renewing(
                lambda: asked.client("service-quotas").get_service_quota(**of_line)["Quota"], "GetServiceQuota"
            )
        except NotFoundError:
            # A line that nobody has changed has a default only (Service Quotas, GetServiceQuota).
            found = asked.renewing(
                lambda: asked.client("service-quotas").get_aws_default_service_quota(**of_line)["Quota"],
                "GetAWSDefaultServiceQuota",
            )
        return AccountQuota(theirs, code, float(found["Value"]), self.link(code))

    def has(self, name: str) -> bool:
        """Whether there is a line of that name here.

        Raises
        ------
        SageMakerError
            Service Quotas does not answer or may not be asked.
        """
        return self._code(name) is not None

    def link(self, code: str | None = None) -> str | None:
        """Page of a line in the console, or of all of SageMaker's; None where there is no console."""
        console = console_of(self._connection)
        page = f"/{code}" if code else ""
        return f"{console}/servicequotas/home/services/{_SERVICE}/quotas{page}" if console else None

    def link_of(self, name: str) -> str | None:
        """Page of a line by its name; that of all lines if its code cannot be learnt."""
        try:
            known = self._code(name)
        except SageMakerError:
            known = None
        return self.link(known[1] if known else None)

    def _code(self, name: str) -> tuple[str, str] | None:
        """The service's own spelling of a line, and its code."""
        plain = _plain(name)
        with self._reading:
            kept = KeptAnswer(self._connection.data_dir, f"quotas-{self._connection.kind}-{self._connection.region}")
            codes, age = kept.read()
            if codes is None or (plain not in codes and age >= _A_DAY):
                codes = {_plain(quota["QuotaName"]): (quota["QuotaName"], quota["QuotaCode"]) for quota in self._list()}
                kept.write(codes)
        return tuple(codes[plain]) if plain in codes else None

    def _list(self) -> Iterator[dict[str, Any]]:
        asked = self._connection
        request: dict[str, Any] = {"ServiceCode": _SERVICE, "MaxResults": 100}
        pauses = iter(_PAUSES)
        while True:
            try:
                page = asked.renewing(
                    lambda: asked.client("service-quotas").list_service_quotas(**request), "ListServiceQuotas"
                )
            except ThrottledError:
                pause = next(pauses, None)
                if pause is None:
                    raise
                time.sleep(pause)
                continue
            yield from page["Quotas"]
            if not page.get("NextToken"):
                return
            request["NextToken"] = page["NextToken"]


def console_of(connection: Connection) -> str | None:
    """Address of AWS's console in a connection's region; None where there is none."""
    if connection.kind == "local":
        return None
    try:
        region, host = connection.region, _CONSOLES.get(connection.partition)
    except SageMakerError:
        return None
    return f"https://{region}.{host}" if host else None


def _plain(name: str) -> str:
    """A name without what AWS writes now one way, now another: Studio, instance or instances."""
    return re.sub(r"^studio |s$", "", name.strip().lower())
