"""What the official SDK's example scripts about orders and positions do, call by call.

The calls, coins, sizes and prices are the scripts' own; the assertions say what the public service
answers.
"""

from __future__ import annotations

from typing import Any

import eth_account
from hyperliquid.info import Info
from tests.live_sockets.heard import Heard
from tests.live_sockets.sdk_account import (
    ALO,
    DONE,
    GTC,
    IOC,
    User,
    new_cloid,
    new_wallet,
    now_ms,
    only_status,
    resting_oid,
)

BUILDER = "0x" + "0" * 40


def basic_order(user: User) -> None:
    oid = resting_oid(user.exchange.order("ETH", True, 0.2, 1100, GTC))
    found = user.info.query_order_by_oid(user.address, oid)
    assert found["order"]["status"] == "open", found
    assert only_status(user.exchange.cancel("ETH", oid)) == "success"


def basic_order_with_cloid(user: User) -> None:
    cloid = new_cloid()
    resting_oid(user.exchange.order("ETH", True, 0.2, 1100, GTC, cloid=cloid))
    found = user.info.query_order_by_cloid(user.address, cloid)
    assert found["order"]["order"]["cloid"] == cloid.to_raw(), found
    assert user.info.query_order_by_cloid(user.address, new_cloid()) == {"status": "unknownOid"}
    assert only_status(user.exchange.cancel_by_cloid("ETH", cloid)) == "success"


def basic_order_modify(user: User) -> None:
    """By oid the cloid is kept; by cloid, without naming it again, it is given up."""
    cloid = new_cloid()
    oid = resting_oid(user.exchange.order("ETH", True, 0.2, 1100, GTC, cloid=cloid))
    by_oid = user.exchange.modify_order(oid, "ETH", True, 0.1, 1105, GTC, cloid=cloid)
    assert resting_oid(by_oid) != oid
    by_cloid = user.exchange.modify_order(cloid, "ETH", True, 0.1, 1105, GTC)
    assert user.open_oids() == [resting_oid(by_cloid)]


def basic_market_order(user: User) -> None:
    opened = only_status(user.exchange.market_open("ETH", True, 0.05, None, 0.01))
    assert float(opened["filled"]["totalSz"]) == 0.05, opened
    closed = only_status(user.exchange.market_close("ETH"))
    assert float(closed["filled"]["totalSz"]) == 0.05, closed
    assert user.position() is None


def basic_tpsl(user: User) -> None:
    """A long, then a stop and a target that rest until the mark is there."""
    mid = user.mid()
    only_status(user.exchange.order("ETH", True, 0.02, round(mid * 1.05), GTC))
    for tpsl, share in (("sl", 0.8), ("tp", 1.2)):
        kind = {"trigger": {"triggerPx": round(mid * share), "isMarket": True, "tpsl": tpsl}}
        answer = user.exchange.order("ETH", False, 0.02, round(mid * share), kind, reduce_only=True)
        oid = resting_oid(answer)
        (row,) = user.info.frontend_open_orders(user.address)
        assert (row["oid"], row["isTrigger"], row["reduceOnly"]) == (oid, True, True), row
        assert only_status(user.exchange.cancel("ETH", oid)) == "success"


def bracket(user: User) -> None:
    """An entry with its stop and its target as one group (`normalTpsl`)."""
    mid = user.mid("SOL")
    rows = [_leg(True, round(mid * 1.05, 1), IOC, reduce_only=False)]
    for tpsl, share in (("tp", 1.2), ("sl", 0.8)):
        px = round(mid * share, 1)
        kind = {"trigger": {"isMarket": True, "triggerPx": px, "tpsl": tpsl}}
        rows.append(_leg(False, px, kind, reduce_only=True))
    answer = user.exchange.bulk_orders(rows, grouping="normalTpsl")
    entry, *children = answer["response"]["data"]["statuses"]
    assert float(entry["filled"]["totalSz"]) == 1, answer
    assert len(children) == 2, answer
    assert len(user.info.frontend_open_orders(user.address)) == 2
    only_status(user.exchange.market_close("SOL"))


def _leg(is_buy: bool, px: float, kind: Any, *, reduce_only: bool) -> dict[str, Any]:
    return {
        "coin": "SOL",
        "is_buy": is_buy,
        "sz": 1,
        "limit_px": px,
        "order_type": kind,
        "reduce_only": reduce_only,
    }


def basic_schedule_cancel(user: User) -> None:
    """Refused, as at the public service, until the account has traded a million dollars."""
    oid = resting_oid(user.exchange.order("ETH", True, 0.2, 1100, GTC))
    answer = user.exchange.schedule_cancel(now_ms() + 10_000)
    assert answer["status"] == "err", answer
    assert answer["response"].startswith(
        "Cannot set scheduled cancel time until enough volume traded. Required: $1000000. Traded: $"
    ), answer
    assert user.open_oids() == [oid]


def basic_adding(user: User) -> None:
    """Quotes on both sides of what the stream shows, and sees its own through it."""
    info: Any = Info(user.base_url)
    heard = Heard()
    try:
        info.subscribe({"type": "l2Book", "coin": "ETH"}, heard.listener("book"))
        info.subscribe({"type": "userEvents", "user": user.address}, heard.listener("events"))
        book = heard.until("book", lambda message: all(message["data"]["levels"]))
        for levels, is_buy, share in zip(
            book["data"]["levels"], (True, False), (0.997, 1.003), strict=True
        ):
            px = float(f"{float(levels[0]['px']) * share:.5g}")
            px = round(px, 1)
            oid = resting_oid(user.exchange.order("ETH", is_buy, 0.01, px, ALO))
            assert only_status(user.exchange.cancel("ETH", oid)) == "success"
        only_status(user.exchange.market_open("ETH", True, 0.01))
        heard.until("events", lambda message: "fills" in message["data"])
    finally:
        info.disconnect_websocket()


def basic_leverage_adjustment(user: User) -> None:
    """The script's account holds ETH; isolated margin is added where there is a position."""
    assert user.exchange.update_leverage(21, "ETH") == DONE
    assert user.exchange.update_leverage(21, "ETH", False) == DONE
    only_status(user.exchange.market_open("ETH", True, 0.05))
    before = float(user.position()["marginUsed"])
    assert user.exchange.update_isolated_margin(1, "ETH") == DONE
    held = user.position()
    assert (held["leverage"]["type"], held["leverage"]["value"]) == ("isolated", 21), held
    assert float(held["marginUsed"]) > before + 0.5, (before, held)


def basic_agent(user: User) -> None:
    approved, key = user.exchange.approve_agent()
    assert approved == DONE, approved
    agent = user.signing_with(eth_account.Account.from_key(key))
    oid = resting_oid(agent.order("ETH", True, 0.2, 1000, GTC))
    assert only_status(agent.cancel("ETH", oid)) == "success"
    approved, key = user.exchange.approve_agent("persist")
    assert approved == DONE, approved
    oid = resting_oid(agent.order("ETH", True, 0.2, 1000, GTC))
    assert (
        only_status(user.signing_with(eth_account.Account.from_key(key)).cancel("ETH", oid))
        == "success"
    )
    (listed,) = user.info.extra_agents(user.address)
    assert listed["name"] == "persist", listed


def basic_builder_fee(user: User) -> None:
    assert user.exchange.approve_builder_fee(BUILDER, "0.001%") == DONE
    builder = {"b": BUILDER, "f": 1}
    answer = user.exchange.market_open("ETH", True, 0.05, None, 0.01, builder=builder)
    oid = only_status(answer)["filled"]["oid"]
    fill = next(row for row in user.info.user_fills(user.address) if row["oid"] == oid)
    assert float(fill["builderFee"]) > 0, fill
    assert float(fill["fee"]) > float(fill["builderFee"])


def rounding(user: User) -> None:
    meta, contexts = user.info.meta_and_asset_ctxs()
    number = user.info.name_to_asset("OP")
    lots = meta["universe"][number]["szDecimals"]
    wanted_px = float(contexts[number]["markPx"]) * 0.912345678
    wanted_size = 20 / wanted_px
    refused = user.exchange.order("OP", True, round(wanted_size, lots), round(wanted_px, 8), GTC)
    assert "Price must be divisible by tick size." in str(refused), refused
    refused = user.exchange.order("OP", True, round(wanted_size, lots + 2), 1, GTC)
    assert "Order has invalid size." in str(refused), refused
    px = round(float(f"{wanted_px:.5g}"), 6 - lots)
    oid = resting_oid(user.exchange.order("OP", True, round(wanted_size, lots), px, GTC))
    assert only_status(user.exchange.cancel("OP", oid)) == "success"


def cancel_open_orders(user: User) -> None:
    for px in (1000, 1100, 1200):
        resting_oid(user.exchange.order("ETH", True, 0.2, px, GTC))
    for order in user.info.open_orders(user.address):
        assert only_status(user.exchange.cancel(order["coin"], order["oid"])) == "success"
    assert user.open_oids() == []


def basic_ws(user: User) -> None:
    info: Any = Info(user.base_url)
    heard = Heard()
    subscriptions: list[Any] = [
        {"type": "allMids"},
        {"type": "l2Book", "coin": "ETH"},
        {"type": "trades", "coin": "PURR/USDC"},
        {"type": "userEvents", "user": user.address},
        {"type": "userFills", "user": user.address},
        {"type": "candle", "coin": "ETH", "interval": "1m"},
        {"type": "orderUpdates", "user": user.address},
        {"type": "userFundings", "user": user.address},
        {"type": "userNonFundingLedgerUpdates", "user": user.address},
    ]
    try:
        for subscription in subscriptions:
            info.subscribe(subscription, heard.listener(subscription["type"]))
        for kind in ("allMids", "l2Book", "candle", "userFills"):
            heard.until(kind, lambda message: True)
        for kind in ("userFundings", "userNonFundingLedgerUpdates"):
            first = heard.until(kind, lambda message: True)["data"]
            assert first["isSnapshot"] is True, first
    finally:
        info.disconnect_websocket()


def priority_fees(user: User) -> None:
    """An immediate order below the market finds nothing, whatever it pays to come first."""
    order = _leg(True, round(user.mid("SOL") * 0.9, 1), IOC, reduce_only=False)
    answer = user.exchange.bulk_orders([order], grouping={"p": 12345})
    assert "could not immediately match" in str(answer), answer


def a_stranger(user: User) -> None:
    """Every script, run with the key of an account that does not exist."""
    stranger = new_wallet()
    answer = user.signing_with(stranger).order("ETH", True, 0.2, 1100, GTC)
    text = f"User or API Wallet {stranger.address.lower()} does not exist."
    assert answer == {"status": "err", "response": text}, answer


ORDER_EXAMPLES = (
    basic_order,
    basic_order_with_cloid,
    basic_order_modify,
    basic_market_order,
    basic_tpsl,
    bracket,
    basic_schedule_cancel,
    basic_adding,
    basic_leverage_adjustment,
    basic_agent,
    basic_builder_fee,
    rounding,
    cancel_open_orders,
    basic_ws,
    priority_fees,
    a_stranger,
)
