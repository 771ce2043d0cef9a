"""Texts about orders, and about requests as a whole (protocol.md 2.10)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.unit.localvenue.actions.test_margin_actions import leverage
from tests.unit.localvenue.error_rows import NOOP, STRANGER, Provoke, Row
from tests.unit.localvenue.still_venue import (
    BTC,
    BTC_PX,
    START_MS,
    Stage,
    Trader,
    buy,
    order_action,
    sell,
)

from hive.hyperliquid.limits import VenueLimits
from hive.localvenue.validation.market_bounds import CoinBounds
from hive.serving.port import ExchangeRequest, SignatureHex

DAY_MS = 86_400_000
PURR = 10_000


def of_order(text: str, order: dict[str, Any], **config: Any) -> Row:
    """A single order of a trader with a million, into a book around 80,000."""

    def provoke(stage: Stage) -> ExchangeRequest:
        stage.trader(9, usd=10**8).place(buy(79_900, 50), sell(80_100, 50))
        return stage.trader(1).request(order_action(order))

    return Row(text, provoke, config)


def at_cap(text: str, order: dict[str, Any]) -> Row:
    """A single order of somebody long, with open interest at its cap."""

    def provoke(stage: Stage) -> ExchangeRequest:
        short, long = stage.trader(1), stage.trader(2)
        short.place(sell(BTC_PX, 1))
        long.place(buy(BTC_PX, 1))
        stage.oracle(type="marketBounds", coin="BTC", openInterestCapUsd="1000")
        trader = stage.trader(3) if order["p"] == "80001" else long
        return trader.request(order_action(order))

    return Row(text, provoke)


def take_profit(trigger_px: int) -> dict[str, Any]:
    """A market order that sells 1 BTC above a price."""
    terms = {"isMarket": True, "triggerPx": str(trigger_px), "tpsl": "tp"}
    return {**sell(trigger_px, 1, reduce_only=True), "t": {"trigger": terms}}


# --- single orders and cancels ---


def no_margin(stage: Stage) -> ExchangeRequest:
    return stage.trader(1, usd=100).request(order_action(buy(79_000, 1)))


def nothing_to_take(tif: str) -> Provoke:
    return lambda stage: stage.trader(1).request(order_action(buy(79_000, 1, tif=tif)))


def over_tier(stage: Stage) -> ExchangeRequest:
    rich = stage.trader(1, usd=10**8)
    rich.act(leverage(40, is_cross=True))
    return rich.request(order_action(buy(79_000, 2_000)))


def spot_too_small(stage: Stage) -> ExchangeRequest:
    trader = stage.trader(1)
    stage.venue.credit_token(trader.address, "USDC", Decimal(100))
    return trader.request(order_action(buy("0.18", 55, asset=PURR)))


def no_tokens(stage: Stage) -> ExchangeRequest:
    return stage.trader(1).request(order_action(buy("0.18", 100, asset=PURR)))


def too_quickly(stage: Stage) -> ExchangeRequest:
    return stage.trader(1).request(order_action(buy(BTC_PX, 1)))


def far_from_oracle(stage: Stage) -> ExchangeRequest:
    stage.oracle(type="marketBounds", coin="BTC", oracleBandBps=100)
    return stage.trader(1).request(order_action(buy(79_000, 1)))


def reached_trigger(stage: Stage) -> ExchangeRequest:
    trader = stage.trader(1)
    trader.place(buy(79_000, 1))
    return trader.request(order_action(take_profit(79_000)))


def never_placed(stage: Stage) -> ExchangeRequest:
    return stage.trader(1).request({"type": "cancel", "cancels": [{"a": BTC, "o": 77}]})


def modified(order: dict[str, Any], *, is_batch: bool, is_gone: bool) -> Provoke:
    """Modify an order into another, after it was cancelled or while it rests."""

    def provoke(stage: Stage) -> ExchangeRequest:
        trader = stage.trader(1)
        oid = trader.place_one(buy(79_000, 1))["resting"]["oid"]
        if is_gone:
            trader.cancel(BTC, oid)
        change = {"oid": oid, "order": order}
        if is_batch:
            return trader.request({"type": "batchModify", "modifies": [change]})
        return trader.request({"type": "modify", **change})

    return provoke


ORDER_ROWS = [
    of_order("Price must be divisible by tick size.", buy("79000.5", 1)),
    of_order("Order must have minimum value of $10.", buy(79_000, "0.0001")),
    Row("Order must have minimum value of 10 USDC.", spot_too_small),
    Row("Insufficient margin to place order.", no_margin),
    of_order("Reduce only order would increase position.", sell(81_000, 1, reduce_only=True)),
    of_order(
        "Post only order would have immediately matched, bbo was 79900.0@80100.0.",
        buy(80_200, 1, tif="Alo"),
    ),
    Row("Order could not immediately match against any resting orders.", nothing_to_take("Ioc")),
    Row("No liquidity available for market order.", nothing_to_take("FrontendMarket")),
    Row("Invalid TP/SL price.", reached_trigger),
    at_cap(
        "Order would increase open interest while open interest is capped",
        buy(79_000, 1),
    ),
    at_cap(
        "Order rejected due to price more aggressive than oracle while at open interest cap",
        buy(80_001, 1),
    ),
    Row(
        "Order would increase open interest too quickly",
        too_quickly,
        {"bounds": {"BTC": CoinBounds(open_interest_growth_usd=1)}},
    ),
    Row("Insufficient spot balance …", no_tokens),
    Row("Price too far from oracle", far_from_oracle),
    Row("Order would cause position to exceed margin tier limit at current leverage", over_tier),
    Row("Order was never placed, already canceled, or filled.", never_placed),
    Row(
        "Cannot modify canceled or filled order",
        modified(buy(79_000, 2), is_batch=True, is_gone=True),
    ),
]
"""Texts in one element of `statuses`."""

# --- whole requests ---


def whole(text: str, *orders: dict[str, Any]) -> Row:
    """A static fault of a batch."""
    return Row(text, lambda stage: stage.trader(1).request(order_action(*orders)))


def with_builder(stage: Stage) -> ExchangeRequest:
    action = {**order_action(buy(79_000, 1)), "builder": {"b": STRANGER, "f": 10}}
    return stage.trader(1).request(action)


def without_budget(stage: Stage) -> ExchangeRequest:
    trader = stage.trader(1)
    for _ in range(3):  # two of them are earned, one passes every ten seconds
        trader.act(NOOP)
    return trader.request(NOOP)


def nonce(value: int, *, twice: bool = False) -> Provoke:
    def provoke(stage: Stage) -> ExchangeRequest:
        trader = stage.trader(1)
        if twice:
            trader.act(NOOP, nonce=value)
        return trader.request(NOOP, nonce=value)

    return provoke


def unsigned(stage: Stage) -> ExchangeRequest:
    request = stage.trader(1).request(NOOP)
    return ExchangeRequest(
        action=request.action,
        nonce=request.nonce,
        signature=SignatureHex("0x0", "0x0", 27),
        vault_address=None,
        expires_after=None,
    )


def alone_in_its_group(stage: Stage) -> ExchangeRequest:
    action = {**order_action(take_profit(81_000)), "grouping": "normalTpsl"}
    return stage.trader(1).request(action)


def after_an_upgrade(stage: Stage) -> ExchangeRequest:
    stage.oracle(type="postOnlyWindow", forMs=60_000)
    return stage.trader(1).request(order_action(buy(79_000, 1)))


REQUEST_ROWS = [
    Row("Unexpected number of trigger orders", alone_in_its_group),
    Row("Only post-only orders allowed immediately after network upgrade", after_an_upgrade),
    whole("Orders are empty."),
    whole("Order has invalid price.", buy("0", 1)),
    whole("Order has invalid size.", buy(79_000, "0.000001")),
    whole("Order has zero size.", buy(79_000, "0")),
    whole("Order price cannot be more than 80% away from the reference price", buy(500_000, 1)),
    Row("Builder fee has not been approved …", with_builder),
    Row(
        "Too many cumulative requests sent (* > *) for cumulative volume traded $*. "
        "Place taker orders to free up 1 request per USDC traded.",
        without_budget,
        {"limits": VenueLimits(weight_per_min=10**6, requests_initial=2)},
    ),
    Row("Invalid nonce: duplicate nonce *", nonce(START_MS, twice=True)),
    Row("Invalid nonce: nonce too low * < *", nonce(START_MS - 3 * DAY_MS)),
    Row("Invalid nonce: nonce too high * > *", nonce(START_MS + 2 * DAY_MS)),
    Row("User or API Wallet * does not exist.", lambda stage: Trader(stage, 1).request(NOOP)),
    Row(
        "Must deposit before performing actions. User: *",
        lambda stage: Trader(stage, 1).signed("usdSend", destination=STRANGER, amount="1"),
    ),
    Row("Unable to recover signer.", unsigned),
    Row(
        "Action already expired",
        lambda stage: stage.trader(1).request(NOOP, expires_after=START_MS - 1),
    ),
    Row(
        "Cannot modify canceled or filled order …",
        modified(buy(79_000, 2), is_batch=False, is_gone=True),
    ),
    Row(
        "Error placing new order during modify: Order must have minimum value of $10. …",
        modified(buy(79_000, "0.0001"), is_batch=False, is_gone=False),
    ),
]
"""Texts of a whole request."""
