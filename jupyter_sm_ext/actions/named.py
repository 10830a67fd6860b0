"""What people mean by a name: a domain, user profile, space or app, among all that there are."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from jupyter_sm_ext.actions.targets import Target
from jupyter_sm_ext.choices import meant
from jupyter_sm_ext.errors import AccessDeniedError, NotFoundError, ValidationError
from jupyter_sm_ext.model import get_model
from jupyter_sm_ext.offers.catalog import instance_types
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching.studio_look import StudioLook
from jupyter_sm_ext.watching.studio_rows import STUDIO_KINDS, Row

#: Words for kinds, as people type them.
KIND_WORDS = dict(zip(("domain", "profile", "space", "app"), STUDIO_KINDS, strict=True))
_WORDS = {kind: {"profile": "user profile"}.get(word, word) for word, kind in KIND_WORDS.items()}


class Tree:
    """All domains, profiles, spaces and apps of a connection, as they are now.

    Parameters
    ----------
    studio : Studio
        Where.

    Raises
    ------
    SageMakerError
        The connection does not work.
    """

    def __init__(self, studio: Studio) -> None:
        self._label = studio.connection.label
        look = StudioLook()
        look.refresh(studio)
        contents = look.contents(None)
        self.rows: list[Row] = contents["items"]
        self.problems = {kind: told for kind, told in contents["branches"].items() if told is not None}

    def of(self, kind: str, domain: str | None = None) -> list[Row]:
        """Rows of a kind, of one domain (by id or name) or of all.

        Raises
        ------
        NotFoundError
            There is no such domain.
        """
        ids = None if domain is None else {self.find(domain, ["domains"]).key[0]}
        below = [app for row in self.rows for app in row["apps"]]
        return [row for row in (*self.rows, *below) if row["kind"] == kind and (ids is None or row["domain"] in ids)]

    def matches(self, name: str, kinds: Sequence[str], domain: str | None = None) -> list[Row]:
        """Rows that have a name; a domain has its id too, an app is OWNER/APP or OWNER/TYPE/APP."""
        return [row for kind in kinds for row in self.of(kind, domain) if name in _names(row)]

    def find(self, name: str, kinds: Sequence[str], domain: str | None = None) -> Target:
        """The one that has a name.

        Raises
        ------
        NotFoundError
            None has it; the hint tells the nearest name.
        AccessDeniedError
            None has it among those that may be listed.
        ValidationError
            Several have it; the message tells which.
        """
        found = self.matches(name, kinds, domain)
        if len(found) == 1:
            return Target(found[0]["kind"], tuple(found[0]["key"]))
        if found:
            raise ambiguous(name, [_described(row) for row in found])
        for kind in kinds:
            if kind in self.problems:
                problem = self.problems[kind]
                raise AccessDeniedError(problem["message"], code=problem["code"], hint=problem["hint"])
        known = [each for kind in kinds for row in self.of(kind, domain) for each in _names(row)]
        near = meant(name, known)
        hint = f"Did you mean {near}?" if near else _known(known)
        words = " or ".join(_WORDS[kind] for kind in kinds)
        where = f"domain {domain}" if domain else self._label
        raise NotFoundError(f"{where} has no {words} named {name!r}", hint=hint)


def ambiguous(name: str, found: Sequence[str]) -> ValidationError:
    """Several things have a name."""
    return ValidationError(
        f"{name!r} may be: {'; '.join(found)}", code="Ambiguous", hint="Say which with --domain or --kind."
    )


def instance_named(name: str) -> str:
    """The type of instance that somebody means; ``ml.`` may be left out.

    Raises
    ------
    ValidationError
        Apps have no such type; the hint tells the nearest.
    """
    names = [each.name for each in instance_types("AppInstanceType")]
    for each in (name, f"ml.{name}"):
        if each in names:
            return each
    near = difflib.get_close_matches(name if name.startswith("ml.") else f"ml.{name}", names, n=3)
    raise ValidationError(
        f"apps have no instance type {name!r}", hint=f"Did you mean {', '.join(near)}?" if near else None
    )


def app_type_named(name: str) -> str:
    """The type of app that somebody means, in whatever case of letters.

    Raises
    ------
    ValidationError
        There is no such type.
    """
    types = {each.lower(): each for each in get_model().enum("AppType")}
    if name.lower() not in types:
        near = meant(name.lower(), types)
        known = f"There are: {', '.join(types.values())}."
        raise ValidationError(f"there is no app type {name!r}", hint=f"Did you mean {types[near]}?" if near else known)
    return types[name.lower()]


def _names(row: Row) -> set[str]:
    if row["kind"] != "apps":
        return {row["name"], row["key"][-1]}
    _, _, owner, app_type, name = row["key"]
    return {f"{owner}/{name}", f"{owner}/{app_type}/{name}"}


def _described(row: Row) -> str:
    name = row["name"] if row["kind"] != "apps" else "/".join(row["key"][2:])
    where = f" in {row['domain']}" if row["kind"] != "domains" else f" ({row['domain']})"
    return f"the {_WORDS[row['kind']]} {name}{where}"


def _known(names: list[str]) -> str:
    shown = sorted(set(names))
    return f"There are: {', '.join(shown[:10])}{', ...' if len(shown) > 10 else ''}." if shown else "There are none."
