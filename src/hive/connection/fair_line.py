"""A line in which accounts take turns, and what of a minute each of them has had.

    add ──▶ each account's own line, by arrival ──▶ firsts: whoever has had the least is first

A turn is worth its weight: an account that asks for little passes those that ask for much, one that
comes new begins at the present turn, and nobody saves turns up. So behind one request of each other
account everybody's next one goes.

The order alone is no bound: in a flood the minute is used up in its first seconds, and then nobody
passes until they are forgotten. So whoever has had more than an equal share of the minute leaves a
part of it (`LIGHT_SHARE`) to those who have had less. An account alone, or several with the same
needs, are not held up by that.

Nothing waits here; times are monotonic milliseconds.
"""

from __future__ import annotations

from collections import deque
from typing import Final, Generic, Protocol, TypeVar

from hive.connection.sliding_window import SlidingWindow

NOBODY: Final = ""
"""Stands for the account of what concerns none: it takes turns, and has no share."""
LIGHT_SHARE: Final = 0.4
"""Of the whole, what heavy accounts leave to the light ones: as much as the care of all accounts
takes where nothing is the matter."""
ACCOUNTS_MAX: Final = 1_000
"""So many are counted, quiet ones too, for they may ask at any moment; then quiet ones are not."""


class Waits(Protocol):
    """One request in line."""

    @property
    def account(self) -> str: ...

    @property
    def weight(self) -> int: ...


W = TypeVar("W", bound=Waits)


class FairLine(Generic[W]):
    """Requests in turn. Holds as many as are put in; who puts them in knows how many are enough."""

    def __init__(self) -> None:
        self._lines: dict[str, deque[tuple[int, int, W]]] = {}
        """Of each account that waits: turn, number and request, by arrival."""
        self._turn = 0
        self._next_turn: dict[str, int] = {}
        self._number = 0
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def add(self, request: W) -> None:
        """Put it behind what its account has waiting."""
        account = request.account
        turn = max(self._turn, self._next_turn.get(account, 0))
        self._next_turn[account] = turn + request.weight
        self._number += 1
        self._lines.setdefault(account, deque()).append((turn, self._number, request))
        self._length += 1

    def firsts(self) -> list[W]:
        """Each account's first, the one whose turn it is before the others."""
        firsts = sorted((line[0][:2], account) for account, line in self._lines.items())
        return [self._lines[account][0][2] for _, account in firsts]

    def take(self, first: W) -> None:
        """It goes: one of `firsts`."""
        line = self._lines[first.account]
        turn, _, request = line.popleft()
        assert request is first
        self._turn = max(self._turn, turn)
        self._length -= 1
        if not line:
            del self._lines[first.account]
        if not self._length:
            self._next_turn.clear()
            self._turn = 0


class Shares:
    """What each account has had of a window."""

    def __init__(self, cap: int, span_ms: int) -> None:
        """Of a window that takes `cap` in `span_ms`."""
        self._cap = cap
        self._span_ms = span_ms
        self._kept = int(cap * LIGHT_SHARE)
        self._had: dict[str, SlidingWindow] = {}

    def spend(self, account: str, amount: int, now_ms: int) -> None:
        """So much has gone to it."""
        if account == NOBODY or amount == 0:
            return
        had = self._had.get(account)
        if had is None:
            if len(self._had) >= ACCOUNTS_MAX:
                self._had = {name: one for name, one in self._had.items() if one.used(now_ms)}
            had = self._had[account] = SlidingWindow(self._cap, span_ms=self._span_ms)
        had.spend(amount, now_ms)

    def admits(self, request: Waits, used: int, now_ms: int) -> bool:
        """Whether it leaves the light ones what is kept for them, or is one of theirs."""
        if used + request.weight <= self._cap - self._kept:
            return True
        return not self._is_heavy(request, now_ms)

    def _is_heavy(self, request: Waits, now_ms: int) -> bool:
        """Whether with this its account has had more than an equal share."""
        had, accounts = self._had.get(request.account), len(self._had)
        if had is None or accounts == 1:
            return False
        return (had.used(now_ms) + request.weight) * accounts > self._cap
