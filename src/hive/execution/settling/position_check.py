"""What becomes of a difference between our positions and the venue's.

    sweep ──▶ a chain with a gap ───▶ swept again, k times ──▶ given up ─╮
    state ──▶ sizes that differ ─────▶ the same for so long ──▶ true ◀────╯
                                                                 │
        explained: held before the first fill we know  ◀─────────┼────────▶  not: the account halts

One look proves nothing: a fill may be in the one answer and not yet in the other. Nor do many,
before the fills were asked for again, which an account without streams does seldom. What stays is
corrected to the venue's word either way, with its reason, so that it is not met again; but a size
that no fill explains means that what our strategies hold is not known, and nobody bets on that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from hive.execution.books.account_books import AccountBooks
from hive.execution.books.account_halt import AccountHalt
from hive.execution.orders.unknowns import READ_LAG_MS_MAX
from hive.execution.settling.errands import Errand, Errands
from hive.portfolio.reconcile import PositionDiffers, is_told_by_state

TRIES_MAX: Final = 3
"""How often the fills of a broken chain are asked for again, at least, before it is given up."""
TRY_AGAIN_MS: Final = 1_500
PATIENCE_MAX: Final = 8
"""A difference that keeps changing is looked at ever less often, down to one in so many."""
SUSPECTED_FOR_MS: Final = READ_LAG_MS_MAX + 2_000
"""Longer than any answer is old."""

HELD_BEFORE: Final = "held before the first fill that is known"
NOT_EXPLAINED: Final = "no fill explains it"
MISSING: Final = "fills are missing and cannot be found"


class Suspicion(msgspec.Struct, frozen=True):
    """A difference, and since when it has been seen. Monotonic milliseconds."""

    difference: PositionDiffers
    fills: int
    since_ms: int
    looks: int
    """How often the coin was found to differ, without ever having agreed in between."""

    def is_of(self, difference: PositionDiffers, fills: int) -> bool:
        """Whether this is still the same: same sizes on both sides, and no fill in between."""
        mine = self.difference
        same = (mine.ours, mine.venues) == (difference.ours, difference.venues)
        return same and fills == self.fills


class Gap(msgspec.Struct, frozen=True):
    """A chain that was found broken, since when and how often."""

    since_ms: int
    tries: int

    def is_given_up(self, now_ms: int) -> bool:
        return self.tries >= TRIES_MAX and now_ms - self.since_ms >= SUSPECTED_FOR_MS


class PositionCheck:
    """One account's doubtful positions. Times are monotonic milliseconds; `wall_ms` is a label."""

    def __init__(
        self,
        books: AccountBooks,
        errands: Errands,
        halt: AccountHalt,
        *,
        on_alarm: Callable[[str], None],
    ) -> None:
        self._books = books
        self._errands = errands
        self._halt = halt
        self._on_alarm = on_alarm
        self._suspicions: dict[str, Suspicion] = {}
        self._gaps: dict[str, Gap] = {}
        self._lost: dict[str, None] = {}
        """Coins with a gap that was given up, until the venue's word closes it."""
        self._held_before: dict[str, None] = {}
        """Coins that differed when the venue told positions for the first time."""
        self._is_compared = False
        self._swept_ms = 0
        """When the last sweep asked for its last page."""

    def swept(self, asked_ms: int, now_ms: int, wall_ms: int) -> None:
        """After a sweep no coin's history has a gap, and its last fill says what is held.

        `asked_ms`: when its last page was asked for.
        """
        self._swept_ms = asked_ms
        broken = self._books.broken_chains()
        for coin in [coin for coin in self._gaps if coin not in broken]:
            del self._gaps[coin]
            self._lost.pop(coin, None)
        for coin in broken:
            if coin not in self._lost:
                self._try_again(coin, now_ms)
        positions = self._books.positions
        for coin in positions.coins():
            ours, size = positions.account(coin).size, self._books.chain_size(coin)
            if size is None or size == ours:
                continue
            if is_told_by_state(coin):
                self._errands.request(Errand.STATE, now_ms)
            else:
                self._suspect(PositionDiffers(coin, ours, size, None), now_ms, wall_ms)

    def compared(self, differing: Sequence[PositionDiffers], now_ms: int, wall_ms: int) -> None:
        """The venue has told positions, and these are not what ours are."""
        coins = {difference.coin: None for difference in differing}
        agreeing = [coin for coin in (*self._suspicions, *self._lost) if is_told_by_state(coin)]
        for coin in [coin for coin in agreeing if coin not in coins]:
            self._suspicions.pop(coin, None)
            if coin in self._lost:
                ours = self._books.positions.account(coin).size
                self._conclude(PositionDiffers(coin, ours, ours, None), MISSING, wall_ms)
        if not self._is_compared:
            self._is_compared = True
            self._held_before = coins
        for difference in differing:
            self._suspect(difference, now_ms, wall_ms)

    def _try_again(self, coin: str, now_ms: int) -> None:
        seen = self._gaps.get(coin, Gap(now_ms, 0))
        gap = self._gaps[coin] = Gap(seen.since_ms, seen.tries + 1)
        if gap.is_given_up(now_ms):
            self._lost[coin] = None
            self._errands.request(Errand.STATE, now_ms)
        else:
            self._errands.request(Errand.SWEEP, now_ms + TRY_AGAIN_MS)

    def _suspect(self, difference: PositionDiffers, now_ms: int, wall_ms: int) -> None:
        """What stays the same for longer than any answer is old, with no fill between, is true."""
        coin = difference.coin
        fills = self._books.positions.account(coin).fills
        seen = self._suspicions.get(coin)
        looks = 1 if seen is None else seen.looks + 1
        since_ms = now_ms
        if seen is not None and seen.is_of(difference, fills):
            since_ms = seen.since_ms
        self._suspicions[coin] = Suspicion(difference, fills, since_ms, looks)
        is_sought = coin in self._gaps and coin not in self._lost
        is_unswept = self._swept_ms < since_ms + READ_LAG_MS_MAX
        if now_ms - since_ms < SUSPECTED_FOR_MS or is_unswept or is_sought:
            again_ms = now_ms + TRY_AGAIN_MS * min(1 + looks // PATIENCE_MAX, PATIENCE_MAX)
            self._errands.request(Errand.SWEEP, again_ms)
            self._errands.request(Errand.STATE, again_ms)
        elif coin in self._lost:
            self._conclude(difference, MISSING, wall_ms)
        elif self._is_from_before(difference, fills):
            self._conclude(difference, HELD_BEFORE, wall_ms)
        else:
            self._conclude(difference, NOT_EXPLAINED, wall_ms)

    def _is_from_before(self, difference: PositionDiffers, fills: int) -> bool:
        """Our fills are whole and end where the venue stands: only their beginning is not ours."""
        if not fills:
            return difference.coin in self._held_before
        return self._books.chain_size(difference.coin) == difference.venues

    def _conclude(self, difference: PositionDiffers, reason: str, wall_ms: int) -> None:
        coin, ours, venues = difference.coin, difference.ours, difference.venues
        for doubts in (self._suspicions, self._gaps, self._lost, self._held_before):
            doubts.pop(coin, None)
        self._books.correct(coin, venues, difference.entry_px, reason, wall_ms)
        if reason != HELD_BEFORE:
            text = f"{coin}: {ours} here, {venues} there: {reason}"
            if not self._halt.halt(text, wall_ms):
                self._on_alarm(text)
