"""One order spoils the batch it travels in: it alone fails, and no other is placed twice.

The venue refuses a whole batch for one static fault. What is counted is counted by the venue.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from tests.unit.execution.desk_rig import ALICE, DeskRig
from tests.unit.execution.venue_rig import VenueRig

from hive.app.wiring.plan import StrategyPlan
from hive.domain.identifiers import Cloid
from hive.domain.market import Side, StreamCondition
from hive.domain.orders import OrderPhase

POISON_PX = Decimal(10_000)
"""More than 80 % away from the reference price."""
SIZE = Decimal("0.001")
TOO_FAR = "Order price cannot be more than 80% away from the reference price"


def unhurried(plan: StrategyPlan) -> StrategyPlan:
    return msgspec.structs.replace(plan, orders_per_second_max=1_000.0)


def two_strategies() -> VenueRig:
    return VenueRig("alice", "bob", plans=unhurried)


def place(rig: VenueRig, count: int, poison: Iterable[int] = ()) -> list[Cloid]:
    """Orders of two strategies by turns, far from the market; called on the loop."""
    bad = set(poison)
    names = ("alice", "bob")
    return [
        rig.ctx(names[number % 2]).place(
            "BTC", Side.BUY, SIZE, POISON_PX if number in bad else Decimal(70_000 + number)
        )
        for number in range(count)
    ]


def news_by_cloid(rig: VenueRig) -> dict[Cloid, list[str]]:
    told: dict[Cloid, list[str]] = {}
    for hands in rig.hands.values():
        for event in hands.news:
            told.setdefault(event.order.cloid, []).append(event.news.value)
    return told


def believed_open(rig: VenueRig) -> set[Cloid]:
    return {order.cloid for name in rig.hands for order in rig.ctx(name).open_orders()}


def assert_each_rests_once(rig: VenueRig, cloids: Iterable[Cloid]) -> None:
    """As often as the venue took an order in, and as we believe."""
    wanted = sorted(cloids)
    assert sorted(str(cloid) for cloid in rig.open_cloids()) == wanted
    assert sorted(believed_open(rig)) == wanted


# --- orders --------------------------------------------------------------------------------------


@pytest.mark.parametrize("poison", [(0,), (37,), (99,)])
def test_of_a_hundred_orders_with_a_poison_one_ninety_nine_are_placed(
    poison: tuple[int, ...],
) -> None:
    rig = two_strategies()
    cloids = rig.do(lambda: place(rig, 100, poison), for_s=3)
    good = [cloid for number, cloid in enumerate(cloids) if number not in poison]
    assert_each_rests_once(rig, good)
    counters = rig.venue.counters()
    assert counters["asked"]["orders"] == 99
    assert counters["signedActions"] <= 15  # twice the depth of the halving, and the first
    told = news_by_cloid(rig)
    assert [told[cloid] for cloid in good] == [["accepted"]] * 99
    (bad,) = (cloids[number] for number in poison)
    assert told[bad] == ["rejected"]


def test_of_a_hundred_orders_with_two_poison_ones_ninety_eight_are_placed() -> None:
    rig = two_strategies()
    cloids = rig.do(lambda: place(rig, 100, (13, 77)), for_s=3)
    assert_each_rests_once(rig, [cloid for n, cloid in enumerate(cloids) if n not in (13, 77)])
    told = news_by_cloid(rig)
    assert told[cloids[13]] == told[cloids[77]] == ["rejected"]
    assert rig.venue.counters()["asked"]["orders"] == 98


def test_halves_go_under_new_nonces_that_only_grow() -> None:
    rig = DeskRig().start()
    rig.do(lambda: [rig.place() for _ in range(4)])
    rig.refuse("Order has invalid size.", post=0)
    rig.refuse("Order has invalid size.", post=1)
    nonces = [body["nonce"] for _, body in rig.streams.posts]
    assert len(nonces) == 5
    assert all(earlier < later for earlier, later in pairwise(nonces))


# --- replaces and cancels ------------------------------------------------------------------------


def test_a_poison_replace_fails_alone_and_its_order_stays_what_it_was() -> None:
    rig = two_strategies()
    cloids = rig.do(lambda: place(rig, 40))

    def replace_all() -> None:
        for number, cloid in enumerate(cloids):
            px = POISON_PX if number == 11 else Decimal(71_000 + number)
            rig.ctx(("alice", "bob")[number % 2]).replace(cloid, limit_px=px)

    rig.do(replace_all, for_s=3)
    assert_each_rests_once(rig, cloids)
    prices = {order.cloid: order.px for order in rig.truth.open_orders}
    assert prices == {c: 71_000 + n if n != 11 else 70_011 for n, c in enumerate(cloids)}
    told = news_by_cloid(rig)
    assert told[cloids[11]] == ["accepted", "replace rejected"]
    assert all(told[c] == ["accepted", "replaced"] for c in cloids if c != cloids[11])
    assert rig.venue.counters()["asked"]["modifies"] == 39


def test_a_poison_cancel_fails_alone() -> None:
    rig = DeskRig().start()
    cloids = [rig.resting(oid) for oid in range(1, 9)]
    before = len(rig.streams.posts)
    rig.do(lambda: rig.desk.cancel_all(ALICE))
    answer_all(rig, before, lambda name: name == cloids[5])
    told = {event.order.cloid: event.news.value for event in rig.alice.events}
    assert told.pop(cloids[5]) == "cancel rejected"
    assert set(told.values()) == {"canceled"}
    assert [order.cloid for order in rig.desk.open_orders(ALICE)] == [cloids[5]]
    sent = len(rig.streams.posts)
    rig.run_ms(10_000)
    assert len(rig.streams.posts) == sent  # it is not tried for ever


def test_a_cancel_that_the_account_is_barred_from_is_wanted_still() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    rig.do(lambda: rig.desk.cancel(ALICE, cloid))
    rig.refuse("User or API Wallet 0x00 does not exist.")
    rig.run_ms(1_000)
    assert [action["type"] for action in rig.actions[1:3]] == ["cancelByCloid"] * 2
    rig.answer("success")
    assert rig.alice.news == ["accepted", "canceled"]


def answer_all(rig: DeskRig, post: int, is_poison: Callable[[str], bool]) -> None:
    """Be a venue that refuses every batch of cancels with a poison one in it."""
    while post < len(rig.streams.posts):
        names = [each["cloid"] for each in rig.actions[post]["cancels"]]
        if any(map(is_poison, names)):
            rig.refuse("Order has invalid asset.", post=post)
        else:
            rig.answer(*["success"] * len(names), post=post)
        post += 1


# --- what happens meanwhile ----------------------------------------------------------------------


CUTS = [1, 4, pytest.param(2, marks=pytest.mark.full), pytest.param(7, marks=pytest.mark.full)]


@pytest.mark.parametrize("fault", ["cutSocket", "halfOpenSocket"])
@pytest.mark.parametrize("after", CUTS)
def test_a_socket_that_drops_between_the_halves_places_nothing_twice(
    after: int, fault: str
) -> None:
    rig = two_strategies()
    seen: list[bytes] = []
    observe = rig.network.observe

    def drop() -> None:
        request = {"type": fault, "holds": "orderUpdates"}
        assert rig.venue.oracle(request, now_ms=rig.served.now_ms).status == 200

    def watch(road: str, message: bytes) -> None:
        observe(road, message)
        if b'"orders"' in message:
            seen.append(message)
            if len(seen) == after:
                rig.kernel.after_ms(15, drop)

    rig.network.observe = watch
    cloids = rig.do(lambda: place(rig, 100, (37,)), for_s=120)
    resting = Counter(rig.open_cloids())
    assert max(resting.values(), default=1) == 1
    assert set(resting) == believed_open(rig)
    assert cloids[37] not in resting
    lasts = {cloid: told[-1] for cloid, told in news_by_cloid(rig).items()}
    assert sorted(lasts) == sorted(cloids)
    ends = {"rejected", "not sent", "never arrived"}
    assert all(last == "accepted" if c in resting else last in ends for c, last in lasts.items())


def test_what_is_cancelled_meanwhile_is_not_sent_again() -> None:
    rig = two_strategies()

    def place_and_cancel() -> list[Cloid]:
        cloids = place(rig, 100, (37,))
        rig.kernel.after_ms(1, lambda: rig.loop.call_soon(cancel_all))
        return cloids

    def cancel_all() -> None:
        for name in rig.hands:
            rig.ctx(name).cancel_all()

    cloids = rig.do(place_and_cancel, for_s=10)
    assert_each_rests_once(rig, [])
    told = news_by_cloid(rig)
    assert all(told[cloid] == ["canceled"] for cloid in cloids)
    assert "orders" not in rig.venue.counters()["asked"]


def test_halves_do_not_go_while_something_may_have_been_missed() -> None:
    rig = DeskRig().start()
    entry = rig.resting(1)
    rig.tell_fills(rig.fill(entry, 1, trade=1))
    held = rig.do(lambda: [rig.place() for _ in range(4)])
    exits = rig.do(lambda: [rig.place(Side.SELL, size="0.005", reduce_only=True) for _ in range(2)])
    before = len(rig.streams.posts)
    sink, subscription = rig.streams.sink, rig.streams.subscriptions[0]
    assert sink is not None
    rig.do(lambda: sink.on_condition(subscription, StreamCondition.STALE))
    rig.refuse("Order has invalid size.", post=before - 2)
    rig.refuse("Order has invalid size.", post=before - 1)
    again: list[dict[str, Any]] = [action["orders"][0] for action in rig.actions[before:]]
    assert [order["c"] for order in again] == exits
    told = {event.order.cloid: event.news.value for event in rig.alice.events}
    assert [told[cloid] for cloid in held] == ["not sent"] * 4
    assert [rig.desk.order(cloid).phase for cloid in exits] == [OrderPhase.PENDING] * 2  # type: ignore[union-attr]  # they are live


def test_a_refusal_that_comes_late_ends_what_was_in_doubt_and_sends_nothing() -> None:
    rig = DeskRig().start()
    rig.do(lambda: [rig.place() for _ in range(4)])
    rig.lose_answer()
    assert rig.alice.news == ["unconfirmed"] * 4
    rig.refuse("Order has invalid size.")
    assert rig.alice.news == ["unconfirmed"] * 4 + ["rejected"] * 4
    assert len(rig.actions) == 1
