"""Values of properties, kept in memory by record.

The first search for a property reads every record; later ones read those that changed since. The time of change tells
which: the store never lets a change keep the time of the one before. What the store itself has a column for is read
from there each time.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from jupyter_sm_ext.engine.store import Store
from jupyter_sm_ext.requests.search_properties import Property
from jupyter_sm_ext.resources import Resource

_MOST = 64
_FEW = 200


class Columns:
    """The columns of one kind of records.

    Parameters
    ----------
    store : Store
        Where the records are.
    row : Resource
        Which kind; one that is named by one member.
    arns : str
        What their ARNs begin with; a key follows.
    """

    def __init__(self, store: Store, row: Resource, arns: str) -> None:
        self._store = store
        self._kind = row.kind
        self._arns = arns
        self._stored = {row.key[0]: 0, "LastModifiedTime": 1, "CreationTime": 2, row.status: 3}
        self._seen: dict[str, float] = {}
        self._columns: dict[Property, dict[str, Sequence[object]]] = {}

    def look(self, wanted: Collection[Property]) -> frozenset[str]:
        """Bring columns up to date.

        Parameters
        ----------
        wanted : collection of Property
            Those that are going to be asked for.

        Returns
        -------
        frozenset of str
            Keys of all records.
        """
        query = "SELECT key, modified, created, status FROM records WHERE kind=?"
        rows = self._store.database.execute(query, (self._kind,)).fetchall()
        now = {row[0]: row[1] for row in rows}
        changed = [key for key, at in now.items() if self._seen.get(key) != at]
        for key in [*(self._seen.keys() - now.keys()), *changed]:
            for column in self._columns.values():
                column.pop(key, None)
        new = [one for one in wanted if self._in_body(one) and one not in self._columns]
        old = [one for one in self._columns if self._in_body(one)]
        if new:
            fresh = set(changed)
            for key, text in self._all():
                self._fill(key, text, [*new, *(old if key in fresh else ())])
        elif old:
            for key, text in self._some(changed):
                self._fill(key, text, old)
        self._seen = now
        for one in wanted:
            # Those asked for last are kept longest.
            column = self._columns.pop(one, {})
            if one.tag is not None:
                column = self._tagged(one.tag)
            elif not self._in_body(one):
                place = self._stored[one.name]
                column = {row[0]: (row[place],) for row in rows}
            self._columns[one] = column
        while len(self._columns) > max(_MOST, len(wanted)):
            del self._columns[next(iter(self._columns))]
        return frozenset(now)

    def column(self, of: Property) -> Mapping[str, Sequence[object]]:
        """Values by key, of the records that have any; of what the last `look` was for."""
        return self._columns[of]

    def _in_body(self, one: Property) -> bool:
        return one.tag is None and one.name not in self._stored

    def _fill(self, key: str, text: str, columns: Iterable[Property]) -> None:
        body = json.loads(text)
        for one in columns:
            values = one.values(body)
            if values:
                self._columns.setdefault(one, {})[key] = values

    def _all(self) -> Iterator[tuple[str, str]]:
        yield from self._store.database.execute("SELECT key, body FROM records WHERE kind=?", (self._kind,))

    def _some(self, keys: Sequence[str]) -> Iterator[tuple[str, str]]:
        if len(keys) > _FEW:
            wanted = set(keys)
            yield from ((key, text) for key, text in self._all() if key in wanted)
            return
        for key in keys:
            text = self._store.body_text(self._kind, key)
            if text is not None:
                yield key, text

    def _tagged(self, tag: str) -> dict[str, Sequence[object]]:
        """Tags change without their records, so they are read each time."""
        found = self._store.database.execute(
            "SELECT arn, value FROM tags WHERE arn>=? AND arn<? AND ? IN (key, '')",
            (self._arns, self._arns + "\U0010ffff", tag),
        )
        return {arn[len(self._arns) :]: (value,) for arn, value in found}
