"""Time that jumps: a kernel of due callbacks, and event loops for the processes living on it.

Every simulated process has an event loop of its own, as real processes do; all of them schedule on
one `Kernel`, which runs whatever is due, in order, and sets its time forward to the next callback
when nothing is. A day without events costs nothing.

A process dies by `ProcessLoop.kill`: whatever it had scheduled never runs again, not even a
`finally`. That is kill -9 at any await. Its tasks are kept until the world ends, because collecting
a coroutine would run its `finally` blocks.

Order within one loop is asyncio's own (first scheduled, first run). Between processes, and between
timers due at the same nanosecond, a seeded tie-break decides, so that nothing can come to depend on
an accident of order.
"""

from __future__ import annotations

import asyncio
import contextvars
import heapq
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Final, TypeVar, cast

from hive.domain.errors import NotOffered

NS_PER_S: Final = 1_000_000_000
NS_PER_MS: Final = 1_000_000

T = TypeVar("T")


class Stuck(RuntimeError):
    """Nothing is scheduled any more and what was waited for has not happened."""


class Due:
    """One scheduled callback; what asyncio calls a handle."""

    __slots__ = ("_cancelled", "args", "callback", "context", "owner", "when_ns")

    def __init__(
        self,
        callback: Callable[..., object],
        args: tuple[Any, ...],
        *,
        when_ns: int,
        owner: ProcessLoop | None,
        context: contextvars.Context | None,
    ) -> None:
        self.callback = callback
        self.args = args
        self.when_ns = when_ns
        self.owner = owner
        self.context = context
        self._cancelled = False

    def cancel(self) -> None:
        self._cancelled = True

    def cancelled(self) -> bool:
        return self._cancelled

    def when(self) -> float:
        """Loop time in seconds, as asyncio's timer handles answer."""
        return self.when_ns / NS_PER_S


class Kernel:
    """What is due next, over all processes. `tie_break` orders callbacks of the same nanosecond."""

    def __init__(self, tie_break: Callable[[], float] = lambda: 0.0) -> None:
        self.now_ns = 0
        self.callbacks_run = 0
        self.failures: list[str] = []
        """Exceptions that left a callback or a task unhandled; a correct world has none."""
        self._tie_break = tie_break
        self._sequence = 0
        self._queue: list[tuple[int, float, int, Due]] = []

    def at(
        self,
        when_ns: int,
        callback: Callable[..., object],
        *args: Any,
        owner: ProcessLoop | None = None,
        context: contextvars.Context | None = None,
    ) -> Due:
        """Run `callback(*args)` at that time, or as soon as possible when it has passed."""
        is_timer = when_ns > self.now_ns
        due = Due(callback, args, when_ns=max(when_ns, self.now_ns), owner=owner, context=context)
        self._sequence += 1
        order = self._tie_break() if is_timer else 0.0
        heapq.heappush(self._queue, (due.when_ns, order, self._sequence, due))
        return due

    def after_ms(self, delay_ms: float, callback: Callable[..., object], *args: Any) -> Due:
        """`at`, counted from now."""
        return self.at(self.now_ns + int(delay_ms * NS_PER_MS), callback, *args)

    def run(self, *, until_ns: int, done: Callable[[], bool] = lambda: False) -> None:
        """Run what is due until that time, or until `done()`; then it is exactly that time."""
        queue = self._queue
        while queue and queue[0][0] <= until_ns and not done():
            due = heapq.heappop(queue)[3]
            self.now_ns = due.when_ns
            if not due.cancelled() and not (due.owner is not None and due.owner.is_dead):
                self._run_one(due)
        if not done():
            self.now_ns = max(self.now_ns, until_ns)

    def run_until_done(self, future: asyncio.Future[T], *, limit_ns: int) -> T:
        """Run until the future is done and return its result.

        Raises:
            Stuck: it is not done when the time limit is reached or nothing is left to run.
        """
        self.run(until_ns=limit_ns, done=future.done)
        if not future.done():
            raise Stuck(f"still waiting at {self.now_ns / NS_PER_S:.3f} s for {future!r}")
        return future.result()

    def _run_one(self, due: Due) -> None:
        self.callbacks_run += 1
        owner = due.owner
        if owner is not None:
            asyncio._set_running_loop(owner.as_asyncio)  # noqa: SLF001 (asyncio's door for other loops)
        try:
            if due.context is None:
                due.callback(*due.args)
            else:
                due.context.run(due.callback, *due.args)
        except Exception as error:  # noqa: BLE001 (a world collects every failure)
            self.failures.append(f"{due.callback!r}: {type(error).__name__}: {error}")
        finally:
            if owner is not None:
                asyncio._set_running_loop(None)  # noqa: SLF001 (as above)


class ProcessLoop:
    """One simulated process: an event loop on a shared kernel. Sockets, threads and signals of the
    real world are not offered; asking for them fails.
    """

    def __init__(self, kernel: Kernel, name: str, *, works_inline: bool = False) -> None:
        """`works_inline`: what is meant for a thread is done at once instead of refused, so that
        real files can be synced in virtual time.
        """
        self.kernel = kernel
        self.name = name
        self._works_inline = works_inline
        self.is_dead = False
        self._as_asyncio = cast("asyncio.AbstractEventLoop", self)
        self._tasks: list[asyncio.Task[Any]] = []
        self._tasks_max_before_sweep = 1_024

    def kill(self) -> None:
        """Nothing of this process runs from now on, `finally` blocks included."""
        self.is_dead = True

    def start(self, main: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begin a process: `main` runs when the kernel does."""
        return self.create_task(main)

    # --- scheduling, as asyncio asks for it ---

    def time(self) -> float:
        return self.kernel.now_ns / NS_PER_S

    def call_soon(
        self,
        callback: Callable[..., object],
        *args: Any,
        context: contextvars.Context | None = None,
    ) -> Due:
        return self.kernel.at(
            self.kernel.now_ns,
            callback,
            *args,
            owner=self,
            context=context or contextvars.copy_context(),
        )

    def call_at(
        self,
        when: float,
        callback: Callable[..., object],
        *args: Any,
        context: contextvars.Context | None = None,
    ) -> Due:
        return self.kernel.at(
            round(when * NS_PER_S),
            callback,
            *args,
            owner=self,
            context=context or contextvars.copy_context(),
        )

    def call_later(
        self,
        delay: float,
        callback: Callable[..., object],
        *args: Any,
        context: contextvars.Context | None = None,
    ) -> Due:
        return self.call_at(self.time() + delay, callback, *args, context=context)

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self._as_asyncio)

    def create_task(
        self,
        coro: Coroutine[Any, Any, T] | Generator[Any, None, T],
        *,
        name: str | None = None,
        context: contextvars.Context | None = None,
    ) -> asyncio.Task[T]:
        task: asyncio.Task[T] = asyncio.Task(
            coro, loop=self._as_asyncio, name=name, context=context
        )
        self._tasks.append(task)
        if len(self._tasks) > self._tasks_max_before_sweep:
            self._tasks = [kept for kept in self._tasks if not kept.done()]
            self._tasks_max_before_sweep = max(1_024, 2 * len(self._tasks))
        return task

    # --- what asyncio asks a loop about itself ---

    @property
    def as_asyncio(self) -> asyncio.AbstractEventLoop:
        """This loop, for a type checker."""
        return self._as_asyncio

    def run_in_executor(self, _: object, work: Callable[..., T], *args: Any) -> asyncio.Future[T]:
        """Threads would make the order of things an accident.

        Raises:
            NotOffered: always, unless work is done inline.
        """
        if not self._works_inline:
            raise NotOffered("a simulated process has no threads")
        ended: asyncio.Future[T] = asyncio.Future(loop=self._as_asyncio)
        try:
            ended.set_result(work(*args))
        except Exception as error:  # noqa: BLE001 (whoever waits for the future gets it)
            ended.set_exception(error)
        return ended

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return not self.is_dead

    def is_closed(self) -> bool:
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        if not self.is_dead:
            self.kernel.failures.append(
                f"{self.name}: {context.get('message')}: {context.get('exception')!r}"
            )
