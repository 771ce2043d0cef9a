"""A subscription is what it means, whoever wrote it and in whichever words."""

from __future__ import annotations

from typing import Any

import pytest

from hive.domain.errors import BadFrame, MalformedIdentifier
from hive.domain.identifiers import Address
from hive.hyperliquid import subscriptions
from hive.hyperliquid.codec import decode_push
from hive.hyperliquid.subscriptions import Subscription, canonical, route_of

SHOUTED = Address("0x" + "AB" * 20)
USER = "0x" + "ab" * 20

ECHOES: list[tuple[Subscription, dict[str, Any]]] = [
    (
        subscriptions.l2_book("BTC"),
        {"type": "l2Book", "coin": "BTC", "nSigFigs": None, "mantissa": None, "fast": False},
    ),
    (
        subscriptions.l2_book("BTC", fast=True),
        {"type": "l2Book", "coin": "BTC", "nSigFigs": None, "mantissa": None, "fast": True},
    ),
    (subscriptions.bbo("ETH"), {"coin": "ETH", "type": "bbo"}),
    (subscriptions.trades("@107"), {"type": "trades", "coin": "@107", "new": [1]}),
    (subscriptions.candle("BTC", "1m"), {"type": "candle", "interval": "1m", "coin": "BTC"}),
    (subscriptions.active_asset_ctx("xyz:SP500"), {"type": "activeAssetCtx", "coin": "xyz:SP500"}),
    (subscriptions.all_mids(), {"type": "allMids", "dex": ""}),
    (subscriptions.order_updates(SHOUTED), {"type": "orderUpdates", "user": USER}),
    (subscriptions.user_events(SHOUTED), {"type": "userEvents", "user": USER}),
    (subscriptions.user_events(SHOUTED), {"type": "user", "user": USER}),
    (
        subscriptions.user_fills(SHOUTED),
        {"type": "userFills", "user": USER, "aggregateByTime": False},
    ),
    (
        subscriptions.clearinghouse_state(SHOUTED),
        {"type": "clearinghouseState", "user": USER, "dex": ""},
    ),
    (subscriptions.open_orders(SHOUTED, "xyz"), {"type": "openOrders", "user": USER, "dex": "xyz"}),
]


@pytest.mark.parametrize(("ours", "echo"), ECHOES)
def test_the_echo_is_the_subscription(ours: Subscription, echo: dict[str, Any]) -> None:
    """Defaults, letter case, key order, aliases and unknown fields make no difference."""
    assert canonical(echo) == ours
    assert canonical(echo).key == ours.key
    assert hash(canonical(echo)) == hash(ours)


def test_different_subscriptions_have_different_keys() -> None:
    other = [
        subscriptions.l2_book("ETH"),
        subscriptions.candle("BTC", "5m"),
        subscriptions.all_mids("xyz"),
        Subscription(type="l2Book", coin="BTC", n_sig_figs=5),
        Subscription(type="l2Book", coin="BTC", n_sig_figs=5, mantissa=2),
        Subscription(type="userFills", user=SHOUTED, aggregate_by_time=True),
    ]
    keys = {each.key for each in [*other, *(ours for ours, _echo in ECHOES)]}
    aliases = 1
    assert len(keys) == len(other) + len(ECHOES) - aliases


@pytest.mark.parametrize(("ours", "echo"), ECHOES)
def test_what_is_sent_means_the_same(ours: Subscription, echo: dict[str, Any]) -> None:
    assert canonical(ours.to_wire()) == ours


def test_defaults_are_not_sent() -> None:
    assert subscriptions.l2_book("BTC").to_wire() == {"type": "l2Book", "coin": "BTC"}
    assert subscriptions.user_fills(SHOUTED).to_wire() == {"type": "userFills", "user": USER}
    aggregated = Subscription(type="l2Book", coin="BTC", n_sig_figs=3)
    assert aggregated.to_wire() == {"type": "l2Book", "coin": "BTC", "nSigFigs": 3}


@pytest.mark.parametrize(
    "echo",
    [
        None,
        [],
        "l2Book",
        {},
        {"type": 1},
        {"type": "bbo", "coin": ["BTC"]},
        {"type": "user", "user": "me"},
    ],
)
def test_what_is_no_subscription_is_a_bad_frame(echo: object) -> None:
    with pytest.raises(BadFrame):
        canonical(echo)


def test_our_own_typing_mistake_is_not_the_venues() -> None:
    with pytest.raises(MalformedIdentifier):
        subscriptions.user_fills(Address("0X" + "ab" * 20))


def test_which_streams_are_private_and_which_name_their_user() -> None:
    """Two users' `orderUpdates` cannot be told apart on one socket; two users' fills can."""
    assert not subscriptions.bbo("BTC").is_private
    assert subscriptions.user_fills(SHOUTED).names_user
    for nameless in (subscriptions.order_updates(SHOUTED), subscriptions.user_events(SHOUTED)):
        assert nameless.is_private
        assert nameless.needs_own_socket
        assert not nameless.names_user
    assert not subscriptions.clearinghouse_state(SHOUTED).needs_own_socket


LEVEL = b'{"px":"1.0","sz":"1.0","n":1}'
PUSHES: list[tuple[Subscription, bytes]] = [
    (
        subscriptions.l2_book("BTC"),
        b'{"channel":"l2Book","data":{"coin":"BTC","time":1,"levels":[[],[]]}}',
    ),
    (
        subscriptions.l2_book("BTC", fast=True),
        b'{"channel":"l2Book","data":{"coin":"BTC","time":1,"levels":[[],[]],"fast":true}}',
    ),
    (
        subscriptions.bbo("BTC"),
        b'{"channel":"bbo","data":{"coin":"BTC","time":1,"bbo":[%b,null]}}' % LEVEL,
    ),
    (
        subscriptions.trades("BTC"),
        (
            b'{"channel":"trades","data":[{"coin":"BTC","side":"B","px":"1.0","sz":"1.0","time":1,'
            b'"hash":"0x0","tid":1,"users":["0x0","0x1"]}]}'
        ),
    ),
    (
        subscriptions.candle("BTC", "1m"),
        (
            b'{"channel":"candle","data":{"t":0,"T":59999,"s":"BTC","i":"1m","o":"1.0","c":"1.0",'
            b'"h":"1.0","l":"1.0","v":"0.0","n":0}}'
        ),
    ),
    (
        subscriptions.active_asset_ctx("@107"),
        (
            b'{"channel":"activeSpotAssetCtx","data":{"coin":"@107","ctx":{"prevDayPx":"1.0",'
            b'"dayNtlVlm":"0.0","markPx":"1.0","midPx":null,"circulatingSupply":"1.0","coin":"@107",'
            b'"totalSupply":"1.0","dayBaseVlm":"0.0"}}}'
        ),
    ),
    (subscriptions.all_mids(), b'{"channel":"allMids","data":{"mids":{"BTC":"1.0"}}}'),
    (
        subscriptions.all_mids("xyz"),
        b'{"channel":"allMids","data":{"mids":{"xyz:A":"1.0"},"dex":"xyz"}}',
    ),
    (subscriptions.order_updates(SHOUTED), b'{"channel":"orderUpdates","data":[]}'),
    (subscriptions.user_events(SHOUTED), b'{"channel":"user","data":{"fills":[]}}'),
    (
        subscriptions.user_fills(SHOUTED),
        b'{"channel":"userFills","data":{"user":"%b","fills":[]}}' % USER.encode(),
    ),
    (
        subscriptions.open_orders(SHOUTED, "xyz"),
        b'{"channel":"openOrders","data":{"dex":"xyz","user":"%b","orders":[]}}' % USER.encode(),
    ),
]


@pytest.mark.parametrize(("subscription", "frame"), PUSHES)
def test_a_push_finds_its_subscription(subscription: Subscription, frame: bytes) -> None:
    assert decode_push(frame).route == route_of(subscription)


def test_routes_tell_streams_apart() -> None:
    routes = [route_of(subscription) for subscription, _frame in PUSHES]
    assert len(set(routes)) == len(routes)


def test_streams_that_share_a_route_are_the_documented_ones() -> None:
    other = Address("0x" + "cd" * 20)
    assert route_of(subscriptions.order_updates(SHOUTED)) == route_of(
        subscriptions.order_updates(other)
    )
    assert route_of(subscriptions.l2_book("BTC")) == route_of(
        Subscription(type="l2Book", coin="BTC", n_sig_figs=5)
    )
    assert route_of(subscriptions.user_fills(SHOUTED)) != route_of(subscriptions.user_fills(other))


def test_an_empty_list_of_trades_leads_nowhere() -> None:
    """It names no coin; the official client drops it too."""
    assert decode_push(b'{"channel":"trades","data":[]}').route == ("trades", "", "")
