"""Where candles are cut."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hive.domain.market import INTERVAL_MS_BY_NAME
from hive.localvenue.market_data.candle_grids import CandleGrid


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize("interval", [name for name in INTERVAL_MS_BY_NAME if name != "1M"])
def test_candles_open_at_whole_multiples_of_their_interval(interval: str) -> None:
    grid, span_ms = CandleGrid(interval), INTERVAL_MS_BY_NAME[interval]
    open_ms = grid.open_ms(ms("2026-11-20T13:37:11"))
    assert open_ms % span_ms == 0
    assert grid.span_ms(open_ms) == grid.span_ms_max == span_ms


def test_weeks_begin_on_thursdays() -> None:
    assert CandleGrid("1w").open_ms(ms("2025-11-01T12:00")) == ms("2025-10-30")


@pytest.mark.parametrize(
    ("moment", "opens", "next_opens"),
    [
        ("2026-11-20T13:37", "2026-11-01", "2026-12-01"),
        ("2026-12-31T23:59:59", "2026-12-01", "2027-01-01"),
        ("2028-02-29T00:00", "2028-02-01", "2028-03-01"),
        ("2026-02-28T00:00", "2026-02-01", "2026-03-01"),
        ("2026-03-01T00:00", "2026-03-01", "2026-04-01"),
    ],
)
def test_months_are_those_of_the_calendar(moment: str, opens: str, next_opens: str) -> None:
    grid = CandleGrid("1M")
    assert grid.open_ms(ms(moment)) == ms(opens)
    assert grid.span_ms(ms(opens)) == ms(next_opens) - ms(opens)


def test_months_follow_each_other_without_a_gap() -> None:
    grid = CandleGrid("1M")
    open_ms = ms("2024-01-01")
    for _ in range(60):
        assert grid.open_ms(open_ms) == open_ms
        assert datetime.fromtimestamp(open_ms / 1000, UTC).day == 1
        open_ms += grid.span_ms(open_ms)
    assert open_ms == ms("2029-01-01")
