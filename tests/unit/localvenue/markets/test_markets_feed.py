"""Paper orders against a fed book: they wait in the queue, and fill when the tape says so."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.unit.localvenue.still_venue import BLOCK_MS, BTC, START_MS, Stage, Trader, buy, sell

from hive.domain.market import Side
from hive.localvenue.markets.feed import NEVER_MS, PENDING_MAX, FeedMarkets
from hive.localvenue.markets.feed_events import (
    FeedBook,
    FeedContext,
    FeedEvent,
    FeedGap,
    FeedTop,
    FeedTrade,
    Rung,
)

COIN = "BTC"


def rungs(*pairs: tuple[int, str]) -> tuple[Rung, ...]:
    return tuple((Decimal(px), Decimal(size)) for px, size in pairs)


class FedStage:
    """A venue whose only coin is fed by hand, an event a block."""

    def __init__(self, *, hold_ms: int = 0) -> None:
        self.markets = FeedMarkets({COIN: 100.0}, hold_ms=hold_ms)
        self.stage = Stage(instead=self.markets)
        self.ms = START_MS
        self.trader: Trader = self.stage.trader(1)

    def tell(self, *events: FeedEvent) -> None:
        for event in events:
            self.markets.take(event, self.stage.now_ms)
        self.stage.make_block()

    def next_ms(self) -> int:
        self.ms += 10
        return self.ms

    def book(self, bids: tuple[Rung, ...], asks: tuple[Rung, ...], *, reach: int = 20) -> None:
        self.tell(FeedBook(COIN, self.next_ms(), bids, asks, reach))

    def trade(self, side: Side, px: int, size: str) -> None:
        self.tell(FeedTrade(COIN, self.next_ms(), side, Decimal(px), Decimal(size)))

    def shown(self) -> tuple[list[Any], list[Any]]:
        """Prices and sizes of both sides, paper orders among them."""
        levels = self.stage.ask(type="l2Book", coin=COIN)["levels"]
        bids, asks = ([(row["px"], row["sz"]) for row in side] for side in levels)
        return bids, asks

    def filled(self) -> list[tuple[str, str, bool]]:
        """Price, size and whether it took, of every paper fill, oldest first."""
        rows = [(row["px"], row["sz"], row["crossed"]) for row in self.trader.fills()]
        return rows[::-1]

    def rest(self, order: dict[str, Any]) -> int:
        oid: int = self.trader.place_one(order)["resting"]["oid"]
        return oid


@pytest.fixture
def fed() -> FedStage:
    """100 and 101 with 5 each."""
    fed = FedStage()
    fed.book(rungs((100, "5"), (99, "7")), rungs((101, "5"), (102, "7")))
    return fed


def test_the_book_is_the_feeds(fed: FedStage) -> None:
    assert fed.shown() == (
        [("100.0", "5.0"), ("99.0", "7.0")],
        [("101.0", "5.0"), ("102.0", "7.0")],
    )
    fed.book(rungs((99, "8")), rungs((101, "2"), (103, "1")))
    assert fed.shown() == ([("99.0", "8.0")], [("101.0", "2.0"), ("103.0", "1.0")])


def test_a_short_book_says_nothing_of_what_lies_beyond_it(fed: FedStage) -> None:
    fed.book(rungs((100, "4")), rungs((101, "5")), reach=1)
    assert fed.shown()[0] == [("100.0", "4.0"), ("99.0", "7.0")]
    fed.book(rungs((99, "1")), rungs((101, "5")), reach=1)
    assert fed.shown()[0] == [("99.0", "1.0")]


def test_the_best_prices_alone_move_the_top(fed: FedStage) -> None:
    top = FeedTop(COIN, fed.next_ms(), rungs((99, "3"))[0], rungs((102, "9"))[0])
    fed.tell(top)
    assert fed.shown() == ([("99.0", "3.0")], [("102.0", "9.0")])
    fed.tell(FeedTop(COIN, fed.next_ms(), None, rungs((102, "9"))[0]))
    assert fed.shown() == ([], [("102.0", "9.0")])


def test_a_paper_order_waits_for_the_queue_before_it(fed: FedStage) -> None:
    fed.rest(buy(100, "2"))
    fed.trade(Side.SELL, 100, "4")
    assert fed.filled() == []
    fed.trade(Side.SELL, 100, "1.5")
    assert fed.filled() == [("100.0", "0.5", False)]
    fed.trade(Side.SELL, 100, "9")
    assert fed.filled()[1:] == [("100.0", "1.5", False)]


def test_what_comes_later_queues_behind_it(fed: FedStage) -> None:
    fed.rest(buy(100, "2"))
    fed.book(rungs((100, "50")), rungs((101, "5")))
    fed.trade(Side.SELL, 100, "6")
    assert fed.filled() == [("100.0", "1.0", False)]


def test_cancels_are_taken_to_come_from_behind_it(fed: FedStage) -> None:
    fed.rest(buy(100, "2"))
    fed.book(rungs((100, "8")), rungs((101, "5")))
    fed.book(rungs((100, "5")), rungs((101, "5")))
    fed.trade(Side.SELL, 100, "5")
    assert fed.filled() == []
    fed.trade(Side.SELL, 100, "1")
    assert fed.filled() == [("100.0", "1.0", False)]


def test_a_level_that_shrinks_under_its_queue_lets_it_advance(fed: FedStage) -> None:
    fed.rest(buy(100, "2"))
    fed.book(rungs((100, "3")), rungs((101, "5")))
    fed.trade(Side.SELL, 100, "4")
    assert fed.filled() == [("100.0", "1.0", False)]


def test_a_trade_through_its_price_fills_it_first_and_at_its_own_price(fed: FedStage) -> None:
    fed.rest(buy(100, "2"))
    fed.trade(Side.SELL, 99, "3")
    assert fed.filled() == [("100.0", "2.0", False)]
    # What stood at 100 was gone when 99 traded; of the 7 at 99 one was taken.
    assert fed.shown()[0] == [("99.0", "6.0")]


def test_a_trade_of_the_other_side_or_worse_fills_nobody(fed: FedStage) -> None:
    fed.rest(buy(99, "2"))
    fed.trade(Side.BUY, 101, "50")
    fed.trade(Side.SELL, 100, "50")
    assert fed.filled() == []


def test_a_book_that_crosses_it_fills_it_at_its_own_price(fed: FedStage) -> None:
    fed.rest(buy(100, "2"))
    fed.book(rungs((97, "5")), rungs((98, "1"), (99, "0.4")))
    assert fed.filled() == [("100.0", "1.0", False), ("100.0", "0.4", False)]


def test_a_paper_taker_gets_what_the_book_shows_and_the_next_book_has_it_again(
    fed: FedStage,
) -> None:
    fed.trader.place_one(buy(102, "6", tif="Ioc"))
    assert fed.filled() == [("101.0", "5.0", True), ("102.0", "1.0", True)]
    assert fed.trader.place_one(buy(101, "1", tif="Ioc"))["error"].startswith("Order could not")
    fed.book(rungs((100, "5")), rungs((101, "5")))
    assert fed.shown()[1] == [("101.0", "5.0")]


def test_of_one_block_trades_count_before_the_book_that_they_left(fed: FedStage) -> None:
    """Told the other way round, the level would seem cancelled and the trade would be ours."""
    fed.rest(buy(100, "2"))
    ms = fed.next_ms()
    fed.tell(
        FeedTop(COIN, ms, rungs((99, "7"))[0], rungs((101, "5"))[0]),
        FeedTrade(COIN, ms, Side.SELL, Decimal(100), Decimal(5)),
    )
    assert fed.filled() == []


def test_what_comes_late_over_another_stream_is_waited_for() -> None:
    fed = FedStage(hold_ms=2 * BLOCK_MS)
    fed.book(rungs((100, "5")), rungs((101, "5")))
    fed.stage.make_block()
    fed.rest(buy(100, "2"))
    ms = fed.next_ms()
    fed.tell(FeedTop(COIN, ms, rungs((99, "7"))[0], rungs((101, "5"))[0]))
    assert fed.shown()[0] == [("100.0", "7.0")]
    fed.tell(FeedTrade(COIN, ms, Side.SELL, Decimal(100), Decimal(5)))
    assert fed.filled() == []
    assert fed.shown()[0] == [("100.0", "2.0"), ("99.0", "7.0")]


def test_a_trade_that_is_later_still_is_printed_and_fills_nobody(fed: FedStage) -> None:
    fed.rest(buy(100, "2"))
    fed.tell(FeedTrade(COIN, START_MS, Side.SELL, Decimal(90), Decimal(5)))
    assert fed.filled() == []
    assert fed.markets.counts.late_trades == 1
    printed = fed.stage.ask(type="recentTrades", coin=COIN)[0]
    assert (printed["px"], printed["sz"], printed["side"]) == ("90.0", "5.0", "A")


def test_the_tape_has_every_trade_in_full(fed: FedStage) -> None:
    fed.rest(buy(100, "2"))
    fed.trade(Side.SELL, 100, "11")
    printed = fed.stage.ask(type="recentTrades", coin=COIN)
    assert sum(Decimal(row["sz"]) for row in printed) == 11
    assert {row["px"] for row in printed} == {"100.0"}


def test_marks_and_oracles_are_the_feeds(fed: FedStage) -> None:
    fed.tell(FeedContext(COIN, fed.next_ms(), Decimal("100.4"), Decimal("100.7")))
    fed.stage.pass_ms(3_000)
    context = fed.stage.ask(type="metaAndAssetCtxs")[1][BTC]
    assert (context["markPx"], context["oraclePx"]) == ("100.4", "100.7")


@pytest.mark.parametrize("coin", [COIN, ""])
def test_after_a_gap_nothing_is_quoted_until_the_next_book(fed: FedStage, coin: str) -> None:
    oid = fed.rest(buy(100, "2"))
    fed.tell(FeedGap(coin, fed.next_ms(), "the socket was lost"))
    assert fed.shown() == ([("100.0", "2.0")], [])
    assert fed.markets.counts.gaps == 1
    fed.book(rungs((100, "5")), rungs((101, "5")))
    assert fed.shown() == ([("100.0", "7.0")], [("101.0", "5.0")])
    assert fed.trader.status(oid) == "open"


def test_while_no_book_is_known_only_a_trade_through_a_price_fills() -> None:
    fed = FedStage()
    fed.rest(buy(100, "2"))
    fed.trade(Side.SELL, 100, "50")
    assert fed.filled() == []
    fed.trade(Side.SELL, 99, "1.5")
    assert fed.filled() == [("100.0", "1.5", False)]
    fed.book(rungs((100, "5")), rungs((101, "5")))
    fed.tell(FeedGap(COIN, fed.next_ms(), "the socket was lost"))
    fed.trade(Side.SELL, 100, "50")
    assert len(fed.filled()) == 1


def test_nonsense_is_counted_and_left_out(fed: FedStage) -> None:
    before = fed.shown()
    fed.book(rungs((101, "5")), rungs((100, "5")))
    fed.tell(FeedBook(COIN, START_MS, (), ()))
    fed.tell(FeedTrade("ETH", fed.next_ms(), Side.BUY, Decimal(1), Decimal(1)))
    fed.tell(FeedTrade(COIN, fed.next_ms(), Side.BUY, Decimal("101.123456"), Decimal(1)))
    assert fed.shown() == before
    counts = fed.markets.counts
    assert (counts.crossed_books, counts.old_books, counts.unknown_coins, counts.off_tick) == (
        1,
        1,
        1,
        1,
    )


def test_a_flood_beyond_the_bound_becomes_a_gap() -> None:
    markets = FeedMarkets({COIN: 100.0})
    event = FeedGap("ETH", 1, "none of ours")
    for _ in range(PENDING_MAX + 1):
        markets.take(event, START_MS)
    assert markets.counts.events == PENDING_MAX + 1
    stage = Stage(instead=markets)
    stage.pass_ms(1_000)
    assert markets.counts.gaps == 1
    assert markets.next_deadline_ms() == NEVER_MS


def test_two_paper_accounts_meet_as_they_would_there(fed: FedStage) -> None:
    other = fed.stage.trader(2)
    fed.rest(buy("100.5", "1"))
    status = other.place_one(sell("100.5", "1", tif="Ioc"))
    assert status["filled"]["avgPx"] == "100.5"
