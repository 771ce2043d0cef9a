"""Every type of subscription over the server: its canonical ack, its first frame, its errors."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from tests.unit.localvenue.still_venue import Stage, Trader, buy, sell
from tests.unit.localvenue.wire_stage import WireStage

from hive.hyperliquid.limits import VenueLimits

USER = Trader(Stage(), 2).address
SHOUTED = USER.upper().replace("0X", "0x")


class Case(NamedTuple):
    """What a client sends, with junk in it; what comes back; the channel of the first frame."""

    sent: dict[str, Any]
    echoed: dict[str, Any]
    channel: str | None


def of_coin(kind: str, channel: str | None = None, **defaults: Any) -> Case:
    form = {"type": kind, "coin": "BTC", **defaults}
    return Case({"junk": 1, "coin": "BTC", "type": kind}, form, channel or kind)


def of_user(kind: str, channel: str | None = "", **defaults: Any) -> Case:
    form = {"type": kind, "user": USER, **defaults}
    sent = {"user": SHOUTED, "type": kind, "x": None}
    return Case(sent, form, kind if channel == "" else channel)


def of_all(kind: str, channel: str | None = "", **defaults: Any) -> Case:
    return Case({"type": kind}, {"type": kind, **defaults}, kind if channel == "" else channel)


CASES = [
    of_coin("l2Book", nSigFigs=None, mantissa=None, fast=False),
    of_coin("bbo"),
    of_coin("trades"),
    of_coin("activeAssetCtx"),
    Case(
        {"coin": "BTC", "interval": "1m", "type": "candle"},
        {"type": "candle", "interval": "1m", "coin": "BTC"},
        "candle",
    ),
    of_all("allMids", dex=""),
    of_all("assetCtxs", dex=""),
    of_all("spotAssetCtxs"),
    of_all("allDexsAssetCtxs"),
    of_all("fastAssetCtxs"),
    of_all("outcomeMetaUpdates", None),
    of_user("orderUpdates", None),
    of_user("userEvents", None),
    of_user("user", None),
    of_user("userFills", aggregateByTime=False),
    of_user("userFundings"),
    of_user("userNonFundingLedgerUpdates"),
    of_user("userTwapSliceFills"),
    of_user("userTwapHistory"),
    of_user("userHistoricalOrders"),
    of_user("notification", None),
    of_user("clearinghouseState", dex=""),
    of_user("openOrders", dex=""),
    of_user("allDexsClearinghouseState"),
    of_user("spotState", ignorePortfolioMargin=False),
    of_user("twapStates", dex=""),
    Case(
        {"coin": "BTC", "type": "activeAssetData", "user": SHOUTED},
        {"type": "activeAssetData", "user": USER, "coin": "BTC"},
        "activeAssetData",
    ),
    of_user("webData2"),
    of_user("webData3"),
]
OFFERED = {*Stage().venue.stream_types, "user"}


def quoted(**limits: int) -> WireStage:
    """A venue with a book and a trade."""
    chosen = VenueLimits(weight_per_min=10**6, **limits)
    stage = Stage(limits=chosen)
    stage.trader(1).place(buy(79_900, 1), sell(80_100, 1))
    stage.trader(2).place(buy(80_100, "0.5", tif="Ioc"))
    return WireStage(stage, limits=chosen)


def test_no_type_is_left_out() -> None:
    assert {case.echoed["type"] for case in CASES} >= OFFERED


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if case.echoed["type"] in OFFERED],
    ids=lambda case: case.echoed["type"],
)
def test_the_ack_is_canonical_and_comes_before_the_first_frame(case: Case) -> None:
    socket = quoted().connect()
    ack, *first = socket.subscribe(**case.sent)
    assert ack == {
        "channel": "subscriptionResponse",
        "data": {"method": "subscribe", "subscription": case.echoed},
    }
    assert list(ack["data"]["subscription"]) == list(case.echoed)
    assert [frame["channel"] for frame in first] == ([case.channel] if case.channel else [])
    (again,) = socket.subscribe(**case.sent)
    assert again["data"].startswith('Already subscribed: {"type":"')
    (gone,) = socket.unsubscribe(**case.sent)
    assert gone["data"] == {"method": "unsubscribe", "subscription": case.echoed}
    (never,) = socket.unsubscribe(**case.sent)
    assert never["data"] == again["data"].replace("subscribed", "unsubscribed", 1)


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if case.echoed["type"] not in OFFERED],
    ids=lambda case: case.echoed["type"],
)
def test_what_is_not_offered_yet_is_invalid(case: Case) -> None:
    (error,) = quoted().connect().subscribe(**case.sent)
    assert error["channel"] == "error"
    assert error["data"].startswith("Invalid subscription {")


def test_a_spot_coins_context_has_a_channel_of_its_own() -> None:
    _, first = quoted().connect().subscribe(type="activeAssetCtx", coin="PURR/USDC")
    assert first["channel"] == "activeSpotAssetCtx"
    assert first["data"]["ctx"]["coin"] == "PURR/USDC"


@pytest.mark.parametrize(
    "fatal",
    [
        {"type": "l2Book", "coin": "btc"},
        {"type": "trades", "coin": "NOSUCH"},
        {"type": "l2Book", "coin": "BTC", "nSigFigs": 6},
        {"type": "l2Book", "coin": "BTC", "nSigFigs": 5, "mantissa": 1},
        {"type": "activeAssetData", "coin": "NOSUCH", "user": USER},
    ],
)
def test_a_bad_symbol_or_rounding_kills_everything_on_its_socket(fatal: dict[str, Any]) -> None:
    socket = quoted().connect()
    socket.subscribe(type="bbo", coin="BTC")
    assert socket.subscribe(**fatal) == []
    assert socket.is_dropped


@pytest.mark.parametrize(
    "invalid",
    [
        {"type": "candle", "coin": "BTC", "interval": "7m"},
        {"type": "userFills", "user": "0x12"},
        {"type": "allMids", "dex": "nosuch"},
    ],
)
def test_a_value_that_cannot_be_is_said_back_and_the_socket_stays(invalid: dict[str, Any]) -> None:
    socket = quoted().connect()
    (error,) = socket.subscribe(**invalid)
    assert error["data"].startswith("Invalid subscription {")
    assert not socket.is_dropped


def test_one_user_too_many_is_told_the_number() -> None:
    socket = quoted(users_max=2).connect()
    for number in (11, 12):
        socket.subscribe(type="userFills", user=f"0x{number:040x}")
    (error,) = socket.subscribe(type="userFills", user=f"0x{13:040x}")
    assert error["data"] == "Cannot track more than 2 total users."


def test_one_subscription_too_many_is_told_the_number() -> None:
    socket = quoted(subscriptions_max=1).connect()
    socket.subscribe(type="bbo", coin="BTC")
    (error,) = socket.subscribe(type="bbo", coin="ETH")
    assert error["data"] == "Cannot subscribe to more than 1 channels."


def test_posts_answer_in_the_three_kinds_and_keep_their_ids() -> None:
    wire = quoted()
    socket = wire.connect()
    (info,) = socket.post(3, "info", {"type": "allMids"})
    assert info["data"]["id"] == 3
    assert info["data"]["response"]["payload"]["type"] == "allMids"
    (bad,) = socket.post(4, "info", {"type": "noSuchThing"})
    assert bad["data"]["response"]["type"] == "error"
    (late,) = socket.post(5, "info", {"type": "userRole", "user": USER})
    assert late["data"]["response"]["payload"]["data"] == {"role": "user"}


def test_a_socket_that_hears_nothing_for_a_minute_is_closed() -> None:
    wire = quoted()
    quiet, busy = wire.connect(), wire.connect()
    busy.subscribe(type="l2Book", coin="BTC")
    for _ in range(61):
        wire.stage.now_ms += 1_000
        wire.core.advance(wire.stage.now_ms)
    assert quiet.is_dropped
    assert not busy.is_dropped
