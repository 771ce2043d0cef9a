"""Opposite orders of one turn, crossed inside at the mid, where that is configured.

Two strategies that both reach across the middle of the market in the same turn would pay each
other's counterparties the spread and the venue two fees, for nothing: the account's position does
not change. So what has not left yet is matched here, at the mid, first come first served; the rest
goes to the venue. Only what would trade anyway is matched: both limits reach the mid. Nothing that
may be at the venue takes part, so nothing can fill twice; what rests there is never better than the
mid for either side, and is dealt with as usual (`departures`).

What is crossed inside makes a strategy's position larger, and not the account's. Exits of its own
that the venue holds to reducing the account's would be thrown out before they have closed it all,
so they are freed from that rule first; until then the two orders wait.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final

from hive.domain.errors import DiskFailed, IllegalOrder
from hive.domain.identifiers import Address, Cloid, Oid, TradeId
from hive.domain.instruments import ZERO, Universe
from hive.domain.market import Side
from hive.domain.orders import Fill, OrderCause, OrderNews, moved
from hive.execution.books.account_books import AccountBooks
from hive.execution.intake.order_taking import OrderTaking
from hive.execution.orders.dispatched import Dispatched
from hive.execution.orders.order_life import OrderLife
from hive.execution.ports import Marks
from hive.execution.queue.lane import Waiting
from hive.execution.sending.departures import Departures
from hive.storage.records import CrossedRecord

TWO: Final = Decimal(2)
NO_OID: Final = Oid(0)
DOLLARS: Final = "USDC"
DIRECTION: Final = "Crossed Inside"
TOO_SMALL: Final = "own_cross: what was not crossed inside is too small for the venue"


class InsideCrossing:
    """Matches orders of different strategies that are about to leave."""

    def __init__(
        self,
        account: Address,
        books: AccountBooks,
        taking: OrderTaking,
        departures: Departures,
        *,
        universe: Universe,
        marks: Marks,
        wall_ms: Callable[[], int],
    ) -> None:
        self._account = account
        self._books = books
        self._taking = taking
        self._departures = departures
        self._universe = universe
        self._marks = marks
        self._wall_ms = wall_ms
        self.crossed = 0
        """Pairs of fills so far."""

    def cross(self, leaving: Iterable[Waiting], now_ms: int) -> dict[Cloid, None]:
        """Match what may be matched of the orders of this turn, in the order of leaving.

        The orders that are to wait, to be matched in a later turn, are returned.
        """
        waits: dict[Cloid, None] = {}
        shared, units = self._books.exposure.shared, self._taking.units
        by_coin: dict[str, list[OrderLife]] = {}
        for entry in leaving:
            life = self._books.dispatch.live(entry.cloid)
            if life is None or life.is_sent or life.intent.options is not None:
                continue
            coin = life.intent.coin
            if coin in shared and not units.led_by(life.cloid):
                by_coin.setdefault(coin, []).append(life)
        for coin, lives in by_coin.items():
            mid_px = self._mid_px(coin) if len(lives) > 1 else None
            if mid_px is not None:
                waits |= dict.fromkeys(self._cross_at(mid_px, lives, now_ms))
        return waits

    def _cross_at(self, mid_px: Decimal, lives: list[OrderLife], now_ms: int) -> list[Cloid]:
        buys = [life for life in lives if life.intent.side is Side.BUY and life.limit_px >= mid_px]
        sells = [
            life for life in lives if life.intent.side is Side.SELL and life.limit_px <= mid_px
        ]
        waits: list[Cloid] = []
        for buy in buys:
            for sell in sells:
                if not (buy.is_live and sell.is_live and buy.strategy != sell.strategy):
                    continue
                if self._departures.must_free_first((buy, sell), now_ms):
                    waits += (buy.cloid, sell.cloid)
                else:
                    self._match(buy, sell, mid_px)
        for life in (*buys, *sells):
            self._end_remainder(life)
        return waits

    def _match(self, buy: OrderLife, sell: OrderLife, px: Decimal) -> None:
        size = min(buy.size, sell.size)
        self.crossed += 1
        fills = self._fill(buy, size, px), self._fill(sell, size, px)
        bought, sold = fills
        try:
            self._books.cross(CrossedRecord(buy.strategy, bought, sell.strategy, sold))
        except DiskFailed:
            return  # not written, so not done: they meet the usual rule
        self._tell(buy, bought)
        self._tell(sell, sold)

    def _tell(self, life: OrderLife, fill: Fill) -> None:
        """Of what was crossed the venue never hears: the order is the rest."""
        out = Dispatched()
        if fill.size == life.size:
            life.filled = life.size
            life.phase = moved(life.phase, OrderCause.FILLED)
        else:
            life.size -= fill.size
        out.tell(OrderNews.FILLED, life.view(), f"crossed inside: {fill.size} at {fill.px}")
        self._books.dispatch.apply(life, out)
        self._books.news.extend(out.events)
        self._books.news.append((life.strategy, fill))

    def _end_remainder(self, life: OrderLife) -> None:
        if not life.is_live or life.size == life.intent.size:
            return
        intent = life.intent
        try:
            instrument = self._universe.of_coin(intent.coin)
            instrument.check_order(life.limit_px, life.size, reduce_only=intent.reduce_only)
        except IllegalOrder:
            self._taking.refuse(life, TOO_SMALL)

    def _fill(self, life: OrderLife, size: Decimal, px: Decimal) -> Fill:
        intent = life.intent
        return Fill(
            account=self._account,
            coin=intent.coin,
            side=intent.side,
            px=px,
            size=size,
            venue_ms=self._wall_ms(),
            trade_id=TradeId(-self.crossed),
            oid=NO_OID,
            cloid=intent.cloid,
            start_position=self._books.positions.account_size(intent.coin),
            direction=DIRECTION,
            closed_pnl_usd=ZERO,
            fee=ZERO,
            fee_token=DOLLARS,
            is_taker=False,
        )

    def _mid_px(self, coin: str) -> Decimal | None:
        """The middle of the book, exact; None while it is old, or a side of it is empty."""
        bbo = self._marks.bbo(coin) if self._marks.fresh_mark_px(coin) is not None else None
        if bbo is None or bbo.bid is None or bbo.ask is None:
            return None
        return (Decimal(repr(bbo.bid.px)) + Decimal(repr(bbo.ask.px))) / TWO
