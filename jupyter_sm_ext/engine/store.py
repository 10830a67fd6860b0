"""What the engine knows, in one SQLite file that it alone opens.

A record keeps its answers ready-made: ``body`` is the Describe response and ``summary`` the row of a list, both in
wire form, so that a read is answered with stored text and no parse. ``state`` is the engine's own.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from jupyter_sm_ext.errors import ConflictError, EngineError, NotFoundError

Json = dict[str, Any]

SCHEMA_VERSION = 1
_MODIFIED = "LastModifiedTime"
_COLUMNS = "kind,key,arn,created,modified,status,parent,number,objective,summary,body,state"
# An index of these alone, so that an engine that starts need not look through the bodies of all jobs there ever were.
_POOLED = "json_extract(body,'$.WarmPoolStatus.Status')='Available'"
_TABLE = f"""
CREATE TABLE IF NOT EXISTS records (
    kind TEXT NOT NULL, key TEXT NOT NULL, arn TEXT NOT NULL, created REAL NOT NULL, modified REAL NOT NULL,
    status TEXT NOT NULL, parent TEXT, number INTEGER, objective REAL,
    summary TEXT NOT NULL, body TEXT NOT NULL, state TEXT NOT NULL, PRIMARY KEY (kind, key));
CREATE INDEX IF NOT EXISTS records_created ON records (kind, created, key, modified, status);
CREATE INDEX IF NOT EXISTS records_modified ON records (kind, modified, key);
CREATE INDEX IF NOT EXISTS records_status ON records (kind, status, key);
CREATE INDEX IF NOT EXISTS records_parent ON records (kind, parent, number) WHERE parent IS NOT NULL;
CREATE INDEX IF NOT EXISTS records_pooled ON records (kind, key) WHERE {_POOLED};
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
_MANY = 1000
_ORDERS = frozenset({"created", "modified", "key", "status", "objective", "number"})


@dataclass
class Record:
    """One thing the engine keeps.

    Parameters
    ----------
    kind : str
        As in resources.py.
    key : str
        Its key members joined by "/".
    arn : str
        Its ARN.
    created, modified : float
        Epoch seconds; `Store.save` moves ``modified``.
    status : str
        The same as in the body.
    parent : str, optional
        Name of the tuning job, or id of the domain, that it belongs to.
    number : int, optional
        Its number within the parent.
    objective : float, optional
        Final value of the objective metric.
    summary, body : dict
        Row of the list and response of Describe, in wire form (times are epoch seconds). Where they have a
        ``LastModifiedTime`` the store keeps it equal to ``modified``.
    state : dict
        What the engine needs besides.
    """

    kind: str
    key: str
    arn: str
    created: float
    modified: float
    status: str
    parent: str | None = None
    number: int | None = None
    objective: float | None = None
    summary: Json = field(default_factory=dict)
    body: Json = field(default_factory=dict)
    state: Json = field(default_factory=dict)


class Row(NamedTuple):
    """What a list needs of a record: ``value`` is that of the column it was ordered by, ``summary`` JSON text."""

    key: str
    value: float | str | None
    created: float
    modified: float
    status: str
    summary: str


class Store:
    """The records of one engine. Every method is synchronous and for the thread that made it.

    Parameters
    ----------
    path : Path
        The database file; made if it is not there.
    now : callable
        Gives the time in epoch seconds.

    Raises
    ------
    EngineError
        A newer version of this package wrote the file.
    sqlite3.Error
        It cannot be opened, or another engine has it.
    """

    def __init__(self, path: Path, now: Callable[[], float]) -> None:
        self._now = now
        self._depth = 0
        self.database = sqlite3.connect(path, isolation_level=None, timeout=2.0, cached_statements=256)
        try:
            # Exclusive locking keeps WAL's index in memory: no shared memory file, so a home on NFS is safe.
            self.database.execute("PRAGMA locking_mode=EXCLUSIVE")
            self.database.execute("PRAGMA journal_mode=WAL")
            self.database.execute("PRAGMA synchronous=FULL")
            self._prepare(path)
        except BaseException:
            self.database.close()
            raise

    def _prepare(self, path: Path) -> None:
        (version,) = self.database.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA_VERSION:
            raise EngineError(
                f"{path} was written by a newer version of jupyter_sm_ext (format {version}, not {SCHEMA_VERSION}): "
                "upgrade this one (pip install --upgrade jupyter-sm-ext), or choose another data directory"
            )
        with self.transaction():
            for statement in _TABLE.split(";"):
                self.database.execute(statement)
            self.database.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def close(self) -> None:
        """Close the file; nothing is lost if this is never called."""
        self.database.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, on disk when it ends. It nests: an inner one that fails takes back only its own part."""
        name = f"t{self._depth}"
        self.database.execute("BEGIN IMMEDIATE" if not self._depth else f"SAVEPOINT {name}")
        self._depth += 1
        try:
            yield
        except BaseException:
            self._depth -= 1
            # SQLite itself may have rolled all of it back (disk full): then there is nothing left to undo.
            if self.database.in_transaction:
                undo = f"ROLLBACK TO {name}; RELEASE {name}" if self._depth else "ROLLBACK"
                for statement in undo.split(";"):
                    self.database.execute(statement)
            raise
        self._depth -= 1
        try:
            self.database.execute("COMMIT" if not self._depth else f"RELEASE {name}")
        except sqlite3.Error:
            # A full disk may let all writes through and fail the last step; open, it would fail all that come after.
            if not self._depth and self.database.in_transaction:
                self.database.execute("ROLLBACK")
            raise

    def insert(self, record: Record) -> None:
        """Add a record.

        Raises
        ------
        ConflictError
            The kind has one with this key.
        """
        marks = ",".join("?" * 12)
        try:
            self.database.execute(f"INSERT INTO records ({_COLUMNS}) VALUES ({marks})", _values(record))  # noqa: S608
        except sqlite3.IntegrityError as error:
            if "UNIQUE" not in str(error):
                raise
            raise ConflictError(f"Resource with this name already exists ({record.arn}).") from error

    def save(self, record: Record) -> None:
        """Write a changed record; sets ``modified`` to now, and LastModifiedTime where body or summary have it.

        Raises
        ------
        NotFoundError
            It is not there any more.
        """
        # Never backwards, and never equal: "changed since" must find every change, whatever the clock did.
        record.modified = round(max(self._now(), record.modified + 0.001), 3)
        for part in (record.body, record.summary):
            if _MODIFIED in part:
                part[_MODIFIED] = record.modified
        kind, key, *rest = _values(record)
        done = self.database.execute(
            "UPDATE records SET arn=?,created=?,modified=?,status=?,parent=?,number=?,objective=?,summary=?,body=?,"
            "state=? WHERE kind=? AND key=?",
            (*rest, kind, key),
        )
        if done.rowcount != 1:
            raise NotFoundError(f"Resource not found ({record.arn}).")

    def get(self, kind: str, key: str) -> Record | None:
        """Find one record."""
        query = f"SELECT {_COLUMNS} FROM records WHERE kind=? AND key=?"  # noqa: S608
        row = self.database.execute(query, (kind, key)).fetchone()
        return None if row is None else _record(row)

    def body_text(self, kind: str, key: str) -> str | None:
        """Describe response of one, as JSON text."""
        row = self.database.execute("SELECT body FROM records WHERE kind=? AND key=?", (kind, key)).fetchone()
        return None if row is None else row[0]

    def delete(self, kind: str, key: str) -> bool:
        """Remove one; whether it was there."""
        return self.database.execute("DELETE FROM records WHERE kind=? AND key=?", (kind, key)).rowcount == 1

    def find(self, kind: str, **filters: Any) -> list[Record]:
        """Records that fit; the filters are those of `rows`."""
        return [_record(row) for row in self._select(_COLUMNS, kind, **filters)]

    def rows(self, kind: str, *, order_by: str = "created", **filters: Any) -> list[Row]:
        """List rows that fit.

        Parameters
        ----------
        kind : str
            As in resources.py.
        parent, prefix : str, optional
            Only those of a parent; only those whose key begins with this.
        statuses : iterable of str, optional
            Only those in one of these.
        contains : str, optional
            Only those whose key's last part contains this.
        created_after, created_before, modified_after, modified_before : float, optional
            Bounds in epoch seconds. "After" takes in the bound itself: clients ask in whole seconds, and would miss it.
        order_by : str
            One of created, modified, key, status, objective, number; equal ones by key. Records without an objective
            are left out when ordered by it.
        descending : bool
            The other way round.
        after : tuple, optional
            (value of the column ordered by, key) of the last row of the page before.
        limit : int, optional
            At most so many.
        """
        columns = f"key,{_order(order_by)},created,modified,status,summary"
        return [Row(*row) for row in self._select(columns, kind, order_by=order_by, **filters)]

    def summaries(self, kind: str, **filters: Any) -> list[str]:
        """Summaries of those that fit, as JSON texts; the filters are those of `rows`."""
        return [text for (text,) in self._select("summary", kind, **filters)]

    def count(self, kind: str, **filters: Any) -> int:
        """How many fit; the filters are those of `rows`."""
        ((number,),) = self._select("count(*)", kind, **filters)
        return int(number)

    def counts(self, kind: str, *, parent: str | None = None) -> dict[str, int]:
        """How many there are in each status."""
        where, values = _where(kind, parent=parent)
        # "+" keeps SQLite from walking every record of the kind in the order of their status.
        query = f"SELECT status, count(*) FROM records WHERE {where} GROUP BY +status"  # noqa: S608
        found = self.database.execute(query, values)
        return dict(found.fetchall())

    def pooled(self, kind: str) -> list[str]:
        """Keys of those whose warm pool is Available."""
        query = f"SELECT key FROM records INDEXED BY records_pooled WHERE kind=? AND {_POOLED}"  # noqa: S608
        return [key for (key,) in self.database.execute(query, (kind,))]

    def latest(self) -> float:
        """When a record was last changed, in epoch seconds; 0 if there is none."""
        ((found,),) = self.database.execute("SELECT max(modified) FROM records")
        return found or 0.0

    def fact(self, name: str) -> str | None:
        """A small thing remembered across restarts."""
        row = self.database.execute("SELECT value FROM facts WHERE name=?", (name,)).fetchone()
        return None if row is None else row[0]

    def remember(self, name: str, value: str) -> None:
        """Keep a small thing across restarts."""
        self.database.execute("INSERT OR REPLACE INTO facts VALUES (?,?)", (name, value))

    def _many_changed(self, kind: str, after: float | None) -> bool:
        """Whether so many changed that sorting them would cost more than a walk in the order that is asked for."""
        if after is None:
            return False
        query = "SELECT count(*) FROM (SELECT 1 FROM records WHERE kind=? AND modified>=? LIMIT ?)"
        return bool(self.database.execute(query, (kind, after, _MANY)).fetchone()[0] == _MANY)

    def _select(
        self,
        columns: str,
        kind: str,
        *,
        order_by: str = "created",
        descending: bool = False,
        after: tuple[float | str, str] | None = None,
        limit: int | None = None,
        **filters: Any,
    ) -> list[Any]:
        many = order_by != "modified" and self._many_changed(kind, filters.get("modified_after"))
        where, values = _where(kind, by_modified="+modified" if many else "modified", **filters)
        column, way = _order(order_by), "DESC" if descending else "ASC"
        if order_by == "objective":
            where += " AND objective IS NOT NULL"
        if after is not None:
            where += f" AND ({column},key) {'<' if descending else '>'} (?,?)"
            values += after
        values.append(-1 if limit is None else limit)
        query = f"SELECT {columns} FROM records WHERE {where} ORDER BY {column} {way}, key {way} LIMIT ?"  # noqa: S608
        return self.database.execute(query, values).fetchall()


def _order(order_by: str) -> str:
    if order_by not in _ORDERS:
        raise ValueError(f"cannot order by {order_by!r}")
    return order_by


def _where(
    kind: str,
    *,
    by_modified: str = "modified",
    parent: str | None = None,
    prefix: str | None = None,
    statuses: Iterable[str] | None = None,
    contains: str | None = None,
    created_after: float | None = None,
    created_before: float | None = None,
    modified_after: float | None = None,
    modified_before: float | None = None,
) -> tuple[str, list[Any]]:
    where, values = "kind=?", [kind]
    given: list[tuple[str, Any]] = [
        ("parent=?", parent),
        ("created>=?", created_after),
        ("created<?", created_before),
        (f"{by_modified}>=?", modified_after),
        (f"{by_modified}<?", modified_before),
    ]
    for clause, value in given:
        if value is not None:
            where += f" AND {clause}"
            values.append(value)
    if prefix is not None:
        where += " AND key>=? AND key<?"
        values += [prefix, prefix + "\U0010ffff"]
    if contains is not None:
        where += " AND instr(substr(key,instr(key,'/')+1),?)>0"
        values.append(contains)
    if statuses is not None:
        wanted = list(statuses)
        where += f" AND status IN ({','.join('?' * len(wanted))})"
        values += wanted
    return where, values


def dumps(value: object) -> str:
    """JSON as it goes over the wire.

    Raises
    ------
    ValueError
        It holds NaN or an infinity, which JSON has no word for.
    """
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def _values(record: Record) -> tuple[Any, ...]:
    return (
        record.kind,
        record.key,
        record.arn,
        record.created,
        record.modified,
        record.status,
        record.parent,
        record.number,
        record.objective,
        dumps(record.summary),
        dumps(record.body),
        dumps(record.state),
    )


def _record(row: Sequence[Any]) -> Record:
    plain, dicts = row[:9], [json.loads(text) for text in row[9:]]
    return Record(*plain, *dicts)
