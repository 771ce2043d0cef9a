"""Statuses of a kind that the venue did not have when this was written (faults.md O20)."""

from __future__ import annotations

import pytest
from tests.unit.execution.desk_rig import ALICE, DeskRig

from hive.domain.identifiers import Cloid
from hive.domain.orders import OrderPhase

MINUTES_3 = 180_000


def resting_strangely(*, is_listed: bool) -> tuple[DeskRig, Cloid]:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    rig.info.status_by_cloid[cloid] = rig.status_of(cloid, 1, "quantumFrozen")
    if is_listed:
        rig.info.open_orders = [rig.listed(rig.update(cloid, 1, "open"))]
    rig.tell_orders(rig.update(cloid, 1, "quantumFrozen"))
    return rig, cloid


def times_asked(rig: DeskRig) -> int:
    return [request["type"] for request in rig.info.asked].count("orderStatus")


@pytest.mark.parametrize("word", ["moonPhaseCanceled", "regulatorCancel"])
def test_a_word_that_ends_like_a_cancel_is_one(word: str) -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    rig.tell_orders(rig.update(cloid, 1, word))
    assert rig.alice.news == ["accepted", "canceled"]
    assert rig.alice.events[-1].reason == word


def test_a_word_that_ends_like_a_rejection_is_one() -> None:
    rig = DeskRig().start()
    cloid = rig.placed()
    rig.tell_orders(rig.update(cloid, 1, "moonPhaseRejected"))
    assert rig.alice.news == ["rejected"]


def test_a_word_that_means_nothing_to_us_is_said_aloud_and_asked_about_once() -> None:
    rig, cloid = resting_strangely(is_listed=True)
    rig.run_ms(30_000)
    assert times_asked(rig) == 1
    assert "'quantumFrozen'" in rig.desk.snapshot().recent_alarms[-1]
    assert rig.alice.news == ["accepted"]
    rig.run_ms(10 * MINUTES_3)
    order = rig.desk.order(cloid)
    assert order is not None
    assert order.phase is OrderPhase.RESTING
    assert times_asked(rig) == 1


def test_fills_end_an_order_whatever_word_the_venue_has_for_it() -> None:
    rig, cloid = resting_strangely(is_listed=True)
    rig.tell_fills(rig.fill(cloid, 1, trade=1))
    assert rig.alice.news == ["accepted", "filled"]
    assert rig.desk.open_orders(ALICE) == []


def test_an_order_that_is_not_listed_either_is_over_with_that_word() -> None:
    rig, _ = resting_strangely(is_listed=False)
    rig.run_ms(MINUTES_3)
    assert rig.alice.news == ["accepted", "canceled"]
    assert rig.alice.events[-1].reason == "quantumFrozen"
    asked = times_asked(rig)
    rig.run_ms(MINUTES_3)
    assert times_asked(rig) == asked


def test_an_order_that_is_listed_again_is_not() -> None:
    rig, cloid = resting_strangely(is_listed=False)
    rig.run_ms(61_000)
    rig.info.open_orders = [rig.listed(rig.update(cloid, 1, "open"))]
    rig.run_ms(MINUTES_3)
    assert rig.alice.news == ["accepted"]
