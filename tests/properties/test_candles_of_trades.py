"""Whatever the trades, gaps and lengths: a candle is told once, closed, each trade counted once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hive.domain.identifiers import Address, TradeId
from hive.domain.market import Candle, Side, Trade
from hive.marketdata.candles import MINUTE_MS, CandleSeries, aggregate
from hive.marketdata.streams import TradeRun

NOBODY = Address("0x" + "0" * 40)
START_MS = 1_700_000_000_000 - 1_700_000_000_000 % 3_600_000


def trade(venue_ms: int, px: float, sz: float, number: int) -> Trade:
    return Trade(
        coin="BTC",
        side=Side.BUY,
        px=px,
        sz=sz,
        venue_ms=venue_ms,
        trade_id=TradeId(number),
        buyer=NOBODY,
        seller=NOBODY,
        received_ns=0,
    )


@st.composite
def markets(draw: st.DrawFn) -> list[Trade]:
    """Trades over some minutes, several at one millisecond now and then, with quiet stretches."""
    steps = draw(
        st.lists(
            st.tuples(st.sampled_from([0, 0, 1, 70, 400, 2_500, 9_000, 65_000]), st.integers(1, 9)),
            min_size=1,
            max_size=80,
        )
    )
    now_ms = START_MS + draw(st.integers(0, 90_000))
    found = []
    for number, (step_ms, lots) in enumerate(steps):
        now_ms += step_ms
        found.append(trade(now_ms, 100.0 + (number * 7) % 13, float(lots), number))
    return found


def true_candle(trades: list[Trade], open_ms: int, interval_ms: int) -> tuple[float, ...] | None:
    inside = [t for t in trades if open_ms <= t.venue_ms < open_ms + interval_ms]
    if not inside:
        return None
    pxs = [t.px for t in inside]
    return (pxs[0], max(pxs), min(pxs), pxs[-1], sum(t.sz for t in inside), len(inside))


def shown(candle: Candle) -> tuple[float, ...]:
    return (
        candle.open_px,
        candle.high_px,
        candle.low_px,
        candle.close_px,
        candle.volume,
        candle.trades,
    )


def minute_rows(trades: list[Trade], until_ms: int) -> list[Candle]:
    """What the venue would answer: a row for every minute somebody traded in."""
    rows = []
    for open_ms in range(START_MS - MINUTE_MS, until_ms - MINUTE_MS + 1, MINUTE_MS):
        true = true_candle(trades, open_ms, MINUTE_MS)
        if true is not None:
            o, h, low, c, v, n = true
            rows.append(
                Candle(
                    coin="BTC",
                    interval_ms=MINUTE_MS,
                    open_ms=open_ms,
                    open_px=o,
                    high_px=h,
                    low_px=low,
                    close_px=c,
                    volume=v,
                    trades=int(n),
                    is_closed=True,
                )
            )
    return rows


INTERVALS = st.sampled_from([1_000, 2_000, 5_000, 7_000, 60_000, 90_000, 120_000, 300_000])


@given(trades=markets(), interval_ms=INTERVALS, looks=st.integers(1, 6_000))
def test_candles_watched_whole_are_exactly_the_trades(
    trades: list[Trade], interval_ms: int, looks: int
) -> None:
    series = CandleSeries("BTC", interval_ms, from_ms=START_MS, keep=10_000)
    series.complete_from(START_MS - START_MS % interval_ms)
    told: list[Candle] = []
    now_ms = START_MS
    for t in trades:
        while now_ms + looks <= t.venue_ms:  # the timer looks in between
            now_ms += looks
            told += series.advance(now_ms)
        told += series.advance(t.venue_ms)
        series.add(t)
    told += series.advance(trades[-1].venue_ms + 10 * interval_ms)

    assert [c.open_ms for c in told] == sorted({c.open_ms for c in told}), "each once, in order"
    assert sum(c.trades for c in told) == len(trades)
    assert series.late_trades == series.lost == 0
    for candle in told:
        assert candle.is_closed
        true = true_candle(trades, candle.open_ms, interval_ms)
        if true is not None:
            assert shown(candle) == true
        else:
            assert candle.trades == 0
            assert candle.volume == 0
            assert candle.high_px == candle.low_px
    opens = [c.open_ms for c in told]
    if opens:
        assert opens == list(range(opens[0], opens[-1] + 1, interval_ms)), "no beat is missing"


@given(
    trades=markets(),
    interval_ms=st.sampled_from([60_000, 120_000, 300_000]),
    begin=st.integers(0, 200_000),
)
def test_history_and_trades_are_never_counted_twice(
    trades: list[Trade], interval_ms: int, begin: int
) -> None:
    """Trades are heard from the middle of a candle; the venue's rows tell what was before."""
    begin_ms = START_MS + begin
    series = CandleSeries("BTC", interval_ms, from_ms=begin_ms, keep=100)
    series.complete_from(begin_ms)
    span = series.missing()
    for t in trades:
        if t.venue_ms >= begin_ms:
            series.add(t)
    end_ms = max(trades[-1].venue_ms, begin_ms) + 2 * interval_ms
    if span is not None:
        series.wait_for_rows()
        assert series.advance(end_ms) == [], "nothing half known is shown"
        assert span.to_ms < begin_ms + MINUTE_MS
        series.learn(minute_rows(trades, span.to_ms), span)
    for candle in series.advance(end_ms):
        true = true_candle(trades, candle.open_ms, interval_ms)
        assert true is None or shown(candle) == true
        assert true is not None or candle.trades == 0


@given(
    trades=markets(),
    interval_ms=INTERVALS,
    cut=st.integers(0, 80),
    lost=st.integers(0, 20),
)
def test_a_gap_never_yields_a_wrong_candle(
    trades: list[Trade], interval_ms: int, cut: int, lost: int
) -> None:
    """Some trades in the middle never arrive: what is told is still exactly right, or not told."""
    heard, after = trades[:cut], trades[cut + lost :]
    series = CandleSeries("BTC", interval_ms, from_ms=START_MS, keep=100)
    series.complete_from(START_MS - START_MS % interval_ms)
    told: list[Candle] = []
    for t in heard:
        told += series.advance(t.venue_ms)
        series.add(t)
    since_ms = heard[-1].venue_ms if heard else START_MS
    series.broke(since_ms)
    assert series.advance(since_ms + 10 * interval_ms) == [], "nothing is claimed during a gap"
    if after:
        series.complete_from(after[0].venue_ms + 1)
        for t in after:
            told += series.advance(t.venue_ms)
            series.add(t)
        told += series.advance(after[-1].venue_ms + 2 * interval_ms)
    for candle in told:
        true = true_candle(trades, candle.open_ms, interval_ms)
        assert true is None or shown(candle) == true
        assert true is not None or candle.trades == 0


@given(trades=markets(), interval_ms=st.sampled_from([60_000, 120_000, 300_000]))
def test_aggregated_rows_are_what_the_trades_would_have_given(
    trades: list[Trade], interval_ms: int
) -> None:
    end_ms = trades[-1].venue_ms
    rows = minute_rows(trades, end_ms)
    for candle in aggregate(rows, interval_ms, before_ms=end_ms):
        assert candle.close_ms <= end_ms, "no unfinished candle"
        true = true_candle(trades, candle.open_ms, interval_ms)
        assert true is None or shown(candle) == true


@given(
    trades=markets(),
    cuts=st.lists(st.tuples(st.integers(1, 6), st.integers(0, 8)), min_size=1, max_size=40),
)
def test_every_trade_is_told_once_and_in_order_however_frames_repeat(
    trades: list[Trade], cuts: list[tuple[int, int]]
) -> None:
    run = TradeRun("BTC")
    told: list[Trade] = []
    at = 0
    for size, overlap in cuts:
        start = max(0, at - overlap)
        told.extend(run.accept(trades[start : at + size]).trades)
        at = min(at + size, len(trades))
    assert told == trades[:at]
