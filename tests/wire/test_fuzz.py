"""Whatever arrives, it is read or it is a `BadFrame`; what was read holds no nonsense."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, get_args

import msgspec
import pytest
from tests.wire.mutants import mutants
from tests.wire.recorded import ITEMS, frame
from tests.wire.test_recorded_payloads import ANSWERS, PUSHES

from hive.domain.errors import BadFrame
from hive.domain.identifiers import Address
from hive.hyperliquid import wire
from hive.hyperliquid.codec import (
    decode_exchange_reply,
    decode_push,
    to_account_state,
    to_asset_context,
    to_bbo,
    to_book,
    to_candle,
    to_fill,
    to_funding,
    to_liquidation,
    to_mids,
    to_open_order_report,
    to_order_report,
    to_trades,
)
from hive.hyperliquid.wire_census import FieldCensus

USER = Address("0x" + "ab" * 20)
COUNT_BY_TIER = {"default": 40_000, "full": 200_000, "soak": 5_000_000}

STREAMS = [
    b'{"channel":"userFills","data":{"isSnapshot":true,"user":"%b","fills":%b}}'
    % (USER.encode(), frame("nautilus/http_user_fills_dust_conversion.json")),
    b'{"channel":"clearinghouseState","data":{"dex":"","user":"%b","clearinghouseState":%b}}'
    % (USER.encode(), frame("metadata/real_clearinghouse_small.json")),
    b'{"channel":"openOrders","data":{"dex":"","user":"%b","orders":%b}}'
    % (
        USER.encode(),
        msgspec.json.encode([row["order"] for row in ITEMS["sdk/historical_orders.json#0"]]),
    ),
    (
        b'{"channel":"user","data":{"funding":{"time":1,"coin":"BTC","usdc":"-1.0","szi":"1.0",'
        b'"fundingRate":"0.1","nSamples":null}}}'
    ),
    b'{"channel":"user","data":{"liquidation":{"lid":1,"liquidator":"0x0","liquidated_user":"%b",'
    b'"liquidated_ntl_pos":"1.0","liquidated_account_value":"1.0"}}}' % USER.encode(),
]


def user_events(push: wire.UserPush) -> list[Any]:
    data = push.data
    told: list[Any] = []
    if data.fills:
        told += [to_fill(fill, USER) for fill in data.fills]
    if isinstance(data.funding, msgspec.Struct):
        told.append(to_funding(data.funding, USER))
    if isinstance(data.liquidation, msgspec.Struct):
        told.append(to_liquidation(data.liquidation, USER))
    return told


TO_DOMAIN: dict[type, Callable[[Any], Any]] = {
    wire.L2BookPush: lambda push: to_book(push.data, 0),
    wire.BboPush: lambda push: to_bbo(push.data, 0),
    wire.TradesPush: lambda push: to_trades(push.data, 0),
    wire.CandlePush: lambda push: to_candle(push.data) if push.data.i == "1m" else None,
    wire.AllMidsPush: lambda push: to_mids(push.data, 0),
    wire.ActiveAssetCtxPush: lambda push: to_asset_context(push.data, 0),
    wire.ActiveSpotAssetCtxPush: lambda push: to_asset_context(push.data, 0),
    wire.OrderUpdatesPush: lambda push: [to_order_report(update) for update in push.data],
    wire.UserPush: user_events,
    wire.UserFillsPush: lambda push: [to_fill(fill, USER) for fill in push.data.fills],
    wire.ClearinghouseStatePush: lambda push: to_account_state(push.data.clearinghouse_state, USER),
    wire.OpenOrdersPush: lambda push: [to_open_order_report(row, 0) for row in push.data.orders],
    wire.SubscriptionResponse: lambda push: push.data.method,
    wire.Pong: lambda push: None,
    wire.ErrorPush: lambda push: push.data,
    wire.PostReply: lambda push: push.payload,
    wire.UnknownPush: lambda push: push.channel,
}
"""Everything a push says, in the vocabulary. Nothing but an interval may be refused there."""


def test_every_push_has_its_way_to_the_vocabulary() -> None:
    assert set(TO_DOMAIN) == set(get_args(wire.Push))


def numbers(value: Any) -> list[float]:
    """Every float in a domain value."""
    if isinstance(value, float):
        return [value]
    if isinstance(value, dict):
        return [number for part in value.values() for number in numbers(part)]
    if isinstance(value, list | tuple):
        return [number for part in value for number in numbers(part)]
    if isinstance(value, msgspec.Struct):
        return numbers(msgspec.structs.astuple(value))
    return []


def test_damaged_frames(tier: str) -> None:
    """No other exception, and no number that is not finite. Some must survive, most must not."""
    seeds = [frame(item) for item in PUSHES] + STREAMS
    read = refused = 0
    for body in mutants(seeds, COUNT_BY_TIER[tier], seed=1):
        try:
            push = decode_push(body)
        except BadFrame:
            refused += 1
            continue
        read += 1
        assert len(push.route) == 3
        assert all(math.isfinite(number) for number in numbers(TO_DOMAIN[type(push)](push))), body
    assert read > refused * 0.05
    assert refused > read * 0.5


def test_damaged_frames_and_the_census(tier: str) -> None:
    """What could be decoded can be looked at."""
    census = FieldCensus(every=1, every_private=1)
    for body in mutants([frame(item) for item in PUSHES] + STREAMS, COUNT_BY_TIER[tier] // 8, 2):
        try:
            push = decode_push(body)
        except BadFrame:
            continue
        census.saw(push, body)
    assert census.looked_at > 100
    assert any(path.endswith(".new") for path in census.count_by_field)


@pytest.mark.parametrize(
    "decode", {id(decode): decode for decode in [*ANSWERS.values(), decode_exchange_reply]}.values()
)
def test_damaged_answers(decode: Callable[[bytes], Any], tier: str) -> None:
    """Each reader meets the damaged answers to every question."""
    seeds = [body for body in map(frame, ANSWERS) if len(body) < 6000]
    for body in mutants(seeds, COUNT_BY_TIER[tier] // 40, seed=3):
        try:
            value = decode(body)
        except BadFrame:
            continue
        assert all(math.isfinite(number) for number in numbers(value)), body
