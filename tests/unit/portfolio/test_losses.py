"""Losses: of a day and from the peak, over restarts, and never told where a price is missing."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.unit.portfolio.fills import fill

from hive.domain.identifiers import StrategyId
from hive.domain.switches import Strength
from hive.portfolio.limits import LossLimits
from hive.portfolio.losses import DAY_MS, Finding, LossWatch, profit_usd
from hive.portfolio.positions import Positions

ALICE = StrategyId("alice")
NOON = 20_000 * DAY_MS + DAY_MS // 2


class Bench:
    """A watch over one strategy whose profit a test decides."""

    def __init__(self, limits: LossLimits, capital_usd: int | None = None) -> None:
        self.watch = LossWatch()
        self.watch.limit(ALICE, limits, None if capital_usd is None else Decimal(capital_usd))

    def look(self, profit: int | None, now_ms: int = NOON, equity: int = 1_000) -> Finding:
        told = None if profit is None else Decimal(profit)
        return self.watch.look(now_ms, lambda owner: told, Decimal(equity))


DAILY = LossLimits(daily_loss_usd_max=Decimal(100), on_breach=Strength.FLATTEN)


def test_a_days_loss_is_measured_from_the_days_beginning() -> None:
    bench = Bench(DAILY)
    assert not bench.look(50).breaches
    assert not bench.look(-49).breaches
    (breach,) = bench.look(-50).breaches
    assert breach.owner == ALICE
    assert breach.strength is Strength.FLATTEN
    assert breach.until_ms == 20_001 * DAY_MS
    assert breach.reason.startswith("max_daily_loss_usd: 100.00 lost today")


def test_a_new_day_begins_with_what_was_earned_by_then() -> None:
    bench = Bench(DAILY)
    bench.look(0)
    bench.look(-90)
    assert not bench.look(-95, NOON + DAY_MS).breaches
    assert bench.look(-190, NOON + DAY_MS).breaches


def test_what_was_lost_while_no_process_ran_counts_as_todays() -> None:
    bench = Bench(DAILY)
    bench.look(0)
    tally = bench.watch.tally_of(ALICE)
    assert tally is not None
    later = Bench(DAILY)
    later.watch.restore(ALICE, tally)
    assert later.look(-100, NOON + DAY_MS).breaches


def test_a_restart_does_not_reset_the_days_loss() -> None:
    bench = Bench(DAILY)
    bench.look(0)
    ((_, kept),) = bench.look(0, NOON).kept or ((ALICE, bench.watch.tally_of(ALICE)),)
    assert kept is not None
    later = Bench(DAILY)
    later.watch.restore(ALICE, kept)
    assert later.look(-100).breaches


def test_a_halt_outlives_the_day() -> None:
    bench = Bench(LossLimits(daily_loss_usd_max=Decimal(1), on_breach=Strength.HALT))
    bench.look(0)
    assert bench.look(-1).breaches[0].until_ms is None


@pytest.mark.parametrize(("capital", "fallen", "is_breach"), [(500, 59, False), (500, 60, True)])
def test_a_strategys_drawdown_is_of_its_slice_at_the_peak(
    capital: int, fallen: int, is_breach: bool
) -> None:
    bench = Bench(LossLimits(drawdown_pct_max=Decimal(10)), capital)
    bench.look(100)
    assert bool(bench.look(100 - fallen).breaches) is is_breach


def test_without_a_slice_a_drawdown_is_of_the_equity_it_fell_from() -> None:
    bench = Bench(LossLimits(drawdown_pct_max=Decimal(10)))
    bench.look(100, equity=1_000)
    assert not bench.look(1, equity=901).breaches
    assert bench.look(0, equity=900).breaches
    assert not bench.look(0, equity=5_000).breaches, "a deposit is no profit and no loss"


def test_who_resumes_is_measured_from_there() -> None:
    bench = Bench(DAILY)
    bench.look(0)
    assert bench.look(-150).breaches
    bench.watch.forgive(ALICE)
    assert not bench.look(-150).breaches
    assert bench.look(-250).breaches


def test_a_missing_price_makes_blind_and_changes_nothing() -> None:
    bench = Bench(DAILY)
    bench.look(0)
    found = bench.look(None)
    assert found.blind == (ALICE,)
    assert not found.breaches
    assert bench.look(-100).breaches


def test_the_days_beginning_is_kept_at_once_and_what_moves_not_too_often() -> None:
    bench = Bench(DAILY)
    assert bench.look(0).kept
    assert not bench.look(1, NOON + 1_000).kept
    assert bench.look(2, NOON + 31_000).kept
    assert not bench.look(2, NOON + 90_000).kept, "nothing is new"


def test_profit_needs_the_price_of_what_is_held_and_of_nothing_else() -> None:
    positions = Positions()
    positions.book_fill(fill("1"), ALICE)
    positions.book_fill(fill("1", coin="ETH"), ALICE)
    positions.book_fill(fill("-1", coin="ETH"), ALICE)
    held = positions.of_owner(ALICE)
    assert profit_usd(held, {"BTC": Decimal(110)}.get) is not None
    assert profit_usd(held, {"ETH": Decimal(110)}.get) is None
