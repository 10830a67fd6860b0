"""What an administrator has decided about connections: one that is fixed, or which ones may be chosen.

A server tells its kernels by an environment variable. That keeps honest people from mistakes; who must not reach an
account is kept from it by IAM.
"""

from __future__ import annotations

import fnmatch
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from jupyter_sm_ext.connections import aws_endpoints
from jupyter_sm_ext.connections.connection_choice import Choice
from jupyter_sm_ext.errors import ForbiddenConnectionError, ValidationError

RULES_VARIABLE = "JUPYTER_SM_CONNECTION_RULES"
KINDS = ("local", "aws")
ADMINISTRATOR = "the administrator of this Jupyter server"
DEFAULT_PROFILE = "default"
"""How the default chain of credentials is named where profiles are."""


@dataclass(frozen=True)
class Rules:
    """What may be chosen.

    Parameters
    ----------
    connection : mapping or None
        The one that everybody has, as `connection.json` has it; what it leaves out is the user's.
    kinds : tuple of str
        ``local``, ``aws`` or both.
    profiles, regions : tuple of str
        Names or patterns such as ``team-*``; empty: any.
    decided_by : str
        Who is named where something is refused.
    """

    connection: Mapping[str, Any] | None = None
    kinds: tuple[str, ...] = KINDS
    profiles: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    decided_by: str = ADMINISTRATOR

    def as_json(self) -> str:
        """For `RULES_VARIABLE`."""
        return json.dumps(asdict(self))

    @property
    def fixed(self) -> Choice | None:
        """The connection that everybody has, if there is one.

        Raises
        ------
        ValidationError
            It is none.
        """
        if not self.connection:
            return None
        try:
            return Choice(**self.connection)
        except TypeError as error:
            raise ValidationError(f"the connection that {self.decided_by} has fixed is none: {error}") from error

    @property
    def first(self) -> Choice:
        """What is used as long as the user has chosen nothing."""
        return self.fixed or Choice(self.kinds[0] if self.kinds else "local")

    def applied(self, choice: Choice) -> Choice:
        """The choice with what is fixed.

        Raises
        ------
        ForbiddenConnectionError
            It is another one than the fixed one, or one that may not be chosen.
        """
        fixed = self.fixed
        if fixed is not None:
            if not _within(choice, fixed):
                raise self._refused(f"The connection is fixed to {fixed.words}", f"it cannot be {choice.words}")
            # Left out by who chose, as in the id of a connection: then it is the fixed one.
            given = {name: value for name, value in asdict(choice).items() if value}
            return type(fixed)(**{**asdict(fixed), **given})
        if choice.kind not in self.kinds:
            allowed = " or ".join(repr(each) for each in self.kinds)
            raise self._refused(f"Only {allowed} connections may be used here", f"not {choice.words}")
        if choice.kind == "aws" and not self.allows_profile(choice.profile):
            name = choice.profile or DEFAULT_PROFILE
            raise self._refused(f"Only the profiles {', '.join(self.profiles)} may be used here", f"not {name}")
        if choice.region is not None:
            self.check_region(choice.region)
        return choice

    def allows_profile(self, profile: str | None) -> bool:
        """Whether a profile may be chosen; None is the default chain of credentials."""
        return not self.profiles or _matches(profile or DEFAULT_PROFILE, self.profiles)

    def allows_region(self, region: str) -> bool:
        """Whether a region may be chosen."""
        return not self.regions or _matches(region, self.regions)

    @property
    def regions_offered(self) -> dict[str, list[str]]:
        """The regions that have SageMaker and may be chosen, by partition."""
        known = aws_endpoints.regions() if "aws" in self.kinds else {}
        offered = {partition: [*filter(self.allows_region, names)] for partition, names in known.items()}
        return {partition: names for partition, names in offered.items() if names}

    def check_region(self, region: str) -> None:
        """Refuse a region that may not be used.

        Raises
        ------
        ForbiddenConnectionError
            It may not.
        """
        if not self.allows_region(region):
            raise self._refused(f"Only the regions {', '.join(self.regions)} may be used here", f"not {region}")

    def as_dict(self) -> dict[str, Any]:
        """What a front end shows of them."""
        return {"fixed": bool(self.connection), "kinds": list(self.kinds), "decided_by": self.decided_by}

    def _refused(self, rule: str, but: str) -> ForbiddenConnectionError:
        return ForbiddenConnectionError(
            f"{rule}, {but}.", hint=f"That was decided by {self.decided_by}; ask there if you need another one."
        )


def rules_here() -> Rules:
    """The rules of this process.

    Raises
    ------
    ValidationError
        The variable cannot be understood: then nothing is allowed, for nobody knows what would be.
    """
    text = os.environ.get(RULES_VARIABLE)
    if not text:
        return Rules()
    try:
        told = json.loads(text)
        lists = {name: tuple(map(str, told[name])) for name in ("kinds", "profiles", "regions") if name in told}
        return Rules(**{**told, **lists})
    except (TypeError, ValueError) as error:
        raise ValidationError(f"{RULES_VARIABLE} cannot be understood: {error}") from error


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def _within(choice: Choice, fixed: Choice) -> bool:
    """Whether a choice is the fixed one, as far as both say."""
    if choice.kind != fixed.kind:
        return False
    given, wanted = asdict(choice), asdict(fixed)
    return all(not given[name] or not wanted[name] or given[name] == wanted[name] for name in given)
