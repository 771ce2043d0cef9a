"""What we send: WebSocket frames as bytes, `/info` requests as JSON values (protocol.md 1, 3)."""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from hive.domain.identifiers import Address, Cloid, Oid
from hive.hyperliquid.subscriptions import Subscription

PING_FRAME: Final = b'{"method":"ping"}'

InfoRequest = dict[str, Any]
"""The body of an `/info` request, or the payload of an info post."""


# --- frames ------------------------------------------------------------------------------------


def subscribe_frame(subscription: Subscription) -> bytes:
    return msgspec.json.encode({"method": "subscribe", "subscription": subscription})


def unsubscribe_frame(subscription: Subscription) -> bytes:
    return msgspec.json.encode({"method": "unsubscribe", "subscription": subscription})


def post_frame(post_id: int, kind: Literal["action", "info"], payload: bytes) -> bytes:
    """A request over the socket. `payload` is JSON: the signed body, or an info request's."""
    return b'{"method":"post","id":%d,"request":{"type":"%b","payload":%b}}' % (
        post_id,
        kind.encode(),
        payload,
    )


# --- info requests: the market -----------------------------------------------------------------


def meta(dex: str = "") -> InfoRequest:
    return _on_dex({"type": "meta"}, dex)


def meta_and_contexts(dex: str = "") -> InfoRequest:
    return _on_dex({"type": "metaAndAssetCtxs"}, dex)


def spot_meta() -> InfoRequest:
    return {"type": "spotMeta"}


def spot_meta_and_contexts() -> InfoRequest:
    return {"type": "spotMetaAndAssetCtxs"}


def perp_dexs() -> InfoRequest:
    return {"type": "perpDexs"}


def all_mids(dex: str = "") -> InfoRequest:
    return _on_dex({"type": "allMids"}, dex)


def l2_book(coin: str) -> InfoRequest:
    return {"type": "l2Book", "coin": coin}


def recent_trades(coin: str) -> InfoRequest:
    return {"type": "recentTrades", "coin": coin}


def candle_snapshot(coin: str, interval: str, start_ms: int, end_ms: int | None) -> InfoRequest:
    """Candles that open from `start_ms` to `end_ms`, both included; at most 5,000 are kept."""
    span = {"coin": coin, "interval": interval, "startTime": start_ms}
    return {"type": "candleSnapshot", "req": _until(span, end_ms)}


def funding_history(coin: str, start_ms: int, end_ms: int | None = None) -> InfoRequest:
    return _until({"type": "fundingHistory", "coin": coin, "startTime": start_ms}, end_ms)


# --- info requests: an account -----------------------------------------------------------------


def clearinghouse_state(user: Address, dex: str = "") -> InfoRequest:
    return _on_dex({"type": "clearinghouseState", "user": user}, dex)


def spot_clearinghouse_state(user: Address) -> InfoRequest:
    return {"type": "spotClearinghouseState", "user": user}


def open_orders(user: Address, dex: str = "") -> InfoRequest:
    """All open orders in full (`frontendOpenOrders`): the brief form may lack cloids."""
    return _on_dex({"type": "frontendOpenOrders", "user": user}, dex)


def order_status(user: Address, order: Oid | Cloid) -> InfoRequest:
    return {"type": "orderStatus", "user": user, "oid": order}


def user_fills(user: Address) -> InfoRequest:
    """The latest 2,000 fills, newest first."""
    return {"type": "userFills", "user": user}


def user_fills_by_time(user: Address, start_ms: int, end_ms: int | None = None) -> InfoRequest:
    """Fills from `start_ms` on, oldest first, 2,000 a page; both ends are included."""
    return _until({"type": "userFillsByTime", "user": user, "startTime": start_ms}, end_ms)


def user_funding(user: Address, start_ms: int) -> InfoRequest:
    """Funding payments from `start_ms` on, oldest first, 500 a page (protocol.md 1.2)."""
    return {"type": "userFunding", "user": user, "startTime": start_ms}


def twap_history(user: Address) -> InfoRequest:
    """What has become of the account's TWAPs, newest first."""
    return {"type": "twapHistory", "user": user}


def active_asset_data(user: Address, coin: str) -> InfoRequest:
    """What the account could trade of a coin, and with which leverage."""
    return {"type": "activeAssetData", "user": user, "coin": coin}


def user_fees(user: Address) -> InfoRequest:
    return {"type": "userFees", "user": user}


def user_rate_limit(user: Address) -> InfoRequest:
    return {"type": "userRateLimit", "user": user}


def user_role(user: Address) -> InfoRequest:
    return {"type": "userRole", "user": user}


def extra_agents(user: Address) -> InfoRequest:
    """The account's agents that have a name."""
    return {"type": "extraAgents", "user": user}


def vault_details(vault: Address) -> InfoRequest:
    return {"type": "vaultDetails", "vaultAddress": vault}


def _on_dex(request: InfoRequest, dex: str) -> InfoRequest:
    return {**request, "dex": dex} if dex else request


def _until(request: InfoRequest, end_ms: int | None) -> InfoRequest:
    return request if end_ms is None else {**request, "endTime": end_ms}
