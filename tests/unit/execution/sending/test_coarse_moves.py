"""Moves that are not worth an action are not sent, and their strategy is told so."""

from __future__ import annotations

from decimal import Decimal

from tests.unit.execution.desk_rig import ALICE, DeskRig
from tests.unit.execution.queue.short_actions import short_of_actions

from hive.domain.identifiers import Cloid
from hive.domain.orders import TimeInForce

SIZE = Decimal("0.01")


def short() -> tuple[DeskRig, Cloid]:
    rig = short_of_actions()
    return rig, rig.resting(1, tif=TimeInForce.ALO)


def move(rig: DeskRig, cloid: Cloid, px: int) -> None:
    rig.do(lambda: rig.desk.replace(ALICE, cloid, size=SIZE, limit_px=Decimal(px)))


def test_a_small_move_is_told_with_its_rule_and_is_no_replace() -> None:
    rig, cloid = short()
    sent = len(rig.actions)
    move(rig, cloid, 60_001)
    assert len(rig.actions) == sent
    event = rig.alice.events[-1]
    assert (event.order.cloid, event.news.value) == (cloid, "replace rejected")
    assert event.reason.startswith("coarse: quotes move by ")
    assert not event.order.replace_pending
    snapshot = rig.desk.snapshot()
    assert (snapshot.replaces, snapshot.rejects, snapshot.economy.held_back) == (0, 0, 1)


def test_a_large_move_goes() -> None:
    rig, cloid = short()
    sent = len(rig.actions)
    move(rig, cloid, 60_600)
    assert len(rig.actions) == sent + 1
    assert rig.desk.snapshot().replaces == 1


def test_a_move_back_is_sent_while_a_large_one_is_on_its_way() -> None:
    rig, cloid = short()
    move(rig, cloid, 60_600)
    move(rig, cloid, 60_001)
    rig.answer({"resting": {"oid": 2}})
    assert rig.actions[-1]["modifies"][0]["order"]["p"] == "60001"


def test_what_may_take_is_moved_however_little() -> None:
    rig, _ = short()
    cloid = rig.resting(3, px="59000")
    sent = len(rig.actions)
    move(rig, cloid, 59_001)
    assert len(rig.actions) == sent + 1
