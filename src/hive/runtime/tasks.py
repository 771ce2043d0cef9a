"""Supervised tasks: every task of Hive has a name, an owner and a rule for what follows a crash.

    RUNNING ──returns──▶ FINISHED
       │  ╲──canceled──▶ CANCELED
       │   ╲─raises, no restart or budget spent──▶ FAILED
       ╰──raises──▶ RESTING ──backoff──▶ RUNNING

Tasks are kept in the order they were spawned and are stopped in the reverse of it, one after the
other, so that what was built on top is gone before what it stands on. No set of tasks is ever
walked: the order of a set depends on addresses, and a simulated run must not.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from enum import Enum
from typing import Any, Final

import msgspec

from hive.domain.errors import CallerError, LimitReached
from hive.runtime.ports import Clock, Rng

TASKS_MAX: Final = 10_000
TURNS_TO_END: Final = 3
"""Turns of the loop that a task needs to end when it obeys a cancel at once."""
NS_BY_MS: Final = 1_000_000

Factory = Callable[[], Coroutine[Any, Any, None]]
"""Makes the coroutine of a task anew for each start."""


class TaskState(Enum):
    """Where a task is in its life."""

    RUNNING = "running"
    RESTING = "resting"
    """It crashed and starts again after its backoff."""
    FINISHED = "finished"
    CANCELED = "canceled"
    FAILED = "failed"


ENDED: Final = (TaskState.FINISHED, TaskState.CANCELED, TaskState.FAILED)


class CrashBudget(msgspec.Struct, frozen=True):
    """How often a task may crash before it is given up, and how long it rests in between.

    The rest doubles from `backoff_ms` to `backoff_ms_max`; half of it is drawn by chance, so that
    what fell together does not come back together.
    """

    crashes_max: int = 5
    window_ms: int = 60_000
    backoff_ms: int = 200
    backoff_ms_max: int = 10_000


NEVER_GIVEN_UP: Final = CrashBudget(crashes_max=1_000_000)
"""For what nobody else would do: it comes back, ten seconds apart where it keeps crashing."""


class TaskCrash(msgspec.Struct, frozen=True):
    """A task raised. `restart_in_ms` is None when it will not be started again."""

    name: str
    error: Exception
    restart_in_ms: int | None


class TaskSnapshot(msgspec.Struct, frozen=True):
    """How one task stands."""

    name: str
    state: TaskState
    crashes: int
    last_error: str


class SupervisorSnapshot(msgspec.Struct, frozen=True):
    """How the tasks stand that have not ended, in the order they were spawned."""

    tasks: tuple[TaskSnapshot, ...]
    spawned: int
    crashes: int
    stuck: int
    """Tasks that outlived a shutdown's deadline."""


class TaskHandle:
    """A task as its owner sees it."""

    def __init__(self, name: str, budget: CrashBudget | None) -> None:
        self.name = name
        self.state = TaskState.RUNNING
        self.crashes = 0
        self.last_error: Exception | None = None
        self._budget = budget
        self._recent_ns: deque[int] = deque(maxlen=budget.crashes_max + 1 if budget else 1)
        self._task: asyncio.Task[TaskState] | None = None
        self._is_stopping = False
        self._waiters: dict[asyncio.Future[None], None] = {}

    @property
    def has_ended(self) -> bool:
        """It will not run again."""
        return self.state in ENDED

    def cancel(self) -> None:
        """Ask the task to stop. It has stopped when `wait` returns. Idempotent."""
        self._is_stopping = True
        if self._task is not None and not self.has_ended:
            self._task.cancel()

    async def wait(self, until_s: float | None = None) -> bool:
        """Return when the task has ended or the loop's time is `until_s`; whether it has ended.

        Any number may wait.
        """
        if self.has_ended:
            return True
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[None] = loop.create_future()
        self._waiters[waiter] = None
        alarm = None if until_s is None else loop.call_at(until_s, _wake, waiter)
        try:
            await waiter
        finally:
            self._waiters.pop(waiter, None)
            if alarm is not None:
                alarm.cancel()
        return self.has_ended

    def snapshot(self) -> TaskSnapshot:
        """A frozen view."""
        return TaskSnapshot(
            name=self.name,
            state=self.state,
            crashes=self.crashes,
            last_error="" if self.last_error is None else repr(self.last_error),
        )

    # What only the supervisor calls.

    def begin(self, task: asyncio.Task[TaskState]) -> None:
        """Hold the task: the loop itself would only hold it weakly."""
        self._task = task

    def crashed(self, error: Exception, now_ns: int) -> int | None:
        """Book a crash; the rest in milliseconds before the next start, or None for no more."""
        self.crashes += 1
        self.last_error = error
        budget = self._budget
        if budget is None or self._is_stopping:  # it fell over while tidying up
            return None
        self._recent_ns.append(now_ns)
        since_ns = now_ns - budget.window_ms * NS_BY_MS
        while self._recent_ns[0] < since_ns:
            self._recent_ns.popleft()
        if len(self._recent_ns) > budget.crashes_max:
            return None
        doublings = min(len(self._recent_ns) - 1, 30)
        return int(min(budget.backoff_ms << doublings, budget.backoff_ms_max))

    def ended(self, state: TaskState) -> None:
        """Settle the last state and wake who waits for it."""
        assert state in ENDED
        assert not self.has_ended
        self.state = state
        for waiter in self._waiters:
            _wake(waiter)


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


class Supervisor:
    """Owns every task of the process."""

    def __init__(self, clock: Clock, rng: Rng, on_crash: Callable[[TaskCrash], None]) -> None:
        """`on_crash` hears of every crash; it must not raise."""
        self._clock = clock
        self._rng = rng
        self._on_crash = on_crash
        self._task_by_name: dict[str, TaskHandle] = {}
        self._spawned = 0
        self._crashes = 0
        self._stuck = 0
        self._is_closed = False

    def spawn(
        self,
        name: str,
        factory: Factory,
        *,
        restart: bool = False,
        crash_budget: CrashBudget = NEVER_GIVEN_UP,
    ) -> TaskHandle:
        """Start a task under a name of its own, free again once the task has ended.

        Raises:
            CallerError: a task of this name is alive, or the supervisor has shut down.
            LimitReached: `TASKS_MAX` are alive.
        """
        if self._is_closed:
            raise CallerError(f"cannot start {name}: the supervisor has shut down")
        if name in self._task_by_name:
            raise CallerError(f"a task named {name} is alive already")
        if len(self._task_by_name) >= TASKS_MAX:
            raise LimitReached("tasks_max", f"{TASKS_MAX} tasks are alive")
        handle = TaskHandle(name, crash_budget if restart else None)
        self._task_by_name[name] = handle
        self._spawned += 1
        task = asyncio.get_running_loop().create_task(self._run(handle, factory), name=name)
        handle.begin(task)
        # Not at the end of `_run`: a task canceled before its first step never enters it.
        task.add_done_callback(lambda ended: self._forget(handle, ended))
        return handle

    async def _run(self, handle: TaskHandle, factory: Factory) -> TaskState:
        while True:
            handle.state = TaskState.RUNNING
            try:
                await factory()
            except Exception as error:  # noqa: BLE001 (the one place where tasks end)
                rest_ms = self._crashed(handle, error)
            else:
                return TaskState.FINISHED
            if rest_ms is None:
                return TaskState.FAILED
            handle.state = TaskState.RESTING
            await asyncio.sleep(rest_ms / 1000)

    def _crashed(self, handle: TaskHandle, error: Exception) -> int | None:
        self._crashes += 1
        rest_ms = handle.crashed(error, self._clock.monotonic_ns())
        if rest_ms is not None:
            rest_ms = int(rest_ms * (0.5 + 0.5 * self._rng.uniform()))
        self._on_crash(TaskCrash(handle.name, error, rest_ms))
        return rest_ms

    def _forget(self, handle: TaskHandle, task: asyncio.Task[TaskState]) -> None:
        del self._task_by_name[handle.name]
        if task.cancelled():
            handle.ended(TaskState.CANCELED)
        elif task.exception() is not None:  # the process itself is being stopped
            handle.ended(TaskState.FAILED)
        else:
            handle.ended(task.result())

    async def shutdown(self, deadline_ms: int) -> None:
        """Stop every task, the youngest first, each gone before the next is asked.

        After `deadline_ms` (a duration) all that is left is canceled at once; what does not end
        even then is counted as stuck and reported. Spawning is refused from the first moment on.
        """
        self._is_closed = True
        until_s = asyncio.get_running_loop().time() + deadline_ms / 1000
        youngest_first = list(reversed(self._task_by_name.values()))
        for handle in youngest_first:
            handle.cancel()
            if not await handle.wait(until_s):
                break
        for handle in youngest_first:
            handle.cancel()
        for _ in range(TURNS_TO_END):
            await asyncio.sleep(0)
        for handle in youngest_first:
            if not handle.has_ended:
                self._stuck += 1
                late = TimeoutError(f"still running {deadline_ms} ms after shutdown began")
                self._on_crash(TaskCrash(handle.name, late, None))

    def snapshot(self) -> SupervisorSnapshot:
        """How everything stands."""
        return SupervisorSnapshot(
            tasks=tuple(handle.snapshot() for handle in self._task_by_name.values()),
            spawned=self._spawned,
            crashes=self._crashes,
            stuck=self._stuck,
        )
