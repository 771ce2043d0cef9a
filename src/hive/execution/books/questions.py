"""What may be asked of a desk about orders and positions, answered from its books."""

from __future__ import annotations

from hive.domain.identifiers import Cloid, StrategyId
from hive.domain.orders import Order
from hive.execution.books.account_books import AccountBooks
from hive.portfolio.positions import Position


class DeskQuestions:
    """One desk's."""

    def __init__(self, books: AccountBooks) -> None:
        self._books = books

    def order(self, cloid: Cloid) -> Order | None:
        """The order, live or lately ended."""
        life = self._books.dispatch.life(cloid)
        return None if life is None else life.view()

    def open_orders(self, strategy: StrategyId) -> list[Order]:
        """A strategy's orders that rest at the venue, or may."""
        return list(self._books.dispatch.views(strategy))

    def position(self, strategy: StrategyId | None, coin: str) -> Position:
        """What a strategy holds of a coin; None asks for what nobody owns."""
        return self._books.positions.of(strategy, coin)

    def account_position(self, coin: str) -> Position:
        """What the account holds of a coin."""
        return self._books.positions.account(coin)

    def account_positions(self) -> list[Position]:
        """Everything the account ever held, flat positions included."""
        return self._books.positions.whole()

    def strategy_positions(self, strategy: StrategyId | None) -> list[Position]:
        """Everything a strategy ever held; None asks for what nobody owns."""
        return self._books.positions.of_owner(strategy)
