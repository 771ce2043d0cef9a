"""What strategies have earned for themselves, for when the account's actions are short.

A dollar traded is an action more. Most of these are everybody's (`ActionPace`), but the first are
put aside for whoever traded: where the common pace has no room, his orders of the kind that traded
go on at his own expense. So those who trade by taking go on taking, makers that are filled go on
quoting, and nobody quotes at the others' expense for long.

Nobody is shut out for good either. Who has nothing put aside has an order on trial now and then:
the more seldom, the less is left and the oftener it came to nothing. It is one that trades or ends,
or any if none such came for as long again.

What is put aside is journaled before the order that it pays for, and outlives the process: a
restart neither takes it away nor gives it twice. Trials begin anew, for who is started again may be
another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Final

import msgspec

from hive.domain.identifiers import Cloid, StrategyId
from hive.execution.queue.economy import ActionPace, Stock
from hive.execution.queue.lane import Waiting
from hive.storage.records import PurseRecord

PURSE_MAX: Final = 100
"""Actions put aside for one strategy and kind of order; what it earns beyond is everybody's."""
TRIALS_HORIZON_MS: Final = 2 * 24 * 3_600_000
"""Everybody's trials at their first pace would use up what is left in so long."""
FAILED_MAX: Final = 10


class Purse(msgspec.Struct, gc=False):
    """One strategy's."""

    tried_ms: int
    immediate: int = 0
    """Earned by orders that trade at once or end."""
    resting: int = 0
    failed: int = 0
    """Trials since something was earned."""


class Paid(msgspec.Struct, frozen=True, gc=False):
    """An order that goes at its strategy's expense."""

    entry: Waiting
    tried_ms: int | None
    """If it is a trial: when the one before was."""


class Earnings:
    """One account's. Times are monotonic milliseconds."""

    def __init__(
        self,
        stock: Stock,
        pace: ActionPace,
        *,
        kept: Mapping[StrategyId, PurseRecord],
        keep: Callable[[PurseRecord], None],
    ) -> None:
        """`kept` is what an earlier process put aside; `keep` journals a purse that has changed."""
        self._stock = stock
        self._pace = pace
        self._kept = kept
        self._keep = keep
        self._purses: dict[StrategyId, Purse] = {}
        self._paid: dict[Cloid, Paid] = {}
        """In this turn, or in the last one in which anybody did."""

    def open(self, strategy: StrategyId, now_ms: int) -> None:
        """Have a purse for a strategy, with what an earlier process left in it."""
        if strategy in self._purses:
            return
        purse = self._purses[strategy] = Purse(now_ms)
        kept = self._kept.get(strategy)
        if kept is not None:
            purse.immediate, purse.resting = kept.immediate, kept.resting

    def earned(self, strategy: StrategyId, usd: Decimal, *, is_immediate: bool) -> None:
        """An order of that strategy and kind has traded for so much, and the stock grows by it."""
        purse = self._purses.get(strategy)
        if purse is None:
            return  # an earlier process's
        purse.failed = 0
        before = purse.immediate if is_immediate else purse.resting
        after = min(PURSE_MAX, before + int(usd))
        if is_immediate:
            purse.immediate = after
        else:
            purse.resting = after
        if after != before:
            self._pace.set_aside(after - before)
            self._keep(PurseRecord(strategy, purse.immediate, purse.resting))

    def covers(self, entry: Waiting, now_ms: int) -> bool:
        """Whether an order may go although the common pace has no room."""
        purse = self._purses[entry.strategy]
        has_earned = purse.immediate if entry.is_immediate else purse.resting
        return has_earned > 0 or self._is_on_trial(purse, entry, now_ms)

    def covered(
        self, strategy: StrategyId, entries: Iterable[Waiting], now_ms: int
    ) -> list[Waiting]:
        """Which of a strategy's orders may go, in their order."""
        purse = self._purses[strategy]
        immediate, resting = purse.immediate, purse.resting
        has_trial = now_ms - purse.tried_ms >= self._trial_after_ms(purse)
        found: list[Waiting] = []
        for entry in entries:
            if entry.is_immediate and immediate:
                immediate -= 1
            elif not entry.is_immediate and resting:
                resting -= 1
            elif has_trial and self._is_on_trial(purse, entry, now_ms):
                has_trial = False
            elif immediate or resting or has_trial:
                continue
            else:
                break
            found.append(entry)
        return found

    def pay(self, entries: Iterable[Waiting], now_ms: int) -> None:
        """These orders go in this turn at their strategies' own expense."""
        self._paid.clear()
        for entry in entries:
            purse, tried_ms = self._purses[entry.strategy], None
            if purse.immediate if entry.is_immediate else purse.resting:
                self._put_in(entry, purse, -1)
            else:
                tried_ms, purse.tried_ms = purse.tried_ms, now_ms
                purse.failed += 1
            self._paid[entry.cloid] = Paid(entry, tried_ms)

    def pay_back(self, entry: Waiting) -> None:
        """It does not go in this turn after all; if it has paid, it has paid nothing."""
        paid = self._paid.get(entry.cloid)
        if paid is None or paid.entry is not entry:
            return
        del self._paid[entry.cloid]
        purse = self._purses[entry.strategy]
        if paid.tried_ms is None:
            self._put_in(entry, purse, 1)
        else:
            purse.tried_ms = paid.tried_ms
            purse.failed = max(0, purse.failed - 1)

    def _put_in(self, entry: Waiting, purse: Purse, amount: int) -> None:
        if entry.is_immediate:
            purse.immediate += amount
        else:
            purse.resting += amount
        self._pace.set_aside(amount)
        self._keep(PurseRecord(entry.strategy, purse.immediate, purse.resting))

    def _is_on_trial(self, purse: Purse, entry: Waiting, now_ms: int) -> bool:
        after_ms = self._trial_after_ms(purse)
        return now_ms - purse.tried_ms >= (after_ms if entry.is_immediate else 2 * after_ms)

    def _trial_after_ms(self, purse: Purse) -> int:
        each_ms = TRIALS_HORIZON_MS * len(self._purses) // max(1, self._stock.left)
        return each_ms << min(purse.failed, FAILED_MAX)
