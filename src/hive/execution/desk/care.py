"""The desk's tasks: they ask the venue what is due, and about orders in doubt."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final

from hive.domain.errors import LimitReached, LinkError, VenueError
from hive.execution.desk.parts import DeskParts
from hive.execution.desk.wakeup import Wakeup
from hive.execution.ports import TaskHandlePort, TaskPort
from hive.execution.settling.errands import Errand
from hive.execution.settling.reach import Reach
from hive.runtime.ports import Clock

ASKERS: Final = 4
"""Orders asked about at the same time."""
ASK_AGAIN_MS: Final = 1_000
NS_BY_MS: Final = 1_000_000
_NO_ANSWER = (LinkError, VenueError, LimitReached)


class DeskCare:
    """Runs errands for a desk until it is stopped."""

    def __init__(
        self,
        name: str,
        parts: DeskParts,
        clock: Clock,
        *,
        on_reconciled: Callable[[], None],
        on_told: Callable[[], None],
    ) -> None:
        """`on_reconciled`: a gap was made up for; `on_told`: the books may have changed."""
        self._name = name
        self._parts = parts
        self._clock = clock
        self._on_reconciled = on_reconciled
        self._on_told = on_told
        self._errand_wakeup = Wakeup()
        self._ask_wakeups = [Wakeup() for _ in range(ASKERS)]
        self._reach = Reach()
        self._tasks: list[TaskHandlePort] = []
        parts.throttle.on_refusal = self._refused_for_haste
        self.failures = 0
        """Questions that got no answer."""

    def start(self, tasks: TaskPort) -> None:
        """Begin, in tasks that come back when they crash."""
        self._tasks.append(tasks.spawn(f"{self._name} errands", self._run_errands, restart=True))
        for number, wakeup in enumerate(self._ask_wakeups):

            async def ask(wakeup: Wakeup = wakeup) -> None:
                await self._run_asks(wakeup)

            self._tasks.append(tasks.spawn(f"{self._name} asks {number}", ask, restart=True))

    def stop(self) -> None:
        """End. Idempotent."""
        for task in self._tasks:
            task.cancel()
        self._tasks.clear()

    def make_up(self) -> None:
        """Streams are back after a gap: what they missed is asked for, and the venue is there."""
        self._parts.errands.request(Errand.RECONCILE, self._now_ms())
        self._reach.answered()
        self._parts.taking.hurry_cancels()
        self.wake()

    def _refused_for_haste(self) -> None:
        """What the venue counts is not what we count: ask."""
        self._parts.errands.request(Errand.USAGE, self._now_ms())
        self._errand_wakeup.ring()

    def wake(self) -> None:
        """Something new may be due."""
        self._errand_wakeup.ring()
        self._wake_askers()

    def _wake_askers(self) -> None:
        for wakeup in self._ask_wakeups:
            wakeup.ring()

    async def _run_errands(self) -> None:
        errands = self._parts.errands
        while True:
            self._look_for_fills()
            now_ms = self._now_ms()
            pause_ms = self._reach.wait_ms(now_ms)
            errand = None if pause_ms else errands.take(now_ms)
            if errand is None:
                await self._errand_wakeup.sleep(max(pause_ms, errands.next_ms() - now_ms))
                continue
            try:
                is_answered = await self._is_answered(self._run(errand))
            except Exception:
                errands.failed(errand, self._now_ms())  # what it was to settle is open still
                raise
            if not is_answered:
                errands.failed(errand, self._now_ms())
            elif errand is Errand.RECONCILE:
                self._on_reconciled()
            self._wake_askers()  # what an errand finds may have to be asked about
            self._on_told()

    def _look_for_fills(self) -> None:
        """Ask for those that an answer told of, unless they have come and ended the order."""
        parts, now_ms = self._parts, self._now_ms()
        for cloid in parts.errands.take_awaited(now_ms):
            if parts.books.dispatch.live(cloid) is not None:
                parts.errands.request(Errand.SWEEP, now_ms)

    async def _run(self, errand: Errand) -> None:
        parts = self._parts
        if errand is Errand.RIGHTS:
            await parts.key.check_again(self._now_ms())
            return
        if errand is Errand.TWAPS:
            await parts.twap_inquiry.ask()
            return
        polled = parts.polled
        if polled is not None and errand is Errand.SWEEP and not polled.may_sweep():
            parts.errands.request(Errand.SWEEP, polled.sweep_ms)
            return
        await parts.inquirer.run(errand, urgent=polled is not None or len(parts.unknowns) > 0)
        state = parts.inquirer.state
        if polled is None or errand is not Errand.STATE or state is None:
            return
        if polled.heard(state):
            parts.errands.request(Errand.SWEEP, polled.sweep_ms)

    async def _run_asks(self, wakeup: Wakeup) -> None:
        parts = self._parts
        while True:
            now_ms = self._now_ms()
            pause_ms = self._reach.wait_ms(now_ms)
            if pause_ms:
                await wakeup.sleep(pause_ms)
                continue
            cloid = parts.unknowns.due(now_ms) or parts.errands.take_ask(now_ms)
            if cloid is None:
                await wakeup.sleep(self._until_ask_ms(now_ms))
                continue
            if not await self._is_answered(parts.inquirer.ask(cloid)):
                parts.errands.ask(cloid, self._now_ms() + ASK_AGAIN_MS)
            self._on_told()

    async def _is_answered(self, question: Coroutine[Any, Any, None]) -> bool:
        self._reach.began()
        try:
            await question
        except _NO_ANSWER:
            self.failures += 1
            self._reach.failed(self._now_ms())
            return False
        finally:
            self._reach.ended()
        if self._reach.answered():  # all that waited for it may go on
            self._parts.taking.hurry_cancels()
            self.wake()
        return True

    def _until_ask_ms(self, now_ms: int) -> int | None:
        due = (self._parts.unknowns.next_ask_ms(), self._parts.errands.next_ask_ms())
        first_ms = min((ms for ms in due if ms is not None), default=None)
        return None if first_ms is None else max(0, first_ms - now_ms)

    def _now_ms(self) -> int:
        return self._clock.monotonic_ns() // NS_BY_MS
