"""Trigger orders and TP/SL groups (protocol.md 2.6): what waits, what fires, what ends what."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.localvenue.still_venue import BTC, Stage, Trader, buy, cloid_of, sell

from hive.hyperliquid.limits import VenueLimits

PRICES_MS = 3_100
"""So long until marks have followed the oracle."""


def triggered(
    px: float,
    size: float | str,
    *,
    is_buy: bool = False,
    tpsl: str = "sl",
    limit_px: float | None = None,
    reduce_only: bool = True,
    cloid: str | None = None,
) -> dict[str, Any]:
    """A market trigger order, or a limit one if `limit_px` is given."""
    terms = {"isMarket": limit_px is None, "triggerPx": str(px), "tpsl": tpsl}
    row = {
        "a": BTC,
        "b": is_buy,
        "p": str(px if limit_px is None else limit_px),
        "s": str(size),
        "r": reduce_only,
        "t": {"trigger": terms},
    }
    return row if cloid is None else {**row, "c": cloid}


class Ring:
    """A trader with a long position of one BTC, a maker around the mark, and marks to move."""

    def __init__(self, **config: Any) -> None:
        self.stage = Stage(**config)
        self.maker = self.stage.trader(2)
        self.trader = self.stage.trader(1)

    def long(self, size: float = 1) -> None:
        self.maker.place(sell(80_000, size))
        self.trader.place(buy(80_000, size))

    def group(self, grouping: str, *orders: dict[str, Any]) -> Any:
        action = {"type": "order", "orders": list(orders), "grouping": grouping}
        return self.trader.act(action)

    def statuses(self, grouping: str, *orders: dict[str, Any]) -> list[Any]:
        answer = self.group(grouping, *orders)
        assert answer["status"] == "ok", answer
        found: list[Any] = answer["response"]["data"]["statuses"]
        return found

    def quote(self, bid_px: float, ask_px: float, size: float = 5) -> None:
        """The maker's only quotes."""
        cancel_all(self.maker)
        self.maker.place(buy(bid_px, size), sell(ask_px, size))

    def move(self, mark_px: float) -> None:
        """Marks follow the oracle and the book around it."""
        self.quote(mark_px - 10, mark_px + 10)
        self.stage.markets.oracle["BTC"] = mark_px
        for _ in range(20):
            self.stage.pass_ms(PRICES_MS)

    def words(self) -> list[str]:
        """The statuses told since the last question, in order."""
        updates = [row for rows in self.stage.heard("orderUpdates") for row in rows]
        return [row["status"] for row in updates]


def cancel_all(trader: Trader) -> None:
    for row in trader.open_orders():
        trader.cancel(BTC, row["oid"])


def test_a_stop_waits_in_no_book_and_shows_what_it_waits_for() -> None:
    ring = Ring()
    ring.long()
    oid = ring.trader.place_one(triggered(78_000, 1))["resting"]["oid"]
    (row,) = ring.trader.open_orders()
    assert row["oid"] == oid
    assert row["isTrigger"] is True
    assert row["triggerPx"] == "78000.0"
    assert row["triggerCondition"] == "Price below 78000.0"
    assert (row["orderType"], row["tif"]) == ("Stop Market", None)
    assert ring.stage.ask(type="l2Book", coin="BTC")["levels"] == [[], []]
    assert ring.trader.status(oid) == "open"


@pytest.mark.parametrize(
    ("order", "kind", "condition"),
    [
        (triggered(90_000, 1, tpsl="tp"), "Take Profit Market", "Price above 90000.0"),
        (triggered(90_000, 1, tpsl="tp", limit_px=89_900), "Take Profit Limit", "Price above"),
        (triggered(70_000, 1, limit_px=69_000), "Stop Limit", "Price below"),
    ],
)
def test_each_kind_of_trigger_has_its_name(
    order: dict[str, Any], kind: str, condition: str
) -> None:
    ring = Ring()
    ring.long()
    ring.trader.place_one(order)
    (row,) = ring.trader.open_orders()
    assert row["orderType"] == kind
    assert row["triggerCondition"].startswith(condition)


def test_a_stop_sells_at_the_market_when_the_mark_has_fallen_to_it() -> None:
    ring = Ring()
    ring.long()
    oid = ring.trader.place_one(triggered(78_000, 1))["resting"]["oid"]
    ring.stage.listen(type="orderUpdates", user=ring.trader.address)
    ring.move(77_500)
    assert ring.trader.size() == "0.0"
    assert ring.words() == ["triggered", "filled"]
    fill = ring.trader.fills()[0]
    assert (fill["oid"], fill["dir"], fill["crossed"]) == (oid, "Close Long", True)
    assert ring.trader.status(oid) == "filled"


def test_a_take_profit_with_a_limit_rests_under_its_old_oid_until_it_is_met() -> None:
    ring = Ring()
    ring.long()
    order = triggered(84_000, 1, tpsl="tp", limit_px=84_500)
    oid = ring.trader.place_one(order)["resting"]["oid"]
    ring.move(84_100)
    assert ring.trader.status(oid) == "triggered"
    assert ring.stage.ask(type="l2Book", coin="BTC")["levels"][1][-1]["px"] == "84500.0"
    ring.maker.place(buy(84_500, 1))
    assert ring.trader.status(oid) == "filled"


def test_a_triggered_market_order_that_finds_nobody_is_rejected() -> None:
    ring = Ring()
    ring.long()
    oid = ring.trader.place_one(triggered(78_000, 1))["resting"]["oid"]
    ring.quote(69_000, 77_500)  # the only bid is beyond a tenth of the trigger
    ring.stage.markets.oracle["BTC"] = 77_000
    for _ in range(60):
        ring.stage.pass_ms(PRICES_MS)
    assert ring.trader.status(oid) == "marketOrderNoLiquidityRejected"
    assert ring.trader.size() == "1.0"


@pytest.mark.parametrize(
    "order",
    [
        triggered(81_000, 1, tpsl="sl"),
        triggered(79_000, 1, tpsl="tp"),
        triggered(79_000, 1, is_buy=True, tpsl="sl", reduce_only=False),
    ],
)
def test_a_trigger_that_is_reached_already_is_refused(order: dict[str, Any]) -> None:
    ring = Ring()
    ring.long()
    status = ring.trader.place_one(order)
    assert status["error"].startswith("Invalid TP/SL price.")
    assert ring.trader.open_orders() == []


def test_a_reducing_trigger_without_a_position_is_refused() -> None:
    ring = Ring()
    status = ring.trader.place_one(triggered(78_000, 1))
    assert status["error"].startswith("Reduce only order would increase position.")


def test_a_stop_entry_opens_a_position_when_the_mark_rises_to_it() -> None:
    ring = Ring()
    ring.trader.place_one(triggered(82_000, 1, is_buy=True, reduce_only=False))
    ring.move(82_500)
    assert ring.trader.size() == "1.0"


def test_triggers_that_reduce_leave_with_the_position() -> None:
    ring = Ring()
    ring.long()
    oid = ring.trader.place_one(triggered(78_000, 1))["resting"]["oid"]
    ring.quote(79_990, 80_010)
    ring.trader.place(sell(79_990, 1, tif="Ioc"))
    assert ring.trader.status(oid) == "reduceOnlyCanceled"
    assert ring.trader.open_orders() == []


def test_a_waiting_trigger_can_be_cancelled_and_modified() -> None:
    ring = Ring()
    ring.long()
    first = ring.trader.place_one(triggered(78_000, 1, cloid=cloid_of(1)))["resting"]["oid"]
    ring.trader.act(
        {"type": "modify", "oid": cloid_of(1), "order": triggered(77_000, 1, cloid=cloid_of(1))}
    )
    (row,) = ring.trader.open_orders()
    assert row["triggerPx"] == "77000.0"
    assert row["oid"] > first
    assert ring.trader.status(first) == "canceled"
    assert ring.trader.cancel(BTC, row["oid"]) == "success"
    assert ring.trader.open_orders() == []


def test_with_many_orders_open_no_trigger_is_taken() -> None:
    """Though the cap for others grows with volume (protocol.md 4)."""
    ring = Ring(limits=VenueLimits(orders_open_initial=2, weight_per_min=10**6))
    ring.trader = ring.stage.trader(3, usd=100_000_000)
    ring.maker = ring.stage.trader(4, usd=100_000_000)
    ring.long(70)  # worth more than 5M, which is one more open order
    ring.trader.place(buy(79_000, 1), buy(78_900, 1))
    assert "error" in ring.trader.place_one(triggered(78_000, 1))
    assert "resting" in ring.trader.place_one(buy(78_800, 1))
    assert "error" in ring.trader.place_one(buy(78_700, 1))
