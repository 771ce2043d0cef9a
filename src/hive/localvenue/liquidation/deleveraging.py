"""Auto-deleveraging (venue.md 3.3): who answers when an estate is worth less than nothing.

Its positions are closed at the mark of before, at which it was still worth something, against
those on the opposite side who stand to gain most with the least behind it:

    rank = how far the mark is in their favour × notional / account value

For a long that is mark/entry, for a short entry/mark. The markets' participants and the vault,
whose credit is endless, come last.
"""

from __future__ import annotations

from typing import NamedTuple

from hive.localvenue.accounts.account import Account, Holding
from hive.localvenue.clearing.clearing_house import ClearingHouse
from hive.localvenue.liquidation.forced_trades import ForcedTrades, Side
from hive.localvenue.margin.estates import Estate
from hive.localvenue.margin.requirements import MarkOf, isolated_usd, summarize_common


class Counterparty(NamedTuple):
    rank: float
    account: Account
    holding: Holding


class Deleveraging:
    def __init__(
        self,
        house: ClearingHouse,
        forced: ForcedTrades,
        mark_of: MarkOf,
        previous_mark_of: MarkOf,
    ) -> None:
        self._house = house
        self._forced = forced
        self._mark_of = mark_of
        self._previous_mark_of = previous_mark_of
        self.closed = 0
        """How often a counterparty was closed."""

    def close(self, estate: Estate) -> None:
        """Close every position of the estate."""
        for holding in estate.positions():
            with self._forced.shown_as(estate, holding, "backstop"):
                self._close(estate.account, holding)

    def _close(self, account: Account, holding: Holding) -> None:
        px = self._previous_mark_of(holding.listing.coin)
        for counterparty in self.ranking(holding):
            size = min(abs(holding.size), abs(counterparty.holding.size))
            if not size:
                break
            closed = Side(account, is_taker=True)
            against = Side(counterparty.account, is_taker=False)
            self._forced.close(holding, size, px, (closed, against))
            self.closed += 1

    def ranking(self, holding: Holding) -> list[Counterparty]:
        """Everybody on the other side of a position, the first to be closed first."""
        coin = holding.listing.coin
        mark = self._mark_of(coin)
        found = []
        for account in self._house.accounts.values():
            other = account.holding_of(coin)
            if other is not None and other.size * holding.size < 0:
                rank = 0.0 if account.is_participant else self._rank(account, other, mark)
                found.append(Counterparty(rank, account, other))
        # The address settles ties, so that the same world always closes the same positions.
        return sorted(found, key=lambda each: (-each.rank, each.account.address))

    def _rank(self, account: Account, holding: Holding, mark: int) -> float:
        notional = abs(holding.size) * mark
        if holding.is_isolated:
            value = isolated_usd(holding, mark)
        else:
            value = summarize_common(account.margin(holding.listing.dex), self._mark_of).equity_usd
        gain = notional / holding.cost_usd if holding.cost_usd else 1.0
        if holding.size < 0:
            gain = 1.0 / gain
        return gain * notional / max(1, value)
