"""After an upgrade the venue takes post-only orders alone: that costs few actions and is told."""

from __future__ import annotations

from decimal import Decimal

from tests.unit.execution.desk_rig import ALICE, BOB, DeskRig
from tests.unit.execution.venue_rig import VenueRig

from hive.domain.market import Side
from hive.domain.orders import TimeInForce

REFUSAL = "Only post-only orders allowed immediately after network upgrade"
PERIOD_S = 60


def test_o21_a_minute_of_post_only_costs_few_actions_and_is_told_with_when_to_try_again() -> None:
    rig = VenueRig()
    ctx = rig.ctx()
    rig.go_wrong("postOnlyWindow", forMs=PERIOD_S * 1_000)
    before = rig.venue.counters()["signedActions"], len(rig.actions)
    for _ in range(2 * (PERIOD_S - 4)):
        rig.do(lambda: ctx.buy("BTC", 0.01, 79_000), for_s=0.5)
    events = [event for event in rig.hands["alice"].news if event.news.value != "accepted"]
    assert len(events) == 2 * (PERIOD_S - 4)
    assert {event.news.value for event in events} == {"not sent"}
    assert all(event.reason.startswith("post_only: ") for event in events)
    assert all(event.retry_after_ms for event in events)
    assert rig.venue.counters()["signedActions"] == before[0]
    assert len(rig.actions) - before[1] <= 8, "each that the venue refuses costs an action"
    rig.run_s(30)
    cloid = rig.do(lambda: ctx.buy("BTC", 0.01, 79_000))
    assert rig.news(cloid) == ["accepted"]


def test_o21_quotes_cancels_and_exits_go_on_meanwhile() -> None:
    rig = DeskRig().start()
    quote = rig.resting(1, tif=TimeInForce.ALO)
    entry = rig.resting(2, px="61000")
    rig.tell_fills(rig.fill(entry, 2, trade=1))
    rig.placed()
    rig.refuse(REFUSAL)
    sent = len(rig.actions)
    rig.placed(strategy=BOB)
    assert rig.bob.news == ["not sent"]
    assert rig.bob.events[-1].retry_after_ms == 2_000
    assert len(rig.actions) == sent
    rig.placed(tif=TimeInForce.ALO, px="59000")
    rig.do(lambda: rig.desk.cancel(ALICE, quote))
    rig.placed(Side.SELL, reduce_only=True)
    assert len(rig.actions) == sent + 3


def test_o21_a_replace_that_may_take_is_told_and_the_order_stays() -> None:
    rig = DeskRig().start()
    resting = rig.resting(1)
    rig.placed()
    rig.refuse(REFUSAL)
    sent = len(rig.actions)
    size = Decimal("0.01")
    rig.do(lambda: rig.desk.replace(ALICE, resting, size=size, limit_px=Decimal(59_000)))
    assert len(rig.actions) == sent
    event = rig.alice.events[-1]
    assert (event.news.value, event.retry_after_ms) == ("replace rejected", 2_000)
    order = rig.desk.order(resting)
    assert order is not None
    assert order.limit_px == 60_000
    assert not order.replace_pending


def test_o21_what_asks_first_after_a_while_finds_out_ever_less_often() -> None:
    rig = DeskRig().start()
    tried_ms = []
    for now_ms in range(0, 60_000, 500):
        sent = len(rig.actions)
        rig.placed()
        if len(rig.actions) > sent:
            tried_ms.append(now_ms)
            rig.refuse(REFUSAL)
        rig.run_ms(500)
    assert tried_ms == [0, 2_000, 6_000, 14_000, 30_000, 46_000]
