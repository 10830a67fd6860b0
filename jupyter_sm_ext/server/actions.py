"""Actions of several steps under way on the server: they go on when the page that began them is closed.

One at a time on a target: who deletes a domain may not start one of its spaces meanwhile.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from jupyter_sm_ext import remote
from jupyter_sm_ext.errors import ConflictError, NotFoundError, SageMakerError, ValidationError
from jupyter_sm_ext.watching.look import Look

if TYPE_CHECKING:
    from jupyter_sm_ext.actions.steps import OnStep, Step
    from jupyter_sm_ext.actions.targets import Target
    from jupyter_sm_ext.studio import Studio

_log = logging.getLogger(__name__)
_KEEP = 3600.0  # seconds for which one that is over is told of

Json = dict[str, Any]
#: Told, in that thread, of an action that is over, and of why it failed, if it did.
OnEnd = Callable[["Action", "SageMakerError | None"], None]
#: Does it, in a thread; what comes back is the action's result, as JSON has it.
Work = Callable[["Studio", "Target", Mapping[str, Any], "OnStep"], Any]


@dataclass(frozen=True)
class ActionKind:
    """Something that can be done to a target.

    Parameters
    ----------
    work : callable
        Does it.
    label : str
        For people; ``{name}`` is the target's.
    interrupts : bool
        Whether it may be begun while a start is under way, which then ends: what hangs can be stopped.
    """

    work: Work
    label: str
    interrupts: bool = False

    def label_of(self, target: Target, options: Mapping[str, Any]) -> str:
        """What it is, of this target."""
        instance = options.get("InstanceType")
        return self.label.format(name=target.name) + (f": {instance}" if instance else "")


def _start(studio: Studio, target: Target, options: Mapping[str, Any], on_step: OnStep) -> Any:
    from jupyter_sm_ext.actions.lifecycle import start

    return {"app": list(start(studio, target, options, on_step))}


def _stop(studio: Studio, target: Target, options: Mapping[str, Any], on_step: OnStep) -> Any:
    from jupyter_sm_ext.actions.lifecycle import stop

    if options:
        raise ValidationError("stop takes no options")
    return {"stopped": stop(studio, target, on_step)}


def _change_instance(studio: Studio, target: Target, options: Mapping[str, Any], on_step: OnStep) -> Any:
    from jupyter_sm_ext.actions.lifecycle import change_instance

    key = change_instance(studio, target, options, on_step)
    return {"app": None if key is None else list(key)}


def _delete(studio: Studio, target: Target, options: Mapping[str, Any], on_step: OnStep) -> Any:
    from jupyter_sm_ext.actions.lifecycle import delete

    delete(studio, target, options, on_step)


def _add_kernels(studio: Studio, target: Target, options: Mapping[str, Any], on_step: OnStep) -> Any:
    return {"kernels": [kernel.as_dict() for kernel in remote.add(studio, target, options, on_step)]}


ADD_KERNELS = "add-kernels"
ACTIONS: dict[str, ActionKind] = {
    "start": ActionKind(_start, "Start {name}"),
    "stop": ActionKind(_stop, "Stop {name}", interrupts=True),
    "change-instance": ActionKind(_change_instance, "Change the instance of {name}"),
    "delete": ActionKind(_delete, "Delete {name}"),
    ADD_KERNELS: ActionKind(_add_kernels, "Add kernels of {name}"),
}
_INTERRUPTIBLE = frozenset({"start", ADD_KERNELS})


@dataclass
class Action:
    """One action: what, to what, and how far it is; times are epoch seconds."""

    id: str
    action: str
    target: Target
    label: str
    connection: str
    seq: int
    status: str = "Running"
    steps: dict[str, Step] = field(default_factory=dict)
    error: Json | None = None
    result: Any = None
    created: float = field(default_factory=time.time)
    ended: float | None = None

    def as_dict(self) -> Json:
        """The action as REST tells it."""
        told = {name: value for name, value in vars(self).items() if name not in ("target", "steps", "seq")}
        steps = [asdict(step) for step in self.steps.values()]
        return {**told, "kind": self.target.kind, "key": list(self.target.key), "steps": steps}


class Actions:
    """All actions of a server, those that are over for an hour.

    Parameters
    ----------
    on_change : callable
        Told of each change of an action, in the thread that works on it.
    kinds : mapping of str to ActionKind
        What can be done.
    """

    def __init__(self, on_change: Callable[[Action], None], kinds: Mapping[str, ActionKind] = ACTIONS) -> None:
        self._on_change = on_change
        self._kinds = kinds
        self._lock = threading.Lock()
        self._actions: dict[str, Action] = {}

    def begin(
        self,
        studio: Studio,
        action: str,
        target: Target,
        options: Mapping[str, Any],
        on_end: OnEnd | None = None,
    ) -> Json:
        """Begin an action; it goes on in a thread of its own, and who wants to know is told of its end.

        Raises
        ------
        ValidationError
            There is no such action.
        ConflictError
            Another one is under way on the target, or on what contains it or belongs to it.
        """
        kind = self._kinds.get(action)
        if kind is None:
            raise ValidationError(f"there is no action {action!r}; there are: {', '.join(self._kinds)}")
        connection = studio.connection.id
        label = kind.label_of(target, options)
        made = Action(uuid.uuid4().hex, action, target, label, connection, seq=time.time_ns() // 1_000_000)
        with self._lock:
            self._forget_old()
            for other in self._actions.values():
                touches = other.target.contains(target) or target.contains(other.target)
                if kind.interrupts and other.action in _INTERRUPTIBLE:
                    continue
                if other.status == "Running" and other.connection == connection and touches:
                    raise ConflictError(
                        f"{other.label} is under way.", code="ActionUnderWay", hint="Try again when it has ended."
                    )
            self._actions[made.id] = made
            told = made.as_dict()
        # A daemon: the end of the server does not wait for minutes until an instance has started.
        arguments = (kind.work, studio, made, dict(options), on_end)
        threading.Thread(target=self._run, args=arguments, daemon=True, name=f"jupyter-sm-action-{action}").start()
        return told

    def list(self, connection: str | None = None) -> list[Json]:
        """All actions, the newest first; those of one connection if one is given."""
        with self._lock:
            self._forget_old()
            found = [each for each in self._actions.values() if connection in (None, each.connection)]
            return [each.as_dict() for each in reversed(found)]

    def get(self, action_id: str) -> Json:
        """One action.

        Raises
        ------
        NotFoundError
            There is none with this id, or it has been over for long.
        """
        with self._lock:
            return self._find(action_id).as_dict()

    def forget(self, action_id: str) -> None:
        """Forget one that is over.

        Raises
        ------
        NotFoundError
            There is none with this id.
        ConflictError
            It is under way.
        """
        with self._lock:
            action = self._find(action_id)
            if action.status == "Running":
                raise ConflictError(f"{action.label} is under way.", code="ActionUnderWay")
            del self._actions[action_id]
        self._on_change(action)

    def _find(self, action_id: str) -> Action:
        found = self._actions.get(action_id)
        if found is None:
            raise NotFoundError(f"there is no action {action_id}")
        return found

    def _forget_old(self) -> None:
        old = time.time() - _KEEP
        for action in [each for each in self._actions.values() if each.ended is not None and each.ended < old]:
            del self._actions[action.id]

    def _run(
        self, work: Work, studio: Studio, action: Action, options: Mapping[str, Any], on_end: OnEnd | None
    ) -> None:
        def on_step(step: Step) -> None:
            with self._lock:
                action.steps[step.text] = step
                action.seq += 1
            self._on_change(action)

        result: Any = None
        failure: SageMakerError | None = None
        try:
            result = work(studio, action.target, options, on_step)
        except SageMakerError as error:
            failure = error
        except Exception as error:  # noqa: BLE001 - a bug must be seen, not leave an action that never ends
            _log.exception("%s failed", action.label)
            failure = SageMakerError(f"{type(error).__name__}: {error}", code="InternalError")
        with self._lock:
            action.result, action.error = result, failure.as_dict() if failure else None
            action.status = "Failed" if failure else "Succeeded"
            action.ended = time.time()
            action.seq += 1
        if on_end is not None:
            on_end(action, failure)
        self._on_change(action)


class ActionsLook(Look):
    """The actions of a connection, as the hub watches them.

    Parameters
    ----------
    actions : Actions
        Those of this server.
    """

    kind: ClassVar[str] = "actions"  # type: ignore[misc]

    def __init__(self, actions: Actions) -> None:
        self._actions = actions
        self._items: list[Json] = []

    def refresh(self, studio: Studio) -> bool:
        items = self._actions.list(studio.connection.id)
        changed = items != self._items
        self._items = items
        return changed

    def contents(self, since: int | None) -> Json:
        return {"items": self._items}
