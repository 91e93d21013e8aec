"""Workers: threads that do the work, so that the event loop only listens; few of them, and short queues before them."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from twicetold.errors import Overloaded

if TYPE_CHECKING:
    from collections.abc import Callable

_Given = ParamSpec("_Given")
_Answer = TypeVar("_Answer")


class Workers:
    """Some threads for one kind of work.

    Args:
        name: Of the kind.
        threads: How many.
        most: Calls that may wait or be worked on; more are refused at once.
        seconds: That a call may take, its waiting included. A call that takes longer goes on in its thread, but
            nobody waits for it any more.
    """

    def __init__(self, name: str, *, threads: int, most: int, seconds: float) -> None:
        self.name, self._most, self._seconds = name, most, seconds
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._lock = threading.Lock()
        self.at_work = 0

    async def do(self, call: Callable[_Given, _Answer], *args: _Given.args, **kwargs: _Given.kwargs) -> _Answer:
        """What a call returns.

        Raises:
            Overloaded: Too many calls wait already, or this one takes too long.
        """
        with self._lock:
            if self.at_work >= self._most:
                raise Overloaded(f"too many requests wait for {self.name}")
            self.at_work += 1
        future = self._pool.submit(call, *args, **kwargs)
        future.add_done_callback(self._leave)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), self._seconds)
        except TimeoutError:
            raise Overloaded(f"{self.name} did not answer within {self._seconds:g} s") from None

    def close(self) -> None:
        """Takes no more calls, and waits for none."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _leave(self, _future: object) -> None:
        with self._lock:
            self.at_work -= 1
