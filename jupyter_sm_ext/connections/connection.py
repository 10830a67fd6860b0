"""Which SageMaker: the connection that a server or a kernel uses, by the user's choice and an administrator's rules."""

from __future__ import annotations

import os
import threading
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from jupyter_sm_ext import paths
from jupyter_sm_ext.connections import aws_profiles
from jupyter_sm_ext.connections.connection_base import ENGINE_SERVICES as ENGINE_SERVICES
from jupyter_sm_ext.connections.connection_base import Connection as Connection
from jupyter_sm_ext.connections.connection_choice import Choice as Choice
from jupyter_sm_ext.connections.connection_choice import choice_of as choice_of
from jupyter_sm_ext.connections.connection_choice import read_choice, write_choice
from jupyter_sm_ext.connections.connection_rules import rules_here
from jupyter_sm_ext.errors import ForbiddenConnectionError, SageMakerError


class Connections:
    """The connection in use, of a server or of a kernel: the user's persisted choice unless one is set here.

    Parameters
    ----------
    data_dir : path, optional
        See `paths.data_dir`.
    """

    def __init__(self, data_dir: str | os.PathLike[str] | None = None) -> None:
        self._data_dir = data_dir
        self._lock = threading.Lock()
        self._known: tuple[Path, Choice] | None = None
        self._connection: Connection | None = None
        self._pinned: Connection | None = None

    @property
    def data_dir(self) -> Path:
        """Where the choice is kept."""
        return paths.data_dir(self._data_dir)

    @property
    def last(self) -> Connection | None:
        """What `current` or `choose` gave last, if they did: nothing is read for it."""
        return self._pinned or self._connection

    def current(self) -> Connection:
        """The connection to use now.

        Raises
        ------
        ValidationError
            ``connection.json`` cannot be understood.
        ForbiddenConnectionError
            It may not be used, by who administers this.
        """
        with self._lock:
            if self._pinned is not None:
                return self._pinned
            known = (self.data_dir, chosen(self.data_dir))
            if self._connection is None or known != self._known:
                self._connection, self._known = open_connection(known[1], known[0]), known
            return self._connection

    def told(self) -> dict[str, Any]:
        """The state of the connection in use, also of one that may not be used.

        Raises
        ------
        ValidationError
            ``connection.json`` cannot be understood.
        """
        try:
            return self.current().as_dict()
        except ForbiddenConnectionError as error:
            return _opened(chosen(self.data_dir), self.data_dir).as_dict(refusal=error)

    def choose(self, choice: Choice) -> Connection:
        """Make this the user's choice, for every server and kernel that follows it.

        Raises
        ------
        ForbiddenConnectionError
            It may not be used, by who administers this.
        EngineError
            The data directory cannot be written.
        """
        open_connection(choice, self.data_dir)
        if rules_here().fixed is None:
            write_choice(choice, self.data_dir)
        with self._lock:
            self._pinned = None
        return self.current()

    def pin(self, connection: Connection) -> None:
        """Use this one from now on, whatever the persisted choice says."""
        with self._lock:
            self._pinned = connection


def chosen(data_dir: Path) -> Choice:
    """What is to be used: the fixed connection, else the persisted choice, else the first that may be chosen.

    Raises
    ------
    ValidationError
        The file cannot be understood.
    """
    rules = rules_here()
    return rules.fixed or read_choice(data_dir) or rules.first


def open_connection(choice: Choice, data_dir: Path) -> Connection:
    """The connection of a choice; nothing is called yet.

    Raises
    ------
    ForbiddenConnectionError
        It may not be used, by who administers this.
    """
    rules = rules_here()
    fixed = rules.fixed
    if fixed is not None and fixed.region is None and choice.region is not None:
        # The region of a profile: what is fixed does not say it, and it is fixed nevertheless.
        rules = replace(rules, connection={**asdict(fixed), "region": _region_of(fixed, data_dir)})
    connection = _opened(rules.applied(choice), data_dir)
    if rules.regions and connection.kind == "aws":
        region = _region_of(connection.choice, data_dir)
        if region is not None:
            rules.check_region(region)
    return connection


def _region_of(choice: Choice, data_dir: Path) -> str | None:
    try:
        return _opened(choice, data_dir).region
    except SageMakerError:
        return None  # it will be told when the connection is used


def _opened(choice: Choice, data_dir: Path) -> Connection:
    # Here and not above: both build on the class, and that on this module.
    from jupyter_sm_ext.connections.aws_connection import AwsConnection
    from jupyter_sm_ext.connections.local_connection import LocalConnection

    return (LocalConnection if choice.kind == "local" else AwsConnection)(choice, data_dir)


def available_profiles() -> list[str]:
    """Profiles of the user's AWS configuration that may be used."""
    rules = rules_here()
    return [each.name for each in aws_profiles.offered() if each.name and rules.allows_profile(each.name)]


def is_shared(connection: Connection) -> bool:
    """Whether the Jupyter server of this process has the same one in use: the user's choice, or the fixed one."""
    try:
        theirs = Connections().current()
        same = theirs.id == connection.id
    except SageMakerError:
        return False  # what the server has cannot be used, or be told
    # Every engine of this machine is called the local one.
    return same and (theirs.kind != "local" or theirs.data_dir == connection.data_dir)


# A kernel has one connection, as it has one working directory: `sm.connect()` in one cell holds for the next.
_OF_THIS_PROCESS = Connections()


def connect(
    kind: str = "local",
    *,
    profile: str | None = None,
    region: str | None = None,
    role: str | None = None,
    bucket: str | None = None,
    fips: bool | None = None,
    dualstack: bool | None = None,
    data_dir: str | os.PathLike[str] | None = None,
) -> Connection:
    """Choose the SageMaker of this kernel; the user's persisted choice stays as it is.

    Parameters
    ----------
    kind : {"local", "aws"}
        The engine on this machine, or an AWS account.
    profile, region, role : str, optional
        For AWS: profile of the user's configuration, region, ARN of the execution role.
    bucket : str, optional
        Bucket for code, data and artifacts.
    fips, dualstack : bool, optional
        For AWS: endpoints of FIPS 140; endpoints that have IPv6, too. As the AWS configuration has it if not given.
    data_dir : path, optional
        Data directory of the engine.

    Raises
    ------
    ValidationError
        The options do not fit together.
    ForbiddenConnectionError
        It may not be used, by who administers this.
    EngineError
        The local engine could not be started.
    """
    return connect_to(Choice(kind, profile, region, role, bucket, fips, dualstack), data_dir)


def connect_to(choice: Choice, data_dir: str | os.PathLike[str] | None = None) -> Connection:
    """The same by a choice."""
    connection = open_connection(choice, paths.data_dir(data_dir))
    connection.ensure()
    _OF_THIS_PROCESS.pin(connection)
    return connection


def choose(choice: Choice) -> Connection:
    """Make this the user's choice, for every server and kernel that follows it, and for this process.

    Raises
    ------
    EngineError
        The data directory cannot be written.
    """
    return _OF_THIS_PROCESS.choose(choice)


def current(data_dir: str | os.PathLike[str] | None = None) -> Connection:
    """The connection of this kernel: that of the last `connect`, else the user's persisted choice."""
    return _OF_THIS_PROCESS.current() if data_dir is None else Connections(data_dir).current()
