"""Whatever the tape does: every paper fill is justified by it, and none is better than it.

Tapes are random and not even consistent: books jump, trades come at any price. A paper account
places, takes and cancels at random. After each block every new fill is held against what the feed
told for that block:

- a resting order filled at its own price; a trade of the other side reached that price, or a book's
  other side did; and no more filled than traded or crossed there;
- a taking order got no better price than the best one that the last book had.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import pytest
from tests.unit.localvenue.still_venue import Stage, Trader, order

from hive.domain.market import Side
from hive.localvenue.markets.chance import Chance
from hive.localvenue.markets.feed import FeedMarkets
from hive.localvenue.markets.feed_events import (
    FeedBook,
    FeedEvent,
    FeedGap,
    FeedTop,
    FeedTrade,
    Rung,
)
from hive.localvenue.markets.seeded import seeded_sources

COIN: Final = "BTC"
TAPES_BY_TIER: Final = {"default": 12, "full": 120, "soak": 1_200}
BLOCKS: Final = 150
MIDDLE: Final = 1_000


class RandomTape:
    """Events around a price that wanders, and what the last book had."""

    def __init__(self, chance: Chance, start_ms: int) -> None:
        self._chance = chance
        self._ms = start_ms
        self._middle = MIDDLE
        self.best: dict[Side, Decimal | None] = dict.fromkeys(Side)
        """The best price of each side in the last book that counted."""

    def block(self) -> list[FeedEvent]:
        """Up to three events, each later than the one before."""
        return [self._event() for _ in range(int(self._chance.uniform() * 4))]

    def _event(self) -> FeedEvent:
        self._ms += 1 + int(self._chance.uniform() * 3)
        self._middle += round(2 * self._chance.gauss())
        draw = self._chance.uniform()
        if draw < 0.45:
            side = Side.BUY if self._chance.happens(0.5) else Side.SELL
            px = self._middle + round(3 * self._chance.gauss())
            return FeedTrade(COIN, self._ms, side, Decimal(px), self._size())
        if draw < 0.47:
            self.best = dict.fromkeys(Side)
            return FeedGap(COIN, self._ms, "chance")
        bids, asks = self._side(-1), self._side(+1)
        self.best = {Side.BUY: bids[0][0], Side.SELL: asks[0][0]}
        if draw < 0.65:
            return FeedTop(COIN, self._ms, bids[0], asks[0])
        reach = len(bids) if self._chance.happens(0.5) else 20
        return FeedBook(COIN, self._ms, bids, asks, reach)

    def _side(self, away: int) -> tuple[Rung, ...]:
        count = 1 + int(self._chance.uniform() * 4)
        return tuple(
            (Decimal(self._middle + away * (1 + step)), self._size()) for step in range(count)
        )

    def _size(self) -> Decimal:
        return Decimal(1 + int(self._chance.uniform() * 5))


class Judge:
    """Holds each block's fills against its events."""

    def __init__(self, trader: Trader) -> None:
        self._trader = trader
        self._seen = 0
        self.makes = 0
        self.takes = 0

    def look(self, events: list[FeedEvent], best: dict[Side, Decimal | None]) -> None:
        fills = self._trader.fills()[::-1]
        fresh, self._seen = fills[self._seen :], len(fills)
        made = [row for row in fresh if not row["crossed"]]
        for row in made:
            assert self._may_fill(row, events), (row, events)
        for side in Side:
            filled = sum(Decimal(row["sz"]) for row in made if row["side"] == side.value)
            assert filled <= sum(self._offered(side, event) for event in events), (made, events)
        for row in fresh:
            if row["crossed"]:
                self._check_take(row, best)
        self.makes += len(made)
        self.takes += len(fresh) - len(made)

    def _may_fill(self, row: Any, events: list[FeedEvent]) -> bool:
        """Whether an event reached the price of a resting order."""
        side, px = Side(row["side"]), Decimal(row["px"])
        return any(
            (px - reached) * side.sign >= 0
            for event in events
            for reached, _ in self._reached(side, event)
        )

    def _offered(self, side: Side, event: FeedEvent) -> Decimal:
        return sum((size for _, size in self._reached(side, event)), Decimal(0))

    @staticmethod
    def _reached(side: Side, event: FeedEvent) -> tuple[Rung, ...]:
        """What an event offers to resting orders of a side: prices and sizes."""
        match event:
            case FeedTrade(side=taker, px=px, size=size):
                return ((px, size),) if taker is side.opposite else ()
            case FeedBook(bids=bids, asks=asks):
                return asks if side is Side.BUY else bids
            case FeedTop(bid=bid, ask=ask):
                rung = ask if side is Side.BUY else bid
                return (rung,) if rung else ()
            case _:
                return ()

    @staticmethod
    def _check_take(row: Any, best: dict[Side, Decimal | None]) -> None:
        side = Side(row["side"])
        shown = best[side.opposite]
        assert shown is not None, row
        assert (Decimal(row["px"]) - shown) * side.sign >= 0, (row, shown)


def act(trader: Trader, chance: Chance) -> None:
    """Place, take or cancel, without making the block: that is made once the tape is told."""
    stage = trader.stage
    is_buy = chance.happens(0.5)
    draw = chance.uniform()
    if draw < 0.25:
        rows = stage.ask(type="openOrders", user=trader.address)
        cancels = [{"a": 0, "o": row["oid"]} for row in rows[: 1 + len(rows) // 3]]
        action = {"type": "cancel", "cancels": cancels} if cancels else {"type": "noop"}
    else:
        away = round(3 * abs(chance.gauss()))
        px = MIDDLE + (-away if is_buy else away) + round(4 * chance.gauss())
        tif = "Ioc" if draw < 0.5 else "Gtc"
        wire = order(px, 1 + int(chance.uniform() * 6), is_buy=is_buy, tif=tif)
        action = {"type": "order", "orders": [wire], "grouping": "na"}
    stage.send(trader.request(action))


def test_every_paper_fill_is_justified_by_the_tape(tier: str) -> None:
    makes = takes = 0
    for seed in range(TAPES_BY_TIER[tier]):
        sources = seeded_sources(seed)
        markets = FeedMarkets({COIN: float(MIDDLE)}, hold_ms=0)
        stage = Stage(instead=markets)
        trader = stage.trader(1, usd=1_000_000)
        tape, judge = RandomTape(Chance(sources("tape")), stage.now_ms), Judge(trader)
        chance = Chance(sources("paper"))
        for _ in range(BLOCKS):
            events = tape.block()
            for event in events:
                markets.take(event, stage.now_ms)
            act(trader, chance)
            stage.make_block()
            judge.look(events, tape.best)
        makes += judge.makes
        takes += judge.takes
        assert markets.counts.late_trades == 0
    assert min(makes, takes) > 5 * TAPES_BY_TIER[tier], (makes, takes)


def test_a_fill_without_any_event_is_caught() -> None:
    """The judge is no rubber stamp."""
    stage = Stage()
    maker, taker = stage.trader(1), stage.trader(2)
    maker.place_one(order(80_000, 1, is_buy=True))
    taker.place_one(order(80_000, 1, is_buy=False, tif="Ioc"))
    with pytest.raises(AssertionError):
        Judge(maker).look([], dict.fromkeys(Side))
