"""The venue's words for what it refuses (protocol.md 2.10), each from a request that earns it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.unit.localvenue.still_venue import (
    BTC,
    ETH,
    Stage,
    buy,
    cloid_of,
    order_action,
    sell,
)

from hive.hyperliquid.limits import VenueLimits

GOOD = buy(79_000, 1)


@pytest.mark.parametrize(
    ("faulty", "text"),
    [
        (buy(79_000, "0"), "Order has zero size."),
        (buy(79_000, "0.000001"), "Order has invalid size."),
        (buy("0", 1), "Order has invalid price."),
        (buy(500_000, 1), "Order price cannot be more than 80% away from the reference price"),
        (buy(16_000, 1), "Order price cannot be more than 80% away from the reference price"),
        (buy(79_000, 1, asset=9_999), "Order has invalid asset."),
    ],
)
def test_one_static_fault_fails_the_whole_batch_and_leaves_no_record(
    faulty: dict[str, Any], text: str
) -> None:
    stage = Stage()
    trader = stage.trader(1)
    faulty = {**faulty, "c": cloid_of(1)}
    answer = trader.act(order_action(GOOD, faulty))
    assert answer == {"status": "err", "response": text}
    assert trader.open_orders() == []
    assert trader.status(cloid_of(1)) == "unknownOid"


@pytest.mark.parametrize("px", ["79000.5", "79000.05"])
def test_a_price_off_the_tick_fails_the_batch_with_a_single_status(px: str) -> None:
    stage = Stage()
    trader = stage.trader(1)
    assert trader.place(GOOD, buy(px, 1), GOOD) == [
        {"error": "Price must be divisible by tick size. asset=0"}
    ]
    assert trader.open_orders() == []


@pytest.mark.parametrize("px", [16_001, 400_000])
def test_prices_at_the_edge_of_the_band_are_taken(px: int) -> None:
    stage = Stage()
    assert "resting" in stage.trader(1, usd=10**7).place_one(sell(px, 1, tif="Alo"))


def test_an_empty_batch_is_refused() -> None:
    stage = Stage()
    answer = stage.trader(1).act(order_action())
    assert answer == {"status": "err", "response": "Orders are empty."}


def test_an_order_under_ten_dollars_is_refused_alone() -> None:
    stage = Stage()
    trader = stage.trader(1)
    small, large = trader.place(buy(79_000, "0.0001", cloid=cloid_of(1)), GOOD)
    assert small == {"error": "Order must have minimum value of $10. asset=0"}
    assert "resting" in large
    assert trader.status(cloid_of(1)) == "minTradeNtlRejected"


def test_a_reduce_only_close_may_be_worth_less_than_ten_dollars() -> None:
    stage = Stage()
    maker, taker = stage.trader(1), stage.trader(2)
    maker.place(sell(80_000, 1), buy(79_000, 1))
    taker.place(buy(80_000, "0.0002"))
    taker.place(sell(79_000, "0.00015", tif="Ioc"))
    assert taker.size() == "0.00005"
    assert "filled" in taker.place_one(sell(79_000, "0.00005", tif="Ioc", reduce_only=True))
    assert taker.size() == "0.0"


def test_an_order_beyond_the_margin_is_refused() -> None:
    stage = Stage()
    trader = stage.trader(1, usd=10_000)  # at 20×, 200,000 USD
    status = trader.place_one(buy(79_000, 3, cloid=cloid_of(1)))
    assert status == {"error": "Insufficient margin to place order. asset=0"}
    assert trader.status(cloid_of(1)) == "perpMarginRejected"
    assert "resting" in trader.place_one(buy(79_000, 2.5))


def test_open_orders_bind_margin_and_closing_ones_do_not() -> None:
    stage = Stage()
    maker, trader = stage.trader(1), stage.trader(2, usd=10_000)
    maker.place(sell(80_000, 2))
    trader.place(buy(80_000, 2))
    assert "error" in trader.place_one(buy(79_000, 1))
    assert "resting" in trader.place_one(sell(81_000, 2))
    assert "error" in trader.place_one(sell(81_000, 5))


def test_a_position_beyond_its_tier_at_the_leverage_is_refused() -> None:
    stage = Stage()
    rich = stage.trader(1, usd=100_000_000)
    rich.act({"type": "updateLeverage", "asset": BTC, "isCross": True, "leverage": 40})
    status = rich.place_one(buy(79_000, 2_000, cloid=cloid_of(1)))  # 160M; 40× ends at 150M
    text = "Order would cause position to exceed margin tier limit at current leverage asset=0"
    assert status == {"error": text}
    assert rich.status(cloid_of(1)) == "perpMaxPositionRejected"


def test_a_resting_order_that_its_owner_cannot_afford_any_more_is_canceled() -> None:
    stage = Stage()
    maker, poor = stage.trader(1), stage.trader(2, usd=10_000)
    resting = poor.place_one(buy(79_000, 2))["resting"]["oid"]
    eth = stage.trader(3)
    eth.place(sell(2_500, 10, asset=ETH), buy(2_000, 10, asset=ETH))
    poor.place(buy(2_500, 10, asset=ETH, tif="Ioc"))  # trade away what the order would need
    poor.place(sell(2_000, 10, asset=ETH, tif="Ioc"))
    stage.listen(type="userEvents", user=poor.address)
    maker.place(sell(79_000, 2, tif="Ioc"))
    assert poor.status(resting) == "marginCanceled"
    assert {"nonUserCancel": [{"coin": "BTC", "oid": resting}]} in stage.heard("user")


def test_more_open_orders_than_the_cap_are_refused() -> None:
    stage = Stage(limits=VenueLimits(orders_open_initial=2))
    trader = stage.trader(1)
    statuses = trader.place(GOOD, GOOD, {**GOOD, "c": cloid_of(3)})
    assert "error" in statuses[2]
    assert trader.status(cloid_of(3)) == "tooManyOpenOrdersRejected"


@pytest.mark.parametrize(
    "action",
    [
        {"type": "order", "orders": [{**GOOD, "t": {"limit": {"tif": "Fok"}}}], "grouping": "na"},
        {"type": "order", "orders": [{**GOOD, "p": 79_000}], "grouping": "na"},
        {"type": "order", "orders": [{**GOOD, "p": "7.9e4"}], "grouping": "na"},
        {"type": "order", "orders": [GOOD], "grouping": "na", "surprise": 1},
        {
            "type": "order",
            "orders": [
                {**GOOD, "t": {"trigger": {"isMarket": True, "triggerPx": "1", "tpsl": "no"}}}
            ],
            "grouping": "na",
        },
        {"type": "order", "orders": [GOOD], "grouping": {"p": -1}},
        {"type": "makeMeRich"},
    ],
)
def test_what_the_venue_does_not_know_is_422_and_text(action: dict[str, Any]) -> None:
    stage = Stage()
    trader = stage.trader(1)
    signed = trader.request({"type": "noop"})
    request = type(signed)(
        action=action,
        nonce=signed.nonce,
        signature=signed.signature,
        vault_address=None,
        expires_after=None,
    )
    (reply,) = stage.send(request)
    assert (reply.status, reply.is_text) == (422, True)
    assert reply.body.startswith(b"Failed to deserialize the JSON body into the target type")


def test_an_unapproved_builder_fee_is_refused() -> None:
    stage = Stage()
    action = {**order_action(GOOD), "builder": {"b": "0x" + "1" * 40, "f": 10}}
    answer = stage.trader(1).act(action)
    assert answer == {"status": "err", "response": "Builder fee has not been approved."}


def test_a_vault_that_is_not_there_is_refused_before_the_nonce_is_used() -> None:
    stage = Stage()
    trader = stage.trader(1)
    vault = stage.trader(2).address
    request = trader.request(order_action(GOOD), vault=vault)
    answer = trader.answer_to(request)
    assert answer == {"status": "err", "response": f"Vault not registered: {vault}"}
    assert trader.act({"type": "noop"}, nonce=request.nonce)["status"] == "ok"


def test_leverage_has_bounds_and_is_not_lowered_beyond_the_margin() -> None:
    stage = Stage()
    maker, trader = stage.trader(1), stage.trader(2, usd=10_000)

    def set_leverage(leverage: int) -> Any:
        action = {"type": "updateLeverage", "asset": BTC, "isCross": True, "leverage": leverage}
        return trader.act(action)

    assert set_leverage(0)["response"] == "Invalid leverage value"
    assert set_leverage(41)["response"] == "Invalid leverage value"
    assert set_leverage(40)["status"] == "ok"
    maker.place(sell(80_000, 2))
    trader.place(buy(80_000, 2))
    assert set_leverage(5)["response"].startswith("Cross position does not have sufficient margin")
    assert trader.positions()["BTC"]["leverage"] == {"type": "cross", "value": 40}
    stage.venue.credit(trader.address, Decimal(100_000))
    assert set_leverage(5)["status"] == "ok"
