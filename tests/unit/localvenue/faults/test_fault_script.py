"""Faults that come by themselves: by script at their time, by seed always the same ones."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.localvenue.still_venue import Stage, buy, order_action

from hive.domain.errors import ConfigRefused
from hive.localvenue.faults.kinds import CutSocket, Outage, SocketFault, WaitingFault, kind_of
from hive.localvenue.faults.script import FaultPlan, TimedFault, drawn, read_script
from hive.localvenue.markets.seeded import seeded_sources
from hive.serving.port import Reply


def counters(stage: Stage) -> dict[str, Any]:
    counted: dict[str, Any] = stage.oracle(type="counters")
    return counted


def test_a_script_is_read_and_sorted_by_time() -> None:
    script = read_script(
        [{"atMs": 800, "type": "outage", "forMs": 5}, {"type": "cutSocket", "holds": "l2Book"}]
    )
    assert [timed.at_ms for timed in script] == [0, 800]
    assert isinstance(script[0].fault, CutSocket)
    assert isinstance(script[1].fault, Outage)


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ({}, "a list"),
        ("outage", "a list"),
        ([1], "row 1 of the faults has no time"),
        ([{"type": "outage", "forMs": 5}, {"atMs": -1, "type": "cutSocket"}], "row 2"),
        ([{"atMs": True, "type": "cutSocket"}], "row 1"),
        ([{"type": "earthquake"}], "row 1"),
        ([{"type": "outage"}], "forMs"),
    ],
)
def test_a_script_that_is_none_is_refused_by_its_row(rows: Any, complaint: str) -> None:
    with pytest.raises(ConfigRefused, match=complaint):
        read_script(rows)


def test_a_fault_of_a_script_comes_at_its_time() -> None:
    script = read_script([{"atMs": 1_000, "type": "refuseRequest", "status": 502}])
    stage = Stage(fault_script=script)
    trader = stage.trader(1)
    assert trader.place_one(buy(79_000, 1))["resting"]
    stage.pass_ms(1_000)
    (reply,) = stage.send(trader.request(order_action(buy(79_000, 1))))
    assert reply.status == 502
    assert counters(stage)["faults"] == {"refuseRequest": 1}


def test_chaos_is_the_same_for_the_same_seed() -> None:
    def told(seed: int) -> list[tuple[int, object]]:
        plan = FaultPlan(0, (), seeded_sources(seed)("chaos"))
        found: list[tuple[int, object]] = []
        while len(found) < 50:
            now_ms = plan.next_ms
            found.extend((now_ms, fault) for fault in plan.due(now_ms))
        return found

    assert told(1) == told(1) != told(2)
    times = [at_ms for at_ms, _ in told(1)]
    assert 500 < times[-1] / 50 < 5_000


def test_chaos_knows_every_kind_that_a_client_must_survive() -> None:
    uniform = seeded_sources(1)("chaos")
    seen = {kind_of(drawn(uniform)) for _ in range(3_000)}
    wanted = {
        member.__struct_config__.tag for member in (*WaitingFault.__args__, *SocketFault.__args__)
    }
    assert seen == wanted


def test_script_and_chaos_come_together() -> None:
    plan = FaultPlan(100, [TimedFault(5, CutSocket())], seeded_sources(1)("chaos"))
    assert plan.next_ms == 105
    assert plan.due(104) == []
    assert plan.due(105) == [CutSocket()]
    assert len(plan.due(10**9)) == 1


def test_a_venue_lives_through_chaos() -> None:
    stage = Stage(chaos_seed=4)
    trader = stage.trader(1)
    stage.listen(1, type="orderUpdates", user=trader.address)
    stage.listen(1, type="l2Book", coin="BTC", fast=True)
    asked: list[Reply] = []
    for number in range(200):
        stage.send(trader.request(order_action(buy(79_000 - number, 1))))
        question = {"type": "openOrders", "user": trader.address}
        stage.venue.info(question, ip="1.1.1.1", now_ms=stage.now_ms, answer=asked.append)
        stage.pass_ms(700)
    stage.oracle(type="clearFaults")
    assert len(counters(stage)["faults"]) > 12
    statuses = {reply.status for reply in asked}
    assert 200 in statuses
    assert statuses & {500, 502, 503}
    assert 20 < len(trader.open_orders()) < 200
