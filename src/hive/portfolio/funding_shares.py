"""Who pays how much of a funding payment.

The venue pays on the account's net size. Each owner pays, or receives, what he would if he were
alone, in proportion to his own signed size:

    alice +3, bob -1, the account +2 pays $4          alice pays $6, bob receives $2

The payment is due at the beginning of a block (venue.md 3.2) and told later, when fills may have
changed what is held; so sizes are taken back to what they were before that block.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from hive.domain.account import Funding
from hive.domain.identifiers import StrategyId
from hive.domain.instruments import ZERO
from hive.portfolio.shares import split

Owner = StrategyId | None
Change = tuple[str, int, Owner, Decimal]
"""`(coin, venue_ms, owner, signed size)`."""

NOBODY: Final = None
MONEY_STEP: Final = Decimal("1e-8")
"""Finer than the venue's own millionth of a dollar."""
CHANGES_MAX: Final = 256
"""Of one coin; more within the seconds that a payment is late are taken as held all along."""


class RecentSizes:
    """The latest changes of what owners hold, by coin."""

    def __init__(self) -> None:
        self._changes: dict[str, deque[tuple[int, Owner, Decimal]]] = {}

    def add(self, coin: str, owner: Owner, signed: Decimal, venue_ms: int) -> None:
        changes = self._changes.get(coin)
        if changes is None:
            changes = self._changes[coin] = deque(maxlen=CHANGES_MAX)
        changes.append((venue_ms, owner, signed))

    def state(self) -> tuple[Change, ...]:
        """Everything that is remembered, coin by coin."""
        return tuple(
            (coin, at_ms, owner, signed)
            for coin, changes in self._changes.items()
            for at_ms, owner, signed in changes
        )

    def held_before(
        self, coin: str, venue_ms: int, held_now: Mapping[Owner, Decimal]
    ) -> dict[Owner, Decimal]:
        """What was held before the block of that time, from what is held now."""
        held = dict(held_now)
        for at_ms, owner, signed in self._changes.get(coin, ()):
            if at_ms >= venue_ms:
                held[owner] = held.get(owner, ZERO) - signed
        return held


def funding_shares(funding: Funding, held: Mapping[Owner, Decimal]) -> dict[Owner, Decimal]:
    """The payment divided by signed sizes; they sum to it to the last digit.

    The venue's size counts: what our owners do not make of it is nobody's, and so is its part.
    """
    weights = {owner: size for owner, size in held.items() if size}
    missing = funding.size - sum(weights.values(), ZERO)
    if missing:
        weights[NOBODY] = weights.get(NOBODY, ZERO) + missing
    if not funding.size:
        return {NOBODY: funding.usd}
    return split(funding.usd, weights, MONEY_STEP)
