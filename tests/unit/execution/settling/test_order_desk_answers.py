"""The desk and the venue's answers: named, unnamed, refused, late, lost (DS-66 to DS-74, DS-92)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.unit.execution.desk_rig import ALICE, BOB, DeskRig

from hive.domain.errors import Unanswered
from hive.execution.orders.unknowns import READ_LAG_MS_MAX

EXPIRES_MS = 5_000
NO_LIQUIDITY = "Order could not immediately match against any resting orders. asset=0"


def cloids_of(action: dict[str, Any]) -> list[str]:
    return [order["c"] for order in action["orders"]]


def test_more_statuses_than_orders_are_not_taken_for_ours() -> None:
    rig = DeskRig().start()
    rig.placed()
    rig.answer({"resting": {"oid": 1}}, {"error": "who?"}, {"resting": {"oid": 9}})
    assert rig.alice.news == ["accepted"]


@pytest.mark.parametrize("status", [None, 7, {"odd": 1}, {"resting": {"oid": "x"}}, "huh"])
def test_o11_a_status_nobody_can_read_costs_only_its_own_order(status: object) -> None:
    rig = DeskRig().start()
    rig.do(lambda: [rig.place(), rig.place(strategy=BOB)])
    rig.answer(status, {"resting": {"oid": 2}})
    assert rig.alice.news == ["unconfirmed"]
    assert rig.bob.news == ["accepted"]


def test_o12_an_acceptance_without_an_oid_is_one() -> None:
    rig = DeskRig().start()
    cloid = rig.placed()
    rig.answer("waitingForTrigger")
    assert rig.alice.news == ["accepted"]
    rig.tell_orders(rig.update(cloid, 5, "canceled"))
    assert rig.alice.news == ["accepted", "canceled"]


def test_an_answer_that_makes_no_sense_proves_nothing() -> None:
    rig = DeskRig().start()
    rig.placed()
    rig.reply(rig.streams.posts[0][0], {"status": "what"})
    assert rig.alice.news == ["unconfirmed"]


@pytest.mark.parametrize(
    "text", ["502 bad gateway", "500 null", "Invalid nonce: duplicate nonce 1"]
)
def test_a_refusal_that_proves_nothing_leaves_the_order_unconfirmed(text: str) -> None:
    rig = DeskRig().start()
    rig.placed()
    rig.refuse(text)
    assert rig.alice.news == ["unconfirmed"]
    assert len(rig.actions) == 1


def test_a_late_answer_still_counts() -> None:
    rig = DeskRig().start()
    rig.placed()
    rig.lose_answer()
    rig.answer({"resting": {"oid": 1}})
    assert rig.alice.news == ["unconfirmed", "accepted"]


def test_a_stream_settles_what_was_not_answered_and_the_loss_is_counted() -> None:
    rig = DeskRig().start()
    cloid = rig.placed()
    rig.lose_answer()
    assert rig.desk.snapshot().lost_responses == 0
    rig.tell_orders(rig.update(cloid, 1, "open"))
    assert rig.alice.news == ["unconfirmed", "accepted"]
    snapshot = rig.desk.snapshot()
    assert (snapshot.lost_responses, snapshot.unconfirmed_now) == (1, 0)


def test_a_fill_settles_it_too() -> None:
    rig = DeskRig().start()
    cloid = rig.placed()
    rig.lose_answer()
    rig.tell_fills(rig.fill(cloid, 1, trade=1))
    assert rig.alice.news == ["unconfirmed", "accepted", "filled"]


def test_an_order_is_declared_lost_only_when_it_can_no_longer_arrive_and_all_agree() -> None:
    rig = DeskRig().start()
    rig.placed()
    rig.lose_answer()
    rig.run_ms(EXPIRES_MS + READ_LAG_MS_MAX - 500)
    assert rig.alice.news == ["unconfirmed"]
    asked = [request["type"] for request in rig.info.asked]
    assert asked.count("orderStatus") > 2
    rig.run_ms(4_000)
    assert rig.alice.news == ["unconfirmed", "never arrived"]
    assert [action["type"] for action in rig.actions] == ["order"]


def test_o08_and_o10_a_status_of_unknown_is_outweighed_by_the_list_of_open_orders() -> None:
    rig = DeskRig().start()
    cloid = rig.placed()
    rig.info.open_orders = [rig.listed(rig.update(cloid, 1, "open"))]
    rig.lose_answer()
    rig.run_ms(60_000)
    assert rig.alice.news == ["unconfirmed", "accepted"]


def test_questions_without_an_answer_settle_nothing_however_long_it_takes() -> None:
    rig = DeskRig().start()
    rig.placed()
    rig.info.failure = Unanswered("the venue is out")
    rig.lose_answer()
    rig.run_ms(37 * 60_000)
    assert rig.alice.news == ["unconfirmed"]
    rig.info.failure = None
    rig.run_ms(60_000)
    assert rig.alice.news == ["unconfirmed", "never arrived"]


# --- replaces and cancels ------------------------------------------------------------------------


def test_a_replace_without_an_answer_is_settled_by_the_new_leg() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    rig.do(lambda: rig.desk.replace(ALICE, cloid, size=Decimal("0.01"), limit_px=Decimal(59_000)))
    rig.lose_answer()
    row = {"px": "59000.0"}
    rig.info.status_by_cloid[cloid] = rig.status_of(cloid, 2, "open", **row)
    rig.run_ms(1_000)
    assert rig.alice.news == ["accepted", "replaced"]
    assert rig.desk.snapshot().lost_responses == 1


def test_a_replace_that_never_arrived_is_told_once_it_cannot_arrive_any_more() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    rig.info.open_orders = [rig.listed(rig.update(cloid, 1, "open"))]
    rig.info.status_by_cloid[cloid] = rig.status_of(cloid, 1, "open")
    rig.do(lambda: rig.desk.replace(ALICE, cloid, size=Decimal("0.01"), limit_px=Decimal(59_000)))
    rig.lose_answer()
    rig.run_ms(EXPIRES_MS + READ_LAG_MS_MAX - 500)
    assert rig.alice.news == ["accepted"]
    rig.run_ms(4_000)
    assert rig.alice.news == ["accepted", "replace rejected"]
    assert rig.alice.events[-1].reason.startswith("never arrived")


def test_o17_a_cancel_without_an_answer_is_sent_again() -> None:
    rig = DeskRig().start()
    cloids = [rig.resting(1), rig.resting(2)]
    rig.do(lambda: rig.desk.cancel_all(ALICE))
    rig.lose_answer()
    rig.run_ms(300)
    assert [c["cloid"] for c in rig.actions[-1]["cancels"]] == cloids
    rig.answer("success", "success")
    assert rig.alice.news[-2:] == ["canceled", "canceled"]


def test_o09_a_fill_in_the_cancels_flight_is_one_exposure() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    rig.do(lambda: rig.desk.cancel(ALICE, cloid))
    rig.answer({"error": "Order was never placed, already canceled, or filled."})
    rig.tell_fills(rig.fill(cloid, 1, trade=1))
    assert rig.alice.news == ["accepted", "cancel rejected", "filled"]
    assert len(cloids_of(rig.actions[0])) == 1
    assert rig.desk.position(ALICE, "BTC").size == Decimal("0.01")


# --- what provably was not carried out -----------------------------------------------------------


def test_one_poison_order_among_a_hundred_costs_only_itself() -> None:
    rig = DeskRig().start()
    cloids = rig.do(lambda: [rig.place(strategy=(ALICE, BOB)[n % 2]) for n in range(80)])
    poison = cloids[37]
    answered = 0
    while answered < len(rig.streams.posts):
        action = rig.actions[answered]
        if poison in cloids_of(action):
            rig.refuse("Order has invalid size.", post=answered)
        else:
            statuses = [{"resting": {"oid": int(c[-4:], 16)}} for c in cloids_of(action)]
            rig.answer(*statuses, post=answered)
        answered += 1
    news = rig.alice.news + rig.bob.news
    assert news.count("accepted") == 79
    assert news.count("rejected") == 1
    nonces = [body["nonce"] for _, body in rig.streams.posts]
    assert nonces == sorted(set(nonces))


def test_a_nonce_that_was_too_low_is_raised_and_the_same_orders_sent_again() -> None:
    rig = DeskRig().start()
    cloids = [rig.placed() for _ in range(3)]
    nonces = [body["nonce"] for _, body in rig.streams.posts]
    rig.refuse(f"Invalid nonce: nonce too low {nonces[0]} < {nonces[1]}", post=0)
    assert [cloids_of(action) for action in rig.actions[3:]] == [cloids[:1]]
    assert rig.streams.posts[3][1]["nonce"] > nonces[2]
    assert rig.alice.events == []


def test_too_many_requests_stop_the_placing_for_a_while_and_not_the_cancels() -> None:
    rig = DeskRig().start()
    resting = rig.resting(1)
    rig.placed()
    rig.refuse("Too many cumulative requests sent (5 > 4) for cumulative volume traded $0.")
    assert rig.alice.news == ["accepted", "not sent"]
    assert rig.alice.events[-1].reason.startswith("throttle: Too many cumulative requests")
    assert rig.alice.events[-1].retry_after_ms == 2_000
    snapshot = rig.desk.snapshot()
    assert (snapshot.not_sent, snapshot.rejects) == (1, 0)
    sent = len(rig.actions)
    rig.placed(strategy=BOB)
    assert len(rig.actions) == sent
    rig.do(lambda: rig.desk.cancel(ALICE, resting))
    assert rig.actions[-1]["type"] == "cancelByCloid"
    rig.run_ms(2_100)
    assert rig.actions[-1]["type"] == "order"


def test_a_cancel_without_an_answer_is_tried_ever_less_often_and_at_once_after_a_gap() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    sink, subscription = rig.streams.sink, rig.streams.subscriptions[0]
    assert sink is not None
    rig.do(lambda: rig.desk.cancel(ALICE, cloid))
    for _ in range(600):
        if rig.desk.snapshot().in_flight:
            rig.lose_answer()
        rig.run_ms(1_000)
    tried = len(rig.actions)
    assert tried < 30
    rig.do(lambda: sink.on_gap(subscription, 0, rig.clock.now_ms()))
    rig.run_ms(1_000)
    assert len(rig.actions) == tried + 1
    assert rig.actions[-1]["type"] == "cancelByCloid"
