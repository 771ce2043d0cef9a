"""The terminal summary says how it goes, and rates are since the picture before."""

from __future__ import annotations

from tests.unit.app.snapshots import SNAPSHOT, later

from hive.app.terminal import bar, clock_text, lines


def test_the_summary_names_profit_page_and_best_strategy() -> None:
    text = "\n".join(lines(SNAPSHOT, None, page_url="http://127.0.0.1:8420"))
    assert "100,412.55 (+412.55" in text
    assert "http://127.0.0.1:8420" in text
    assert "mm-btc +61.20" in text
    assert "fill       mm-btc buy 0.1 BTC" in text


def test_rates_are_counted_between_two_pictures() -> None:
    after = later(SNAPSHOT, uptime_ms=SNAPSHOT.uptime_ms + 2_000, orders=SNAPSHOT.orders + 50)
    text = "\n".join(lines(after, SNAPSHOT, page_url=""))
    assert "orders 1,250 (25/s)" in text


def test_a_budget_is_drawn_to_scale_and_never_past_its_end() -> None:
    assert bar(5, 10) == "[##########..........] 50%"
    assert bar(20, 10).startswith("[####################]")
    assert bar(1, 0).startswith("[....")


def test_durations_read_as_clocks() -> None:
    assert clock_text(3_725_000) == "01:02:05"
