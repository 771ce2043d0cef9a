"""Markets fed from another venue: its books and trades, against which paper orders fill.

    live feed, recording, archive ──▶ FeedEvent ──▶ FeedMarkets ──▶ the local books

The local books hold the feed's quotes as orders among the paper ones, and trades of the feed come
as takers, so a paper order fills by the same price-time matching as everything else:

- a trade at a worse price than the paper order's: it would have come first, and fills;
- a trade at its price: what stood before it in the queue fills first (`feed_side`);
- a book whose other side reaches its price: it fills, at its own price;
- a paper order that takes, takes what the last book shows.

So a paper fill is never better than the tape, and never without a trade or a crossed book. What a
paper order took is there again with the next book: paper does not move the other venue.

Events are applied by the other venue's clock, trades before the books of the same block, after
waiting `hold_ms` for what comes late over another stream. A trade that comes later still is put on
the tape and fills nobody, because the book has moved on without saying why. While no book is known
only what a trade went through fills: what stood before the others is not to be seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from math import inf
from typing import Final

import msgspec

from hive.domain.identifiers import Address
from hive.domain.market import Side
from hive.localvenue.markets.feed_events import (
    FeedBook,
    FeedContext,
    FeedEvent,
    FeedGap,
    FeedTop,
    FeedTrade,
    Rung,
    in_order,
)
from hive.localvenue.markets.feed_side import FedSide
from hive.localvenue.markets.ports import TapeFloor, TradingFloor

TAKER: Final = Address("0x" + "feed03".rjust(40, "0"))
HOLD_MS_DEFAULT: Final = 100
PENDING_MAX: Final = 200_000
"""Events that may wait; past it all are thrown away and everything counts as unknown."""
NEVER_MS: Final = 2**62


class FeedCounts(msgspec.Struct):
    """What came, and what could not be used."""

    events: int = 0
    late_trades: int = 0
    """Printed, but too late to fill anybody."""
    old_books: int = 0
    crossed_books: int = 0
    off_tick: int = 0
    """Events with a price or size that our rules for the coin do not allow."""
    unknown_coins: int = 0
    gaps: int = 0


class FeedMarkets:
    """Behind `Markets`: coins whose life comes from elsewhere."""

    def __init__(self, opening_px: Mapping[str, float], *, hold_ms: int = HOLD_MS_DEFAULT) -> None:
        """`opening_px` has the coins, and what each is worth before anything was told."""
        self._coins = {coin: FedCoin(coin, px) for coin, px in opening_px.items()}
        self._hold_ms = hold_ms
        self._pending: list[tuple[int, FeedEvent]] = []
        self.counts = FeedCounts()

    @property
    def coins(self) -> list[str]:
        return list(self._coins)

    def open(self, floor: TradingFloor, now_ms: int) -> None:  # noqa: ARG002 - the port's
        assert isinstance(floor, TapeFloor)
        for coin in self._coins.values():
            coin.open(floor, self.counts)

    def take(self, event: FeedEvent, now_ms: int) -> None:
        """Let an event wait for its turn; `now_ms` is when it came."""
        self.counts.events += 1
        if len(self._pending) >= PENDING_MAX:
            self._pending = [(now_ms, FeedGap("", event.ms, "too many events at once"))]
        self._pending.append((now_ms, event))

    def advance(self, now_ms: int) -> None:
        due = [event for came_ms, event in self._pending if came_ms + self._hold_ms <= now_ms]
        if not due:
            return
        last = max(map(in_order, due))
        # What belongs before the last one goes along, however lately it came.
        due = [event for _, event in self._pending if in_order(event) <= last]
        self._pending = [pair for pair in self._pending if in_order(pair[1]) > last]
        for event in sorted(due, key=in_order):
            self._apply(event)

    def next_deadline_ms(self) -> int:
        return self._pending[0][0] + self._hold_ms if self._pending else NEVER_MS

    def oracle_px(self, coin: str) -> float:
        return self._coins[coin].oracle_px

    def mark_px(self, coin: str) -> float | None:
        """The other venue's mark; None before it told one."""
        return self._coins[coin].mark_px

    def _apply(self, event: FeedEvent) -> None:
        if isinstance(event, FeedGap) and not event.coin:
            self.counts.gaps += 1
            for each in self._coins.values():
                each.forget()
            return
        coin = self._coins.get(event.coin)
        if coin is None:
            self.counts.unknown_coins += 1
        else:
            coin.apply(event)


class FedCoin:
    """One coin's side of the feed."""

    def __init__(self, coin: str, opening_px: float) -> None:
        self._coin = coin
        self._book_ms = 0
        self._is_blind = True
        """No book is known: at the start, and after a gap."""
        self._floor: TapeFloor | None = None
        self._sides: dict[Side, FedSide] = {}
        self._counts = FeedCounts()
        self.oracle_px = opening_px
        self.mark_px: float | None = None

    def open(self, floor: TapeFloor, counts: FeedCounts) -> None:
        self._floor = floor
        self._counts = counts
        self._sides = {side: FedSide(self._coin, side, floor) for side in Side}

    def apply(self, event: FeedEvent) -> None:
        match event:
            case FeedTrade():
                self._trade(event)
            case FeedBook():
                self._book(event)
            case FeedTop():
                self._top(event)
            case FeedContext():
                self._context(event)
            case FeedGap():
                self._counts.gaps += 1
                self.forget()

    def forget(self) -> None:
        """Quote nothing until the next book."""
        self._is_blind = True
        for side in self._sides.values():
            side.clear()

    def _book(self, event: FeedBook) -> None:
        if not self._is_usable(event.ms, event.bids[:1], event.asks[:1]):
            return
        rungs = {Side.BUY: self._legal(event.bids), Side.SELL: self._legal(event.asks)}
        self._book_ms, self._is_blind = event.ms, False
        # All cuts first: the feed's sides never meet each other.
        for side, wanted in rungs.items():
            self._sides[side].cut(wanted, reach=event.reach)
        for side, wanted in rungs.items():
            self._sides[side].grow(wanted)

    def _top(self, event: FeedTop) -> None:
        tops = {
            Side.BUY: self._legal((event.bid,) if event.bid else ()),
            Side.SELL: self._legal((event.ask,) if event.ask else ()),
        }
        if not self._is_usable(event.ms, tops[Side.BUY], tops[Side.SELL]):
            return
        self._book_ms, self._is_blind = event.ms, False
        for side, top in tops.items():
            if not top:
                self._sides[side].clear()
                continue
            self._sides[side].cut_better(top[0][0])
            self._sides[side].cut_to(top[0])
        for side, top in tops.items():
            self._sides[side].grow(top)

    def _trade(self, event: FeedTrade) -> None:
        assert self._floor is not None, "open comes first"
        if not self._legal(((event.px, event.size),)):
            return
        left = event.size
        if event.ms <= self._book_ms:
            self._counts.late_trades += 1
        else:
            # A trade at this price says that nothing better was left to meet.
            self._sides[event.side.opposite].cut_better(event.px)
            left -= self._floor.take(
                TAKER,
                self._coin,
                side=event.side,
                size=event.size,
                limit_px=self._reach_px(event),
            )
        if left:
            self._floor.print_trade(
                self._coin,
                side=event.side,
                size=left,
                px=event.px,
                tid=event.tid,
                users=(event.buyer, event.seller),
            )

    def _reach_px(self, event: FeedTrade) -> Decimal:
        """How far a trade reaches among paper orders: to its price, or, while no queue is known
        that could stand before them, to those that it went through."""
        assert self._floor is not None, "open comes first"
        if not self._is_blind:
            return event.px
        tick = self._floor.instrument(self._coin).tick_at(event.px)
        return event.px - event.side.sign * tick

    def _context(self, event: FeedContext) -> None:
        oracle_px, mark_px = float(event.oracle_px), float(event.mark_px)
        if not (0 < oracle_px < inf and 0 < mark_px < inf):
            self._counts.off_tick += 1
            return
        self.oracle_px, self.mark_px = oracle_px, mark_px

    def _is_usable(self, ms: int, bids: tuple[Rung, ...], asks: tuple[Rung, ...]) -> bool:
        """Whether a book is not older than the last one and not crossed in itself."""
        if ms < self._book_ms:
            self._counts.old_books += 1
            return False
        if bids and asks and bids[0][0] >= asks[0][0]:
            self._counts.crossed_books += 1
            return False
        return True

    def _legal(self, rungs: tuple[Rung, ...]) -> tuple[Rung, ...]:
        """The levels that our rules for the coin allow; nearly always all."""
        assert self._floor is not None, "open comes first"
        rules = self._floor.instrument(self._coin)
        legal = tuple(
            rung for rung in rungs if rules.is_legal_px(rung[0]) and rules.is_legal_size(rung[1])
        )
        self._counts.off_tick += len(rungs) - len(legal)
        return legal
