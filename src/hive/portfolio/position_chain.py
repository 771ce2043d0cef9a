"""Does a coin's history of fills have a gap in it?

Every fill says what the account held before it, so fills form a chain: each begins where another
ended. The venue may tell them in any order, repeat a page or leave some out; a gap is found
without sorting anything. Count, for every size, the fills that begin there minus those that end
there. In a whole chain everything cancels but the two ends:

    3 → 5,  5 → 2,  2 → 4            begins: 3 5 2    ends: 5 2 4    left: +1 at 3, -1 at 4
    3 → 5,          2 → 4            left: +1 at 3, -1 at 5, +1 at 2, -1 at 4      a gap 5 → 2

What is held in memory is the ends of gaps, not the fills. A gap whose fills sum to nothing (out
and back to the same size) leaves no trace here; the sweeps of fills by time find those. Where all
cancels, the chain is a round trip, and only its latest fill tells where it came back to.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from hive.domain.orders import Fill

_NOT_NETTED: Final = ("@", "#", "+")
_PAIR: Final = "/"


def is_netted(coin: str) -> bool:
    """Whether an account holds one position of it, so that its fills form a chain.

    Of spot pairs and outcomes, what fills call a position is a balance, which fees change too.
    """
    return not coin.startswith(_NOT_NETTED) and _PAIR not in coin


class ChainState(msgspec.Struct, frozen=True, array_like=True):
    """All that a chain remembers."""

    latest_ms: int = 0
    latest_size: Decimal | None = None
    balance: tuple[tuple[Decimal, int], ...] = ()


NO_FILLS: Final = ChainState()


class PositionChain:
    """One coin's chain of fills."""

    __slots__ = ("_balance", "_latest_ms", "_latest_size")

    def __init__(self, state: ChainState = NO_FILLS) -> None:
        self._balance = dict(state.balance)
        self._latest_ms = state.latest_ms
        self._latest_size = state.latest_size

    def add(self, fill: Fill) -> None:
        """Take in a fill, in any order, each once."""
        start = fill.start_position
        end = start + fill.signed_size
        if fill.venue_ms >= self._latest_ms:
            self._latest_ms, self._latest_size = fill.venue_ms, end
        self._count(start, 1)
        self._count(end, -1)

    @property
    def is_whole(self) -> bool:
        """No fill between the first and the last is missing."""
        return sum(map(abs, self._balance.values())) <= 2

    @property
    def size(self) -> Decimal | None:
        """What the last fill left; None while there is a gap, or no fill."""
        return self._end_of_chain(-1)

    @property
    def first_size(self) -> Decimal | None:
        """What was held before the first fill; None while there is a gap, or no fill."""
        return self._end_of_chain(1)

    def restart(self) -> None:
        """Forget the past: the gap was accepted, the next fill begins a new chain."""
        self._balance.clear()
        self._latest_ms, self._latest_size = 0, None

    def state(self) -> ChainState:
        """All that it remembers."""
        return ChainState(self._latest_ms, self._latest_size, tuple(self._balance.items()))

    def _end_of_chain(self, sign: int) -> Decimal | None:
        if not self.is_whole:
            return None
        for size, count in self._balance.items():
            if count == sign:
                return size
        return self._latest_size

    def _count(self, size: Decimal, by: int) -> None:
        count = self._balance.get(size, 0) + by
        if count:
            self._balance[size] = count
        else:
            del self._balance[size]
