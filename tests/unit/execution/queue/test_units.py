"""Orders that leave together or not at all, and what batches are cut by."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from tests.unit.execution.desk_rig import ALICE, BOB, DeskRig
from tests.unit.execution.venue_rig import VenueRig

from hive.domain.errors import LimitReached
from hive.domain.identifiers import Address, Cloid
from hive.domain.market import Side
from hive.domain.order_options import BuilderFee, OrderOptions, Trigger, TriggerKind, Unit
from hive.domain.orders import OrderDraft, TimeInForce
from hive.execution.queue.units import UNIT_ORDERS_MAX
from hive.execution.sending.batching import PLAIN, BatchKey, key_of
from hive.portfolio.risk import RiskLimits
from hive.storage.records import OrdersSentRecord

BUILDER = Address("0x" + "b1" * 20)
FEE = BuilderFee(BUILDER, 10)


def draft(px: str = "60000", side: Side = Side.BUY, size: str = "0.01", **more: Any) -> OrderDraft:
    return OrderDraft(coin="BTC", side=side, size=Decimal(size), limit_px=Decimal(px), **more)


def placed(rig: DeskRig, *drafts: OrderDraft) -> list[Cloid]:
    cloids: list[Cloid] = rig.do(lambda: rig.desk.place_unit(ALICE, drafts))
    return cloids


def cloids_of(action: dict[str, Any]) -> list[str]:
    return [order["c"] for order in action["orders"]]


# --- units -------------------------------------------------------------------------------------


def test_a_unit_leaves_in_one_action_in_its_order_and_alone() -> None:
    rig = DeskRig().start()

    def deeds() -> list[Cloid]:
        rig.place(strategy=BOB)
        unit = rig.desk.place_unit(
            ALICE, [draft(tif=TimeInForce.IOC), draft(tif=TimeInForce.ALO), draft()]
        )
        rig.place()
        return unit

    unit = rig.do(deeds)
    assert [len(action["orders"]) for action in rig.actions] == [1, 3, 1]
    assert cloids_of(rig.actions[1]) == unit


def test_one_bad_order_keeps_the_whole_unit_here_and_says_which() -> None:
    rig = DeskRig().start()
    cloids = placed(rig, draft(), draft("60000.5"), draft())
    assert rig.actions == []
    assert rig.alice.news == ["refused"] * 3
    reasons = {event.order.cloid: event.reason for event in rig.alice.events}
    assert reasons[cloids[1]].startswith("tick:")
    assert reasons[cloids[0]].startswith("unit: another order of it: tick:")
    assert reasons[cloids[2]] == reasons[cloids[0]]
    assert rig.desk.open_orders(ALICE) == []


def test_limits_count_the_orders_of_a_unit_before_each_other() -> None:
    rig = DeskRig().start()
    rig.desk.limit(ALICE, RiskLimits(position_notional_usd_max=Decimal(1_000)))
    placed(rig, draft(), draft())
    assert rig.actions == []
    assert rig.alice.news == ["refused", "refused"]
    placed(rig, draft())
    assert len(rig.actions) == 1


def test_what_the_venue_refuses_of_a_unit_is_refused_whole_and_not_halved() -> None:
    """A batch of single orders would be tried in halves; a unit is never split."""
    rig = DeskRig().start()
    placed(rig, draft(), draft())
    rig.refuse("Order price cannot be more than 80% away from the reference price")
    assert len(rig.actions) == 1
    assert rig.alice.news == ["rejected", "rejected"]


def test_each_order_of_a_unit_has_an_outcome_of_its_own() -> None:
    rig = DeskRig().start()
    first, second = placed(rig, draft(), draft())
    rig.answer({"resting": {"oid": 1}}, {"error": "Insufficient margin to place order."})
    told = {event.order.cloid: event.news.value for event in rig.alice.events}
    assert told == {first: "accepted", second: "rejected"}


def test_a_unit_that_waits_is_cancelled_and_given_up_as_a_whole() -> None:
    rig = DeskRig().start()
    rig.streams.is_open = False
    first = placed(rig, draft(), draft())
    rig.do(lambda: rig.desk.cancel(ALICE, first[1]))
    assert rig.alice.news == ["canceled", "canceled"]
    placed(rig, draft(), draft())
    rig.run_ms(4_000)
    assert rig.alice.news[2:] == ["not sent", "not sent"]
    rig.streams.is_open = True
    rig.run_ms(1_000)
    assert rig.actions == []


def test_a_unit_that_could_not_leave_waits_whole_and_goes_whole() -> None:
    rig = DeskRig().start()
    rig.streams.refusal = "the socket has just closed"
    unit = placed(rig, draft(), draft(), draft())
    assert rig.streams.posts == []
    rig.streams.refusal = ""
    rig.run_ms(500)
    assert [cloids_of(action) for action in rig.actions] == [unit]


def test_a_unit_has_at_least_one_order_and_not_more_than_an_action_holds() -> None:
    rig = DeskRig().start()
    for drafts in ([], [draft()] * (UNIT_ORDERS_MAX + 1)):
        with pytest.raises(LimitReached):
            rig.desk.place_unit(ALICE, drafts)


def test_the_journal_knows_that_orders_went_together() -> None:
    rig = DeskRig().start()
    cloids = placed(rig, draft(), draft())
    (record,) = [r for r in rig.journal.records if isinstance(r, OrdersSentRecord)]
    units = [intent.options.unit for intent in record.intents if intent.options is not None]
    assert units == [Unit(cloids[0])] * 2


def test_a_strategys_unit_at_the_venue() -> None:
    rig = VenueRig()
    ctx = rig.ctx()

    def deed() -> Any:
        return ctx.place_unit(
            [
                ctx.draft("BTC", Side.BUY, 1.0, 80_500.0, tif=TimeInForce.IOC),
                ctx.draft("BTC", Side.SELL, 0.5, 81_000.0, tif=TimeInForce.ALO),
            ]
        )

    bought, offered = rig.do(deed)
    assert rig.size() == rig.venue_size() == 1
    assert rig.news(bought)[-1] == "filled"
    assert rig.open_cloids() == [offered]


# --- what batches are cut by ---------------------------------------------------------------------


def test_orders_travel_with_those_that_share_builder_and_expiry() -> None:
    rig = DeskRig().start()
    rig.desk.charge(BOB, FEE)

    def deeds() -> None:
        rig.place()
        rig.place(strategy=BOB)
        rig.place()
        rig.place(strategy=BOB)
        rig.desk.place(
            ALICE,
            "BTC",
            Side.BUY,
            size=Decimal("0.01"),
            limit_px=Decimal(60_000),
            tif=TimeInForce.GTC,
            options=OrderOptions(good_for_ms=500),
        )

    rig.do(deeds)
    assert [len(action["orders"]) for action in rig.actions] == [2, 2, 1]
    assert ["builder" in action for action in rig.actions] == [False, True, False]
    expiries = [body["expiresAfter"] - rig.clock.now_ms() for _, body in rig.streams.posts]
    assert expiries == [5_000, 5_000, 500]


def test_a_builder_is_named_as_the_venue_wants_it_or_not_at_all() -> None:
    """DS-69."""
    rig = DeskRig().start()
    rig.placed()
    assert set(rig.actions[-1]) == {"type", "orders", "grouping"}
    rig.desk.charge(ALICE, FEE)
    rig.placed()
    assert rig.actions[-1]["builder"] == {"b": BUILDER, "f": 10}
    other = OrderOptions(builder=BuilderFee(BUILDER, 5))
    rig.do(
        lambda: rig.desk.place(
            ALICE,
            "BTC",
            Side.BUY,
            size=Decimal("0.01"),
            limit_px=Decimal(60_000),
            tif=TimeInForce.GTC,
            options=other,
        )
    )
    assert rig.actions[-1]["builder"] == {"b": BUILDER, "f": 5}


@pytest.mark.parametrize(
    "fee", [BuilderFee(BUILDER, 0), BuilderFee(BUILDER, 101), BuilderFee(Address("0xB1"), 1)]
)
def test_a_builder_fee_that_cannot_be_is_refused_here(fee: BuilderFee) -> None:
    rig = DeskRig().start()
    placed(rig, draft(options=OrderOptions(builder=fee)))
    assert rig.alice.news == ["refused"]
    assert rig.alice.events[0].reason.startswith("builder")


@pytest.mark.parametrize("good_for_ms", [0, -1, 10**9])
def test_an_order_is_good_for_some_time(good_for_ms: int) -> None:
    rig = DeskRig().start()
    placed(rig, draft(options=OrderOptions(good_for_ms=good_for_ms)))
    assert rig.alice.news == ["refused"]
    assert rig.alice.events[0].reason.startswith("good_for_ms")


def test_what_is_not_approved_is_refused_with_the_remedy_and_not_tried_in_halves() -> None:
    rig = DeskRig().start()
    rig.desk.charge(ALICE, FEE)
    rig.do(lambda: [rig.place(), rig.place()])
    rig.refuse("Builder fee has not been approved.")
    assert len(rig.actions) == 1
    assert rig.alice.news == ["rejected", "rejected"]
    assert "approveBuilderFee" in rig.alice.events[0].reason


def test_options_that_ask_for_nothing_of_the_action_have_the_plain_key() -> None:
    trigger = Trigger(TriggerKind.STOP, Decimal(1))
    assert key_of(OrderOptions(trigger=trigger)) is PLAIN
    assert key_of(OrderOptions(builder=FEE)) == BatchKey(builder=FEE)
    family = Unit(Cloid("0x1"), is_family=True)
    assert key_of(OrderOptions(unit=family)).grouping == "normalTpsl"


def test_a_replace_is_good_for_as_long_as_its_order_and_travels_with_its_like() -> None:
    rig = DeskRig().start()
    brief = OrderOptions(good_for_ms=500)
    orders = [placed(rig, draft(options=options))[0] for options in (None, brief, brief)]
    for post, oid in enumerate((1, 2, 3)):
        rig.answer({"resting": {"oid": oid}}, post=post)
    before = len(rig.actions)
    size, px = Decimal("0.01"), Decimal(59_000)
    rig.do(lambda: [rig.desk.replace(ALICE, each, size=size, limit_px=px) for each in orders])
    sent = [body for _, body in rig.streams.posts[before:]]
    assert [len(body["action"]["modifies"]) for body in sent] == [1, 2]
    assert [body["expiresAfter"] - rig.clock.now_ms() for body in sent] == [5_000, 500]


def test_a_replace_that_would_lose_the_builder_is_refused_except_of_an_exit() -> None:
    rig = DeskRig().start()
    rig.desk.charge(ALICE, FEE)
    entry = rig.resting(1)
    rig.tell_fills(rig.fill(entry, 1, trade=1))
    entry, way_out = rig.resting(2), rig.resting(3, side=Side.SELL, px="61000", reduce_only=True)
    before = len(rig.actions)
    for cloid, px in ((entry, 59_000), (way_out, 61_500)):
        size, limit_px = Decimal("0.01"), Decimal(px)
        rig.do(partial(rig.desk.replace, ALICE, cloid, size=size, limit_px=limit_px))
    (modify,) = [action["modifies"][0]["order"] for action in rig.actions[before:]]
    assert modify["c"] == way_out
    assert [event.reason.split(":")[0] for event in rig.alice.events if event.reason] == ["builder"]


def test_before_it_has_left_an_order_with_a_builder_is_changed_in_its_lane() -> None:
    rig = DeskRig().start()
    rig.desk.charge(ALICE, FEE)

    def deeds() -> None:
        cloid = rig.place()
        rig.desk.replace(ALICE, cloid, size=Decimal("0.01"), limit_px=Decimal(59_000))

    rig.do(deeds)
    (action,) = rig.actions
    assert action["orders"][0]["p"] == "59000"
    assert action["builder"] == {"b": BUILDER, "f": 10}
