"""One owner per stream: opened for the first, closed after the last, honest about its state."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.unit.marketdata.quiet_world import World

from hive.domain.errors import LimitReached, UnknownCoin
from hive.domain.market import Bbo, StreamCondition, Trade
from hive.hyperliquid.subscriptions import active_asset_ctx, all_mids, bbo, l2_book, trades


def test_many_listeners_share_one_subscription_and_hear_the_same_value() -> None:
    world = World()
    first: list[Bbo] = []
    second: list[Bbo] = []
    world.do(lambda: world.market_data.watch_bbo("BTC", first.append))
    world.do(lambda: world.market_data.watch_bbo("BTC", second.append))
    world.push_bbo("BTC", 99, 101)
    assert world.pool.subscribed == [bbo("BTC").key]
    assert first == second
    assert first[0] is second[0], "converted once"
    assert first[0].mid_px == 100
    assert world.market_data.bbo("BTC") is first[0]


def test_the_last_listener_closes_the_stream_and_its_value_is_forgotten() -> None:
    world = World()
    watches = [world.do(lambda: world.market_data.watch_bbo("BTC", print)) for _ in range(2)]
    world.do(watches[0].close)
    world.do(watches[0].close)
    assert world.pool.closed == [], "closing twice counts once"
    world.do(watches[1].close)
    assert world.pool.closed == [bbo("BTC").key]
    assert world.market_data.bbo("BTC") is None
    world.do(lambda: world.market_data.watch_bbo("BTC", print))
    assert world.pool.subscribed == [bbo("BTC").key] * 2


def test_an_unknown_coin_never_reaches_the_venue() -> None:
    """One unknown coin would make the venue drop the socket with everything on it."""
    world = World()
    market_data = world.market_data
    asks: list[Callable[[], object]] = [
        lambda: market_data.watch_bbo("BTCC", print),
        lambda: market_data.watch_book("btc", print),
        lambda: market_data.watch_trades("", print),
        lambda: market_data.watch_context("xyz:NOPE", print),
        lambda: market_data.watch_candles("DOGE", 1_000, print, on_history=print),
        lambda: market_data.history("DOGE", 1_000, 5, print),
    ]
    for ask in asks:
        with pytest.raises(UnknownCoin):
            ask()
    assert world.pool.subscribed == []


def test_a_listener_that_raises_does_not_silence_the_others() -> None:
    world = World()
    heard: list[Bbo] = []

    def broken(value: Bbo) -> None:
        raise ValueError("no")

    world.do(lambda: world.market_data.watch_bbo("BTC", broken))
    world.do(lambda: world.market_data.watch_bbo("BTC", heard.append))
    world.push_bbo("BTC", 99, 101)
    assert len(heard) == 1
    snapshot = world.market_data.snapshot()
    assert snapshot.handler_errors == 1
    assert "ValueError" in snapshot.last_error


def test_a_listener_may_leave_while_it_is_told() -> None:
    world = World()
    heard: list[Bbo] = []

    def once(value: Bbo) -> None:
        heard.append(value)
        watch.close()

    watch = world.do(lambda: world.market_data.watch_bbo("BTC", once))
    others: list[Bbo] = []
    world.do(lambda: world.market_data.watch_bbo("BTC", others.append))
    world.push_bbo("BTC", 99, 101)
    world.push_bbo("BTC", 98, 101)
    assert len(heard) == 1
    assert len(others) == 2


def test_a_state_stream_is_stale_then_fresh_then_gapped_until_its_next_push() -> None:
    world = World()
    conditions: list[StreamCondition] = []
    world.do(lambda: world.market_data.watch_bbo("BTC", lambda _: None))
    world.do(lambda: world.market_data.watch_condition("BTC", conditions.append))
    assert world.market_data.condition("BTC") is StreamCondition.STALE
    world.push_bbo("BTC", 99, 101)
    assert world.market_data.condition("BTC") is StreamCondition.FRESH
    world.lose_line(bbo("BTC"))
    assert world.market_data.condition("BTC") is StreamCondition.STALE
    lost_ms = world.now_ms
    world.pass_ms(3_000)
    world.line_back(bbo("BTC"), lost_ms)
    world.push_bbo("BTC", 99, 101)
    assert conditions == [
        StreamCondition.FRESH,
        StreamCondition.STALE,
        StreamCondition.FRESH,
    ]
    snapshot = world.market_data.snapshot()
    assert (snapshot.gaps, snapshot.gaps_unhealed) == (1, 0)
    assert snapshot.recent_gaps[0].from_ms == lost_ms
    assert snapshot.recent_gaps[0].to_ms == lost_ms + 3_000


def test_what_a_stale_stream_answers_is_shown_and_not_trusted() -> None:
    """A silenced stream is asked for anew and answers: only the pool says when it lives again."""
    world = World()
    heard: list[float | None] = []
    world.do(lambda: world.market_data.watch_bbo("BTC", lambda bbo: heard.append(bbo.mid_px)))
    world.push_bbo("BTC", 99, 101)
    lost_ms = world.now_ms
    world.lose_line(bbo("BTC"))
    sink = world.pool.sink_by_key[bbo("BTC").key]
    for _ in range(2):  # asked for twice; each time the pool tells what was missed since the last
        world.pass_ms(3_000)
        world.do(lambda: sink.on_gap(bbo("BTC"), world.now_ms - 3_000, world.now_ms))
        world.push_bbo("BTC", 109, 111)
        assert world.market_data.condition("BTC") is StreamCondition.STALE
    assert heard == [100, 110, 110]
    assert world.market_data.fresh_mark_px("BTC") is None
    world.do(lambda: sink.on_condition(bbo("BTC"), StreamCondition.FRESH))
    world.push_bbo("BTC", 119, 121)
    assert world.market_data.condition("BTC") is StreamCondition.FRESH
    (gap,) = world.market_data.snapshot().recent_gaps
    assert (gap.from_ms, gap.to_ms) == (lost_ms, lost_ms + 6_000), "it is one gap"


def test_the_condition_of_a_coin_is_the_worst_of_its_streams() -> None:
    world = World()
    world.do(lambda: world.market_data.watch_bbo("BTC", lambda _: None))
    world.do(lambda: world.market_data.watch_book("BTC", lambda _: None))
    world.push_bbo("BTC", 99, 101)
    assert world.market_data.condition("BTC") is StreamCondition.STALE
    levels = [[{"px": "99", "sz": "1", "n": 1}], [{"px": "101", "sz": "1", "n": 1}]]
    world.push(
        l2_book("BTC", fast=True),
        "l2Book",
        {"coin": "BTC", "time": world.now_ms, "levels": levels, "fast": True},
    )
    assert world.market_data.condition("BTC") is StreamCondition.FRESH
    book = world.market_data.book("BTC")
    assert book is not None
    assert book.bids[0].px == 99


def test_the_mark_is_the_venues_where_streamed_and_else_a_mid() -> None:
    world = World()
    market_data = world.market_data
    assert market_data.mark_px("BTC") is None
    world.do(lambda: market_data.watch_mids(lambda _: None))
    world.push(all_mids(), "allMids", {"mids": {"BTC": "90", "ETH": "9"}})
    assert market_data.mark_px("BTC") == 90
    world.do(lambda: market_data.watch_bbo("BTC", lambda _: None))
    world.push_bbo("BTC", 99, 101)
    assert market_data.mark_px("BTC") == market_data.mid_px("BTC") == 100
    world.do(lambda: market_data.watch_context("BTC", lambda _: None))
    ctx = {
        "funding": "0.0000125",
        "openInterest": "10",
        "prevDayPx": "95",
        "dayNtlVlm": "1000",
        "premium": "0",
        "oraclePx": "100.5",
        "markPx": "100.7",
        "midPx": "100",
        "dayBaseVlm": "10",
    }
    world.push(active_asset_ctx("BTC"), "activeAssetCtx", {"coin": "BTC", "ctx": ctx})
    assert market_data.mark_px("BTC") == 100.7
    assert market_data.mid_px("BTC") == 100


def test_trades_are_told_once_whatever_repeats() -> None:
    world = World()
    heard: list[Trade] = []
    world.do(lambda: world.market_data.watch_trades("BTC", heard.append))
    old = [world.trade(world.now_ms - 10_000 + i, 100 + i) for i in range(5)]
    world.push_trades(*reversed(old))  # newest first, as REST has it
    world.push_trades(*old[3:], world.trade(world.now_ms, 200))
    assert [t.px for t in heard] == [100, 101, 102, 103, 104, 200]
    assert world.market_data.snapshot().repeated_trades == 2


def test_two_trades_of_one_millisecond_and_one_trade_id_at_two_times_are_all_told() -> None:
    world = World()
    heard: list[Trade] = []
    world.do(lambda: world.market_data.watch_trades("BTC", heard.append))
    now_ms = world.now_ms
    world.push_trades(world.trade(now_ms, 1, 7), world.trade(now_ms, 2, 8))
    world.push_trades(world.trade(now_ms + 5, 3, 7))
    assert [t.px for t in heard] == [1, 2, 3]


def test_a_cut_that_the_repetition_bridges_is_no_gap_in_trades() -> None:
    world = World()
    heard: list[Trade] = []
    world.do(lambda: world.market_data.watch_trades("BTC", heard.append))
    before = world.trade(world.now_ms, 100)
    world.push_trades(before)
    lost_ms = world.now_ms
    world.lose_line(trades("BTC"))
    world.pass_ms(5_000)
    world.line_back(trades("BTC"), lost_ms)
    assert world.market_data.condition("BTC") is StreamCondition.STALE
    world.push_trades(before, world.trade(lost_ms + 2_000, 101), world.trade(world.now_ms, 102))
    assert [t.px for t in heard] == [100, 101, 102]
    snapshot = world.market_data.snapshot()
    assert (snapshot.gaps, snapshot.gaps_unhealed) == (1, 0)
    assert world.market_data.condition("BTC") is StreamCondition.FRESH


def test_a_cut_longer_than_the_repetition_is_recorded_as_unhealed() -> None:
    world = World()
    world.do(lambda: world.market_data.watch_trades("BTC", lambda _: None))
    world.push_trades(world.trade(world.now_ms, 100))
    lost_ms = world.now_ms
    world.lose_line(trades("BTC"))
    world.pass_ms(60_000)
    world.line_back(trades("BTC"), lost_ms)
    world.push_trades(world.trade(world.now_ms - 15_000, 101))
    snapshot = world.market_data.snapshot()
    assert (snapshot.gaps, snapshot.gaps_unhealed) == (1, 1)


def test_a_warm_up_beyond_what_the_venue_keeps_is_refused() -> None:
    world = World()
    with pytest.raises(LimitReached, match="warmup"):
        world.market_data.history("BTC", 60_000, 5_001, print)
