"""What was refused for another's fault, or for its nonce, leaves again inside every budget."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.unit.execution.desk_rig import ACCOUNT, ALICE, BOB, START_MS, DeskRig

from hive.domain.identifiers import Cloid
from hive.domain.market import Side
from hive.domain.orders import OrderEvent, TimeInForce
from hive.domain.switches import Reach, Scope, Strength, Switch
from hive.execution.desk.settings import DeskSettings
from hive.execution.sending.action_sender import SendSettings

POISON = "Order has invalid size."
TOO_FAST = "Too many cumulative requests sent (2 > 1) for cumulative volume traded $0."
TOO_LOW = "Invalid nonce: nonce too low 1 < 2"
WAIT_MS = 2_000
"""After the first refusal for haste nothing ordinary goes for so long."""


def batch_of(rig: DeskRig, count: int, **options: Any) -> list[Cloid]:
    """Orders that leave in one action."""
    return list(rig.do(lambda: [rig.place(**options) for _ in range(count)]))


def patient() -> DeskRig:
    """After a refusal for haste messages keep two seconds' distance."""
    send = SendSettings(is_mainnet=False)
    settings = DeskSettings(account=ACCOUNT, send=send, order_wait_max_ms=20_000)
    return DeskRig(settings=settings).start()


def throttled() -> tuple[DeskRig, list[Cloid]]:
    """A batch of four is on its way when the venue asks for less; it is post 1."""
    rig = patient()
    rig.placed(strategy=BOB)
    cloids = batch_of(rig, 4)
    rig.refuse(TOO_FAST, post=0)
    return rig, cloids


def sent_cloids(rig: DeskRig, post: int) -> list[str]:
    return [order["c"] for order in rig.actions[post]["orders"]]


def news_of(rig: DeskRig, cloid: Cloid) -> list[OrderEvent]:
    return [event for event in rig.alice.events if event.order.cloid == cloid]


def test_halves_wait_until_there_is_room_and_go_in_order_before_what_was_asked_later() -> None:
    rig, cloids = throttled()
    rig.refuse(POISON, post=1)
    assert len(rig.actions) == 2, "no room"
    later = rig.placed()
    rig.run_ms(WAIT_MS - 100)
    assert len(rig.actions) == 2
    rig.run_ms(6_000)
    assert [sent_cloids(rig, post) for post in (2, 3, 4)] == [cloids[:2], cloids[2:], [later]]


def test_quarters_go_before_the_half_that_still_waits() -> None:
    """The throttle lets one message go at a time after its wait."""
    rig, cloids = throttled()
    rig.refuse(POISON, post=1)
    while len(rig.actions) < 3:
        rig.run_ms(1)
    rig.refuse(POISON, post=2)
    rig.run_ms(8_000)
    assert [sent_cloids(rig, post) for post in (2, 3, 4, 5)] == [
        cloids[:2],
        cloids[:1],
        cloids[1:2],
        cloids[2:],
    ]


def test_whole_batches_refused_for_their_nonces_wait_in_the_order_of_their_first_sending() -> None:
    rig = patient()
    rig.placed(strategy=BOB)
    first, second = batch_of(rig, 2), batch_of(rig, 2)
    rig.refuse(TOO_FAST, post=0)
    rig.refuse(TOO_LOW, post=2)
    rig.refuse(TOO_LOW, post=1)
    assert len(rig.actions) == 3
    rig.run_ms(6_000)
    assert [sent_cloids(rig, post) for post in (3, 4)] == [first, second]


def test_what_waits_for_too_long_is_told_as_not_sent_with_the_venues_words() -> None:
    rig, cloids = throttled()
    rig.refuse(POISON, post=1)
    rig.run_ms(WAIT_MS - 1)
    rig.streams.is_open = False
    rig.run_ms(20_000)
    assert len(rig.actions) == 2
    for cloid in cloids:
        (event,) = news_of(rig, cloid)
        assert event.news.value == "not sent"
        assert event.reason.startswith(POISON)
    assert rig.do(lambda: rig.desk.open_orders(ALICE)) == []


def test_a_cancel_of_what_waits_costs_no_action() -> None:
    rig, cloids = throttled()
    rig.refuse(POISON, post=1)
    rig.do(lambda: rig.desk.cancel(ALICE, cloids[0]))
    assert [event.news.value for event in news_of(rig, cloids[0])] == ["canceled"]
    rig.run_ms(6_000)
    assert [sent_cloids(rig, post) for post in (2, 3)] == [cloids[1:2], cloids[2:]]


def test_a_switch_that_is_thrown_meanwhile_ends_what_waits() -> None:
    rig, cloids = throttled()
    rig.refuse(POISON, post=1)
    scope = Scope(Reach.STRATEGY, ALICE)
    switch = Switch(scope=scope, strength=Strength.PAUSE, reason="a test", thrown_ms=START_MS)
    rig.do(lambda: rig.desk.risk.throw(switch))
    rig.run_ms(6_000)
    assert len(rig.actions) == 2
    (event,) = news_of(rig, cloids[3])
    assert event.news.value == "not sent"
    assert event.reason.startswith("kill_switch")


def test_what_only_reduces_does_not_wait_behind_what_opens() -> None:
    rig = DeskRig().start()
    entry = rig.resting(1)
    rig.tell_fills(rig.fill(entry, 1, trade=1))
    rig.placed(strategy=BOB)
    opening = batch_of(rig, 2)
    exits = batch_of(rig, 2, side=Side.SELL, size="0.005", px="61000", reduce_only=True)
    before = len(rig.actions)
    rig.refuse(TOO_FAST, post=before - 3)
    rig.refuse(TOO_LOW, post=before - 2)
    rig.refuse(TOO_LOW, post=before - 1)
    assert sent_cloids(rig, before) == exits
    rig.run_ms(6_000)
    assert sent_cloids(rig, before + 1) == opening


def test_cancels_go_again_at_once() -> None:
    rig = DeskRig().start()
    cloids = batch_of(rig, 3)
    rig.answer(*({"resting": {"oid": oid}} for oid in (1, 2, 3)))
    rig.placed(strategy=BOB)
    rig.refuse(TOO_FAST)
    rig.do(lambda: [rig.desk.cancel(ALICE, cloid) for cloid in cloids])
    rig.refuse(TOO_LOW)
    assert len(rig.actions[-1]["cancels"]) == 3
    assert rig.actions[-1] == rig.actions[-2]


def test_all_of_it_counts_for_the_address_and_for_its_strategy() -> None:
    rig = DeskRig().start()
    batch_of(rig, 4)
    used = rig.desk.snapshot().budget.used
    rig.refuse(POISON, post=0)
    rig.refuse(POISON, post=1)
    assert rig.desk.snapshot().budget.used == used + 4 + 2
    assert rig.desk.snapshot().economy.sent[ALICE] == 4 + 4 + 2


def test_a_replace_that_waits_is_given_up_with_its_order() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1, tif=TimeInForce.ALO)
    rig.placed(strategy=BOB)
    rig.do(lambda: rig.desk.replace(ALICE, cloid, size=Decimal("0.01"), limit_px=Decimal(61000)))
    rig.refuse(TOO_FAST, post=1)
    rig.refuse(TOO_LOW, post=2)
    rig.do(lambda: rig.desk.cancel(ALICE, cloid))
    rig.run_ms(6_000)
    assert [action["type"] for action in rig.actions[3:]] == ["cancelByCloid"]
