"""``%sm``, ``%%sm_train`` and ``%%sm_tune``.

Nothing heavy is imported here: `%load_ext` costs next to nothing, boto3 is paid for by the first magic that needs it.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse

    from jupyter_sm_ext.actions.steps import OnStep, Step
    from jupyter_sm_ext.actions.targets import Target
    from jupyter_sm_ext.commands.cell_arguments import CellArguments
    from jupyter_sm_ext.connections.connection import Connection
    from jupyter_sm_ext.launching.launch import Plan
    from jupyter_sm_ext.launching.successors import Successor
    from jupyter_sm_ext.studio import Studio
    from jupyter_sm_ext.tables import Table


def register(shell: Any) -> None:
    """Give an IPython shell the magics."""
    magics = SageMakerMagics(shell)
    shell.register_magic_function(magics.sm, "line", "sm")
    shell.register_magic_function(magics.sm_train, "cell", "sm_train")
    shell.register_magic_function(magics.sm_tune, "cell", "sm_tune")
    shell.input_transformers_cleanup.append(_help_needs_no_body)
    shell.set_hook("complete_command", magics.complete, str_key="%sm")
    for name in ("sm_train", "sm_tune"):
        shell.set_hook("complete_command", functools.partial(magics.complete_cell, name), str_key=f"%%{name}")


def _help_needs_no_body(lines: list[str]) -> list[str]:
    # IPython refuses a cell magic with nothing below it before the magic could answer; an algorithm needs no script.
    bodiless = {"-h", "--help", "--algorithm"}
    if len(lines) == 1 and lines[0].startswith("%%sm_t") and bodiless & set(lines[0].split()):
        return [*lines, "\n"]
    return lines


class SageMakerMagics:
    """The magics of one shell.

    Parameters
    ----------
    shell : InteractiveShell
        Whose.
    """

    def __init__(self, shell: Any) -> None:
        self._shell = shell

    def sm(self, line: str) -> None:
        """SageMaker by command, such as ``%sm jobs`` or ``%sm watch NAME``.

        ``%sm`` alone lists the commands, and ``%sm COMMAND --help`` tells all of one. ``%%sm_train`` and ``%%sm_tune``
        make a job of a cell.
        """
        with _plainly():
            from jupyter_sm_ext.commands import commands
            from jupyter_sm_ext.commands.cell_arguments import split_line

            commands.run(split_line(line), Notebook())

    def sm_train(self, line: str, body: str) -> None:
        """Run this cell's script as a SageMaker training job; ``%%sm_train --help`` lists the options.

        In the first line, such as ``%%sm_train --data train=./data --hp epochs=5``; the rest of the cell is the script.
        """
        with _plainly():
            from jupyter_sm_ext.commands.cell_arguments import read_train
            from jupyter_sm_ext.handles.handles import TrainingJob
            from jupyter_sm_ext.launching.launch import plan_training

            self._run(line, body, read_train, plan_training, TrainingJob)

    def sm_tune(self, line: str, body: str) -> None:
        """Tune this cell's script with a SageMaker tuning job; ``%%sm_tune --help`` lists the options.

        In the first line, such as ``%%sm_tune lr=1e-4..1e-1:log --objective accuracy``; the rest of the cell is the
        script, which prints ``accuracy=0.97`` or the like.
        """
        with _plainly():
            from jupyter_sm_ext.commands.cell_arguments import read_tune
            from jupyter_sm_ext.handles.handles import TuningJob
            from jupyter_sm_ext.launching.launch import plan_tuning

            self._run(line, body, read_tune, plan_tuning, TuningJob)

    def _run(
        self,
        line: str,
        body: str,
        read: Callable[[list[str]], CellArguments],
        plan_of: Callable[..., Plan],
        handle: Callable[..., Any],
    ) -> None:
        from jupyter_sm_ext.commands.arguments import HelpWanted
        from jupyter_sm_ext.commands.cell_arguments import continued, split_line
        from jupyter_sm_ext.connections.connection import current
        from jupyter_sm_ext.handles.start import begin
        from jupyter_sm_ext.launching.source import Script
        from jupyter_sm_ext.studio import Studio

        first = line
        line, body = continued(line, body)
        if line != first:
            # IPython puts in the values of {names} on the first line only.
            line = self._shell.var_expand(line, depth=1)
        try:
            arguments = read(split_line(line))
        except HelpWanted as help_text:
            _write(str(help_text))
            return
        studio = Studio(current())
        plan = plan_of(studio.connection, Script(body, arguments.script), arguments.options)
        if arguments.dry_run:
            _write("\n".join([plan.text(), *(f"# {each}" for each in plan.lines)]))
            return
        plan = begin(plan, studio, tell=_write, local=arguments.local)
        job = handle(plan.name, studio=studio, request=plan.request)
        self._shell.user_ns[arguments.variable] = job
        if arguments.wait:
            job.wait()
        else:
            _display(job.watch())

    def complete(self, _: Any, event: Any) -> list[str]:
        """Commands, options, and names where one is wanted."""
        from jupyter_sm_ext.commands import commands

        return commands.complete(_words_before(event), event.symbol)

    def complete_cell(self, magic: str, _: Any, event: Any) -> list[str]:
        """The same on the first line of a cell that is a script."""
        from jupyter_sm_ext.commands import commands

        return commands.complete_cell(magic, _words_before(event), event.symbol)


def _words_before(event: Any) -> list[str]:
    """The whole words after the magic, before the one that is being typed."""
    before: list[str] = event.text_until_cursor.split()[1:]
    if before and not event.text_until_cursor[-1].isspace():
        before.pop()
    return before


class Notebook:
    """Answers of commands in a notebook cell."""

    prog = "%sm"
    terminal = False

    def write(self, text: str) -> None:
        """Show lines of text."""
        _write(text)

    def table(self, table: Table) -> None:
        """Show a table, which is text where nothing draws HTML."""
        _display_both(table.text(), table.html())

    def on_step(self) -> OnStep:
        """Show the steps in one output that is drawn anew; where that cannot be, a line for each news."""
        from jupyter_sm_ext.actions.step_lines import StepLines
        from jupyter_sm_ext.handles.live_display import in_kernel

        lines, shown = StepLines(), [None]

        def tell(step: Step) -> None:
            if not lines.take(step):
                return
            if in_kernel():
                shown[0] = _display_both(lines.text(), lines.html(), shown[0])
            elif step.state != "waiting":
                _write(lines.line(step))

        return tell

    def open(self, studio: Studio, target: Target, user_profile: str | None) -> None:
        """Show a link by which the server opens it; without a server of ours, open the browser of this machine.

        A presigned URL is a key: it must not be kept in a notebook.
        """
        import webbrowser

        from jupyter_sm_ext.actions.lifecycle import open_request, open_url
        from jupyter_sm_ext.actions.page_link import page_link
        from jupyter_sm_ext.errors import SageMakerError

        open_request(studio, target, user_profile)
        link = page_link(studio, target, user_profile)
        if link is not None:
            text = f"Open {target.name}"
            page = f'<a href="{escape(link)}" target="_blank" rel="noopener noreferrer">{escape(text)}</a>'
            _display_both(f"{text}: {link}", page)
        elif webbrowser.open(open_url(studio, target, user_profile)):
            _write(f"Opened {target.name} in the browser.")
        else:
            raise SageMakerError(
                "no browser could be opened", hint="Open it from the sidebar, or with `jupyter sm open`."
            )

    def confirm(self, question: str, word: str) -> bool:
        """Nobody is asked: a notebook may be run by nobody."""
        return False

    def secret(self, question: str) -> str | None:
        """Ask in the input line of the cell, where the notebook has somebody in front of it."""
        import getpass

        try:
            # ipykernel has put its own in its place; without a kernel it is the terminal's.
            return getpass.getpass(question).strip()
        except (NotImplementedError, EOFError):
            return None

    def watch(self, studio: Studio, kind: str, name: str) -> None:
        """Show a live panel."""
        from jupyter_sm_ext.widgets import Panel

        _display(Panel(kind, name, studio=studio))

    def form(self, studio: Studio, wanted: Successor) -> None:
        """Show a form that is filled in."""
        from jupyter_sm_ext.widgets import ModelForm

        _display(ModelForm(wanted.operation, wanted.request, studio, whole=True))

    def compare(self, studio: Studio, names: Sequence[str]) -> None:
        """Show them in one plot, live where the labextension draws it."""
        from jupyter_sm_ext.widgets import compare

        _display(compare(*names, studio=studio))

    def environment(self, connection: Connection) -> None:
        """Set the environment of this kernel; tells names only, for outputs are saved and shared."""
        variables = connection.environment()
        removed = [name for name in connection.shadowing if os.environ.pop(name, None) is not None]
        os.environ.update(variables)
        _write(f"{connection.label}: set {', '.join(variables)}")
        if removed:
            _write(f"removed {', '.join(removed)}")

    def demo(self, arguments: argparse.Namespace) -> None:
        """Copy the packaged notebooks."""
        from jupyter_sm_ext.demo import QUICKSTART, copy_notebooks

        paths = copy_notebooks(arguments.folder)
        start = next(path for path in paths if path.name == QUICKSTART)
        _write(f"Open {start} in the file browser.")


@contextlib.contextmanager
def _plainly() -> Iterator[None]:
    from jupyter_sm_ext.errors import SageMakerError
    from jupyter_sm_ext.quiet import Interrupted, quiet

    try:
        yield
    except SageMakerError as error:
        raise quiet(error) from None
    except Interrupted:
        raise
    except KeyboardInterrupt:
        raise Interrupted("Interrupted.") from None


def _write(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _display_both(text: str, html: str, handle: Any = None) -> Any:
    """Show text and HTML of the same; a handle of what was shown before is shown anew."""
    from IPython.display import display

    data = {"text/plain": text, "text/html": html}
    if handle is None:
        return display(data, raw=True, display_id=True)  # type: ignore[no-untyped-call]
    handle.update(data, raw=True)
    return handle


def _display(panel: Any) -> None:
    from IPython.display import display

    display(panel)  # type: ignore[no-untyped-call]
