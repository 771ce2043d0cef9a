"""The demonstration in simulated time: a hundred strategies live within the venue's real limits."""

from __future__ import annotations

import pytest

from hive.app.demo.virtual import VirtualDemo, VirtualRun


def unhappy(run: VirtualRun) -> dict[str, object]:
    """What is wrong with a run, by name; empty when nothing is."""
    wrong: dict[str, object] = {
        "comparison": None if run.comparison.is_clean else run.comparison,
        "limit refusals": run.limit_refusals,
        "uncaught": run.failures,
        "address budget": None if run.address_left_min > 0 else run.address_left_min,
        "not ordering": 100 - int(run.figures["strategies_ordering"]),
    }
    return {name: what for name, what in wrong.items() if what}


def test_a_minute_of_a_hundred_strategies_leaves_nothing_behind() -> None:
    assert unhappy(VirtualDemo(100, 7).run(60_000)) == {}


def test_the_same_seed_plays_the_same_minute() -> None:
    first, second = (VirtualDemo(24, 3).run(30_000) for _ in range(2))
    for figures in (first.figures, second.figures):
        del figures["rss_mb"]
    assert first.figures == second.figures


def test_what_strategies_traded_and_sent_is_the_venues_count() -> None:
    demo = VirtualDemo(12, 5)
    rows = demo.run(30_000).figures["per_strategy"]
    (account,) = demo.runtime.accounts
    truth = demo.venue.truth(account.address)[0]
    traded_usd = sum(fill.px * fill.size for fill in truth.fills)
    assert sum(row["traded_usd"] for row in rows) == pytest.approx(float(traded_usd))
    used = demo.venue.counters()["addresses"][account.address]
    assert sum(row["actions"] for row in rows) == used
    for row in rows:
        if row["traded_usd"]:
            ratio = 1_000 * row["actions"] / row["traded_usd"]
            assert row["actions_per_1000_usd"] == pytest.approx(ratio)


@pytest.mark.parametrize(
    "seed", [pytest.param(7, marks=pytest.mark.full), pytest.param(11, marks=pytest.mark.soak)]
)
def test_ten_minutes_never_exhaust_the_budget_and_nobody_falls_silent(seed: int) -> None:
    run = VirtualDemo(100, seed).run(600_000)
    assert unhappy(run) == {}
    silent = [strategy for strategy, counts in run.orders_by_minute.items() if sum(counts[5:]) == 0]
    assert silent == []
