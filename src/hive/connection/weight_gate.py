"""Where requests wait until the venue's weight budget lets them pass.

One line for actions, one for urgent questions and one for ordinary ones. The first two go first
and may use the reserve. Within a line accounts take turns, and one whose questions are a flood
leaves a share of the minute to the others (`fair_line`); so theirs do not starve. Of one account
the order is that of arrival, so a heavy request is not passed for ever by light ones.
"""

from __future__ import annotations

import asyncio
from enum import Enum
from typing import Final

import msgspec

from hive.connection.fair_line import NOBODY, FairLine, Shares
from hive.connection.rate_budget import SPAN_MS
from hive.connection.sliding_window import SlidingWindow
from hive.domain.errors import LimitReached, NotSent
from hive.runtime.ports import Clock

WAITING_MAX: Final = 512
"""Requests in all lines; one more is refused rather than kept for minutes."""
NS_BY_MS: Final = 1_000_000
TOO_LATE: Final = "the venue's weight did not let it pass in time"
LOOK_AGAIN_MS: Final = 500
"""So often is looked whether an account that has had its share may go on."""


class Rank(Enum):
    """Which line a request waits in, the first to go first."""

    ACTION = "action"
    """What changes something; only the window holds it, for it may be a cancel."""
    URGENT = "urgent"
    ORDINARY = "ordinary"


class _Waiting(msgspec.Struct, gc=False):
    """One request in line."""

    account: str
    weight: int
    rank: Rank
    passed: asyncio.Future[None]


class WeightGate:
    """Spends a window's weight in order. Used on one loop."""

    def __init__(self, window: SlidingWindow, clock: Clock) -> None:
        self._window = window
        self._clock = clock
        self._shares = Shares(window.cap, SPAN_MS)
        self._lines: dict[Rank, FairLine[_Waiting]] = {rank: FairLine() for rank in Rank}
        self._held_until_ms = 0
        self._alarm: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        """How many requests wait."""
        return sum(map(len, self._lines.values()))

    def first_wait_ms(self) -> int:
        """How long whoever is to go next has to wait yet; 0 if nobody waits."""
        for line in self._lines.values():
            if line:
                return self._wait_ms(line.firsts()[0])
        return 0

    def now_ms(self) -> int:
        """Monotonic milliseconds, as the window counts them."""
        return self._clock.monotonic_ns() // NS_BY_MS

    async def enter(
        self,
        weight: int,
        rank: Rank = Rank.ORDINARY,
        *,
        account: str = NOBODY,
        deadline_ms: int | None = None,
    ) -> None:
        """Return when `weight` has been spent on the caller's behalf; `account` is whom it is for.

        Raises:
            LimitReached: `WAITING_MAX` wait already.
            NotSent: it could not pass by `deadline_ms` (monotonic).
        """
        if deadline_ms is not None and self.now_ms() >= deadline_ms:
            raise NotSent(TOO_LATE)
        if len(self) >= WAITING_MAX:
            raise LimitReached("waiting_max", f"{WAITING_MAX} requests wait for the venue's weight")
        passed = asyncio.get_running_loop().create_future()
        waiting = _Waiting(account, weight, rank, passed)
        self._lines[rank].add(waiting)
        self._let_pass()
        if passed.done():
            return
        if deadline_ms is None:
            await passed
            return
        wait_s = (deadline_ms - self.now_ms()) / 1000
        alarm = asyncio.get_running_loop().call_later(wait_s, self._give_up, waiting)
        try:
            await passed
        finally:
            alarm.cancel()

    def charge(self, account: str, weight: int) -> None:
        """An answer to this account has cost so much more."""
        self._shares.spend(account, weight, self.now_ms())

    def hold(self, hold_ms: int) -> None:
        """Let no question pass for so long: the venue has said that it is enough.

        Actions pass: a cancel that the venue refuses is tried again, and one that waits is late.
        """
        self._held_until_ms = max(self._held_until_ms, self.now_ms() + hold_ms)

    def _give_up(self, waiting: _Waiting) -> None:
        if not waiting.passed.done():
            waiting.passed.set_exception(NotSent(TOO_LATE))
            self._let_pass()

    def _let_pass(self) -> None:
        """Let pass whoever may; wake up again when the next one may."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        waits_ms: list[int] = []
        for line in self._lines.values():
            is_open = self._drain(line)
            if line:
                waits_ms.append(self._wait_ms(line.firsts()[0]))
            if not is_open:
                break
        if waits_ms:
            loop = asyncio.get_running_loop()
            self._alarm = loop.call_later(min(waits_ms) / 1000, self._let_pass)

    def _drain(self, line: FairLine[_Waiting]) -> bool:
        """Let pass whoever of a line may; False if the venue's weight does not let the first.

        Who has had his share is passed by the others, who is only too heavy for now is not.
        """
        firsts = line.firsts()
        while firsts:
            first = firsts.pop(0)
            if not first.passed.done():
                if not self._is_open(first):
                    return False
                if not self._leaves_enough(first):
                    continue
                self._spend(first)
                first.passed.set_result(None)
            line.take(first)
            firsts = line.firsts()
        return True

    def _is_open(self, waiting: _Waiting) -> bool:
        """Whether the venue's weight lets it pass."""
        now_ms, urgent = self.now_ms(), waiting.rank is not Rank.ORDINARY
        if self._held_ms(waiting.rank, now_ms):
            return False
        return self._window.admits(waiting.weight, now_ms, urgent=urgent)

    def _leaves_enough(self, waiting: _Waiting) -> bool:
        """Whether the other accounts' share lets it pass."""
        if waiting.rank is Rank.ACTION:
            return True
        now_ms = self.now_ms()
        return self._shares.admits(waiting, self._window.used(now_ms), now_ms)

    def _spend(self, waiting: _Waiting) -> None:
        now_ms = self.now_ms()
        self._window.spend(waiting.weight, now_ms)
        if waiting.rank is not Rank.ACTION:
            self._shares.spend(waiting.account, waiting.weight, now_ms)

    def _held_ms(self, rank: Rank, now_ms: int) -> int:
        """For how long a request of that rank is held."""
        return 0 if rank is Rank.ACTION else max(0, self._held_until_ms - now_ms)

    def _wait_ms(self, first: _Waiting) -> int:
        """How long the first of a line is held; at least until it is to be looked at again."""
        now_ms, urgent = self.now_ms(), first.rank is not Rank.ORDINARY
        window_ms = self._window.wait_ms(first.weight, now_ms, urgent=urgent)
        return max(self._held_ms(first.rank, now_ms), window_ms) or LOOK_AGAIN_MS
