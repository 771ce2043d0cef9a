"""Dispatch, case by case: what answers do to orders (DS-66 to DS-77, DS-83, DS-92)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.unit.execution.desk_rig import ALICE, BOB, DeskRig
from tests.unit.execution.dispatch_bench import cloid_of
from tests.unit.execution.orders.dispatch_cases.families import family

from hive.domain.errors import Unanswered
from hive.domain.identifiers import Address, Cloid
from hive.domain.order_options import BuilderFee
from hive.domain.orders import OrderPhase
from hive.storage.records import ReplacesSentRecord

BUILDER = Address("0x" + "b1" * 20)

NO_LIQUIDITY = "Order could not immediately match against any resting orders. asset=0"


def test_ds_66_an_answer_with_a_resting_oid_is_acceptance_and_the_stream_repeats_it() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    assert rig.alice.news == ["accepted"]
    rig.tell_orders(rig.update(cloid, 1, "open"))
    assert rig.alice.news == ["accepted"]


def test_ds_66_an_answer_is_enough_where_no_stream_and_no_query_says_anything() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    rig.info.failure = Unanswered("no")
    rig.run_ms(600_000)
    assert rig.alice.news == ["accepted"]
    assert [order.cloid for order in rig.desk.open_orders(ALICE)] == [cloid]


def test_ds_67_a_refusal_of_the_request_is_each_orders() -> None:
    rig = DeskRig().start()
    rig.do(lambda: [rig.place(), rig.place(strategy=BOB)])
    rig.refuse("Must deposit before performing actions. User: 0x00")
    assert rig.alice.news == rig.bob.news == ["rejected"]
    assert rig.alice.events[0].reason.startswith("Must deposit")
    assert len(rig.actions) == 1


def test_ds_68_an_error_inside_the_answer_rejects_that_order_and_leaves_nothing_of_it() -> None:
    rig = DeskRig().start()
    cloid = rig.placed()
    rig.answer({"error": NO_LIQUIDITY})
    assert rig.alice.news == ["rejected"]
    assert rig.alice.events[0].reason == NO_LIQUIDITY
    assert rig.desk.open_orders(ALICE) == []
    order = rig.desk.order(cloid)
    assert order is not None
    assert (order.open_size, order.cancel_pending, order.replace_pending) == (
        Decimal(0),
        False,
        False,
    )


def test_ds_69_without_a_builder_the_action_names_none() -> None:
    rig = DeskRig().start()
    rig.placed()
    assert "builder" not in rig.actions[0]


def test_ds_69_with_a_builder_it_names_him_and_his_share() -> None:
    rig = DeskRig().start()
    rig.desk.charge(ALICE, BuilderFee(BUILDER, 10))
    rig.placed()
    assert rig.actions[0]["builder"] == {"b": BUILDER, "f": 10}


def test_ds_70_own_orders_are_cancelled_and_replaced_by_cloid() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    rig.do(lambda: rig.desk.replace(ALICE, cloid, size=Decimal("0.01"), limit_px=Decimal(59_000)))
    assert rig.actions[-1]["modifies"][0]["oid"] == cloid
    rig.answer({"resting": {"oid": 2}})
    rig.do(lambda: rig.desk.cancel(ALICE, cloid))
    assert rig.actions[-1]["cancels"] == [{"asset": 0, "cloid": cloid}]
    rig.answer("success")
    assert rig.alice.news == ["accepted", "replaced", "canceled"]


def test_ds_70_a_leg_that_no_order_of_ours_answers_for_is_cancelled_by_oid() -> None:
    rig = DeskRig().start()
    cloid = rig.placed()
    rig.answer({"error": NO_LIQUIDITY})
    rig.tell_orders(rig.update(cloid, 5, "open"))
    rig.info.status_by_cloid[cloid] = rig.status_of(cloid, 5, "open")
    rig.run_ms(1_100)
    assert rig.actions[-1] == {"type": "cancel", "cancels": [{"a": 0, "o": 5}]}


def test_ds_71_of_a_batch_of_cancels_each_has_its_own_end() -> None:
    rig = DeskRig().start()
    good, bad = rig.resting(1), rig.resting(2)

    def deeds() -> None:
        rig.desk.cancel(ALICE, bad)
        rig.desk.cancel(ALICE, good)

    rig.do(deeds)
    assert len(rig.actions[-1]["cancels"]) == 2
    gone = {"error": "Order was never placed, already canceled, or filled."}
    rig.answer(gone, "success")
    told = [(event.order.cloid, event.news.value) for event in rig.alice.events[2:]]
    assert told == [(bad, "cancel rejected"), (good, "canceled")]


def test_ds_71_a_cancel_of_an_order_that_is_nobodys_or_over_is_refused_here_alone() -> None:
    rig = DeskRig().start()
    over, good = rig.resting(1), rig.resting(2)
    rig.tell_orders(rig.update(over, 1, "canceled"))

    def deeds() -> None:
        rig.desk.cancel(ALICE, over)
        rig.desk.cancel(ALICE, cloid_of(999))
        rig.desk.cancel(ALICE, good)

    rig.do(deeds)
    assert [each["cloid"] for each in rig.actions[-1]["cancels"]] == [good]
    assert rig.alice.news[-2:] == ["canceled", "cancel rejected"]


def test_ds_72_each_order_of_a_batch_has_its_own_outcome() -> None:
    rig = DeskRig().start()
    rig.do(lambda: [rig.place(), rig.place(strategy=BOB), rig.place()])
    filled = {"filled": {"oid": 3, "totalSz": "0.01", "avgPx": "60000.0"}}
    rig.answer({"resting": {"oid": 1}}, {"error": NO_LIQUIDITY}, filled)
    assert rig.alice.news == ["accepted", "accepted"]
    assert rig.bob.news == ["rejected"]
    assert rig.bob.events[0].reason == NO_LIQUIDITY


def test_ds_73_what_the_answer_does_not_name_is_unconfirmed_and_asked_for() -> None:
    rig = DeskRig().start()
    cloids = rig.do(lambda: [rig.place(), rig.place(strategy=BOB)])
    rig.answer({"resting": {"oid": 1}})
    assert rig.alice.news == ["accepted"]
    assert rig.bob.news == ["unconfirmed"]
    rig.info.status_by_cloid[cloids[1]] = rig.status_of(cloids[1], 2, "open")
    rig.run_ms(1_000)
    assert rig.bob.news == ["unconfirmed", "accepted"]


@pytest.mark.parametrize(
    "statuses",
    [
        [],
        [None, 7, {"odd": 1}],
        {},
        "success",
        None,
        ["success", "success", "success"],
        [{"running": {"twapId": 4}}] * 3,
    ],
)
def test_ds_73_an_answer_of_another_length_or_kind_leaves_all_of_it_unconfirmed(
    statuses: object,
) -> None:
    rig = DeskRig().start()
    cloids = rig.do(lambda: [rig.place(), rig.place(strategy=BOB), rig.place()])
    response = {"type": "order", "data": {"statuses": statuses}}
    rig.reply(rig.streams.posts[0][0], {"status": "ok", "response": response})
    assert rig.alice.news == ["unconfirmed"] * 2
    assert rig.bob.news == ["unconfirmed"]
    for oid, cloid in enumerate(cloids, 1):
        rig.info.status_by_cloid[cloid] = rig.status_of(cloid, oid, "open")
    rig.run_ms(2_000)
    assert rig.alice.news + rig.bob.news == ["unconfirmed"] * 2 + ["accepted"] * 2 + [
        "unconfirmed",
        "accepted",
    ]


def test_ds_73_a_status_that_names_its_order_finds_it_where_places_mean_nothing() -> None:
    rig = DeskRig().start()
    cloids = rig.do(lambda: [rig.place(), rig.place(strategy=BOB), rig.place()])
    rig.answer({"error": NO_LIQUIDITY}, {"resting": {"oid": 3, "cloid": cloids[2]}})
    told = [(event.order.cloid, event.news.value) for event in rig.alice.events]
    assert told == [(cloids[0], "unconfirmed"), (cloids[2], "accepted")]
    assert rig.bob.news == ["unconfirmed"]
    order = rig.desk.order(cloids[2])
    assert order is not None
    assert order.oid == 3


def test_ds_73_statuses_beyond_what_was_sent_are_not_taken_for_ours() -> None:
    rig = DeskRig().start()
    rig.placed()
    rig.answer({"resting": {"oid": 1}}, {"error": "who?"}, {"resting": {"oid": 9}})
    assert rig.alice.news == ["accepted"]


def test_ds_74_silence_is_never_a_rejection() -> None:
    rig = DeskRig().start()
    cloid = rig.placed()
    rig.lose_answer()
    assert rig.alice.news == ["unconfirmed"]
    order = rig.desk.order(cloid)
    assert order is not None
    assert order.phase is OrderPhase.UNCONFIRMED
    assert order.is_live


def replacing(rig: DeskRig) -> Cloid:
    """An order that rests as leg 1, and a replace of it that is sent."""
    cloid = rig.resting(1)
    rig.do(lambda: rig.desk.replace(ALICE, cloid, size=Decimal("0.02"), limit_px=Decimal(59_000)))
    return cloid


def is_pending(rig: DeskRig) -> bool:
    return rig.desk.open_orders(ALICE)[0].replace_pending


def test_ds_75_a_replace_is_known_and_written_down_before_its_bytes_leave() -> None:
    rig = DeskRig().start()
    marks: list[bool] = []

    def leaves() -> None:
        is_written = any(isinstance(r, ReplacesSentRecord) for r in rig.journal.records)
        marks.append("modifies" in rig.actions[-1] and is_pending(rig) and is_written)

    cloid = rig.resting(1)
    rig.streams.on_post = leaves
    rig.do(lambda: rig.desk.replace(ALICE, cloid, size=Decimal("0.02"), limit_px=Decimal(59_000)))
    assert marks == [True]


def test_ds_76_an_answer_that_names_the_new_leg_shows_it() -> None:
    rig = DeskRig().start()
    replacing(rig)
    rig.answer({"resting": {"oid": 2}})
    assert rig.alice.news == ["accepted", "replaced"]
    assert not is_pending(rig)


def test_ds_76_the_mark_stays_after_a_yes_until_the_new_leg_is_seen() -> None:
    rig = DeskRig().start()
    cloid = replacing(rig)
    rig.answer("success")
    assert rig.alice.news == ["accepted"]
    assert is_pending(rig)
    rig.tell_orders(rig.update(cloid, 1, "canceled"))
    assert rig.alice.news == ["accepted"]
    rig.tell_orders(rig.update(cloid, 2, "open", size="0.02", open_size="0.02", px="59000.0"))
    assert rig.alice.news == ["accepted", "replaced"]
    assert not is_pending(rig)


def test_ds_77_a_refused_replace_leaves_the_order_as_it_was() -> None:
    rig = DeskRig().start()
    cloid = replacing(rig)
    rig.answer({"error": "Post only order would have immediately matched"})
    order = rig.desk.order(cloid)
    assert order is not None
    assert (order.limit_px, order.replace_pending) == (Decimal(60_000), False)
    assert rig.alice.news == ["accepted", "replace rejected"]


def test_ds_77_a_replace_that_is_refused_with_its_whole_request_is_over_too() -> None:
    rig = DeskRig().start()
    replacing(rig)
    rig.refuse("Must deposit before performing actions. User: 0x00")
    assert rig.alice.news == ["accepted", "replace rejected"]
    assert not is_pending(rig)


def test_ds_77_so_is_one_that_provably_never_left() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    rig.streams.refusal = "the way to the venue is closed"
    rig.do(lambda: rig.desk.replace(ALICE, cloid, size=Decimal("0.02"), limit_px=Decimal(59_000)))
    rig.run_ms(10_000)  # it waits for a way, until it has waited too long
    assert rig.alice.news == ["accepted", "replace rejected"]
    assert rig.alice.events[-1].reason.startswith("not sent: ")
    assert not is_pending(rig)


def test_ds_77_a_replace_without_an_answer_stays_in_flight() -> None:
    rig = DeskRig().start()
    replacing(rig)
    rig.lose_answer()
    assert rig.alice.news == ["accepted"]
    assert is_pending(rig)


def test_ds_83_of_a_list_of_orders_one_inner_error_is_one_rejection() -> None:
    rig = DeskRig().start()
    cloids = rig.do(lambda: [rig.place() for _ in range(5)])
    statuses: list[object] = [{"resting": {"oid": oid}} for oid in range(1, 6)]
    statuses[3] = {"error": NO_LIQUIDITY}
    rig.answer(*statuses)
    rejected = [event.order.cloid for event in rig.alice.events if event.news.value == "rejected"]
    assert rejected == [cloids[3]]
    assert rig.alice.news.count("accepted") == 4


@pytest.mark.parametrize("is_error_of_the_request", [True, False])
def test_ds_84_one_error_of_a_family_is_told_to_all_of_it(is_error_of_the_request: bool) -> None:
    rig = DeskRig().start()
    cloids = family(rig)
    error = "Some fault that nobody has seen. asset=0"
    if is_error_of_the_request:
        rig.refuse(error)
    else:
        rig.answer({"error": error})
    assert len(rig.actions) == 1
    told = [(event.order.cloid, event.news.value, event.reason) for event in rig.alice.events]
    assert told == [(cloid, "rejected", error) for cloid in cloids]


@pytest.mark.parametrize("step", ["order", "replace", "cancel"])
def test_ds_92_no_loss_at_any_step_ends_an_order_or_refuses_it(step: str) -> None:
    rig = DeskRig().start()
    cloid = rig.placed() if step == "order" else rig.resting(1)
    if step == "replace":
        size, px = Decimal("0.02"), Decimal(59_000)
        rig.do(lambda: rig.desk.replace(ALICE, cloid, size=size, limit_px=px))
    elif step == "cancel":
        rig.do(lambda: rig.desk.cancel(ALICE, cloid))
    rig.info.failure = Unanswered("no")
    while rig.desk.snapshot().in_flight:
        rig.lose_answer()
    rig.run_ms(8_000)
    assert {"rejected", "replace rejected", "cancel rejected", "canceled"}.isdisjoint(
        rig.alice.news
    )
    order = rig.desk.order(cloid)
    assert order is not None
    assert order.is_live
