"""What one address may do: requests earned and bought, batches, open orders; and the counts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.unit.localvenue.still_venue import Stage, Trader, buy, sell

from hive.domain.identifiers import Address
from hive.hyperliquid.limits import VenueLimits
from hive.localvenue.actions.limit_actions import NOTHING_RESERVED, UNAFFORDABLE
from hive.localvenue.limits.address_budget import AddressBudget
from hive.localvenue.units import USD

NOOP = {"type": "noop"}
OTHER = Address("0x" + "7" * 40)


def staged(**limits: Any) -> Stage:
    return Stage(limits=VenueLimits(weight_per_min=10**6, **limits))


def reserve(weight: int, destination: Address | None = None) -> dict[str, Any]:
    action: dict[str, Any] = {"type": "reserveRequestWeight", "weight": weight}
    return action if destination is None else {**action, "destination": destination}


def rate_limit(stage: Stage, user: Address) -> Any:
    return stage.ask(type="userRateLimit", user=user)


# --- the budget ---


def test_an_exhausted_address_has_one_action_each_ten_seconds() -> None:
    stage = staged(requests_initial=2)
    trader = stage.trader(1)
    answers = [trader.act(NOOP) for _ in range(4)]
    assert [answer["status"] for answer in answers] == ["ok", "ok", "ok", "err"]
    assert answers[3]["response"] == (
        "Too many cumulative requests sent (4 > 2) for cumulative volume traded $0.0. "
        "Place taker orders to free up 1 request per USDC traded."
    )
    stage.pass_ms(10_000)
    assert trader.act(NOOP)["status"] == "ok"
    assert stage.oracle(type="counters")["addressesExhausted"] == {trader.address: 1}


def test_trading_earns_a_request_per_usd() -> None:
    budget = AddressBudget(VenueLimits(requests_initial=1))
    assert budget.cap(5 * USD + 999_999) == 6


@pytest.mark.parametrize(("cap", "cancels"), [(10, 20), (300_000, 400_000)])
def test_cancels_go_further(cap: int, cancels: int) -> None:
    limits = VenueLimits(requests_initial=cap)
    budget = AddressBudget(limits)
    budget.used = cancels - 1
    assert budget.charge(1, 0, 0, is_cancel=True) is None
    assert budget.charge(1, 0, 1, is_cancel=True) is None  # the one of these ten seconds
    assert budget.charge(1, 0, 2, is_cancel=True) is not None


def test_requests_are_bought_for_oneself_and_for_others() -> None:
    stage = staged(requests_initial=2)
    trader, other = stage.trader(1, usd=100), Trader(stage, 2)
    assert trader.act(reserve(1_000))["status"] == "ok"
    assert rate_limit(stage, trader.address)["nRequestsSurplus"] == 1_000
    for _ in range(20):
        assert trader.act(NOOP)["status"] == "ok"
    shown = rate_limit(stage, trader.address)
    assert (shown["nRequestsUsed"], shown["nRequestsCap"]) == (21, 2)
    assert shown["nRequestsSurplus"] == 1_000 - 19
    assert trader.act(reserve(50, other.address))["status"] == "ok"
    assert rate_limit(stage, other.address)["nRequestsSurplus"] == 50
    assert Decimal(trader.state()["withdrawable"]) == 100 - Decimal("0.525")
    assert stage.oracle(type="counters")["feesUsd"] == "0.525"


def test_requests_are_bought_with_what_is_there() -> None:
    stage = staged()
    trader = stage.trader(1, usd=1)
    assert trader.act(reserve(0))["response"] == NOTHING_RESERVED
    assert trader.act(reserve(2_001))["response"] == UNAFFORDABLE
    assert trader.act(reserve(2_000))["status"] == "ok"


# --- batches and open orders ---


def test_an_action_holds_so_many_orders_at_most() -> None:
    stage = staged(batch_taken_max=3)
    trader = stage.trader(1)
    wire = {"type": "order", "orders": [buy(79_000, "0.01")] * 4, "grouping": "na"}
    answer = trader.act(wire)
    assert (answer["status"], trader.open_orders()) == ("err", [])
    assert len(trader.place(*[buy(79_000, "0.01")] * 3)) == 3
    assert stage.oracle(type="counters")["refusals"]["batch"] == 1


def test_open_orders_beyond_the_first_are_earned_and_not_for_those_that_reduce() -> None:
    stage = staged(orders_open_initial=2, orders_open_max=4, volume_usd_per_open_order=50_000)
    maker, trader = stage.trader(1), stage.trader(2)
    maker.place(sell(80_000, 1))
    trader.place(buy(80_000, 1))
    trader.place(buy(70_000, "0.01"), buy(70_000, "0.01"))
    reducing = trader.place_one(sell(90_000, "0.01", reduce_only=True))
    assert reducing["error"].startswith("Too many open orders")
    assert "resting" in trader.place_one(buy(70_000, "0.01"))  # 80,000 USD have earned it
    assert "error" in trader.place_one(buy(70_000, "0.01"))


# --- counts ---


def test_all_that_is_limited_is_counted() -> None:
    stage = staged()
    trader = stage.trader(1)
    stage.listen(type="userFills", user=trader.address)
    stage.listen(type="userFills", user=OTHER)
    trader.act(NOOP)
    counters = stage.oracle(type="counters")
    (ip,) = counters["ips"].values()
    assert (ip["users"], ip["subscriptions"], ip["connections"]) == (2, 2, 1)
    assert counters["addresses"] == {trader.address: 1}
    assert (counters["postsInFlight"], counters["postsRefused"]) == (0, 0)
