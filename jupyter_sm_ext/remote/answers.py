"""What the proxy itself says to clients, in the kernel's place."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

import jupyter_sm_ext
from jupyter_sm_ext.remote.failures import Failure
from jupyter_sm_ext.remote.messages import Author, Part
from jupyter_sm_ext.remote.pending import Pending, Request
from jupyter_sm_ext.remote.sockets import LocalSockets

_log = logging.getLogger(__name__)


class Answers:
    """Answers requests.

    Parameters
    ----------
    sockets : LocalSockets
        Where the clients are.
    author : Author
        Who writes.
    pending : Pending
        The requests that wait; one that is answered does not any more.
    language : str
        What is said of the kernel's language.
    """

    def __init__(self, sockets: LocalSockets, author: Author, pending: Pending, language: str) -> None:
        self._sockets = sockets
        self._author = author
        self._pending = pending
        self._language = language

    def fail(self, requests: Iterable[Request], failure: Failure) -> None:
        """Answer by an error, as a kernel would; a notebook shows it below the cell."""
        for request in list(requests):
            _log.warning("%s has failed: %s", request.message.type, failure.what)
            parent = request.message.parts[0]
            if not request.begun:
                self._publish("status", {"execution_state": "busy"}, parent)
            if request.message.type == "execute_request":
                self._publish("error", failure.error, parent)
            introduce = request.message.type == "kernel_info_request"
            self.reply(request, self._introduction(failure) if introduce else failure.reply)
            self._publish("status", {"execution_state": "idle"}, parent)

    def reply(self, request: Request, content: dict[str, Any]) -> None:
        """Answer one."""
        self._pending.pop(request.id)
        request.answered = True
        type_ = request.message.type.removesuffix("_request") + "_reply"
        reply = self._author.write(type_, content, request.message.parts[0])
        self._sockets.send(request.channel, request.identities, reply)

    def note(self, parent: Part, text: str) -> None:
        """Tell the user something below a cell.

        Parameters
        ----------
        parent : bytes
            Header of the cell's request.
        text : str
            One sentence or more.
        """
        self._publish("stream", {"name": "stderr", "text": f"[{text}]\n"}, parent)

    def _publish(self, type_: str, content: dict[str, Any], parent: Part) -> None:
        self._sockets.publish(self._author.write(type_, content, parent))

    def _introduction(self, failure: Failure) -> dict[str, Any]:
        """Content of a kernel_info_reply: clients take no error for one, and JupyterLab sends nothing before it."""
        language = {"name": self._language, "version": "", "mimetype": "text/plain", "file_extension": ".txt"}
        if self._language == "python":
            language |= {"mimetype": "text/x-python", "file_extension": ".py"}
        return {
            "status": "ok",
            "protocol_version": "5.3",
            "implementation": "jupyter_sm_ext",
            "implementation_version": jupyter_sm_ext.__version__,
            "language_info": language,
            "banner": f"{failure.what} {failure.todo}",
            "help_links": [],
        }
