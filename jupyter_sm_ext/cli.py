"""``jupyter sm``: the commands in a terminal."""

from __future__ import annotations

import argparse
import getpass
import json
import os
import shlex
import subprocess
import sys
import time
import webbrowser
from collections.abc import Sequence

from jupyter_sm_ext import demo, paths
from jupyter_sm_ext.actions.lifecycle import open_url
from jupyter_sm_ext.actions.step_lines import StepLines
from jupyter_sm_ext.actions.steps import OnStep, Step
from jupyter_sm_ext.actions.targets import Target
from jupyter_sm_ext.commands import commands
from jupyter_sm_ext.connections import local_engine
from jupyter_sm_ext.connections.connection import Choice, Connection, Connections
from jupyter_sm_ext.errors import SageMakerError
from jupyter_sm_ext.launching.successors import Successor
from jupyter_sm_ext.quiet import text_of
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.tables import Table
from jupyter_sm_ext.watching.comparison import look_at, table
from jupyter_sm_ext.watching.snapshots import Watcher, figure, line_of, objective_of

_FAILED, _USAGE, _INTERRUPTED = 1, 2, 130


class Terminal:
    """Answers of commands in a terminal."""

    prog = "jupyter sm"
    terminal = True

    def write(self, text: str) -> None:
        """Show lines of text."""
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    def table(self, table: Table) -> None:
        """Write aligned columns."""
        self.write(table.text())

    def on_step(self) -> OnStep:
        """Write a line whenever something is new."""
        lines = StepLines()

        def tell(step: Step) -> None:
            if lines.take(step) and step.state != "waiting":
                self.write(lines.line(step))

        return tell

    def open(self, studio: Studio, target: Target, user_profile: str | None) -> None:
        """Open the browser; where there is none, write the link."""
        url = open_url(studio, target, user_profile)
        if webbrowser.open(url):
            self.write(f"Opened {target.name} in the browser.")
        else:
            self.write(f"No browser could be opened here. This link is good once, and soon too old:\n{url}")

    def confirm(self, question: str, word: str) -> bool:
        """Ask, if somebody sits there."""
        return sys.stdin.isatty() and input(f"{question} ({word}): ").strip() == word

    def secret(self, question: str) -> str | None:
        """Ask, if somebody sits there."""
        return getpass.getpass(question).strip() if sys.stdin.isatty() else None

    def watch(self, studio: Studio, kind: str, name: str) -> None:
        """Write a line whenever the job has changed, until it ends."""
        watcher = Watcher(studio, kind, (name,))
        told = ""
        while True:
            watcher.look_on()
            line = line_of(watcher.snapshot())
            if line != told:
                self.write(line)
                told = line
            if watcher.finished:
                return
            time.sleep(watcher.pause)

    def form(self, studio: Studio, wanted: Successor) -> None:
        """Write the request as JSON, for ``aws`` and for scripts."""
        self.write(json.dumps(wanted.request, indent=2))

    def compare(self, studio: Studio, names: Sequence[str]) -> None:
        """Write the table, as things are now."""
        self.table(table(look_at(studio, names)))

    def environment(self, connection: Connection) -> None:
        """Write shell lines to evaluate."""
        variables = connection.environment()
        hidden = [name for name in connection.shadowing if name not in variables]
        lines = [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
        self.write("\n".join([*lines, *([f"unset {' '.join(hidden)}"] if hidden else [])]))

    def demo(self, arguments: argparse.Namespace) -> None:
        """Copy the packaged notebooks; open the quickstart in JupyterLab, or run it without a browser."""
        notebooks = demo.copy_notebooks(arguments.folder)
        quickstart = next(path for path in notebooks if path.name == demo.QUICKSTART)
        directory = paths.data_dir(arguments.data_dir)
        os.environ[paths.DATA_DIR_VARIABLE] = str(directory)
        # Started here, so that what is wrong with it is told here and not in a notebook's first cell.
        local_engine.start(directory)
        if arguments.execute:
            # Of use here only, and half a second to import.
            from jupyter_sm_ext.notebook_run import execute

            self.write(f"Running {quickstart} ...")
            done = execute(quickstart)
            if done.best is not None:
                value = figure(objective_of(done.best) or 0.0)
                tuned = ", ".join(f"{name}={text}" for name, text in sorted(done.best["TunedHyperParameters"].items()))
                self.write(f"Best trial: {done.best['TrainingJobName']} {done.metric}={value} ({tuned})")
            self.write(f"Written: {done.html}")
            return
        connections = Connections(directory)
        if connections.current().kind != "local":
            # JupyterLab's server and the notebook must mean the same SageMaker.
            self.write(f"Connection: now the local engine; it was {connections.current().label}.")
            connections.choose(Choice())
        command = demo.lab_command(quickstart, browser=not arguments.no_browser, port=arguments.port)
        code = subprocess.call(command, cwd=quickstart.parent)
        if code not in (0, -2, _INTERRUPTED):
            raise SageMakerError(f"JupyterLab ended with code {code}")


def main(words: Sequence[str] | None = None) -> int:
    """Entry point of ``jupyter-sm``.

    Returns
    -------
    int
        Exit code: 0, 1 failed, 2 mistake on the line, 130 interrupted.
    """
    try:
        commands.run(sys.argv[1:] if words is None else words, Terminal())
    except SageMakerError as error:
        sys.stderr.write(f"{text_of(error)}\n")
        return _USAGE if error.code == "Usage" else _FAILED
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # Whoever read us, such as `head`, has had enough; Python would complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main())
