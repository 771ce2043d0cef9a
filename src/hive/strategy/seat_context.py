"""A strategy's hands: the `Context` it is given, bound to its seat.

Numbers are made legal on the way (`legal_numbers`); what cannot be goes on as it is, and the desk
refuses it by the rule it breaks: so every refusal reaches the strategy by the same road.
"""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from decimal import Decimal
from typing import Any, Final

from hive.domain.identifiers import Cloid, StrategyId
from hive.domain.instruments import Instrument
from hive.domain.leverage import LeverageSetting, LeverageWish, MarginMode
from hive.domain.market import BUY, Bbo, Book, Side, StreamCondition
from hive.domain.order_options import OrderOptions, Trigger, TriggerKind
from hive.domain.orders import Order, OrderDraft, TimeInForce
from hive.domain.quotes import QuoteTerms, WantedQuotes
from hive.domain.twaps import Twap
from hive.strategy.bracketing import exits_of, place_bracket, protection_of
from hive.strategy.context import StrategyStopped
from hive.strategy.floor import Floor
from hive.strategy.legal_numbers import legal_px, legal_size, moved_trigger, triggered_at
from hive.strategy.quoting import quote_side
from hive.strategy.seat import Seat, SeatState
from hive.strategy.views import Bracket, PositionView, Protection, position_view
from hive.strategy.watching import StreamKey

BPS: float = 10_000.0
RUNNING: Final = SeatState.RUNNING


class SeatContext:
    """Implements `strategy.context.Context`; what its methods promise is said there."""

    __slots__ = ("_floor", "_market", "_seat")

    def __init__(self, seat: Seat, floor: Floor) -> None:
        self._seat = seat
        self._floor = floor
        self._market = floor.market_data

    @property
    def strategy_id(self) -> StrategyId:
        return self._seat.strategy_id

    @property
    def state(self) -> dict[str, Any]:
        return self._seat.shown

    def now_ms(self) -> int:
        return self._floor.now_ms()

    def monotonic_ms(self) -> int:
        return self._floor.monotonic_ms()

    def instrument(self, coin: str) -> Instrument:
        return self._market.universe.of_coin(coin)

    # --- to hear ----------------------------------------------------------------------------------

    def watch_bbo(self, coin: str) -> None:
        self._watch(StreamKey("bbo", coin))

    def watch_book(self, coin: str, *, fast: bool = True) -> None:
        self._watch(StreamKey("book", coin, int(fast)))

    def watch_trades(self, coin: str) -> None:
        self._watch(StreamKey("trade", coin))

    def watch_candles(self, coin: str, interval_ms: int, *, warmup: int = 0) -> None:
        self._watch(StreamKey("candle", coin, interval_ms), warmup)

    def watch_context(self, coin: str) -> None:
        self._watch(StreamKey("context", coin))

    def watch_mids(self) -> None:
        self._watch(StreamKey("mids"))

    def _watch(self, key: StreamKey, warmup: int = 0) -> None:
        self._require_running("watch a stream")
        self._floor.watch(self._seat, key, warmup)

    # --- to know ----------------------------------------------------------------------------------

    def bbo(self, coin: str) -> Bbo | None:
        return self._market.bbo(coin)

    def book(self, coin: str) -> Book | None:
        return self._market.book(coin)

    def mid_px(self, coin: str) -> float | None:
        return self._market.mid_px(coin)

    def mark_px(self, coin: str) -> float | None:
        return self._market.mark_px(coin)

    def condition(self, coin: str) -> StreamCondition:
        return self._market.condition(coin)

    def position(self, coin: str) -> PositionView:
        held = self._seat.desk.position(self._seat.strategy_id, coin)
        return position_view(held, coin, self._market.mark_px(coin))

    def order(self, cloid: Cloid) -> Order | None:
        order = self._seat.desk.order(cloid)
        return order if order is not None and order.strategy == self._seat.strategy_id else None

    def open_orders(self, coin: str | None = None) -> list[Order]:
        orders = self._seat.desk.open_orders(self._seat.strategy_id)
        return orders if coin is None else [order for order in orders if order.coin == coin]

    # --- to act -----------------------------------------------------------------------------------

    def place(
        self,
        coin: str,
        side: Side,
        size: Decimal | float,
        limit_px: Decimal | float,
        *,
        tif: TimeInForce = TimeInForce.GTC,
        reduce_only: bool = False,
        options: OrderOptions | None = None,
    ) -> Cloid:
        seat = self._seat
        if seat.state is not RUNNING:
            may_reduce = seat.state is SeatState.STOPPING and reduce_only
            if not (may_reduce and tif is TimeInForce.IOC):
                raise StrategyStopped(f"{seat.strategy_id} is {seat.state.value} and cannot place")
        instrument = self._market.universe.of_coin(coin)
        seat.orders += 1
        if coin is not seat.last_coin:
            seat.last_coin = coin
            seat.coins[coin] = None
        return seat.desk.place(
            seat.strategy_id,
            coin,
            side,
            size=legal_size(instrument, size),
            limit_px=legal_px(instrument, limit_px, side),
            tif=tif,
            reduce_only=reduce_only,
            options=options,
        )

    def stop(
        self,
        coin: str,
        side: Side,
        size: Decimal | float,
        px: Decimal | float,
        *,
        limit_px: Decimal | float | None = None,
        reduce_only: bool = True,
    ) -> Cloid:
        found = triggered_at(self.instrument(coin), side, TriggerKind.STOP, px, limit_px)
        return self._wait_for(coin, side, size, found, reduce_only=reduce_only)

    def take_profit(
        self,
        coin: str,
        side: Side,
        size: Decimal | float,
        px: Decimal | float,
        *,
        limit_px: Decimal | float | None = None,
        reduce_only: bool = True,
    ) -> Cloid:
        kind = TriggerKind.TAKE_PROFIT
        found = triggered_at(self.instrument(coin), side, kind, px, limit_px)
        return self._wait_for(coin, side, size, found, reduce_only=reduce_only)

    def _wait_for(
        self,
        coin: str,
        side: Side,
        size: Decimal | float,
        found: tuple[Trigger, Decimal],
        *,
        reduce_only: bool,
    ) -> Cloid:
        options = OrderOptions(trigger=found[0])
        return self.place(coin, side, size, found[1], reduce_only=reduce_only, options=options)

    def market(
        self,
        coin: str,
        side: Side,
        size: Decimal | float,
        *,
        slippage_bps: float = 50.0,
        reduce_only: bool = False,
    ) -> Cloid | None:
        best_px = self._best_px(coin, side)
        if best_px is None:
            return None
        limit_px = best_px * (1 + side.sign * slippage_bps / BPS)
        return self.place(coin, side, size, limit_px, tif=TimeInForce.IOC, reduce_only=reduce_only)

    def draft(
        self,
        coin: str,
        side: Side,
        size: Decimal | float,
        limit_px: Decimal | float,
        *,
        tif: TimeInForce = TimeInForce.GTC,
        reduce_only: bool = False,
        options: OrderOptions | None = None,
    ) -> OrderDraft:
        instrument = self.instrument(coin)
        return OrderDraft(
            coin=coin,
            side=side,
            size=legal_size(instrument, size),
            limit_px=legal_px(instrument, limit_px, side),
            tif=tif,
            reduce_only=reduce_only,
            options=options,
        )

    def place_unit(self, drafts: Sequence[OrderDraft]) -> list[Cloid]:
        self._require_running("place")
        seat = self._seat
        cloids = seat.desk.place_unit(seat.strategy_id, drafts)
        seat.orders += len(cloids)
        seat.coins.update(dict.fromkeys(draft.coin for draft in drafts))
        return cloids

    def bracket(
        self,
        entry: OrderDraft,
        *,
        stop_px: Decimal | float | None = None,
        take_profit_px: Decimal | float | None = None,
    ) -> Bracket:
        self._require_running("place")
        instrument = self.instrument(entry.coin)
        return place_bracket(self._seat, instrument, entry, stop_px, take_profit_px)

    def protect(
        self,
        coin: str,
        *,
        stop_px: Decimal | float | None = None,
        take_profit_px: Decimal | float | None = None,
    ) -> Protection | None:
        size = self._seat.desk.position(self._seat.strategy_id, coin).size
        exits = exits_of(self.instrument(coin), size, stop_px, take_profit_px)
        return protection_of(exits, self.place_unit(list(exits.values()))) if exits else None

    def buy(
        self,
        coin: str,
        size: Decimal | float,
        limit_px: Decimal | float,
        *,
        tif: TimeInForce = TimeInForce.GTC,
        reduce_only: bool = False,
    ) -> Cloid:
        return self.place(coin, BUY, size, limit_px, tif=tif, reduce_only=reduce_only)

    def sell(
        self,
        coin: str,
        size: Decimal | float,
        limit_px: Decimal | float,
        *,
        tif: TimeInForce = TimeInForce.GTC,
        reduce_only: bool = False,
    ) -> Cloid:
        return self.place(coin, Side.SELL, size, limit_px, tif=tif, reduce_only=reduce_only)

    def replace(
        self,
        cloid: Cloid,
        *,
        size: Decimal | float | None = None,
        limit_px: Decimal | float | None = None,
        trigger_px: Decimal | float | None = None,
    ) -> None:
        self._require_running("replace an order")
        order = self.order(cloid)
        if order is None or not order.is_live:
            return
        instrument = self._market.universe.of_coin(order.coin)
        px = order.limit_px if limit_px is None else legal_px(instrument, limit_px, order.side)
        total = order.size if size is None else legal_size(instrument, size)
        trigger: Trigger | None = None
        if trigger_px is not None:
            trigger, px = moved_trigger(instrument, order, trigger_px, limit_px)
        if px == order.limit_px and total == order.size and trigger in (None, order.trigger):
            return
        self._seat.replaces += 1
        desk = self._seat.desk
        desk.replace(self._seat.strategy_id, cloid, size=total, limit_px=px, trigger=trigger)

    def cancel(self, cloid: Cloid) -> None:
        order = self.order(cloid)
        if order is not None and order.is_live:
            self._seat.cancels += 1
            self._seat.desk.cancel(self._seat.strategy_id, cloid)

    def cancel_all(self, coin: str | None = None) -> None:
        self._seat.desk.wind_down(self._seat.strategy_id, coin)
        for order in self.open_orders(coin):
            if not order.cancel_pending:
                self.cancel(order.cloid)

    def quote(
        self,
        coin: str,
        *,
        bids: WantedQuotes | None = (),
        asks: WantedQuotes | None = (),
        tif: TimeInForce = TimeInForce.ALO,
        min_move_bps: float = 0.0,
        min_resize_pct: float = 10.0,
    ) -> None:
        self._require_running("quote")
        instrument = self.instrument(coin)
        terms = QuoteTerms(tif=tif, min_move_bps=min_move_bps, min_resize_pct=min_resize_pct)
        for side, wanted in ((Side.BUY, bids), (Side.SELL, asks)):
            if wanted is not None:
                quote_side(self._seat, instrument, side, wanted, terms)

    def twap(
        self,
        coin: str,
        side: Side,
        size: Decimal | float,
        minutes: int,
        *,
        randomize: bool = False,
        reduce_only: bool = False,
    ) -> Cloid:
        self._require_running("begin a TWAP")
        seat = self._seat
        lots = legal_size(self.instrument(coin), size)
        seat.orders += 1
        seat.coins[coin] = None
        how = {"is_randomized": randomize, "reduce_only": reduce_only}
        begin = seat.desk.twaps.begin
        return begin(seat.strategy_id, coin, side, size=lots, minutes=minutes, **how)

    def cancel_twap(self, cloid: Cloid) -> None:
        self._seat.desk.twaps.cancel(self._seat.strategy_id, cloid)

    def open_twaps(self) -> list[Twap]:
        return self._seat.desk.twaps.open(self._seat.strategy_id)

    def set_leverage(self, coin: str, leverage: int, *, mode: MarginMode | None = None) -> None:
        self._require_running("set a leverage")
        wish = LeverageWish(leverage, mode)
        self._seat.desk.leverage.change(self._seat.strategy_id, coin, wish)

    def leverage(self, coin: str) -> LeverageSetting | None:
        return self._seat.desk.leverage.setting(coin)

    def flatten(self, coin: str, *, slippage_bps: float = 50.0) -> Cloid | None:
        size = self._seat.desk.position(self._seat.strategy_id, coin).size
        if not size:
            return None
        side = Side.SELL if size > 0 else Side.BUY
        return self.market(coin, side, abs(size), slippage_bps=slippage_bps, reduce_only=True)

    def _best_px(self, coin: str, side: Side) -> float | None:
        """The price a taker on this side would meet first, or the mark while that is unknown."""
        bbo = self._market.bbo(coin)
        best = None if bbo is None else (bbo.ask if side is Side.BUY else bbo.bid)
        return self._market.mark_px(coin) if best is None else best.px

    # --- to be called later -----------------------------------------------------------------------

    def every(self, name: str, interval_ms: int, *, aligned: bool = False) -> None:
        self._require_running("set a timer")
        self._floor.set_timer(self._seat, name, interval_ms, repeats=True, aligned=aligned)

    def after(self, name: str, delay_ms: int) -> None:
        self._require_running("set a timer")
        self._floor.set_timer(self._seat, name, delay_ms, repeats=False, aligned=False)

    def cancel_timer(self, name: str) -> None:
        self._floor.cancel_timer(self._seat, name)

    def spawn(self, work: Coroutine[Any, Any, None], *, name: str = "task") -> None:
        if not self._seat.is_running:
            work.close()
        self._require_running("start a task")
        self._floor.spawn(self._seat, work, name)

    def log(self, message: str, **fields: object) -> None:
        self._floor.log(self._seat, message, fields)

    def _require_running(self, deed: str) -> None:
        seat = self._seat
        if not seat.is_running:
            raise StrategyStopped(f"{seat.strategy_id} is {seat.state.value} and cannot {deed}")
