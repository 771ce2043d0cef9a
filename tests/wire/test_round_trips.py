"""What was decoded exactly encodes back to the same bytes, and what we send is what was sent."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from tests.wire.recorded import ITEMS, REQUESTS, compact, frame

from hive.domain.identifiers import Address
from hive.hyperliquid import codec_requests as requests
from hive.hyperliquid import wire, wire_private
from hive.hyperliquid.codec import decode_push
from hive.hyperliquid.codec_exchange import WireStatus
from hive.hyperliquid.subscriptions import canonical, l2_book, user_fills

LIVE = "live_captures/"
PROBE = "live_captures/wsprobe_frames_2026-09-24.json#"

EXACT: dict[str, Any] = {
    LIVE + "bytex_ws_orderUpdates.json": wire.OrderUpdatesPush,
    LIVE + "bytex_ws_user_fills_channel.json": wire.UserPush,
    LIVE + "bytex_clearinghouseState.json": wire_private.ClearinghouseState,
    LIVE + "rift_testnet_spot_fills_excerpt.json": tuple[wire_private.WsFill, ...],
    PROBE + "subscribe_ack_l2Book_fast": wire.SubscriptionResponse,
    PROBE + "unsubscribe_ack_l2Book": wire.SubscriptionResponse,
    PROBE + "pong": wire.Pong,
    PROBE + "error_already_subscribed": wire.ErrorPush,
    PROBE + "error_parse": wire.ErrorPush,
    PROBE + "post_l2Book_unknown_coin": wire.PostPush,
    "metadata/real_clearinghouse_small.json": wire_private.ClearinghouseState,
    "metadata/real_clearinghouse_whale.json": wire_private.ClearinghouseState,
    "nautilus/http_spot_clearinghouse_state.json": wire_private.SpotClearinghouseState,
    "nautilus/http_user_fills_dust_conversion.json": tuple[wire_private.WsFill, ...],
    "nautilus/ws_user_fill_liquidation.json": wire.UserPush,
    "order_book_server/ws_l2book_ack.json": wire.SubscriptionResponse,
    "sdk/historical_orders.json#0": tuple[wire_private.OrderRecord, ...],
}
"""Recorded in the venue's own key order."""

SORTED_KEYS: dict[str, Any] = {
    "sdk/get_frontend_open_orders.json#0": tuple[wire_private.FrontendOrder, ...],
}
"""Recorded with sorted keys: equal as values only."""


@pytest.mark.parametrize("item", EXACT)
def test_private_messages_encode_back_byte_for_byte(item: str) -> None:
    """No digit, key or order of keys is lost."""
    decoded = msgspec.json.decode(frame(item), type=EXACT[item])
    assert msgspec.json.encode(decoded) == frame(item)


@pytest.mark.parametrize("item", SORTED_KEYS)
def test_private_messages_encode_back_by_value(item: str) -> None:
    decoded = msgspec.json.decode(frame(item), type=SORTED_KEYS[item])
    assert json.loads(msgspec.json.encode(decoded)) == ITEMS[item]


def test_streams_of_an_account_encode_back() -> None:
    """The envelopes of `userFills`, `clearinghouseState` and `openOrders`, around recorded rows."""
    user = "0x" + "ab" * 20
    state = json.loads(frame("metadata/real_clearinghouse_small.json"))
    orders = [row["order"] for row in ITEMS["sdk/historical_orders.json#0"]]
    fills = ITEMS["nautilus/http_user_fills_dust_conversion.json"]
    for channel, data in {
        "userFills": {"isSnapshot": True, "user": user, "fills": fills},
        "clearinghouseState": {"dex": "", "user": user, "clearinghouseState": state},
        "openOrders": {"dex": "", "user": user, "orders": orders},
    }.items():
        raw = compact({"channel": channel, "data": data})
        push = decode_push(raw)
        assert not isinstance(push, wire.UnknownPush)
        assert msgspec.json.encode(push) == raw


def test_statuses_of_actions_encode_back() -> None:
    """What the local venue answers is what the venue answered."""
    statuses = ITEMS[LIVE + "bytex_exchange_errors.json#order_ok"]["response"]["data"]["statuses"]
    decoded = msgspec.convert(statuses, tuple[WireStatus, ...])
    assert msgspec.json.encode(decoded) == compact(statuses)


def test_acks_mean_what_was_asked() -> None:
    """Both recorded forms of the ack, with and without `fast`, and the text of an error."""
    fast = ITEMS[PROBE + "subscribe_ack_l2Book_fast"]["data"]["subscription"]
    plain = ITEMS["order_book_server/ws_l2book_ack.json"]["data"]["subscription"]
    text = ITEMS[PROBE + "error_already_subscribed"]["data"]
    assert canonical(fast) == l2_book("BTC", fast=True)
    assert canonical(plain) == l2_book("BTC")
    assert canonical(json.loads(text.partition(": ")[2])) == l2_book("SOL")


USER = Address("0x31ca8395cf837de08b24da3f660e77761dfb974b")
FILLS_USER = Address("0xb7b6f3cea3f66bf525f5d8f965f6dbf6d9b017b2")

SENT: dict[str, requests.InfoRequest] = {
    "sdk/get_all_mids.json#0": requests.all_mids(),
    "sdk/get_candles_snapshot.json#1": requests.candle_snapshot(
        "kPEPE", "1h", 1684702007000, 1684784807000
    ),
    "sdk/get_frontend_open_orders.json#0": requests.open_orders(
        Address("0xCB331197E84f135AB9Ed6FB51Cd9757c0bd29d0D")
    ),
    "sdk/get_funding_history_1684811870000.json#1": requests.funding_history(
        "BTC", 1681923833000, 1684811870000
    ),
    "sdk/get_funding_history_None.json#1": requests.funding_history("BTC", 1681923833000),
    "sdk/get_info.json#0": requests.meta(),
    "sdk/get_l2_snapshot.json#1": requests.l2_book("DYDX"),
    "sdk/get_user_fills.json#0": requests.user_fills(FILLS_USER),
    "sdk/get_user_fills_by_time.json#0": requests.user_fills_by_time(
        FILLS_USER, 1683245555699, 1683245884863
    ),
    "sdk/get_user_state.json#0": requests.clearinghouse_state(
        Address("0x5e9ee1089755c3435139848e47e6635505d5a13a")
    ),
    "sdk/user_rate_limit.json#0": requests.user_rate_limit(USER),
    "sdk/user_role.json#0": requests.user_role(USER),
}


@pytest.mark.parametrize("item", SENT)
def test_info_requests_are_the_recorded_ones(item: str) -> None:
    assert compact(SENT[item]) == compact(REQUESTS[item])


def test_frames_we_send_are_the_documented_ones() -> None:
    user = Address("0x" + "AB" * 20)
    assert requests.subscribe_frame(l2_book("BTC", fast=True)) == (
        b'{"method":"subscribe","subscription":{"type":"l2Book","coin":"BTC","fast":true}}'
    )
    assert requests.unsubscribe_frame(user_fills(user)) == (
        b'{"method":"unsubscribe","subscription":{"type":"userFills","user":"0x%b"}}' % (b"ab" * 20)
    )
    assert json.loads(requests.PING_FRAME) == {"method": "ping"}
    post = requests.post_frame(7, "info", compact(requests.l2_book("ETH")))
    assert json.loads(post) == {
        "method": "post",
        "id": 7,
        "request": {"type": "info", "payload": {"type": "l2Book", "coin": "ETH"}},
    }
