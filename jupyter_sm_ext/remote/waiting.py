"""Running what is asynchronous from code that is not, also within a kernel, whose own loop runs already."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
_CLEAN_UP_SECONDS = 10.0


def wait_for(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end on a loop and a thread of its own; an interrupt of the caller cancels it.

    Parameters
    ----------
    coroutine : coroutine
        What to run; whatever it raises is raised here.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="jupyter-sm-remote", daemon=True)
    thread.start()
    future = asyncio.run_coroutine_threadsafe(coroutine, loop)
    try:
        return future.result()
    except BaseException:
        future.cancel()
        raise
    finally:
        asyncio.run_coroutine_threadsafe(_rest(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _rest() -> None:
    """Let what was cancelled clean up before its loop is gone."""
    loop = asyncio.get_running_loop()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        # Not cancelled at once: what cleans up would be, too.
        _, late = await asyncio.wait(others, timeout=_CLEAN_UP_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
    await loop.shutdown_asyncgens()
    await loop.shutdown_default_executor()
