"""The venue's own answers and frames beside recorded ones: same fields, same order, same kinds.

The venue builds its JSON by itself, so a field that the client misreads cannot be misread here in
the same way; what holds both is what the real venue sent.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.unit.localvenue.still_venue import START_MS, Stage, buy, cloid_of, sell

RECORDED = Path(__file__).parents[2] / "data" / "recorded"

# Fields that newer answers have and the recording has not, or the other way round.
NEWER = {"nRequestsSurplus", "cloid", "liquidation"}


def recorded(name: str) -> Any:
    return msgspec.json.decode((RECORDED / f"{name}.json").read_bytes())


def captured(name: str) -> Any:
    return recorded(f"live_captures/bytex_{name}")


def probed(name: str) -> Any:
    return recorded("live_captures/wsprobe_frames_2026-09-24")[name]["data"]


def shape(value: Any) -> Any:
    """Fields in order, kinds of values, and of a list its first element."""
    if isinstance(value, dict):
        return [(name, shape(inner)) for name, inner in value.items() if name not in NEWER]
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    if isinstance(value, str):
        return "number" if value.lstrip("-").replace(".", "", 1).isdigit() else "text"
    return type(value).__name__


@pytest.fixture(name="stage")
def _stage() -> Stage:
    """A venue on which things have happened: trader 2 is long and has an order in the book."""
    stage = Stage()
    maker, taker = stage.trader(1), stage.trader(2, usd=20_000)
    stage.listen(type="orderUpdates", user=taker.address)
    stage.listen(type="userEvents", user=taker.address)
    stage.listen(type="trades", coin="BTC")
    maker.place(sell(80_100, 3), buy(79_900, 3))
    taker.place(buy(80_100, "1.5", tif="Ioc", cloid=cloid_of(1)))
    taker.place(buy(79_000, 1, cloid=cloid_of(2)))
    return stage


def user(stage: Stage) -> str:
    return stage.trader(2, usd=0).address


def test_answers(stage: Stage) -> None:
    hour = {"coin": "BTC", "interval": "1h", "startTime": START_MS - 7_200_000}
    who = user(stage)
    pairs = [
        (stage.ask(type="candleSnapshot", req=hour), captured("candleSnapshot_btc_1h")),
        (stage.ask(type="clearinghouseState", user=who), captured("clearinghouseState")),
        (
            stage.ask(type="userRateLimit", user=who),
            recorded("sdk/user_rate_limit")[0]["response"],
        ),
        (stage.ask(type="recentTrades", coin="BTC"), captured("ws_trades")["data"][1:]),
    ]
    for ours, theirs in pairs:
        assert shape(ours) == shape(theirs)


def test_funding_history() -> None:
    stage = Stage()
    stage.pass_ms(3_600_000)
    ours = stage.ask(type="fundingHistory", coin="BTC", startTime=0)
    assert shape(ours) == shape(captured("fundingHistory_btc"))


def test_orders_in_full(stage: Stage) -> None:
    """The recorded order stands in a history with a status; its inner part is the same."""
    record = recorded("sdk/historical_orders")[0]["response"][0]
    answer = stage.ask(type="orderStatus", user=user(stage), oid=cloid_of(2))
    assert shape(answer["order"]) == shape(record)
    listed = stage.ask(type="frontendOpenOrders", user=user(stage))
    assert shape(listed[0]) == shape(record["order"])


@pytest.mark.parametrize(
    ("subscription", "frame"),
    [
        ({"type": "l2Book", "coin": "BTC"}, probed("l2Book_default_trimmed")),
        ({"type": "bbo", "coin": "BTC"}, probed("bbo")),
        ({"type": "bbo", "coin": "BTC"}, captured("ws_bbo")["data"]),
        ({"type": "candle", "coin": "BTC", "interval": "1m"}, captured("ws_candle")["data"]),
        ({"type": "activeAssetCtx", "coin": "BTC"}, captured("ws_activeAssetCtx")["data"]),
        ({"type": "trades", "coin": "BTC"}, captured("ws_trades")["data"][1:]),
    ],
)
def test_first_frames(stage: Stage, subscription: dict[str, Any], frame: Any) -> None:
    (first,) = stage.listen(connection=2, **subscription)
    assert shape(first) == shape(frame)


def test_private_frames(stage: Stage) -> None:
    updates = stage.heard("orderUpdates")
    assert shape(updates[-1]) == shape(captured("ws_orderUpdates")["data"])
    (fills,) = stage.heard("user")
    assert shape(fills) == shape(captured("ws_user_fills_channel")["data"])


def test_a_fill_of_a_liquidation(stage: Stage) -> None:
    theirs = recorded("nautilus/ws_user_fill_liquidation")["data"]["fills"][0]
    maker, poor = stage.trader(3), stage.trader(4, usd=5_000)
    poor.place(buy(80_100, 1, tif="Ioc"))
    maker.place(buy(75_900, 10), sell(75_950, 10))
    stage.markets.oracle["BTC"] = 75_900.0
    for order in stage.trader(1, usd=0).open_orders():
        stage.trader(1, usd=0).cancel(0, order["oid"])
    stage.pass_ms(6_000)
    ours = maker.fills()[0]
    assert list(ours) == [name for name in theirs if name != "cloid"]
    assert shape(ours["liquidation"]) == shape(theirs["liquidation"])
