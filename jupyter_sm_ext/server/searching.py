"""The search for jobs by a text: what fits, and what such a text can be made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from jupyter_sm_ext.errors import NotFoundError, SageMakerError
from jupyter_sm_ext.server.base import SageMakerHandler, authorized_to_read
from jupyter_sm_ext.server.bodies import check_body
from jupyter_sm_ext.watching.job_ways import ways

if TYPE_CHECKING:
    from jupyter_sm_ext.requests.search_properties import Property
    from jupyter_sm_ext.watching.job_search import JobSearch

_PAGE = 50
_LOOKED_AT = 100  # jobs whose metrics, hyperparameters and tags are offered


class JobSearchHandler(SageMakerHandler):
    """A search for jobs."""

    @web.authenticated
    @authorized_to_read
    async def post(self) -> None:
        """Give one page of what fits."""
        body = self.body()
        check_body("JobSearchWanted", body)

        def search() -> dict[str, Any]:
            from jupyter_sm_ext.checks.preflight import explained
            from jupyter_sm_ext.requests.search_properties import NUMBER
            from jupyter_sm_ext.watching.job_search import job_search

            wanted = job_search(body["text"], body["kind"], body.get("sort"))
            studio = self.backend.studio()
            with explained(studio.connection, "Search", wanted.request):
                records, token = wanted.page(studio, body.get("token"), _PAGE)
            return {
                "connection": studio.connection.id,
                "label": studio.connection.label,
                "columns": [{"name": each.name, "numeric": each.type == NUMBER} for each in _asked(wanted)],
                "jobs": [_job(wanted, record) for record in records],
                "token": token,
            }

        self.finish(await self.run(search))


def _asked(search: JobSearch) -> list[Property]:
    """What the search is about, beside what is told of every job."""
    return [each for head, each in search.columns.items() if head == each.name]


def _job(search: JobSearch, record: dict[str, Any]) -> dict[str, Any]:
    from jupyter_sm_ext.requests.search_expression import cell_of

    row = search.row
    return {
        "kind": row.kind,
        "key": list(row.key_parts(record)),
        "name": record[row.key[0]],
        "status": record[row.status],
        "created": record["CreationTime"].timestamp(),
        "ways": ways(row.kind, record),
        "cells": [cell_of(each, record) for each in _asked(search)],
    }


class SearchWordsHandler(SageMakerHandler):
    """The words of a search."""

    @web.authenticated
    @authorized
    async def get(self, kind: str) -> None:
        """Give properties of a kind, with the names that its newest jobs have given to theirs."""

        def words() -> dict[str, Any]:
            from jupyter_sm_ext.requests.search_words import search_words
            from jupyter_sm_ext.watching.job_lists import SEARCHED_KINDS
            from jupyter_sm_ext.watching.job_search import job_search

            if kind not in SEARCHED_KINDS:
                hint = f"There are: {', '.join(SEARCHED_KINDS)}."
                raise NotFoundError(f"there is no search for {kind[:64]!r}", hint=hint)
            newest = job_search("", kind, "created")
            try:
                records, _ = newest.page(self.backend.studio(), size=_LOOKED_AT)
            except SageMakerError:
                # The search itself will tell; what all jobs have can be offered without one.
                records = []
            return {"properties": search_words(newest.row, records)}

        self.finish(await self.run(words))
