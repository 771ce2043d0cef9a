"""Spot and builder perps by the official SDK, for users whom the oracle has paid."""

from __future__ import annotations

from typing import Any

import requests
from hyperliquid.info import Info
from tests.live_sockets.heard import Heard
from tests.live_sockets.sdk_account import GTC, User, only_status, resting_oid

PURR, HYPE = "PURR/USDC", "@107"
DEX = "xyz"
PERP = "xyz:GOLD"


def paid(user: User, **what: Any) -> None:
    """Have the oracle credit something."""
    request = {"type": "credit", "user": user.address, **what}
    assert requests.post(f"{user.base_url}/oracle", json=request, timeout=10).status_code == 200


def balance(user: User, token: str) -> Any:
    """The row of a token, as spotClearinghouseState tells it."""
    rows = user.info.spot_user_state(user.address)["balances"]
    return next(row for row in rows if row["coin"] == token)


def far_px(user: User, coin: str, share: float) -> float:
    return float(f"{user.mid(coin) * share:.3g}")


def rests_on_spot(user: User) -> None:
    """By the pair's own name: what rests is bound, and let go again."""
    paid(user, token="USDC", amount="1000")
    px = far_px(user, PURR, 0.7)
    oid = resting_oid(user.exchange.order(PURR, True, 200, px, GTC))
    assert abs(float(balance(user, "USDC")["hold"]) - 200 * px) < 1e-6
    assert [order["coin"] for order in user.info.open_orders(user.address)] == [PURR]
    assert only_status(user.exchange.cancel(PURR, oid)) == "success"
    assert balance(user, "USDC")["hold"] == "0.0"


def trades_spot_at_market(user: User) -> None:
    """Buys with the fee in the bought token, sells with the fee in the quote token."""
    paid(user, token="USDC", amount="1000")
    heard = Heard()
    info: Any = Info(user.base_url)
    try:
        info.subscribe({"type": "activeAssetCtx", "coin": HYPE}, heard.listener("context"))
        context = heard.until("context", lambda _: True)
        assert context["channel"] == "activeSpotAssetCtx", context
    finally:
        info.disconnect_websocket()
    bought = only_status(user.exchange.market_open(HYPE, True, 2))["filled"]
    held = float(balance(user, "HYPE")["total"])
    assert abs(held - 2 * (1 - 0.0007)) < 1e-6, held
    sold = only_status(user.exchange.order(HYPE, False, 1, far_px(user, HYPE, 0.97), GTC))
    assert "filled" in sold, sold
    fills = user.info.user_fills(user.address)
    assert {(fill["dir"], fill["feeToken"]) for fill in fills} == {
        ("Buy", "HYPE"),
        ("Sell", "USDC"),
    }
    assert float(bought["totalSz"]) == 2
    refused = user.exchange.order(HYPE, False, 50, far_px(user, HYPE, 1.2), GTC)
    assert only_status(refused)["error"].startswith("Insufficient spot balance")


def trades_builder_perps(user: User) -> None:
    """With margin on that dex; the position is told there alone."""
    paid(user, usd="5000", dex=DEX)
    trader = User(user.base_url, dexs=["", DEX])
    trader.wallet, trader.address = user.wallet, user.address
    trader.exchange = trader.signing_with(user.wallet)
    assert only_status(trader.exchange.market_open(PERP, True, 1))["filled"]["totalSz"] == "1.0"
    state = trader.info.user_state(user.address, dex=DEX)
    assert [row["position"]["coin"] for row in state["assetPositions"]] == [PERP]
    assert trader.info.user_state(user.address)["assetPositions"] == []
    fill = trader.info.user_fills(user.address)[0]
    assert float(fill["deployerFee"]) > 0, fill
    oid = resting_oid(trader.exchange.order(PERP, True, 1, far_px(trader, PERP, 0.9), GTC))
    assert [row["oid"] for row in trader.info.open_orders(user.address, dex=DEX)] == [oid]
    assert only_status(trader.exchange.cancel(PERP, oid)) == "success"


SPOT_STEPS = (rests_on_spot, trades_spot_at_market, trades_builder_perps)
