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
from typing import Final, NamedTuple

from hive.domain.identifiers import Address
from hive.localvenue.accounts import Account
from hive.localvenue.estates import Health, estates_of
from hive.localvenue.margin import MarkOf

STEEPEST: Final = 1.5
TRUSTED: Final = 0.99
"""How much of the distance is trusted: floats are not exact."""


class _Reprieve(NamedTuple):
    """An account that was healthy: until when, and with which cash."""

    until: float
    cash_usd: tuple[int, ...]


class Exposure:
    """Every account that has positions, and the marks' travel."""

    def __init__(self, mark_of: MarkOf) -> None:
        self._mark_of = mark_of
        self._accounts: dict[Address, Account] = {}
        self._reprieves: dict[Address, _Reprieve] = {}
        self._marks: dict[str, int] = {}
        self._travelled = 0.0
        self.looks = 0
        """How often an account had to be looked at."""

    def __len__(self) -> int:
        return len(self._accounts)

    def liquidatable(self) -> list[Address]:
        """Whose equity is under maintenance at this moment."""
        return [
            address
            for address, account in self._accounts.items()
            if any(estate.health(self._mark_of).is_liquidatable for estate in estates_of(account))
        ]

    def traded(self, account: Account, coin: str) -> None:
        """A position of the account changed."""
        self._accounts[account.address] = account
        if coin not in self._marks:
            self._marks[coin] = self._mark_of(coin)

    def suspects(self) -> list[Account]:
        """After marks have changed: whoever must be looked at."""
        self._travel()
        found = [account for account in self._accounts.values() if not self._is_reprieved(account)]
        self.looks += len(found)
        return found

    def suspect_all(self) -> None:
        self._reprieves.clear()

    def looked_at(self, account: Account, healths: list[Health]) -> None:
        """How the parts of a suspect stand now."""
        if any(health.is_liquidatable for health in healths):
            self._reprieves.pop(account.address, None)
        elif any(health.notional_usd for health in healths):
            self._reprieve(account, healths)
        else:  # neither positions nor debts
            del self._accounts[account.address]
            self._reprieves.pop(account.address, None)

    def _reprieve(self, account: Account, healths: list[Health]) -> None:
        distance = min(
            (
                log1p(
                    (health.equity_usd - health.maintenance_usd) / (STEEPEST * health.notional_usd)
                )
                for health in healths
                if health.notional_usd
            ),
            default=0.0,
        )
        until = self._travelled + TRUSTED * distance
        self._reprieves[account.address] = _Reprieve(until, _cash_of(account))

    def _is_reprieved(self, account: Account) -> bool:
        reprieve = self._reprieves.get(account.address)
        if reprieve is None or self._travelled >= reprieve.until:
            return False
        return reprieve.cash_usd == _cash_of(account)

    def _travel(self) -> None:
        furthest = 0.0
        for coin, before in self._marks.items():
            mark = self._mark_of(coin)
            if mark != before:
                furthest = max(furthest, abs(log(mark / before)))
                self._marks[coin] = mark
        self._travelled += furthest


def _cash_of(account: Account) -> tuple[int, ...]:
    return tuple([margin.raw_usd for margin in account.margins.values()])
