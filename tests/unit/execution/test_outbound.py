"""What leaves when not everything may: floods, budgets, bounds, and the road by HTTP."""

from __future__ import annotations

from itertools import pairwise

import msgspec
from tests.unit.execution.desk_rig import ALICE, BOB, DeskRig

from hive.domain.market import Side
from hive.execution.fair_queue import Quota
from hive.hyperliquid.limits import VenueLimits
from hive.runtime.ports import HttpReply

OPEN = Quota(max_orders_per_second=1e6, burst=10**6, waiting_max=10_000)


class Http:
    """Behind `HttpActions`: takes everything and answers success."""

    def __init__(self) -> None:
        self.actions: list[dict[str, object]] = []

    async def exchange(self, body: bytes, weight: int) -> HttpReply:
        action = msgspec.json.decode(body)["action"]
        self.actions.append(action)
        statuses = ["success"] * len(action.get("cancels", ()))
        response = {"type": "cancel", "data": {"statuses": statuses}}
        return HttpReply(200, msgspec.json.encode({"status": "ok", "response": response}))


def cloids(rig: DeskRig) -> list[str]:
    return [order["c"] for action in rig.actions for order in action.get("orders", ())]


def test_probe_k_a_flood_delays_neither_anothers_cancel_nor_its_order() -> None:
    rig = DeskRig(quota=OPEN).start()
    resting = rig.resting(1, strategy=BOB)
    rig.streams.posts.clear()

    def deeds() -> str:
        for _ in range(3_000):
            rig.place()
        rig.desk.cancel(BOB, resting)
        return rig.place(strategy=BOB)

    theirs = rig.do(deeds)
    assert rig.actions[0]["type"] == "cancelByCloid"
    assert theirs in cloids(rig)[:2]


def test_probe_l_everything_of_a_flood_is_sent_or_told_as_not_sent() -> None:
    rig = DeskRig(quota=Quota(max_orders_per_second=100.0, burst=100, waiting_max=500)).start()
    asked = set(rig.do(lambda: [rig.place() for _ in range(3_000)]))
    rig.run_ms(10_000)
    unsent = {event.order.cloid for event in rig.alice.events if event.news.value == "not sent"}
    assert set(cloids(rig)) | unsent == asked
    assert not set(cloids(rig)) & unsent
    assert rig.desk.snapshot().waiting == 0


def test_others_have_their_turn_between_two_parts_of_a_flood() -> None:
    rig = DeskRig(quota=OPEN).start()
    seen: list[int] = []

    def look() -> None:
        seen.append(len(rig.streams.posts))
        if len(seen) < 10:
            rig.loop.call_soon(look)

    rig.loop.call_soon(lambda: [rig.place() for _ in range(1_000)])
    rig.do(look)
    assert seen[-1] == 10
    assert max(later - earlier for earlier, later in pairwise(seen)) == 4


def test_the_address_budget_holds_orders_back_and_not_cancels() -> None:
    rig = DeskRig(quota=OPEN).start()
    resting = rig.resting(1)
    rig.do(lambda: [rig.place() for _ in range(2_500)])
    sent = len(cloids(rig))
    assert sent == 2_000  # a fifth of what is left at once
    rig.do(lambda: rig.desk.cancel(ALICE, resting))
    assert rig.actions[-1]["type"] == "cancelByCloid"
    rig.run_ms(3_100)
    reasons = {event.reason for event in rig.alice.events if event.news.value == "not sent"}
    assert len(reasons) == 1
    assert reasons.pop().startswith("address budget: try again in")


def test_half_a_minutes_messages_leave_at_once_and_the_rest_keep_a_distance() -> None:
    rig = DeskRig(quota=OPEN, limits=VenueLimits(messages_per_min=100)).start()
    sent_at_ms: list[int] = []
    for _ in range(80):
        before = len(rig.streams.posts)
        rig.placed()
        rig.run_ms(20)
        if len(rig.streams.posts) > before:
            sent_at_ms.append(rig.clock.monotonic_ns() // 1_000_000)
    assert 50 <= len(sent_at_ms) <= 55


def test_while_the_socket_is_down_cancels_and_exits_go_by_http() -> None:
    http = Http()
    rig = DeskRig(http=http).start()
    entry, quote = rig.resting(1), rig.resting(2)
    rig.tell_fills(rig.fill(entry, 1, trade=1))
    rig.streams.is_open = False
    sent = len(rig.streams.posts)

    def deeds() -> None:
        rig.desk.cancel(ALICE, quote)
        rig.place()
        rig.place(Side.SELL, size="0.01", reduce_only=True)

    rig.do(deeds)
    rig.run_ms(500)
    assert [action["type"] for action in http.actions] == ["cancelByCloid", "order"]
    assert rig.alice.news[-2:] == ["canceled", "unconfirmed"]  # the answer named no order
    assert len(rig.streams.posts) == sent


def test_the_pace_counts_what_was_sent_once() -> None:
    rig = DeskRig(quota=OPEN).start()
    rig.do(lambda: [rig.place() for _ in range(30)])
    budget = rig.desk.snapshot().budget
    assert (budget.used, budget.in_flight) == (30, 30)
    rig.answer(*({"resting": {"oid": number}} for number in range(30)))
    assert rig.desk.snapshot().budget.in_flight == 0
