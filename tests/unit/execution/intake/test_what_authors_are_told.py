"""The four kinds of outcome, as an author sees them: events, reasons, and how the order stands.

What `docs/writing-a-strategy.md` says of them.
"""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.unit.execution.desk_rig import ALICE, DeskRig

from hive.domain.identifiers import Cloid
from hive.domain.market import Side
from hive.domain.orders import OrderPhase
from hive.execution.queue.lane import Quota

REASON = "Insufficient margin to place order. asset=0"


def replaced(rig: DeskRig, cloid: Cloid, px: int = 59_000) -> None:
    rig.do(lambda: rig.desk.replace(ALICE, cloid, size=Decimal("0.01"), limit_px=Decimal(px)))


def test_refused_has_left_nothing_and_names_the_rule() -> None:
    rig = DeskRig().start()
    rig.placed(px="60000.5")
    (event,) = rig.alice.events
    assert (event.news.value, event.order.is_live) == ("refused", False)
    assert event.reason.startswith("tick")
    assert event.retry_after_ms is None
    assert rig.actions == []


def test_not_sent_has_left_nothing_and_says_when_to_ask_again() -> None:
    rig = DeskRig(quota=Quota(max_orders_per_second=2.0)).start()
    cloids = rig.do(lambda: [rig.place() for _ in range(100)])
    rig.run_ms(20_000)
    sent = {order["c"] for action in rig.actions for order in action["orders"]}
    unsent = [event for event in rig.alice.events if event.news.value == "not sent"]
    assert {event.order.cloid for event in unsent} == set(cloids) - sent
    assert unsent
    for event in unsent:
        assert not event.order.is_live
        assert event.reason.startswith("quota: ")
        assert event.retry_after_ms is not None


def test_not_sent_names_a_way_that_is_closed_and_no_time() -> None:
    rig = DeskRig().start()
    rig.streams.is_open = False
    rig.placed()
    rig.run_ms(20_000)
    (event,) = rig.alice.events
    assert (event.news.value, event.order.is_live) == ("not sent", False)
    assert event.reason.startswith("link: ")
    assert event.retry_after_ms is None


def test_rejected_brings_the_venues_own_words() -> None:
    rig = DeskRig().start()
    rig.placed()
    rig.answer({"error": REASON})
    (event,) = rig.alice.events
    assert (event.news.value, event.reason, event.order.is_live) == ("rejected", REASON, False)


def test_unconfirmed_is_live_says_why_and_keeps_that_side_closed_until_evidence() -> None:
    rig = DeskRig().start()
    cloid = rig.placed()
    rig.lose_answer()
    (event,) = rig.alice.events
    assert (event.news.value, event.reason) == ("unconfirmed", "no answer in time")
    assert event.order.phase is OrderPhase.UNCONFIRMED
    assert event.order.is_live
    rig.placed()
    assert rig.alice.events[-1].news.value == "refused"
    assert rig.alice.events[-1].reason.startswith("in_doubt: ")
    rig.placed(Side.SELL)
    assert rig.alice.news == ["unconfirmed", "refused"]
    rig.info.status_by_cloid[cloid] = rig.status_of(cloid, 1, "open")
    rig.run_ms(1_000)
    assert rig.alice.news == ["unconfirmed", "refused", "accepted"]


def test_unconfirmed_may_end_as_never_arrived_and_then_nothing_of_it_can_fill() -> None:
    rig = DeskRig().start()
    rig.placed()
    rig.lose_answer()
    rig.run_ms(30_000)
    assert rig.alice.news == ["unconfirmed", "never arrived"]
    assert not rig.alice.events[-1].order.is_live
    assert rig.alice.events[-1].reason
    assert len(rig.actions) == 1, "nothing is sent in its place"


@pytest.mark.parametrize("is_wish", [True, False])
def test_canceled_has_a_reason_unless_it_was_your_wish(is_wish: bool) -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    if is_wish:
        rig.do(lambda: rig.desk.cancel(ALICE, cloid))
        rig.answer("success")
    else:
        rig.tell_orders(rig.update(cloid, 1, "marginCanceled"))
    assert rig.alice.news == ["accepted", "canceled"]
    assert rig.alice.events[-1].reason == ("" if is_wish else "marginCanceled")


def test_a_replace_without_an_answer_shows_in_the_order_and_is_told_when_settled() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    rig.info.open_orders = [rig.listed(rig.update(cloid, 1, "open"))]
    rig.info.status_by_cloid[cloid] = rig.status_of(cloid, 1, "open")
    replaced(rig, cloid)
    rig.lose_answer()
    assert rig.alice.news == ["accepted"]
    assert rig.desk.open_orders(ALICE)[0].replace_pending
    rig.run_ms(30_000)
    assert rig.alice.news == ["accepted", "replace rejected"]
    assert rig.alice.events[-1].reason.startswith("never arrived: ")
    assert rig.alice.events[-1].order.limit_px == Decimal(60_000)


def test_a_cancel_without_an_answer_is_sent_again_and_only_its_end_is_told() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    rig.do(lambda: rig.desk.cancel(ALICE, cloid))
    rig.lose_answer()
    assert rig.desk.open_orders(ALICE)[0].cancel_pending
    rig.run_ms(1_000)
    assert [action["type"] for action in rig.actions] == ["order", "cancelByCloid", "cancelByCloid"]
    rig.answer("success")
    assert rig.alice.news == ["accepted", "canceled"]
