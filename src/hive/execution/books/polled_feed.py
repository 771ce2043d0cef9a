"""Stands in for the streams of an account that the venue has no slot for.

The venue streams to one IP only so many users. What is left is asked: the account's state often,
because it is cheap; its fills as soon as its money has changed. So a fill is known about `every_ms`
later, and an order that the venue took out by itself at the next list.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hive.connection.ports import Lease
from hive.domain.account import AccountState

POLLS_MISSED_MAX: Final = 3
"""So many in a row without an answer, and what is known is old."""
ANSWER_MS: Final = 3_000
"""What a changed position takes to be explained: one sweep, asked for a moment later."""


class PolledFeed:
    """Says how old our knowledge of an account is. Times are monotonic milliseconds."""

    state: AccountState | None = None
    liquidations: int = 0

    def __init__(self, every_ms: int, sweeps_apart_ms: int, now_ms: Callable[[], int]) -> None:
        """The state is asked for every so often, fills at most every `sweeps_apart_ms`."""
        self._now_ms = now_ms
        self.lag_ms = every_ms + sweeps_apart_ms + ANSWER_MS
        self._sweeps_apart_ms = sweeps_apart_ms
        self._stale_after_ms = POLLS_MISSED_MAX * every_ms + ANSWER_MS
        self._heard_ms: int | None = None
        self.sweep_ms = 0
        """When fills may be asked for again."""

    def open(self) -> list[Lease]:
        """There is nothing to hold."""
        return []

    def heard(self, state: AccountState) -> bool:
        """The venue has told the account's state; whether there may be fills to ask for."""
        before, self.state = self.state, state
        self._heard_ms = self._now_ms()
        return before is None or before.raw_usd != state.raw_usd

    def may_sweep(self) -> bool:
        """Whether fills may be asked for now; if so, they are taken as asked for."""
        if self._now_ms() < self.sweep_ms:
            return False
        self.sweep_ms = self._now_ms() + self._sweeps_apart_ms
        return True

    @property
    def is_fresh(self) -> bool:
        """The venue has answered lately, or was not asked yet."""
        heard_ms = self._heard_ms
        return heard_ms is None or self._now_ms() - heard_ms <= self._stale_after_ms
