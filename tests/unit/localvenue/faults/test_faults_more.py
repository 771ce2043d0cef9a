"""Faults of windows, snapshots, sockets and time: each does what it says, and is counted."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.unit.localvenue.still_venue import BLOCK_MS, START_MS, Stage, buy, order_action, sell

from hive.localvenue.faults.kinds import Fault, kind_of, parse_fault
from hive.localvenue.faults.mangling import ABSURD
from hive.localvenue.markets.seeded import seeded_sources
from hive.localvenue.markets.synthetic import SyntheticMarkets
from hive.localvenue.venue import POST_ONLY_NOW
from hive.serving.port import Close, HalfOpen, Reply, Say, Slow, Tear

RESTING = buy(79_000, 1)


def fired(stage: Stage) -> dict[str, int]:
    counted: dict[str, int] = stage.oracle(type="counters")["faults"]
    return counted


def refusal(stage: Stage, **request: Any) -> str:
    reply = stage.venue.oracle(request, now_ms=stage.now_ms)
    assert reply.status == 422
    return reply.body.decode()


@pytest.mark.parametrize("status", [429, 503])
def test_a_refused_request_was_never_applied(status: int) -> None:
    stage = Stage()
    trader = stage.trader(1)
    stage.oracle(type="refuseRequest", status=status)
    assert stage.send(trader.request(order_action(RESTING))) == [Reply(status, b"null")]
    stage.make_block()
    assert trader.open_orders() == []
    stage.oracle(type="refuseRequest", status=status, path="info", kind="meta")
    assert stage.ask_raw(type="meta").status == status
    assert stage.ask(type="meta")["universe"]
    assert fired(stage) == {"refuseRequest": 2}


def test_a_late_answer_is_overtaken_by_the_push() -> None:
    stage = Stage()
    trader = stage.trader(1)
    stage.listen(type="orderUpdates", user=trader.address)
    stage.oracle(type="delayResponse", ms=1_000)
    replies = stage.send(trader.request(order_action(RESTING)))
    stage.make_block()
    assert (len(stage.heard("orderUpdates")), replies) == (1, [])
    stage.pass_ms(900)
    assert replies == []
    stage.pass_ms(100)
    assert replies[0].status == 200


@pytest.mark.parametrize(("how", "count"), [("short", 1), ("long", 3), ("null", 2)])
def test_a_batch_may_be_answered_with_a_wrong_list(how: str, count: int) -> None:
    stage = Stage()
    trader = stage.trader(1)
    stage.oracle(type="mangleStatuses", how=how)
    statuses = trader.place(RESTING, buy(78_000, 1))
    assert len(statuses) == count
    assert (statuses[0] is None) is (how == "null")
    assert len(trader.open_orders()) == 2
    assert trader.act({"type": "noop"}) == {"status": "ok", "response": {"type": "default"}}


def test_one_late_frame_is_overtaken_by_other_channels_and_not_by_its_own() -> None:
    stage = Stage()
    trader, other = stage.trader(1), stage.trader(2)
    for kind in ("orderUpdates", "userFills"):
        stage.listen(type=kind, user=trader.address)
    stage.oracle(type="delayPush", channel="orderUpdates", ms=2 * BLOCK_MS)
    trader.place_one(RESTING)
    other.place_one(sell(79_000, 1))
    assert len(stage.heard("userFills")) == 1
    assert stage.heard("orderUpdates") == []
    stage.pass_ms(3 * BLOCK_MS)
    statuses = [row["status"] for frame in stage.heard("orderUpdates") for row in frame]
    assert statuses == ["open", "filled"]


def test_a_snapshot_may_be_missing_or_cut() -> None:
    stage = Stage()
    trader = stage.trader(1)
    for px in (79_000, 78_000, 77_000):
        trader.place_one(buy(px, 1))
    stage.oracle(type="truncateSnapshot", channel="openOrders", rows=1)
    (orders,) = stage.listen(type="openOrders", user=trader.address)
    assert len(orders["orders"]) == 1
    stage.oracle(type="truncateSnapshot", channel="l2Book", rows=2)
    (book,) = stage.listen(type="l2Book", coin="BTC")
    assert [len(side) for side in book["levels"]] == [2, 0]
    stage.oracle(type="dropFirstFrame", channel="bbo", name="BTC")
    assert stage.listen(type="bbo", coin="ETH") != []
    assert stage.listen(type="bbo", coin="BTC") == []
    assert fired(stage) == {"truncateSnapshot": 2, "dropFirstFrame": 1}


def test_an_order_that_is_open_may_be_unknown_for_a_while() -> None:
    stage = Stage()
    trader = stage.trader(1)
    oid = trader.place_one(RESTING)["resting"]["oid"]
    stage.oracle(type="unknownOrders", forMs=500)
    assert trader.status(oid) == "unknownOid"
    assert len(trader.open_orders()) == 1
    stage.pass_ms(500)
    assert trader.status(oid) == "open"


def test_stale_reads_may_be_of_one_kind() -> None:
    stage = Stage()
    trader = stage.trader(1)
    stage.oracle(type="staleReads", lagMs=1_000, forMs=5_000, kind="openOrders")
    oid = trader.place_one(RESTING)["resting"]["oid"]
    assert trader.status(oid) == "open"
    assert stage.ask(type="openOrders", user=trader.address) == []


def test_in_an_outage_nothing_is_applied_and_nobody_let_in() -> None:
    stage = Stage()
    trader = stage.trader(1)
    stage.oracle(type="outage", forMs=1_000, status=502)
    assert stage.send(trader.request(order_action(RESTING))) == [Reply(502, b"null")]
    assert stage.ask_raw(type="meta").status == 502
    assert not stage.venue.may_connect(ip="1.1.1.1", now_ms=stage.now_ms)
    stage.pass_ms(1_000)
    assert trader.open_orders() == []
    assert trader.place_one(RESTING)["resting"]
    assert fired(stage) == {"outage": 3}


def test_connections_may_be_refused_for_a_while() -> None:
    stage = Stage()
    stage.oracle(type="refuseConnects", forMs=300)
    assert not stage.venue.may_connect(ip="1.1.1.1", now_ms=stage.now_ms)
    stage.pass_ms(300)
    assert stage.venue.may_connect(ip="1.1.1.1", now_ms=stage.now_ms)


def test_after_an_upgrade_only_post_only_orders_are_taken() -> None:
    stage = Stage()
    trader = stage.trader(1)
    resting = trader.place_one(RESTING)["resting"]["oid"]
    stage.oracle(type="postOnlyWindow", forMs=1_000)
    answer = trader.act(order_action(RESTING))
    assert answer == {"status": "err", "response": POST_ONLY_NOW}
    assert trader.place_one(buy(78_000, 1, tif="Alo"))["resting"]
    assert trader.cancel(0, resting) == "success"
    stage.pass_ms(1_000)
    assert trader.place_one(RESTING)["resting"]


@pytest.mark.parametrize("kind", ["meta", "metaAndAssetCtxs", "spotMeta", "spotMetaAndAssetCtxs"])
def test_metadata_may_be_wrong_for_a_while(kind: str) -> None:
    def rows(stage: Stage) -> list[Any]:
        answer = stage.ask(type=kind)
        found: list[Any] = (answer[0] if kind.endswith("AssetCtxs") else answer)["universe"]
        return found

    stage = Stage()
    sound = rows(stage)
    stage.oracle(type="badMeta", how="outOfRange", forMs=100)
    assert ABSURD in (rows(stage)[-1].get("szDecimals"), *rows(stage)[-1].get("tokens", ()))
    stage.pass_ms(100)
    stage.oracle(type="badMeta", how="missing", forMs=100)
    assert rows(stage) == sound[:-1]
    stage.pass_ms(100)
    stage.oracle(type="badMeta", how="duplicate", forMs=100)
    assert rows(stage) == [*sound, sound[-1]]
    stage.pass_ms(100)
    assert rows(stage) == sound


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        ({"type": "closeSocket", "code": 1008}, Close(1008)),
        ({"type": "halfOpenSocket"}, HalfOpen()),
        ({"type": "slowSocket", "ms": 700}, Slow(700)),
        ({"type": "tearSocket"}, Tear()),
        (
            {"type": "errorFrame", "text": "too many pending post requests id=7"},
            Say(b'{"channel":"error","data":"too many pending post requests id=7"}'),
        ),
    ],
)
def test_a_socket_is_found_and_struck(fault: dict[str, Any], trouble: object) -> None:
    stage = Stage()
    trader = stage.trader(1)
    assert refusal(stage, **fault) == "no such socket"
    stage.listen(1, type="allMids")
    stage.listen(2, type="orderUpdates", user=trader.address)
    stage.oracle(**fault)
    stage.oracle(**fault, holds="orderUpdates")
    assert stage.sockets.troubles == [(1, trouble), (2, trouble)]
    assert fired(stage) == {fault["type"]: 2}


def test_an_abnormal_end_is_a_cut_and_an_oversize_frame_has_its_size() -> None:
    stage = Stage()
    stage.listen(1, type="allMids")
    stage.oracle(type="closeSocket", code=1006, connection=1)
    stage.oracle(type="cutSocket", connection=1)
    assert stage.sockets.cut_connections == [1, 1]
    stage.oracle(type="oversizeFrame", bytes=100_000)
    ((_, said),) = stage.sockets.troubles
    assert isinstance(said, Say)
    assert len(said.frame) == 100_000
    assert msgspec.json.decode(said.frame)["channel"] == "notification"


def test_time_may_go_step_by_step() -> None:
    stage = Stage(is_stepped=True)
    trader = stage.trader(1)
    replies = stage.send(trader.request(order_action(RESTING)))
    stage.pass_ms(10_000)
    assert replies == []
    assert stage.oracle(type="counters")["time"] == START_MS
    stage.oracle(type="step")
    assert replies[0].status == 200
    stage.oracle(type="step", blocks=9)
    assert stage.oracle(type="counters")["time"] == START_MS + 10 * BLOCK_MS
    assert refusal(Stage(), type="step") == "time goes by itself here"


def test_time_may_be_skipped() -> None:
    stage = Stage()
    trader = stage.trader(1)
    stage.oracle(type="skipTime", ms=60_000)
    stage.make_block()
    assert stage.oracle(type="counters")["time"] >= START_MS + 60_000
    expired = trader.act(order_action(RESTING), expires_after=stage.now_ms + 30_000)
    assert expired == {"status": "err", "response": "Action already expired"}


def test_a_cadence_may_change_while_it_runs() -> None:
    stage = Stage()
    stage.listen(type="l2Book", coin="BTC")
    stage.listen(type="l2Book", coin="ETH", fast=True)
    stage.oracle(type="cadence", stream="l2Book", fast=False, ms=1_000)
    stage.pass_ms(10_800)
    coins = [frame["coin"] for frame in stage.heard("l2Book")]
    assert (coins.count("BTC"), coins.count("ETH")) == (10, 20)
    assert "no stream trades" in refusal(stage, type="cadence", stream="trades", ms=5)


def test_synthetic_markets_may_be_moved_and_others_not() -> None:
    markets = SyntheticMarkets(seeded_sources(1), ("BTC", "ETH"))
    stage = Stage(instead=markets)
    before = markets.oracle_px("BTC")
    stage.oracle(type="jump", coin="BTC", bps=-500)
    assert markets.oracle_px("BTC") == pytest.approx(before * 0.95, rel=2e-3)
    stage.oracle(type="regime", name="crash")
    assert "no regime sunny" in refusal(stage, type="regime", name="sunny")
    assert refusal(stage, type="jump", coin="SOL", bps=1) == "no market for SOL"
    assert refusal(Stage(), type="regime", name="crash") == "these markets are not ours to move"


@pytest.mark.parametrize(
    "fault",
    [
        {"type": "outage", "forMs": -1},
        {"type": "dropPush", "channel": "bbo", "count": 0},
        {"type": "refuseRequest", "status": 99},
        {"type": "closeSocket", "code": 1234},
        {"type": "step", "blocks": 10**9},
        {"type": "oversizeFrame", "bytes": 1 << 40},
        {"type": "jump", "coin": "BTC", "bps": -10_000},
    ],
)
def test_what_is_out_of_bounds_is_refused(fault: dict[str, Any]) -> None:
    assert refusal(Stage(), **fault)


def test_every_kind_has_a_name_of_its_own() -> None:
    kinds = [member.__struct_config__.tag for member in Fault.__args__]
    assert len(kinds) == len(set(kinds)) > 25
    assert kind_of(parse_fault({"type": "tearSocket"})) == "tearSocket"
