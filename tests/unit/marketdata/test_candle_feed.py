"""Candles as a listener hears them: on time, closed, never from half-heard time."""

from __future__ import annotations

import pytest
from tests.unit.marketdata.quiet_world import START_MS, Ear, World, minute_row

from hive.domain.errors import LimitReached
from hive.hyperliquid.subscriptions import all_mids, trades


def listen(world: World, interval_ms: int, warmup: int = 0) -> Ear:
    ear = Ear()
    market_data = world.market_data
    world.do(
        lambda: market_data.watch_candles(
            "BTC", interval_ms, ear.live.append, on_history=ear.history.append
        )
    )
    if warmup:
        world.do(lambda: market_data.history("BTC", interval_ms, warmup, ear.history.append))
    return ear


def test_candles_close_by_trades_and_quiet_ones_by_time() -> None:
    world = World()
    ear = listen(world, 1_000)
    world.push_trades(world.trade(START_MS - 1, 99.0))
    world.push_trades(world.trade(world.now_ms + 10, 100.0))
    world.pulses_ms(3_500)
    assert ear.live_opens_s == [0, 1, 2]
    assert [c.trades for c in ear.live] == [1, 0, 0]
    assert all(c.is_closed for c in ear.live)
    assert ear.live[1].open_px == ear.live[1].close_px == 100.0


def test_a_candle_is_told_soon_after_its_close_and_not_before() -> None:
    """No candle is visible before its close: that would be looking ahead."""
    world = World()
    ear = listen(world, 1_000)
    world.push_trades(world.trade(START_MS - 1, 99.0))
    world.push_trades(world.trade(START_MS, 100.0))
    world.pulses_ms(1_000, every_ms=50)
    assert ear.live == []
    world.pulses_ms(400, every_ms=50)
    assert ear.live_opens_s == [0]


def test_the_first_frame_is_the_past_and_gives_the_warm_up() -> None:
    """Candles under a minute have no other history than the venue's repetition."""
    world = World()
    ear = listen(world, 2_000, warmup=8)
    past = [world.trade(START_MS - 19_000 + 500 * i, 100.0 + i) for i in range(39)]
    world.push_trades(*past)
    assert ear.live == [], "the past is not news"
    assert len(ear.history) == 1
    history = ear.history[0]
    assert history.asked == 8
    assert ear.past_opens_s == [-16.0, -14.0, -12.0, -10.0, -8.0, -6.0, -4.0, -2.0]
    assert all(c.trades == 4 for c in history.candles)
    world.pulses_ms(4_500)
    assert ear.live_opens_s == [0, 2]


def test_a_warm_up_that_cannot_be_had_says_so() -> None:
    world = World()
    ear = listen(world, 2_000, warmup=8)
    world.push_trades(*(world.trade(START_MS - ms, 100.0) for ms in (5_000, 3_000, 500)))
    world.pulses_ms(600)
    assert ear.history[0].asked == 8
    assert len(ear.history[0].candles) == 1


def test_where_nobody_trades_the_run_begins_by_itself() -> None:
    world = World()
    ear = listen(world, 1_000, warmup=3)
    world.pulses_ms(5_000)
    assert ear.history[0].candles == ()
    assert ear.live == [], "no price is known, so no candle is made up"
    world.push_trades(world.trade(world.now_ms, 50.0))
    world.pulses_ms(2_500)
    assert [c.trades for c in ear.live] == [1, 0]


def test_a_dead_line_closes_nothing() -> None:
    """What was not heard is not claimed to be quiet, even before anybody notices the silence."""
    world = World()
    ear = listen(world, 1_000)
    world.push_trades(world.trade(START_MS - 1, 99.0))
    world.push_trades(world.trade(START_MS + 100, 100.0))
    world.pulses_ms(1_500)
    assert ear.live_opens_s == [0]
    world.pass_ms(30_000)
    assert ear.live_opens_s == [0]


def test_after_an_unbridged_cut_the_unheard_candles_are_absent_and_the_rest_is_right() -> None:
    world = World()
    ear = listen(world, 1_000)
    world.push_trades(world.trade(START_MS - 1, 99.0))
    world.push_trades(world.trade(START_MS + 100, 100.0))
    world.pulses_ms(2_300)
    assert ear.live_opens_s == [0, 1]
    lost_ms = world.now_ms
    world.lose_line(trades("BTC"))
    world.pass_ms(40_000)
    world.push_pulse()  # another stream is back already
    world.pulses_ms(500)
    world.line_back(trades("BTC"), lost_ms)
    first_ms = world.now_ms - 5_000
    world.push_trades(world.trade(first_ms, 110.0), world.trade(first_ms + 2_000, 111.0))
    world.pulses_ms(3_000)
    opens = ear.live_opens_s + ear.past_opens_s
    assert min(opens[2:]) >= (first_ms - START_MS) / 1_000, "nothing is told of the cut"
    assert len(set(opens)) == len(opens)
    assert world.market_data.snapshot().candles_lost > 30


def test_a_bridged_cut_loses_no_candle() -> None:
    world = World()
    ear = listen(world, 1_000)
    first = world.trade(START_MS + 10, 100.0)
    world.push_trades(world.trade(START_MS - 1, 99.0), first)
    world.pulses_ms(1_500)
    lost_ms = world.now_ms
    world.lose_line(trades("BTC"))
    world.pass_ms(5_000)
    world.line_back(trades("BTC"), lost_ms)
    world.push_trades(first, world.trade(START_MS + 3_100, 103.0))
    world.pulses_ms(1_500)
    opens = sorted(ear.live_opens_s + ear.past_opens_s)
    assert opens == [0, 1, 2, 3, 4, 5, 6]
    assert ear.live_opens_s == [0, 5, 6], "what was only caught up on is no news"


def test_minutes_are_warmed_by_the_venues_rows() -> None:
    world = World()
    world.rest.minutes = [minute_row(START_MS - 60_000 * i, 100.0 + i) for i in range(30, 0, -1)]
    ear = listen(world, 120_000, warmup=10)
    world.push_trades(world.trade(START_MS - 100, 99.0))
    world.pulses_ms(3_000)
    assert len(ear.history) == 1
    candles = ear.history[0].candles
    assert len(candles) == 10
    assert all(c.is_closed and c.trades == 2 for c in candles)
    assert candles[-1].close_ms <= START_MS
    opens = [c.open_ms for c in candles]
    assert opens == list(range(opens[0], opens[0] + 10 * 120_000, 120_000))


def test_history_and_live_candles_meet_without_a_seam() -> None:
    """The minute in which we began comes from the venue's row, later ones from trades."""
    world = World()
    world.pass_ms(30_000)  # in the middle of a minute
    world.rest.minutes = [minute_row(START_MS - 60_000 * i, 100.0) for i in range(10, -1, -1)]
    ear = listen(world, 60_000, warmup=5)
    world.push_trades(world.trade(world.now_ms - 5_000, 777.0))
    world.pulses_ms(35_000, every_ms=500)
    world.push_trades(world.trade(world.now_ms, 200.0))
    world.pulses_ms(62_000, every_ms=500)
    assert ear.past_opens_s == [-300, -240, -180, -120, -60]
    assert ear.live_opens_s == [0, 60]
    assert ear.live[0].open_px == 100.0, "wholly from the row"
    assert ear.live[0].trades == 1
    assert (ear.live[1].open_px, ear.live[1].trades) == (200.0, 1)


def test_a_venue_that_does_not_answer_costs_the_candle_and_not_the_series() -> None:
    world = World()
    world.pass_ms(30_000)
    world.rest.failures = 99
    ear = listen(world, 60_000, warmup=5)
    world.push_trades(world.trade(world.now_ms - 5_000, 100.0))
    for _ in range(6):
        world.pulses_ms(30_000, every_ms=500)
        world.push_trades(world.trade(world.now_ms, 100.0))
    world.pulses_ms(5_000, every_ms=500)
    assert ear.history[0].candles == ()
    assert ear.live_opens_s[0] == 60.0
    assert world.market_data.snapshot().candles_lost == 1
    assert "Unanswered" in world.market_data.snapshot().last_error


def test_a_minute_without_a_row_between_two_with_is_a_quiet_one() -> None:
    """The venue publishes the flat row only later; waiting for it would be a gap for ever."""
    world = World()
    world.pass_ms(30_000)
    traded_in = [-300, -240, -120, -60, 0]
    world.rest.minutes = [minute_row(START_MS + 1_000 * at_s, 100.0) for at_s in traded_in]
    ear = listen(world, 300_000)
    world.push_trades(world.trade(world.now_ms - 1_000, 105.0))
    world.pulses_ms(40_000, every_ms=500)
    assert ear.live_opens_s == [-240]
    assert ear.live[0].trades == 4


def test_who_comes_later_is_warmed_from_what_was_heard() -> None:
    world = World()
    listen(world, 1_000)
    world.push_trades(world.trade(START_MS - 1, 99.0))
    for i in range(20):
        world.push_trades(world.trade(world.now_ms, 100.0 + i))
        world.pulses_ms(500)
    late = listen(world, 1_000, warmup=5)
    world.pulses_ms(300)
    assert len(late.history[0].candles) == 5
    other_length = listen(world, 3_000, warmup=2)
    world.pulses_ms(300)
    assert len(other_length.history[0].candles) == 2
    assert other_length.history[0].candles[0].trades == 6
    assert world.rest.requests == []


def test_series_end_with_their_last_listener_and_so_do_their_streams() -> None:
    world = World()
    ear = Ear()
    watch = world.do(
        lambda: world.market_data.watch_candles(
            "BTC", 1_000, ear.live.append, on_history=ear.history.append
        )
    )
    assert set(world.pool.sink_by_key) == {trades("BTC").key, all_mids().key}
    world.push_trades(world.trade(START_MS - 1, 99.0))
    world.do(watch.close)
    assert world.pool.sink_by_key == {}
    world.pass_ms(10_000)
    assert ear.live == []
    assert world.market_data.snapshot().candle_series == 0


@pytest.mark.parametrize("interval_ms", [0, 999, 1_500, -1_000, 8 * 86_400_000])
def test_lengths_that_are_no_whole_seconds_up_to_a_week_are_refused(interval_ms: int) -> None:
    world = World()
    with pytest.raises(LimitReached, match="interval_ms"):
        world.market_data.watch_candles("BTC", interval_ms, print, on_history=print)
    assert world.pool.subscribed == []


def test_a_stepping_wall_clock_does_not_disturb_candles() -> None:
    """They are closed by the venue's time, told from its own stamps."""
    world = World()
    ear = listen(world, 1_000)
    base_ms = world.now_ms
    world.push_trades(world.trade(base_ms - 1, 99.0))
    for step_ms in (-3_600_000, 7_200_000, -1_000):
        world.clock.step_wall(step_ms)
        elapsed_ms = world.kernel.now_ns // 1_000_000
        world.push_trades(world.trade(base_ms + elapsed_ms, 100.0))
        world.pulses_ms(2_000)
    assert ear.live_opens_s == [0, 1, 2, 3, 4] or ear.live_opens_s == [0, 1, 2, 3, 4, 5]
