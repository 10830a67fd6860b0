"""Lines that begin with a kind of thing, ``describe domain ...``, and those that take members by AWS's names.

Kinds are the rows of `resources`, members those of botocore's model; neither is listed here.
"""

from __future__ import annotations

import argparse
import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from jupyter_sm_ext.actions.named import KIND_WORDS
from jupyter_sm_ext.choices import meant
from jupyter_sm_ext.commands.arguments import Parser
from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.resources import Resource, resources

_MEMBER = re.compile(r"--[A-Z]")
_WIDTH = 100


def word_of(row: Resource) -> str:
    """The word for a kind, as in ``describe training-job``."""
    return row.kind.removesuffix("s")


def name_of(row: Resource) -> str:
    """What stands in help for the name of one that is there."""
    return "OWNER/APP" if row.owners else word_of(row).upper()


def kinds_with(verb: str) -> Iterator[Resource]:
    """The kinds that have a verb."""
    return (row for row in resources() if verb in row.verbs)


def add_kinds(
    parser: Parser, verb: str, fill: Callable[[Parser, Resource], None], otherwise: str | None = None
) -> None:
    """Give a command a line for each kind that has a verb.

    Parameters
    ----------
    parser : Parser
        Of the command.
    verb : str
        One of `Resource.verbs`.
    fill : callable
        Adds the arguments of one kind.
    otherwise : str, optional
        The word of the kind that is meant where none is named.
    """
    rows = {word_of(row): row for row in kinds_with(verb)}
    kinds = parser.add_subparsers(title="kinds", metavar="KIND", required=True, parser_class=MemberParser)
    for word, row in rows.items():
        text = f"{verb} {'an' if word[0] in 'ae' else 'a'} {word.replace('-', ' ')}"
        added: MemberParser = kinds.add_parser(word, help=text, description=f"{text[0].upper()}{text[1:]}.")
        added.operation = row.operation(verb) if verb != "describe" else None
        added.set_defaults(row=row)
        fill(added, row)
    by_name = {name: word for word, row in rows.items() for name in (word, row.kind, row.noun.lower())}
    by_name |= {name: word_of(row) for name, kind in KIND_WORDS.items() for row in rows.values() if row.kind == kind}

    def expand(words: list[str]) -> list[str]:
        if words[:1] in ([], ["-h"], ["--help"]):
            return words
        first = words[0]
        if first.lower() in by_name:
            return [by_name[first.lower()], *words[1:]]
        named = len(words) > 1 and not words[1].startswith("-") and not first.startswith("-")
        if otherwise is not None and not named:
            return [otherwise, *words]
        near = meant(first.lower(), by_name)
        raise ValidationError(
            f"{parser.prog}: there is no kind {first!r}",
            code="Usage",
            hint=f"Did you mean {by_name[near]}?" if near else f"There are: {', '.join(rows)}.",
        )

    parser.expand = expand


class MemberParser(Parser):
    """Takes members of a request, too: ``--Member VALUE`` and ``--Member.Inner VALUE``."""

    #: The operation whose members they are; None for no members.
    operation: str | None = None

    def parse_known_args(  # type: ignore[override] # argparse has overloads for namespaces of other types
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """Read a line; what are members is left in ``members``, as pairs of texts."""
        if self.operation is None:
            return super().parse_known_args(args, namespace)
        members, rest = self._split(list(args or ()))
        found, others = super().parse_known_args(rest, namespace)
        found.members = members
        unknown = next((word.partition("=")[0] for word in others if word.startswith("-")), None)
        if unknown is not None:
            near = meant(unknown, [*self._option_string_actions, *self.member_options()])
            self.error(f"there is no option {unknown}{f'; did you mean {near}?' if near else ''}")
        return found, others

    def _split(self, words: list[str]) -> tuple[list[tuple[str, str]], list[str]]:
        members: list[tuple[str, str]] = []
        rest: list[str] = []
        while words:
            word = words.pop(0)
            if not _MEMBER.match(word):
                rest.append(word)
                continue
            name, equals, value = word[2:].partition("=")
            if not equals and (not words or words[0].startswith("--")):
                self.error(f"--{name} needs a value")
            members.append((name, value if equals else words.pop(0)))
        return members, rest

    def member_options(self, start: str = "--") -> list[str]:
        """The members as options, on the level that the start of one leads to."""
        if self.operation is None:
            return []
        from jupyter_sm_ext.requests.member_values import member_names

        return [f"--{name}" for name in member_names(self.operation, start[2:])]

    def member_action(self, word: str) -> argparse.Action | None:
        """The option that a member is; None for what is no member, or has its value already."""
        if self.operation is None or not _MEMBER.match(word) or "=" in word:
            return None
        from jupyter_sm_ext.requests.member_values import member_choices

        return argparse._StoreAction([word], "member", choices=member_choices(self.operation, word[2:]) or None)

    def format_help(self) -> str:
        """The help, with the members by name."""
        if self.operation is None:
            return super().format_help()
        from jupyter_sm_ext.requests.member_values import required_members

        needed = required_members(self.operation)
        names = " ".join(
            f"{name}*" if name in needed else name for name in (each[2:] for each in self.member_options())
        )
        self.epilog = f"{_MEMBERS.format(self.operation)}\n{textwrap.fill(names, _WIDTH, **_INDENTED)}"
        return super().format_help()


_INDENTED: dict[str, Any] = {
    "initial_indent": "  ",
    "subsequent_indent": "  ",
    "break_long_words": False,
    "break_on_hyphens": False,
}
_MEMBERS = """members of {} (* must be there in the end), each by --Member VALUE,
what is in one by --Member.Inner VALUE; plain values of a list with commas between them, all else as JSON:"""
