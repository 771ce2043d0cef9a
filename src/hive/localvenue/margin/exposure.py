"""Which accounts may have come under maintenance since they were last found healthy.

Looking at ten thousand accounts at every change of marks would be most of a venue's work. So each
healthy one is given a distance that the marks may travel before it can be in need:

    equity - maintenance  falls by at most  (1 + 1/2) * notional * (exp(travelled) - 1)

where `travelled` adds up, over the changes since, the largest move of any mark as a logarithm, and
the half is the steepest that maintenance can be (leverage 1). Until then it is not looked at again,
unless its cash changed, which every trade, transfer and change of margin does. Funding takes from
isolated margin without touching the cash, and so makes all suspects.
"""

from __future__ import annotations

from math import log, log1p
from typing import Final

from hive.domain.identifiers import Address
from hive.localvenue.accounts.account import Account
from hive.localvenue.listings.spot_balances import USDC
from hive.localvenue.margin.estates import Health, estates_of
from hive.localvenue.margin.requirements import MarkOf

STEEPEST: Final = 1.5
TRUSTED: Final = 0.99
"""How much of the distance is trusted: floats are not exact."""


class _Watched:
    """An account with positions: how far marks may travel before it is looked at again, and the
    cash it had when it was healthy."""

    __slots__ = ("account", "cash_usd", "other_cash_usd", "perps", "until")

    def __init__(self, account: Account) -> None:
        self.account = account
        self.perps = account.perps
        self.until = 0.0
        self.cash_usd = 0
        self.other_cash_usd: tuple[int, ...] = ()

    def reprieve(self, until: float) -> None:
        self.until = until
        self.cash_usd = self.perps.raw_usd
        self.other_cash_usd = _cash_of(self.account)

    def is_reprieved(self, travelled: float) -> bool:
        # Asked of everybody each time: what is cheap comes first, and most have one dex only.
        return (
            travelled < self.until
            and self.perps.raw_usd == self.cash_usd
            and (
                (len(self.account.margins) == 1 and self.perps.sharing is None)
                or _cash_of(self.account) == self.other_cash_usd
            )
        )


class Exposure:
    """Every account that has positions, and the marks' travel."""

    def __init__(self, mark_of: MarkOf) -> None:
        self._mark_of = mark_of
        self._watched: dict[Address, _Watched] = {}
        self._marks: dict[str, int] = {}
        self._travelled = 0.0
        self.looks = 0
        """How often an account had to be looked at."""

    def __len__(self) -> int:
        return len(self._watched)

    def liquidatable(self) -> list[Address]:
        """Whose equity is under maintenance at this moment."""
        return [
            address
            for address, watched in self._watched.items()
            if any(
                estate.health(self._mark_of).is_liquidatable
                for estate in estates_of(watched.account)
            )
        ]

    def traded(self, account: Account, coin: str) -> None:
        """A position of the account changed."""
        if account.address not in self._watched:
            self._watched[account.address] = _Watched(account)
        if coin not in self._marks:
            self._marks[coin] = self._mark_of(coin)

    def suspects(self) -> list[Account]:
        """After marks have changed: whoever must be looked at."""
        self._travel()
        travelled = self._travelled
        found = [
            watched.account
            for watched in self._watched.values()
            if not watched.is_reprieved(travelled)
        ]
        self.looks += len(found)
        return found

    def suspect_all(self) -> None:
        for watched in self._watched.values():
            watched.until = 0.0

    def looked_at(self, account: Account, healths: list[Health]) -> None:
        """How the parts of a suspect stand now."""
        watched = self._watched[account.address]
        if any(health.is_liquidatable for health in healths):
            watched.until = 0.0
        elif any(health.notional_usd for health in healths):
            watched.reprieve(self._travelled + TRUSTED * _distance(healths))
        else:  # neither positions nor debts
            del self._watched[account.address]

    def _travel(self) -> None:
        furthest = 0.0
        for coin, before in self._marks.items():
            mark = self._mark_of(coin)
            if mark != before:
                furthest = max(furthest, abs(log(max(1, mark) / max(1, before))))
                self._marks[coin] = mark
        self._travelled += furthest


def _distance(healths: list[Health]) -> float:
    """How far marks may travel until the first of these parts can be in need."""
    return min(
        log1p((health.equity_usd - health.maintenance_usd) / (STEEPEST * health.notional_usd))
        for health in healths
        if health.notional_usd
    )


def _cash_of(account: Account) -> tuple[int, ...]:
    """Of each dex; of a unified account also what of its balance spot orders bind."""
    cash = [margin.raw_usd for margin in account.margins.values()]
    if account.is_unified:
        cash.append(account.spot.total(USDC))
    return tuple(cash)
