"""What strategies ask of a desk: taken up at once, and sent in the turn that follows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from hive.domain.errors import CallerError, LimitReached
from hive.domain.identifiers import Cloid, StrategyId
from hive.domain.market import Side
from hive.domain.order_options import BuilderFee, Child, OrderOptions, Trigger, Unit
from hive.domain.orders import OrderDraft, OrderEvent, OrderIntent, OrderNews, TimeInForce
from hive.execution.books.account_books import AccountBooks
from hive.execution.intake.order_taking import OrderTaking
from hive.execution.order_types.brackets import Brackets
from hive.execution.order_types.futile_cancels import ASKED_ALREADY, FutileCancels
from hive.execution.order_types.unit_taking import UnitTaking
from hive.execution.orders.cloids import CloidSequence
from hive.execution.orders.dispatched import Dispatched
from hive.execution.queue.units import UNIT_ORDERS_MAX


class DeskVerbs:
    """The verbs of one desk. None raises for what the market or a number does."""

    def __init__(
        self,
        books: AccountBooks,
        taking: OrderTaking,
        *,
        now_ms: Callable[[], int],
        soon: Callable[[], None],
        lag_ms: int = 0,
    ) -> None:
        """`soon` sees to it that what was asked for is sent; `lag_ms` is how late it may be known
        what became of an order, where no stream tells."""
        self._books = books
        self._taking = taking
        self._units = UnitTaking(books.dispatch, taking)
        self._brackets = Brackets(books, taking, place=self._like, now_ms=now_ms)
        self._futile = FutileCancels(lag_ms) if lag_ms else None
        self.now_ms = now_ms
        self._soon = soon
        self._index_by_strategy: dict[StrategyId, int] = {}
        self._builders: dict[StrategyId, BuilderFee] = {}
        self._cloids: CloidSequence | None = None

    def admit(self, strategy: StrategyId, index: int) -> None:
        """Let a strategy place, under its number in cloids."""
        self._index_by_strategy[strategy] = index

    def may_place(self, strategy: StrategyId) -> bool:
        """Whether it was let."""
        return strategy in self._index_by_strategy

    def charge(self, strategy: StrategyId, fee: BuilderFee) -> None:
        """Have all orders of the strategy pay this fee to a builder."""
        self._builders[strategy] = fee

    def begin(self, cloids: CloidSequence) -> None:
        """From now on orders can be named."""
        self._cloids = cloids

    def issue(self, strategy: StrategyId) -> Cloid:
        """A name for an order of the strategy's that no order has had.

        Raises:
            CallerError: the desk has not started, or the strategy is not registered.
        """
        index = self._index_by_strategy.get(strategy)
        if self._cloids is None or index is None:
            raise CallerError(f"{strategy} cannot place: register it and start the desk first")
        return self._cloids.issue(index)

    def place(
        self,
        strategy: StrategyId,
        coin: str,
        side: Side,
        *,
        size: Decimal,
        limit_px: Decimal,
        tif: TimeInForce,
        reduce_only: bool = False,
        options: OrderOptions | None = None,
    ) -> Cloid:
        """Take up an order; whatever becomes of it, refusals included, comes as an event.

        Raises:
            CallerError: the desk has not started, or the strategy is not registered.
        """
        cloid = self.issue(strategy)
        if self._builders:
            options = self._charged(strategy, options)
        intent = OrderIntent(
            strategy=strategy,
            cloid=cloid,
            coin=coin,
            side=side,
            size=size,
            limit_px=limit_px,
            tif=tif,
            reduce_only=reduce_only,
            options=options,
        )
        self._taking.place(intent, self.now_ms())
        self._soon()
        return cloid

    def place_unit(self, strategy: StrategyId, drafts: Sequence[OrderDraft]) -> list[Cloid]:
        """Take up orders that leave in one action, in this order, or not at all.

        If one is refused here, all are. Once sent, each has an end of its own.

        Raises:
            CallerError: as `place`.
            LimitReached: there are none, or more than `UNIT_ORDERS_MAX`.
        """
        if not 0 < len(drafts) <= UNIT_ORDERS_MAX:
            raise LimitReached("unit_orders_max", f"{len(drafts)}, {UNIT_ORDERS_MAX} allowed")
        cloids = [self.issue(strategy) for _ in drafts]
        unit = Unit(cloids[0])
        intents = [
            self._intent(strategy, cloid, draft, unit=unit)
            for cloid, draft in zip(cloids, drafts, strict=True)
        ]
        self._units.place(intents, self.now_ms())
        self._soon()
        return cloids

    def bracket(
        self, strategy: StrategyId, entry: OrderDraft, children: Sequence[OrderDraft]
    ) -> list[Cloid]:
        """Take up an entry with the triggers that protect it (`Brackets`); the entry's cloid first.

        If one is refused here, all are.

        Raises:
            CallerError: as `place`.
        """
        cloids = [self.issue(strategy) for _ in (entry, *children)]
        first, is_kept_here = cloids[0], not self._brackets.has_to_itself(strategy, entry.coin)
        unit = None if is_kept_here else Unit(first, is_family=True)
        specs = tuple(
            Child(cloid, draft.options.trigger, draft.limit_px)
            for cloid, draft in zip(cloids[1:], children, strict=True)
            if draft.options is not None and draft.options.trigger is not None
        )
        intents = [self._intent(strategy, first, entry, unit=unit, children=specs)]
        for cloid, draft in zip(cloids[1:], children, strict=True):
            intents.append(self._intent(strategy, cloid, draft, unit=unit, parent=first))
        now_ms = self.now_ms()
        lives = self._units.take_up(intents, now_ms)
        if lives:
            self._brackets.begin(lives)
            if not is_kept_here:
                self._taking.units.add(tuple(cloids))
            self._taking.line_up(lives[0], now_ms, is_urgent=False)
        self._soon()
        return cloids

    def restore(self) -> None:
        """Take up the families of an earlier process."""
        self._brackets.restore()
        lives = self._books.dispatch.lives()
        self._taking.make_room(dict.fromkeys(life.strategy for life in lives), self.now_ms())

    def protect(self) -> None:
        """The books are in line with the venue: send what an earlier process owed its entries."""
        self._brackets.protect()

    def heard(self, event: OrderEvent) -> None:
        """News of an order, before anybody is told: its family may ask for something."""
        if self._brackets.families:
            self._brackets.heard(event)
            self._soon()
        if self._futile is not None:
            self._futile.heard(event, self.now_ms())

    def _like(self, intent: OrderIntent) -> Cloid:
        cloid = self.issue(intent.strategy)
        self._taking.place(msgspec.structs.replace(intent, cloid=cloid), self.now_ms())
        return cloid

    def _intent(
        self, strategy: StrategyId, cloid: Cloid, draft: OrderDraft, **changes: Any
    ) -> OrderIntent:
        options = self._charged(strategy, draft.options) or OrderOptions()
        return OrderIntent(
            strategy=strategy,
            cloid=cloid,
            coin=draft.coin,
            side=draft.side,
            size=draft.size,
            limit_px=draft.limit_px,
            tif=draft.tif,
            reduce_only=draft.reduce_only,
            options=msgspec.structs.replace(options, **changes),
        )

    def _charged(self, strategy: StrategyId, options: OrderOptions | None) -> OrderOptions | None:
        """The options with the strategy's builder fee, unless the order names one of its own."""
        fee = self._builders.get(strategy)
        if fee is None or (options is not None and options.builder is not None):
            return options
        return msgspec.structs.replace(options or OrderOptions(), builder=fee)

    def replace(
        self,
        strategy: StrategyId,
        cloid: Cloid,
        *,
        size: Decimal,
        limit_px: Decimal,
        trigger: Trigger | None = None,
    ) -> None:
        """Give an order another total size and price, or trigger; the latest wish wins."""
        self._taking.replace(strategy, cloid, (size, limit_px, trigger), self.now_ms())
        self._soon()

    def cancel(self, strategy: StrategyId, cloid: Cloid) -> None:
        """Take an order out of the book."""
        if self._is_futile(cloid):
            self._say_futile(strategy, cloid)
        else:
            self._taking.cancel(strategy, cloid)
        self._soon()

    def cancel_all(self, strategy: StrategyId | None = None) -> None:
        """Take all orders of a strategy, or of all, out of the book, but the stops that protect."""
        for life in self._books.dispatch.lives(strategy):
            is_futile = strategy is not None and self._is_futile(life.cloid)
            if not (life.intent.protects or is_futile):
                self._taking.cancel(life.strategy, life.cloid)
        self._soon()

    def _is_futile(self, cloid: Cloid) -> bool:
        return self._futile is not None and self._futile.is_futile(cloid, self.now_ms())

    def _say_futile(self, strategy: StrategyId, cloid: Cloid) -> None:
        life = self._books.dispatch.life(cloid)
        if life is not None and life.strategy == strategy:
            out = Dispatched()
            out.tell(OrderNews.CANCEL_REJECTED, life.view(), ASKED_ALREADY)
            self._books.news.extend(out.events)
