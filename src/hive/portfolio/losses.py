"""What was lost today, and since the best moment: measured at marks, remembered over restarts.

Profit is everything earned since the books began: realised and not, after fees and funding. A day
(UTC) begins with the profit of its first moment; if no process saw that moment, with the last that
was known before, unless it is higher by now: what was lost overnight counts.

Percentages of a drawdown are of the capital at the peak: a strategy's slice and what it had earned,
or the account's equity now with the drawdown added back, so that deposits do not disturb it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final

import msgspec

from hive.domain.identifiers import StrategyId
from hive.domain.instruments import ZERO
from hive.domain.switches import Strength
from hive.portfolio.limits import LossLimits
from hive.portfolio.positions import Position

DAY_MS: Final = 86_400_000
KEEP_EVERY_MS: Final = 30_000
"""How often a new peak is written down, at most; a killed process loses no more of one."""
HUNDRED: Final = Decimal(100)

Owner = StrategyId | None
"""A strategy; None is the whole account."""


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """What an owner's losses are measured against. USD of profit since the books began."""

    day: int
    """Days since 1970, UTC."""
    began_usd: Decimal
    """As the day began."""
    peak_usd: Decimal
    """The highest ever."""
    last_usd: Decimal


class Breach(msgspec.Struct, frozen=True, kw_only=True):
    """A limit on loss that was passed. `until_ms` is the day's end (epoch), None is never."""

    owner: Owner
    strength: Strength
    reason: str
    until_ms: int | None


class Finding(msgspec.Struct, frozen=True):
    """What one look came to."""

    breaches: tuple[Breach, ...]
    kept: tuple[tuple[Owner, Tally], ...]
    """Tallies to be written down now."""
    blind: tuple[Owner, ...]
    """Whose profit cannot be told, because the price of something held is not known."""


def profit_usd(
    positions: Iterable[Position], mark_px: Callable[[str], Decimal | None]
) -> Decimal | None:
    """Everything earned; None if something is held whose price is not known."""
    total = ZERO
    for position in positions:
        mark = mark_px(position.coin) if position.size else ZERO
        if mark is None:
            return None
        total += position.profit_usd(mark)
    return total


class LossWatch:
    """The tallies of everybody whose losses are limited. Times are epoch milliseconds."""

    def __init__(self) -> None:
        self._limits: dict[Owner, LossLimits] = {}
        self._slice_usd: dict[Owner, Decimal] = {}
        self._tallies: dict[Owner, Tally] = {}
        self._kept: dict[Owner, tuple[Tally, int]] = {}

    @property
    def is_needed(self) -> bool:
        return bool(self._limits)

    def limit(self, owner: Owner, limits: LossLimits, capital_usd: Decimal | None = None) -> None:
        """Watch this owner. `capital_usd` is a strategy's slice."""
        if limits.is_any:
            self._limits[owner] = limits
            if capital_usd is not None:
                self._slice_usd[owner] = capital_usd

    def restore(self, owner: Owner, tally: Tally) -> None:
        """Go on from what an earlier process wrote down."""
        self._tallies[owner] = tally
        self._kept[owner] = (tally, 0)

    def tally_of(self, owner: Owner) -> Tally | None:
        """How an owner stands; None before the first look."""
        return self._tallies.get(owner)

    def forgive(self, owner: Owner) -> None:
        """A person has seen the loss and resumes: measure from here, not from before it."""
        tally = self._tallies.get(owner)
        if tally is not None:
            last = tally.last_usd
            self._tallies[owner] = msgspec.structs.replace(tally, began_usd=last, peak_usd=last)

    def look(
        self,
        now_ms: int,
        profit_of: Callable[[Owner], Decimal | None],
        equity_usd: Decimal | None,
    ) -> Finding:
        """Value everybody, and say whose loss is too large."""
        breaches: list[Breach] = []
        kept: list[tuple[Owner, Tally]] = []
        blind: list[Owner] = []
        for owner in self._limits:
            profit = profit_of(owner)
            if profit is None:
                blind.append(owner)
                continue
            tally = self._tallies[owner] = _after(self._tallies.get(owner), profit, now_ms)
            breach = self._breach(owner, tally, equity_usd)
            if breach is not None:
                breaches.append(breach)
            if self._is_to_be_kept(owner, tally, now_ms):
                self._kept[owner] = (tally, now_ms)
                kept.append((owner, tally))
        return Finding(tuple(breaches), tuple(kept), tuple(blind))

    def _breach(self, owner: Owner, tally: Tally, equity_usd: Decimal | None) -> Breach | None:
        limits = self._limits[owner]
        lost = tally.began_usd - tally.last_usd
        is_halt = limits.on_breach is Strength.HALT
        if limits.daily_loss_usd_max is not None and lost >= limits.daily_loss_usd_max:
            return Breach(
                owner=owner,
                strength=limits.on_breach,
                reason=f"max_daily_loss_usd: {lost:.2f} lost today,"
                f" {limits.daily_loss_usd_max} allowed",
                until_ms=None if is_halt else (tally.day + 1) * DAY_MS,
            )
        fallen = tally.peak_usd - tally.last_usd
        if limits.drawdown_pct_max is None or fallen <= 0:
            return None
        capital = self._capital_at_peak(owner, tally, equity_usd)
        if capital is None or fallen * HUNDRED < limits.drawdown_pct_max * capital:
            return None
        return Breach(
            owner=owner,
            strength=limits.on_breach,
            reason=f"max_drawdown_pct: {fallen:.2f} USD below the peak,"
            f" {limits.drawdown_pct_max} % of {capital:.2f} allowed",
            until_ms=None,
        )

    def _capital_at_peak(
        self, owner: Owner, tally: Tally, equity_usd: Decimal | None
    ) -> Decimal | None:
        slice_usd = self._slice_usd.get(owner)
        if slice_usd is not None:
            return slice_usd + tally.peak_usd
        return None if equity_usd is None else equity_usd + tally.peak_usd - tally.last_usd

    def _is_to_be_kept(self, owner: Owner, tally: Tally, now_ms: int) -> bool:
        """At once if the day or its beginning is new, and for a new peak not too often."""
        kept, kept_ms = self._kept.get(owner, (None, 0))
        if kept is None or (kept.day, kept.began_usd) != (tally.day, tally.began_usd):
            return True
        is_news = kept.last_usd != tally.last_usd or kept.peak_usd != tally.peak_usd
        return is_news and now_ms - kept_ms >= KEEP_EVERY_MS


def _after(tally: Tally | None, profit: Decimal, now_ms: int) -> Tally:
    day = now_ms // DAY_MS
    if tally is None:
        return Tally(day=day, began_usd=profit, peak_usd=profit, last_usd=profit)
    began = tally.began_usd if tally.day >= day else max(tally.last_usd, profit)
    return Tally(
        day=max(day, tally.day),
        began_usd=began,
        peak_usd=max(tally.peak_usd, profit),
        last_usd=profit,
    )
