"""How much could still be bought and sold by orders that are open, or may be.

Kept by owner and coin as orders come, change and go, because limits are asked for at every order
and must not have to walk through all of them.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from hive.domain.identifiers import StrategyId
from hive.domain.instruments import ZERO
from hive.domain.market import BUY, Side


class OpenSizes:
    """Coins that may still be bought and sold."""

    __slots__ = ("buy", "sell")

    def __init__(self) -> None:
        self.buy = ZERO
        self.sell = ZERO

    def on(self, side: Side) -> Decimal:
        return self.buy if side is BUY else self.sell

    def add(self, side: Side, size: Decimal) -> None:
        if side is BUY:
            self.buy += size
        else:
            self.sell += size


NOTHING_OPEN: Final = OpenSizes()


class Exposure:
    """Open sizes of all owners and of the account; orders that only reduce are not in it."""

    def __init__(self) -> None:
        self.of_account: dict[str, OpenSizes] = {}
        """By coin; to be read only."""
        self._owned: dict[tuple[StrategyId, str], OpenSizes] = {}
        self._orders: dict[StrategyId, int] = {}
        self.account_orders_open = 0
        """Of all owners, reducing ones included; to be read only."""
        self._first_owner: dict[str, StrategyId] = {}
        self.shared: set[str] = set()
        """Coins on which more than one strategy has had orders."""

    def meet(self, owner: StrategyId, coin: str) -> None:
        """An owner has an order on the coin, of whatever kind."""
        if self._first_owner.setdefault(coin, owner) != owner:
            self.shared.add(coin)

    def change(
        self, owner: StrategyId, coin: str, side: Side, size: Decimal, orders: int = 0
    ) -> None:
        """`size` more coins (fewer, if negative) may trade on that side, by so many more orders."""
        if orders:
            self._orders[owner] = self._orders.get(owner, 0) + orders
            self.account_orders_open += orders
        key = (owner, coin)
        owned, whole = self._owned.get(key), self.of_account.get(coin)
        if owned is None:
            owned = self._owned[key] = OpenSizes()
            self.meet(owner, coin)
        if whole is None:
            whole = self.of_account[coin] = OpenSizes()
        if side is BUY:
            owned.buy += size
            whole.buy += size
        else:
            owned.sell += size
            whole.sell += size

    def count(self, owner: StrategyId, by: int) -> None:
        """So many more orders (fewer, if negative) are open, reducing ones included."""
        self._orders[owner] = self._orders.get(owner, 0) + by
        self.account_orders_open += by

    def open_sizes(self, owner: StrategyId | None, coin: str) -> OpenSizes:
        """Of an owner, or for None of the whole account; to be read only."""
        found = self.of_account.get(coin) if owner is None else self._owned.get((owner, coin))
        return NOTHING_OPEN if found is None else found

    def is_alone(self, owner: StrategyId, coin: str) -> bool:
        """Nobody else could still buy or sell the coin."""
        if coin not in self.shared:
            return self._first_owner.get(coin, owner) == owner
        owned, whole = self._owned.get((owner, coin)), self.of_account.get(coin)
        if whole is None:
            return True
        mine = owned or OpenSizes()
        return whole.buy == mine.buy and whole.sell == mine.sell

    def coins_of(self, owner: StrategyId | None) -> list[str]:
        """The coins that an owner, or for None anybody, has had orders on."""
        if owner is None:
            return list(self.of_account)
        return [coin for who, coin in self._owned if who == owner]

    def orders_open(self, owner: StrategyId) -> int:
        return self._orders.get(owner, 0)
