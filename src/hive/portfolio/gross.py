"""What all coins of an owner could be worth together, known without adding them up at each order.

A sum is kept per owner, of the most that each coin could come to with its open orders. An approved
order raises its coin's part at once; cancels and fills are not followed, so between two counts the
sum errs towards too much. Where that would refuse an order, everything is counted again first.
"""

from __future__ import annotations

from decimal import Decimal

from hive.domain.instruments import ZERO


class Gross:
    """One owner's coins, each with the most it could be worth (USD)."""

    __slots__ = ("_usd_by_coin", "cap_name", "cap_usd", "total_usd")

    def __init__(self, cap_usd: Decimal, cap_name: str) -> None:
        """`cap_name` is the limit that `cap_usd` follows from."""
        self.cap_usd = cap_usd
        self.cap_name = cap_name
        self._usd_by_coin: dict[str, Decimal] = {}
        self.total_usd = ZERO

    def put(self, coin: str, usd: Decimal) -> None:
        """The coin could come to so much."""
        self.total_usd += usd - self._usd_by_coin.get(coin, ZERO)
        self._usd_by_coin[coin] = usd

    def takes(self, coin: str, usd: Decimal) -> bool:
        """Put it if the sum stays within the cap; whether it does."""
        total_usd = self.total_usd - self._usd_by_coin.get(coin, ZERO) + usd
        if total_usd > self.cap_usd:
            return False
        self.total_usd = total_usd
        self._usd_by_coin[coin] = usd
        return True

    def with_coin(self, coin: str, usd: Decimal) -> Decimal:
        """The sum if the coin came to so much."""
        return self.total_usd - self._usd_by_coin.get(coin, ZERO) + usd
