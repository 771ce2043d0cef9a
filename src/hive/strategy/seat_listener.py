"""The desk's news, on its way to one strategy."""

from __future__ import annotations

from hive.domain.leverage import LeverageEvent, LeverageNews
from hive.domain.orders import Fill, OrderEvent, OrderNews
from hive.domain.twaps import TwapEvent, TwapNews
from hive.strategy.containment import Containment
from hive.strategy.interface import Strategy
from hive.strategy.seat import Seat
from hive.strategy.seat_context import SeatContext


class SeatListener:
    """Passes the desk's news to one strategy while it runs, if it wrote a handler for it."""

    __slots__ = ("_containment", "_context", "_hears_fills", "_hears_orders", "_seat")

    def __init__(self, seat: Seat, context: SeatContext, containment: Containment) -> None:
        self._seat = seat
        self._context = context
        self._containment = containment
        kind = type(seat.strategy)
        self._hears_orders = kind.on_order is not Strategy.on_order
        self._hears_fills = kind.on_fill is not Strategy.on_fill

    def on_order(self, event: OrderEvent) -> None:
        seat = self._seat
        if event.news is OrderNews.REFUSED and seat.is_running:
            self._containment.refused(seat, event.reason)
        if self._hears_orders and seat.is_running:
            self._containment.call(seat, seat.strategy.on_order, self._context, event)

    def on_twap(self, event: TwapEvent) -> None:
        seat = self._seat
        if event.news is TwapNews.REFUSED and seat.is_running:
            self._containment.refused(seat, event.reason)
        if seat.is_running:
            self._containment.call(seat, seat.strategy.on_twap, self._context, event)

    def on_leverage(self, event: LeverageEvent) -> None:
        seat = self._seat
        if event.news is LeverageNews.REFUSED and seat.is_running:
            self._containment.refused(seat, event.reason)
        if seat.is_running:
            self._containment.call(seat, seat.strategy.on_leverage, self._context, event)

    def on_fill(self, fill: Fill) -> None:
        seat = self._seat
        seat.fills += 1
        seat.coins[fill.coin] = None
        seat.volume_usd += fill.px * fill.size
        if self._hears_fills and seat.is_running:
            self._containment.call(seat, seat.strategy.on_fill, self._context, fill)
