"""A throng of strategies under the real limits: fair shares, nothing refused, nothing used up."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from tests.simulation.throng import MINUTE_MS, EagerSettings, Throng

from hive.hyperliquid.limits import VenueLimits

HOUR_MS = 60 * MINUTE_MS
DAY_HOURS = 24
NORMAL = 49
GREED = 1_000
SETTLED_MS = 2 * MINUTE_MS
"""Before that an idle budget's first burst goes to whoever asks first, as it should."""
MEASURED_MS = 10 * MINUTE_MS
FOREVER_MS = 10**9
ALLOWED = VenueLimits().messages_per_min
USED = 0.9
"""Of what the venue allows, where it is wanted."""
USED_MAX = 0.95
CANCEL_WAIT_MS = 100
"""From asking to arrival, with nothing left for ordinary orders; the network's way included."""


def jain(parts: Sequence[float]) -> float:
    return math.fsum(parts) ** 2 / (len(parts) * math.fsum(part * part for part in parts))


def normal(pause_ms: int) -> list[EagerSettings]:
    return [EagerSettings(seed=seed, pause_ms=pause_ms) for seed in range(NORMAL)]


def measured(settings: Sequence[EagerSettings]) -> Throng:
    throng = Throng(settings)
    throng.pass_ms(SETTLED_MS)
    throng.forget()
    throng.pass_ms(MEASURED_MS)
    assert throng.refusals_for_limits() == {}
    return throng


@pytest.mark.full
def test_shares_are_fair_where_everybody_wants_more_than_there_is() -> None:
    throng = measured([*normal(10_000), EagerSettings(seed=99, pause_ms=10_000, orders=GREED)])
    served, wanted = throng.served(), throng.demanded()
    share = sum(served.values()) / len(served)
    assert min(wanted.values()) > share, "all are backlogged"
    assert wanted["s49"] > 900 * wanted["s0"]
    assert jain([served[name] / min(wanted[name], share) for name in throng.names]) >= 0.95


def test_who_wants_no_more_than_his_share_waits_no_longer_for_a_greedy_one() -> None:
    pause_ms = MINUTE_MS
    alone = measured(normal(pause_ms)[:1])
    beside = measured([*normal(pause_ms), EagerSettings(seed=99, pause_ms=pause_ms, orders=GREED)])
    names = beside.names[:NORMAL]
    turned_away = [FOREVER_MS] * len(beside.overdue(names, after_ms=3_000))
    assert p99(beside.waits_ms(names) + turned_away) <= 2 * p99(alone.waits_ms(["s0"])) + 25


def p99(waits_ms: list[int]) -> int:
    return waits_ms[int(len(waits_ms) * 0.99)]


# --- limits --------------------------------------------------------------------------------------


def hostile(storm_ms: int, calm_ms: int) -> list[EagerSettings]:
    """Half of them trade, which refills the address; half place and cancel for nothing."""
    return [
        EagerSettings(
            seed=seed,
            pause_ms=1_000,
            usd=400,
            takes_every=seed % 2,
            rests=not seed % 2,
            storm_ms=storm_ms,
            calm_ms=calm_ms,
        )
        for seed in range(50)
    ]


@pytest.mark.full
def test_hostile_strategies_use_the_messages_of_a_minute_and_no_cancel_waits_for_it() -> None:
    throng = Throng(hostile(2 * MINUTE_MS, 0))
    throng.pass_ms(2 * MINUTE_MS)
    assert throng.refusals_for_limits() == {}
    assert_used_well(throng, range(2))
    waits_ms = throng.cancel_waits_ms()
    assert len(waits_ms) > 1_000
    assert (p99(waits_ms) <= CANCEL_WAIT_MS, waits_ms[-1] <= 2 * CANCEL_WAIT_MS) == (True, True)


@pytest.mark.soak
def test_a_day_of_storms_breaks_no_limit() -> None:
    """In each hour a storm after a calm, whose first haste must not be paid for later."""
    storm_minutes = 10
    storm_ms = storm_minutes * MINUTE_MS
    throng = Throng(hostile(storm_ms, HOUR_MS - storm_ms), keeps=False)
    for hour in range(DAY_HOURS):
        throng.pass_ms(HOUR_MS)
        assert throng.refusals_for_limits() == {}, f"in hour {hour}"
        assert_used_well(throng, range(60 * hour, 60 * hour + storm_minutes))


def assert_used_well(throng: Throng, minutes: Sequence[int]) -> None:
    """In these minutes, in which more was wanted."""
    by_minute = throng.gate.messages_by_minute
    assert min(by_minute[minute] for minute in minutes) >= USED * ALLOWED
    peak = throng.venue.counters()["ips"]["192.0.2.1"]["messagesPeakMinute"]
    assert peak <= USED_MAX * ALLOWED


@pytest.mark.parametrize(
    ("hours", "part"),
    [pytest.param(4, 0.8, marks=pytest.mark.full), pytest.param(24, 0.9, marks=pytest.mark.soak)],
)
def test_hostile_strategies_that_never_trade_spend_the_addresss_stock_and_not_more(
    hours: int, part: float
) -> None:
    wishes = [EagerSettings(seed=seed, pause_ms=90_000) for seed in range(50)]
    throng = Throng(wishes, step_ms=MINUTE_MS, block_ms=500, keeps=False)
    for _ in range(hours):
        throng.pass_ms(HOUR_MS)
        assert throng.requests_left() > 0
    assert throng.refusals_for_limits() == {}
    assert throng.used() >= part * VenueLimits().requests_initial


# --- small capital -------------------------------------------------------------------------------

DAYS = 30
FEW_LEFT = 3_000
"""An account that has come down to so many actions: what takes the others days takes it hours."""


def small(*, takes_every: int, usd: float, left: int | None = None) -> Throng:
    """Forty strategies that quote, cancel, and now and then take, on two thousand dollars."""
    wishes = [
        EagerSettings(seed=seed, pause_ms=600_000, usd=usd, rests=True, takes_every=takes_every)
        for seed in range(40)
    ]
    limits = VenueLimits() if left is None else VenueLimits(requests_initial=left)
    return Throng(wishes, limits=limits, funds_usd=2_000, step_ms=MINUTE_MS, block_ms=1_000)


def traders_of(throng: Throng, hours: int = DAY_HOURS) -> set[str]:
    """Who trades in these; the address has actions left at any hour."""
    throng.forget()
    for _ in range(hours):
        throng.pass_ms(HOUR_MS)
        assert throng.requests_left() > 0
    assert throng.refusals_for_limits() == {}
    return throng.traders()


PAYING = (10, 22.0)
"""Trades 22 dollars in 19 actions."""
WASTEFUL = (20, 11.0)
"""Eleven in thirty-nine: four times as many actions as are earned."""


@pytest.mark.full
@pytest.mark.parametrize(("wishes", "hours"), [(PAYING, 8), (WASTEFUL, DAY_HOURS)])
def test_forty_strategies_all_trade_when_few_actions_are_left(
    wishes: tuple[int, float], hours: int
) -> None:
    throng = small(takes_every=wishes[0], usd=wishes[1], left=FEW_LEFT)
    assert traders_of(throng, hours) == set(throng.names)


@pytest.mark.soak
@pytest.mark.parametrize(("takes_every", "usd"), [PAYING, WASTEFUL])
def test_forty_strategies_on_two_thousand_dollars_all_trade_day_after_day(
    takes_every: int, usd: float
) -> None:
    throng = small(takes_every=takes_every, usd=usd)
    for day in range(DAYS):
        assert traders_of(throng) == set(throng.names), f"on day {day}"


@pytest.mark.soak
def test_who_first_trades_when_everything_is_spent_on_quotes_still_trades_within_a_month() -> None:
    throng = small(takes_every=300, usd=11)
    traders: set[str] = set()
    for _ in range(DAYS):
        traders |= traders_of(throng)
    assert traders == set(throng.names)
