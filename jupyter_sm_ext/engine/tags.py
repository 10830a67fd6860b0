"""Tags of whatever the engine keeps."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.engine.family import Answer, Family, Request
from jupyter_sm_ext.errors import NotFoundError, ValidationError
from jupyter_sm_ext.resources import resources

if TYPE_CHECKING:
    from jupyter_sm_ext.engine.context import Engine

_LIMIT = 50
_ARN = re.compile(r"arn:aws:sagemaker:([^:]*):([^:]*):([a-z-]+)/(.+)")
_ROWS = {row.arn_type: row for row in resources()}


class Tags(Family):
    """AddTags, ListTags, DeleteTags.

    Parameters
    ----------
    engine : Engine
        What it works with.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._database = engine.store.database
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS tags (arn TEXT, key TEXT, value TEXT, PRIMARY KEY (arn, key)) WITHOUT ROWID"
        )

    def add_tags(self, request: Request) -> Answer:
        """Add tags to a resource, or change them."""
        arn = self._known(request["ResourceArn"])
        with self.engine.store.transaction():
            self.put(arn, request["Tags"])
            kept = self.of(arn)
            if len(kept) > _LIMIT:
                raise ValidationError(f"The number of tags must not be more than {_LIMIT}.")
        return {"Tags": kept}

    def list_tags(self, request: Request) -> Answer:
        """Tags of a resource, all at once: there are never more than a page holds."""
        if request.get("NextToken"):
            raise ValidationError("Invalid NextToken: the list of tags has one page only.")
        return {"Tags": self.of(self._known(request["ResourceArn"]))}

    def delete_tags(self, request: Request) -> Answer:
        """Take tags from a resource."""
        arn = self._known(request["ResourceArn"])
        with self.engine.store.transaction():
            for key in request["TagKeys"]:
                self._database.execute("DELETE FROM tags WHERE arn=? AND key=?", (arn, key))
        return {}

    def put(self, arn: str, tags: Sequence[Mapping[str, Any]]) -> None:
        """Keep the tags that a resource was created with."""
        with self.engine.store.transaction():
            for tag in tags:
                self._database.execute("INSERT OR REPLACE INTO tags VALUES (?,?,?)", (arn, tag["Key"], tag["Value"]))

    def drop(self, arn: str) -> None:
        """Forget the tags of a resource that was deleted."""
        self._database.execute("DELETE FROM tags WHERE arn=?", (arn,))

    def of(self, arn: str) -> list[dict[str, str]]:
        """Tags of a resource, by key."""
        rows = self._database.execute("SELECT key, value FROM tags WHERE arn=? ORDER BY key", (arn,))
        return [{"Key": key, "Value": value} for key, value in rows]

    def _known(self, arn: str) -> str:
        found = _ARN.fullmatch(arn)
        row = _ROWS.get(found[3]) if found else None
        if found is not None and row is not None:
            query, values = "SELECT 1 FROM records WHERE kind=? AND arn=?", [row.kind, arn]
            if not row.owners:  # then its key is the end of its ARN, and that is quick to find
                query, values = query + " AND key=?", [*values, found[4]]
            if self._database.execute(query, values).fetchone():
                return arn
        raise NotFoundError(f"Resource {arn} does not exist.")
