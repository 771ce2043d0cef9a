"""A day's loss over midnight and restarts, at the venue: its books say what was lost."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from tests.unit.execution.venue_rig import VenueRig

from hive.domain.orders import TimeInForce
from hive.domain.switches import Reach, Strength
from hive.portfolio.limits import LossLimits
from hive.portfolio.losses import DAY_MS

MIDNIGHT_MS: Final = 1_790_035_200_000
assert MIDNIGHT_MS % DAY_MS == 0
LOSSES: Final = LossLimits(daily_loss_usd_max=Decimal(50), on_breach=Strength.CANCEL)
DRAWDOWN: Final = LossLimits(drawdown_pct_max=Decimal("0.008"), on_breach=Strength.HALT)
SIZE: Final = Decimal("0.02")


def holding(losses: LossLimits) -> VenueRig:
    """Long, shortly before midnight, with a bid in the book."""
    rig = VenueRig(run={"losses": losses}, start_ms=MIDNIGHT_MS - 90_000)
    ctx = rig.ctx()
    rig.do(lambda: ctx.buy("BTC", SIZE, 81_000, tif=TimeInForce.IOC))
    rig.do(lambda: ctx.buy("BTC", SIZE, 50_000))
    return rig


def lost_usd(rig: VenueRig) -> Decimal:
    """By the venue: what was paid in, less what is there at the market's price."""
    truth = rig.truth
    worth = truth.cash_usd + rig.venue_size() * Decimal(rig.markets.px)
    return truth.paid_in_usd - worth


def thrown(rig: VenueRig) -> list[tuple[Reach, Strength, int | None]]:
    (account,) = rig.runtime.accounts
    found = account.desk.risk.thrown()
    return [(switch.scope.reach, switch.strength, switch.until_ms) for switch in found]


def restart(rig: VenueRig) -> None:
    rig.die()
    rig.boot()


def test_what_was_lost_yesterday_is_not_todays_and_a_restart_forgets_nothing() -> None:
    rig = holding(LOSSES)
    rig.move(78_500)
    assert 30 < lost_usd(rig) < 50
    rig.run_s(40)
    assert rig.clock.now_ms() > MIDNIGHT_MS
    rig.move(77_000)
    assert lost_usd(rig) > 60
    assert thrown(rig) == []
    restart(rig)
    assert thrown(rig) == []
    assert len(rig.open_cloids()) == 1
    rig.move(75_500)
    assert 90 < lost_usd(rig) < 100
    assert thrown(rig) == [(Reach.ACCOUNT, Strength.CANCEL, MIDNIGHT_MS + DAY_MS)]
    assert rig.open_cloids() == []
    assert rig.venue_size() == SIZE


def test_what_is_lost_over_midnight_while_nobody_runs_is_lost_on_the_day_of_the_start() -> None:
    rig = holding(LOSSES)
    rig.run_s(1)
    rig.die()
    rig.move(77_000)
    rig.run_s(60)
    rig.boot()
    rig.run_s(2)
    assert thrown(rig) == [(Reach.ACCOUNT, Strength.CANCEL, MIDNIGHT_MS + DAY_MS)]
    assert rig.open_cloids() == []


def test_a_drawdown_knows_no_midnight_and_no_restart() -> None:
    rig = holding(DRAWDOWN)
    rig.move(78_000)
    assert thrown(rig) == []
    rig.run_s(40)
    restart(rig)
    rig.move(75_500)
    assert 80 < lost_usd(rig) < 100, "more than 0.008 % of a million, in two days and two runs"
    assert thrown(rig) == [(Reach.ACCOUNT, Strength.HALT, None)]
    assert rig.open_cloids() == []
    assert rig.venue_size() == 0
