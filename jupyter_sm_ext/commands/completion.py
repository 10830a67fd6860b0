"""What can follow on a line of commands: commands, options, and the names of what there is."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence

from jupyter_sm_ext.actions.named import Tree
from jupyter_sm_ext.commands.arguments import Parser
from jupyter_sm_ext.commands.instance_commands import use_words
from jupyter_sm_ext.commands.kind_arguments import MemberParser, name_of
from jupyter_sm_ext.connections.connection import Connection, available_profiles, current
from jupyter_sm_ext.connections.connection_rules import rules_here
from jupyter_sm_ext.errors import SageMakerError
from jupyter_sm_ext.model import get_model
from jupyter_sm_ext.offers.catalog import KINDS, instance_types
from jupyter_sm_ext.resources import Resource, resources
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.watching.job_lists import status_words
from jupyter_sm_ext.watching.looks import JOBS, look_for
from jupyter_sm_ext.watching.studio_rows import STUDIO_KINDS


def complete(parser: argparse.ArgumentParser, words: Sequence[str], start: str, command: str = "") -> list[str]:
    """What could stand where somebody types.

    Parameters
    ----------
    parser : ArgumentParser
        The tree of commands, or one of them.
    words : sequence of str
        The whole words before it.
    start : str
        What is typed of the word already.
    command : str
        Name of the command, if it is one.
    """
    positionals, rest = _positionals(parser), list(words)
    pending: argparse.Action | None = None
    while rest:
        word = rest.pop(0)
        if pending is not None:
            pending = None
        elif word.startswith("-"):
            pending = _takes_value(parser, word)
        elif positionals and isinstance(positionals[0], argparse._SubParsersAction):
            word, *rest = _expanded(parser, [word, *rest])
            found = positionals[0].choices.get(word)
            if found is None:
                return []
            parser, command = found, f"{command} {word}".strip()
            positionals = _positionals(parser)
        elif positionals and positionals[0].nargs not in ("+", "*"):
            positionals = positionals[1:]
    if pending is None and start.startswith("-"):
        offered = [option for action in parser._actions for option in action.option_strings]
        if isinstance(parser, MemberParser):
            offered += parser.member_options(start)
    else:
        action = pending or next(iter(positionals), None)
        offered = [] if action is None else _values(action, command)
    return [each for each in offered if each.startswith(start)]


def _expanded(parser: argparse.ArgumentParser, words: list[str]) -> list[str]:
    try:
        return parser.expand(words) if isinstance(parser, Parser) and parser.expand else words
    except SageMakerError:
        return words  # the command itself will tell


def _positionals(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return [action for action in parser._actions if not action.option_strings]


def _takes_value(parser: argparse.ArgumentParser, word: str) -> argparse.Action | None:
    action = parser._option_string_actions.get(word)
    if action is None and isinstance(parser, MemberParser):
        return parser.member_action(word)
    return action if action is not None and action.nargs != 0 else None


def _values(action: argparse.Action, command: str) -> list[str]:
    if action.choices is not None:
        return list(action.choices)
    if action.dest == "profile" and command == "connect":
        return available_profiles()
    if str(action.metavar).startswith("TYPE") and command in _TRAINING:
        return _instance_types("TrainingInstanceType")
    for word in (str(action.metavar), action.dest):
        if word in _STATIC:
            return _STATIC[word]()
        if word in _LIVE:
            return _live(_LIVE[word])
    return []


def _instance_types(use: str = "AppInstanceType") -> list[str]:
    return [each.name for each in instance_types(use)]


def _kinds() -> list[str]:
    return [kind.lower() for kind in KINDS]


def _families() -> list[str]:
    return list(dict.fromkeys(each.family for each in instance_types("AppInstanceType")))


def _live(find: Callable[[Studio], list[str]]) -> list[str]:
    try:
        connection: Connection = current()
        # Pressing Tab must neither start an engine nor wait for AWS.
        if connection.kind != "local" or not connection.awake:
            return []
        return find(Studio(connection))
    except SageMakerError:
        return []  # the command itself will tell


def _jobs(studio: Studio) -> list[str]:
    look = look_for(JOBS, ())
    look.refresh(studio)
    return [str(item["name"]) for item in look.contents(None)["items"]]


def _algorithms(studio: Studio) -> list[str]:
    return [str(each["AlgorithmName"]) for each in studio.list("algorithms")]


def _of_kind(*kinds: str) -> Callable[[Studio], list[str]]:
    def find(studio: Studio) -> list[str]:
        tree = Tree(studio)
        rows = [row for kind in kinds for row in tree.of(kind)]
        return [f"{row['owner']}/{row['name']}" if row["kind"] == "apps" else row["name"] for row in rows]

    return find


def _named_as(row: Resource) -> Callable[[Studio], list[str]]:
    """Names of what there is of a kind; of a kind that lists many, the newest."""
    if row.kind in STUDIO_KINDS:
        return _of_kind(row.kind)
    return lambda studio: [str(each[row.key[-1]]) for each in studio.page(row.kind, MaxResults=100)[row.summaries]]


def _anything(studio: Studio) -> list[str]:
    return [*_of_kind("spaces", "apps")(studio), *_jobs(studio), *_algorithms(studio)]


def _domain_ids(studio: Studio) -> list[str]:
    return [row["domain"] for row in Tree(studio).of("domains")]


def _app_types() -> list[str]:
    return get_model().enum("AppType")


def _regions() -> list[str]:
    return sorted(name for names in rules_here().regions_offered.values() for name in names)


def _properties() -> list[str]:
    return ["Metrics.", "HyperParameters.", "Tags.", "name", "status", "created", "modified", "and", "or", "exists"]


#: Commands whose instances are those of training jobs.
_TRAINING = ("algorithm", "sm_train", "sm_tune")
_STATIC: Mapping[str, Callable[[], list[str]]] = {
    "APP": _app_types,
    "TYPE": _instance_types,
    "KIND": _kinds,
    "FAMILY": _families,
    "USE": lambda: list(use_words()),
    "STATUS": status_words,
    "DEVICE": lambda: get_model().enum("TargetDevice"),
    "FRAMEWORK": lambda: [each.lower() for each in get_model().enum("Framework")],
    "EXPRESSION": _properties,
    "PROPERTY": _properties,
    "region": _regions,
}
_LIVE: Mapping[str, Callable[[Studio], list[str]]] = {
    **{name_of(row): _named_as(row) for row in resources()},
    "OWNER": _of_kind("spaces", "user-profiles"),
    "JOB": _jobs,
    "MODEL": _jobs,
    "ALGORITHM": _algorithms,
    "algorithm": _algorithms,
    "SPACE": _of_kind("spaces"),
    "space": _of_kind("spaces"),
    "what": _anything,
    "profile": _of_kind("user-profiles"),
    "domain": _domain_ids,
}
