"""A desk on the tiny floor: orders take a while, are matched, and come back as news.

It keeps the promises that strategies build on: no news from within a verb, refusals by the rule's
name, one cloid through all replaces, reduce-only never more than the position.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from decimal import Decimal

import msgspec
from tests.strategies.tiny_floor import ZERO, Match, TinyFloor

from hive.domain.errors import IllegalOrder
from hive.domain.identifiers import Address, Cloid, Oid, StrategyId, TradeId
from hive.domain.market import Side
from hive.domain.order_options import OrderOptions, Trigger
from hive.domain.orders import (
    Fill,
    Order,
    OrderDraft,
    OrderEvent,
    OrderNews,
    OrderPhase,
    TimeInForce,
)
from hive.domain.quotes import QuoteCost, QuoteLevel, QuoteTerms
from hive.execution.order_types.quote_matching import Slack, Standing, least_moves
from hive.portfolio.positions import Position, after_fill
from hive.strategy.ports import DeskListener, LeveragePort, TwapPort

ACCOUNT = Address("0x" + "ac".rjust(40, "0"))
LATENCY_S = 0.07
TAKER_FEE = Decimal("0.00045")
MAKER_FEE = Decimal("0.00015")


class TinyDesk:
    """Behind `strategy.ports.DeskPort`."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self.floor: TinyFloor | None = None
        self._now_ms = now_ms
        self._listeners: dict[StrategyId, DeskListener] = {}
        self._orders: dict[Cloid, Order] = {}
        self._cloid_by_oid: dict[Oid, Cloid] = {}
        self._positions: dict[tuple[StrategyId, str], Position] = {}
        self._number = 0
        self.fills: list[Fill] = []
        self.events: list[OrderEvent] = []
        self.places = 0
        self.openings = 0
        """Orders that, filled, would leave no less at risk than before."""
        self.replaces = 0
        self.cancels = 0

    @property
    def actions(self) -> int:
        """What the venue would count against the address."""
        return self.places + self.replaces + self.cancels

    # --- the port ----------------------------------------------------------------------------

    def register(self, strategy: StrategyId, listener: DeskListener, quota: object) -> None:
        self._listeners[strategy] = listener

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
        assert options is None, "no venue here that could watch a price"
        self._number += 1
        cloid = Cloid(f"0x{self._number:032x}")
        order = Order(
            cloid=cloid,
            strategy=strategy,
            coin=coin,
            side=side,
            size=size,
            limit_px=limit_px,
            tif=tif,
            reduce_only=reduce_only,
            phase=OrderPhase.PENDING,
            oid=None,
            filled_size=ZERO,
            cancel_pending=False,
            replace_pending=False,
        )
        self._orders[cloid] = order
        assert self.floor is not None
        try:
            self.floor.instrument(coin).check_order(limit_px, size, reduce_only=reduce_only)
        except IllegalOrder as error:
            reason = str(error)
            self._orders[cloid] = msgspec.structs.replace(order, phase=OrderPhase.DONE)
            self._later(lambda: self._tell(cloid, OrderNews.REFUSED, reason), 0.0)
            return cloid
        self.places += 1
        held = self.position(strategy, coin).size
        self.openings += not reduce_only and abs(held + size * side.sign) >= abs(held)
        self._later(lambda: self._arrive(cloid))
        return cloid

    def place_unit(self, strategy: StrategyId, drafts: Sequence[OrderDraft]) -> list[Cloid]:
        raise NotImplementedError

    def bracket(
        self, strategy: StrategyId, entry: OrderDraft, children: Sequence[OrderDraft]
    ) -> list[Cloid]:
        raise NotImplementedError

    def replace(
        self,
        strategy: StrategyId,
        cloid: Cloid,
        *,
        size: Decimal,
        limit_px: Decimal,
        trigger: Trigger | None = None,
    ) -> None:
        assert trigger is None
        self.replaces += 1
        self._change(cloid, replace_pending=True)
        self._later(lambda: self._replaced(cloid, size, limit_px))

    def cancel(self, strategy: StrategyId, cloid: Cloid) -> None:
        if self._orders[cloid].cancel_pending:
            return
        self.cancels += 1
        self._change(cloid, cancel_pending=True)
        self._later(lambda: self._canceled(cloid))

    def cancel_all(self, strategy: StrategyId | None = None) -> None:
        for order in list(self._orders.values()):
            if order.is_live and strategy in (None, order.strategy):
                self.cancel(order.strategy, order.cloid)

    def quote(
        self,
        strategy: StrategyId,
        coin: str,
        side: Side,
        levels: Sequence[QuoteLevel],
        terms: QuoteTerms,
    ) -> QuoteCost:
        """Only as much of it as one order a side needs: nothing here ever has to wait."""
        orders = [
            Standing(o.cloid, o.limit_px, o.open_size)
            for o in self.open_orders(strategy)
            if (o.coin, o.side) == (coin, side) and not o.cancel_pending and not o.replace_pending
        ]
        moves = least_moves(levels, orders, Slack(terms.min_move_bps, terms.min_resize_pct))
        for standing, level in moves.moved:
            total = self._orders[standing.cloid].filled_size + level.size
            self.replace(strategy, standing.cloid, size=total, limit_px=level.px)
        for level in moves.placed:
            self.place(strategy, coin, side, size=level.size, limit_px=level.px, tif=terms.tif)
        for standing in moves.surplus:
            self.cancel(strategy, standing.cloid)
        return QuoteCost(len(moves.placed), len(moves.moved), len(moves.surplus))

    def wind_down(self, strategy: StrategyId, coin: str | None = None) -> None:
        """Nothing of a quote waits here, and there are no TWAPs."""

    @property
    def twaps(self) -> TwapPort:
        raise NotImplementedError

    @property
    def leverage(self) -> LeveragePort:
        raise NotImplementedError

    def order(self, cloid: Cloid) -> Order | None:
        return self._orders.get(cloid)

    def open_orders(self, strategy: StrategyId) -> list[Order]:
        return [o for o in self._orders.values() if o.is_live and o.strategy == strategy]

    def position(self, strategy: StrategyId, coin: str) -> Position:
        return self._positions.get((strategy, coin)) or Position(coin=coin)

    # --- the venue's side --------------------------------------------------------------------

    def matched(self, match: Match) -> None:
        """The floor matched something; ours is booked and told."""
        for trader, oid, side, is_taker in (
            (match.taker, match.taker_oid, match.taker_side, True),
            (match.maker, match.maker_oid, match.taker_side.opposite, False),
        ):
            if trader == ACCOUNT:
                self._filled(match, oid, side, is_taker)

    def _filled(self, match: Match, oid: Oid, side: Side, is_taker: bool) -> None:
        cloid = self._cloid_by_oid[oid]
        order = self._orders[cloid]
        key = (order.strategy, match.coin)
        before = self._positions.get(key) or Position(coin=match.coin)
        rate = TAKER_FEE if is_taker else MAKER_FEE
        fill = Fill(
            account=ACCOUNT,
            coin=match.coin,
            side=side,
            px=match.px,
            size=match.size,
            venue_ms=self._now_ms(),
            trade_id=TradeId(len(self.fills) + 1),
            oid=oid,
            cloid=cloid,
            start_position=before.size,
            direction="",
            closed_pnl_usd=ZERO,
            fee=match.px * match.size * rate,
            fee_token="USDC",
            is_taker=is_taker,
        )
        self._positions[key] = after_fill(before, fill)
        self.fills.append(fill)
        filled = order.filled_size + match.size
        phase = OrderPhase.DONE if filled >= order.size else OrderPhase.RESTING
        self._change(cloid, filled_size=filled, phase=phase)
        self._later(lambda: self._listeners[order.strategy].on_fill(fill), 0.0)
        self._tell(cloid, OrderNews.FILLED)

    def _arrive(self, cloid: Cloid, *, is_replace: bool = False) -> None:
        order = self._orders[cloid]
        floor = self.floor
        assert floor is not None
        size = order.size - order.filled_size
        if order.reduce_only:
            held = self.position(order.strategy, order.coin).size * order.side.sign
            size = min(size, max(-held, ZERO))
        if not size:
            self._end(cloid, OrderNews.REJECTED, "reduce-only would not reduce")
            return
        crosses = floor.crosses(order.coin, order.side, order.limit_px)
        if order.tif is TimeInForce.ALO and crosses:
            self._end(cloid, OrderNews.REJECTED, "would take")
            return
        oid = floor.next_oid()
        self._cloid_by_oid[oid] = cloid
        self._change(cloid, phase=OrderPhase.RESTING, oid=oid, replace_pending=False)
        self._tell(cloid, OrderNews.REPLACED if is_replace else OrderNews.ACCEPTED)
        rests = floor.place(
            ACCOUNT,
            order.coin,
            side=order.side,
            size=size,
            limit_px=order.limit_px,
            tif=order.tif,
            oid=oid,
        )
        if rests is None and self._orders[cloid].is_live:
            self._end(cloid, OrderNews.CANCELED, "ioc")

    def _replaced(self, cloid: Cloid, size: Decimal, limit_px: Decimal) -> None:
        order = self._orders[cloid]
        if not order.is_live or order.oid is None:
            self._tell(cloid, OrderNews.REPLACE_REJECTED, "already done")
            return
        assert self.floor is not None
        self.floor.cancel(order.coin, order.oid)
        self._change(cloid, size=size, limit_px=limit_px)
        self._arrive(cloid, is_replace=True)

    def _canceled(self, cloid: Cloid) -> None:
        order = self._orders[cloid]
        if not order.is_live or order.oid is None:
            self._tell(cloid, OrderNews.CANCEL_REJECTED, "already done")
            return
        assert self.floor is not None
        self.floor.cancel(order.coin, order.oid)
        self._end(cloid, OrderNews.CANCELED, "")

    # --- small change ------------------------------------------------------------------------

    def _end(self, cloid: Cloid, news: OrderNews, reason: str) -> None:
        self._change(cloid, phase=OrderPhase.DONE)
        self._tell(cloid, news, reason)

    def _change(self, cloid: Cloid, **changes: object) -> None:
        self._orders[cloid] = msgspec.structs.replace(self._orders[cloid], **changes)

    def _tell(self, cloid: Cloid, news: OrderNews, reason: str = "") -> None:
        order = self._orders[cloid]
        event = OrderEvent(news=news, order=order, reason=reason)
        self.events.append(event)
        self._later(lambda: self._listeners[order.strategy].on_order(event), 0.0)

    def _later(self, call: Callable[[], None], delay_s: float = LATENCY_S) -> None:
        asyncio.get_running_loop().call_later(delay_s, call)
