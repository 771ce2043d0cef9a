"""Every status of protocol.md 3.5: what an order must meet to get it, or why none can here."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from tests.unit.localvenue.orders.test_triggers import Ring, triggered
from tests.unit.localvenue.still_venue import BTC, BTC_PX, Stage, Trader, buy, sell

from hive.hyperliquid.limits import VenueLimits
from hive.localvenue.actions.scheduled_cancel_rules import ScheduledCancelRules
from hive.localvenue.orders.venue_order import Status
from hive.localvenue.units import USD
from hive.localvenue.validation.market_bounds import CoinBounds

PURR = 10_000

PROTOCOL = (
    "open",
    "filled",
    "canceled",
    "triggered",
    "rejected",
    "marginCanceled",
    "vaultWithdrawalCanceled",
    "openInterestCapCanceled",
    "selfTradeCanceled",
    "reduceOnlyCanceled",
    "siblingFilledCanceled",
    "delistedCanceled",
    "liquidatedCanceled",
    "outcomeSettledCanceled",
    "scheduledCancel",
    "internalCancel",
    "tickRejected",
    "minTradeNtlRejected",
    "minTradeSpotNtlRejected",
    "perpMarginRejected",
    "reduceOnlyRejected",
    "badAloPxRejected",
    "iocCancelRejected",
    "badTriggerPxRejected",
    "marketOrderNoLiquidityRejected",
    "positionIncreaseAtOpenInterestCapRejected",
    "positionFlipAtOpenInterestCapRejected",
    "tooAggressiveAtOpenInterestCapRejected",
    "openInterestIncreaseRejected",
    "insufficientSpotBalanceRejected",
    "oracleRejected",
    "perpMaxPositionRejected",
    "tooManyOpenOrdersRejected",
)

UNREACHABLE = {
    "rejected": "the older word; each reason has one of its own",
    "tickRejected": "off the tick is a static fault, which leaves no record",
    "outcomeSettledCanceled": "outcomes are not offered",
    "internalCancel": "when the real venue does that is not known",
}
"""What no order can get here, and why."""


class Ways(NamedTuple):
    """An account of which some order has got the status, and the venue."""

    stage: Stage
    trader: Trader


def alone(*orders: dict[str, Any], usd: int = 1_000_000, **config: Any) -> Ways:
    """A trader without anybody to trade with."""
    stage = Stage(**config)
    trader = stage.trader(1, usd=usd)
    for order in orders:
        trader.place(order)
    return Ways(stage, trader)


def quoted(*orders: dict[str, Any], **config: Any) -> Ways:
    """A trader in front of a book."""
    stage = Stage(**config)
    stage.trader(9, usd=10**8).place(buy(79_900, 50), sell(80_100, 50))
    trader = stage.trader(1)
    for order in orders:
        trader.place(order)
    return Ways(stage, trader)


def cancelled() -> Ways:
    found = alone()
    found.trader.cancel(BTC, found.trader.place_one(buy(79_000, 1))["resting"]["oid"])
    return found


def held(*orders: dict[str, Any], **config: Any) -> tuple[Ring, Ways]:
    """A trader who is long 1 BTC, with more orders."""
    ring = Ring(**config)
    ring.long()
    for order in orders:
        ring.trader.place(order)
    return ring, Ways(ring.stage, ring.trader)


def fired() -> Ways:
    """A stop whose limit nobody meets."""
    ring, found = held(triggered(79_000, 1, limit_px=79_500))
    ring.move(78_900)
    return found


def poor_in_its_turn() -> Ways:
    """A resting order of somebody whose money has gone since."""
    found = alone(buy(79_000, 1), usd=5_000)
    found.stage.engine.house.accounts[found.trader.address].pay_in(-4_500 * USD)
    found.stage.trader(2).place(sell(79_000, 1, tif="Ioc"))
    return found


def reducing_without_a_position() -> Ways:
    ring, found = held(sell(81_000, 1, reduce_only=True))
    ring.maker.place(buy(79_990, 1))
    ring.trader.place(sell(79_990, 1, tif="Ioc"))
    return found


def sibling_filled() -> Ways:
    """Of a bracket around an entry that adds to a position."""
    ring, found = held()
    ring.maker.place(sell(BTC_PX, 1))
    profit, stop = triggered(81_000, 1, tpsl="tp"), triggered(79_000, 1, tpsl="sl")
    ring.statuses("normalTpsl", buy(BTC_PX, 1), profit, stop)
    ring.move(78_900)
    return found


def delisted() -> Ways:
    found = alone(buy(79_000, 1))
    found.stage.oracle(type="delist", coin="BTC")
    found.stage.pass_ms(1_000)
    return found


def liquidated() -> Ways:
    ring = Ring()
    trader = ring.stage.trader(3, usd=5_000)
    ring.maker.place(sell(BTC_PX, 1))
    trader.place(buy(BTC_PX, 1), buy(60_000, "0.001"))
    ring.move(75_000)
    return Ways(ring.stage, trader)


def scheduled() -> Ways:
    rules = ScheduledCancelRules(volume_usd_min=0)
    found = alone(buy(79_000, 1), scheduled_cancels=rules)
    found.trader.act({"type": "scheduleCancel", "time": found.stage.now_ms + 6_000})
    found.stage.pass_ms(7_000)
    return found


def capped(*orders: dict[str, Any]) -> Ways:
    """Somebody long, when open interest has come to its cap."""
    ring, found = held()
    ring.stage.oracle(type="marketBounds", coin="BTC", openInterestCapUsd="1000")
    for order in orders:
        ring.trader.place(order)
    return found


def newcomer_at_the_cap(order: dict[str, Any]) -> Ways:
    found = capped()
    trader = found.stage.trader(5)
    trader.place(order)
    return Ways(found.stage, trader)


def taken_at_the_cap() -> Ways:
    """By somebody who closes a position, which the cap allows."""
    ring, found = held(buy(79_000, 1))
    closing = ring.stage.trader(6)
    ring.maker.place(sell(BTC_PX, 1))
    closing.place(buy(BTC_PX, 1))
    ring.stage.oracle(type="marketBounds", coin="BTC", openInterestCapUsd="1000")
    closing.place(sell(79_000, 1, tif="Ioc"))
    return found


def over_tier() -> Ways:
    found = alone(usd=10**8)
    found.trader.act({"type": "updateLeverage", "asset": BTC, "isCross": True, "leverage": 40})
    found.trader.place(buy(79_000, 2_000))
    return found


def spot(order: dict[str, Any]) -> Ways:
    found = alone()
    found.stage.venue.credit_token(found.trader.address, "USDC", Decimal(100))
    found.trader.place(order)
    return found


def too_quickly() -> Ways:
    bounds = {"BTC": CoinBounds(open_interest_growth_usd=1_000 * USD)}
    return quoted(buy(80_100, 5, tif="Ioc"), buy(80_100, 5, tif="Ioc"), bounds=bounds)


def far_from_oracle() -> Ways:
    return alone(buy(70_000, 1), bounds={"BTC": CoinBounds(oracle_band_bps=100)})


SCENARIOS: dict[str, Callable[[], Ways]] = {
    "open": lambda: alone(buy(79_000, 1)),
    "filled": lambda: quoted(buy(80_100, 1)),
    "canceled": cancelled,
    "triggered": fired,
    "marginCanceled": poor_in_its_turn,
    "openInterestCapCanceled": taken_at_the_cap,
    "selfTradeCanceled": lambda: alone(sell(80_100, 1), buy(80_100, 1)),
    "reduceOnlyCanceled": reducing_without_a_position,
    "siblingFilledCanceled": sibling_filled,
    "delistedCanceled": delisted,
    "liquidatedCanceled": liquidated,
    "scheduledCancel": scheduled,
    "minTradeNtlRejected": lambda: alone(buy(79_000, "0.0001")),
    "minTradeSpotNtlRejected": lambda: spot(buy("0.18", 55, asset=PURR)),
    "perpMarginRejected": lambda: alone(buy(79_000, 1), usd=100),
    "reduceOnlyRejected": lambda: alone(buy(79_000, 1, reduce_only=True)),
    "badAloPxRejected": lambda: quoted(buy(80_100, 1, tif="Alo")),
    "iocCancelRejected": lambda: alone(buy(79_000, 1, tif="Ioc")),
    "badTriggerPxRejected": lambda: held(triggered(81_000, 1))[1],
    "marketOrderNoLiquidityRejected": lambda: alone(buy(79_000, 1, tif="FrontendMarket")),
    "positionIncreaseAtOpenInterestCapRejected": lambda: capped(buy(79_000, 1)),
    "positionFlipAtOpenInterestCapRejected": lambda: capped(sell(81_000, 2)),
    "tooAggressiveAtOpenInterestCapRejected": lambda: newcomer_at_the_cap(buy(80_001, 1)),
    "openInterestIncreaseRejected": too_quickly,
    "insufficientSpotBalanceRejected": lambda: spot(buy("0.18", 5_000, asset=PURR)),
    "oracleRejected": far_from_oracle,
    "perpMaxPositionRejected": over_tier,
    "tooManyOpenOrdersRejected": lambda: alone(
        buy(79_000, 1),
        buy(79_001, 1),
        limits=VenueLimits(weight_per_min=10**6, orders_open_initial=1, orders_open_max=1),
    ),
}

ELSEWHERE = {"vaultWithdrawalCanceled": "test_vaults.py"}
"""Statuses whose scenarios need more than a trader, and where they are."""


def seen(found: Ways) -> set[str]:
    """Every status that some order of the trader has had."""
    orders = found.stage.engine.house.accounts[found.trader.address].orders.values()
    return {state.status.value for order in orders for state in order.trail}


@pytest.mark.parametrize("status", SCENARIOS)
def test_each_status_can_be_reached_and_asked_for(status: str) -> None:
    found = SCENARIOS[status]()
    assert status in seen(found)
    account = found.stage.engine.house.accounts[found.trader.address]
    told = {found.trader.status(oid) for oid in account.orders}
    assert told == {order.status.value for order in account.orders.values()}


def test_every_status_has_a_scenario_or_a_reason() -> None:
    assert {*SCENARIOS, *UNREACHABLE, *ELSEWHERE} == set(PROTOCOL)
    assert len(SCENARIOS) + len(UNREACHABLE) + len(ELSEWHERE) == len(PROTOCOL)


def test_the_venue_has_no_status_of_its_own() -> None:
    assert {status.value for status in Status} == {*SCENARIOS, *ELSEWHERE}
