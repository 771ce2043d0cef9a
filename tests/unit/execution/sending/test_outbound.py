"""What leaves when not everything may: floods, budgets, bounds, and the road by HTTP."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import msgspec
from tests.unit.execution.desk_rig import ALICE, BOB, DeskRig

from hive.domain.identifiers import Cloid
from hive.domain.market import Side
from hive.domain.orders import TimeInForce
from hive.execution.queue.lane import Quota
from hive.hyperliquid.limits import VenueLimits
from hive.runtime.ports import HttpReply

MANY_OPEN = VenueLimits(orders_open_initial=10_000, orders_open_max=10_000)
OPEN = Quota(max_orders_per_second=1e6, burst=10**6, waiting_max=10_000)


class Http:
    """Behind `HttpActions`: takes everything and answers success."""

    def __init__(self) -> None:
        self.actions: list[dict[str, object]] = []

    async def exchange(self, body: bytes, weight: int, *, deadline_ms: int) -> HttpReply:
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


def test_a_cancels_bytes_leave_before_a_floods_slice_is_signed() -> None:
    rig = DeskRig(quota=OPEN).start()
    resting = rig.resting(1, strategy=BOB)
    rig.streams.posts.clear()
    by_turn: list[int] = []

    def count() -> None:
        by_turn.append(len(rig.streams.posts))
        if len(by_turn) < 4:
            rig.loop.call_soon(count)

    def deeds() -> None:
        for _ in range(100):
            rig.place()
        rig.desk.cancel(BOB, resting)
        rig.loop.call_soon(count)

    rig.do(deeds)
    assert 1 in by_turn
    assert by_turn[-1] > 1
    assert rig.actions[0]["type"] == "cancelByCloid"


def test_cancels_turn_after_turn_do_not_keep_orders_from_leaving() -> None:
    rig = DeskRig(quota=OPEN).start()
    resting = [rig.resting(number, strategy=BOB) for number in range(1, 11)]
    rig.streams.posts.clear()
    rest = iter(resting)

    def cancel() -> None:
        cloid = next(rest, None)
        if cloid is not None:
            rig.desk.cancel(BOB, cloid)
            rig.loop.call_soon(cancel)

    def deeds() -> None:
        for _ in range(1_000):
            rig.place()
        cancel()

    rig.do(deeds)
    kinds = [str(action["type"]) for action in rig.actions]
    last_cancel = len(kinds) - 1 - kinds[::-1].index("cancelByCloid")
    assert kinds[:last_cancel].count("order") >= 4


def test_thousands_of_refusals_are_told_in_parts_and_bytes_leave_between_them() -> None:
    rig = DeskRig(quota=Quota(max_orders_per_second=1.0, burst=1)).start()
    told: list[int] = []

    def count() -> None:
        told.append(len(rig.alice.events))
        if len(told) < 20:
            rig.loop.call_soon(count)

    def deeds() -> str:
        for _ in range(1_000):
            rig.place()
        rig.loop.call_soon(count)
        return rig.place(strategy=BOB)

    theirs = rig.do(deeds)
    assert theirs in cloids(rig)
    steps = [later - earlier for earlier, later in pairwise(told)]
    assert max(steps) < 300


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
    assert seen[-1] in (8, 9)
    assert max(later - earlier for earlier, later in pairwise(seen)) == 1


def test_the_address_budget_holds_orders_back_and_not_cancels() -> None:
    rig = DeskRig(quota=OPEN, limits=MANY_OPEN).start()
    resting = rig.resting(1)
    rig.do(lambda: [rig.place() for _ in range(2_500)])
    rig.run_ms(0)
    # A fifth of what is left goes at once; half of that is kept for bob.
    assert len(cloids(rig)) == 1_088
    rig.do(lambda: rig.desk.cancel(ALICE, resting))
    assert rig.actions[-1]["type"] == "cancelByCloid"
    theirs = rig.placed(strategy=BOB)
    assert cloids(rig)[-1] == theirs
    rig.run_ms(3_100)
    events = [event for event in rig.alice.events if event.news.value == "not sent"]
    assert len(events) > 1_400
    assert {event.reason.partition(";")[0] for event in events} == {
        "address budget: your share of what may go is used up"
    }
    assert all(event.retry_after_ms for event in events)


def test_what_cannot_go_in_time_is_told_at_once_and_when_to_try_again() -> None:
    rig = DeskRig(quota=OPEN)
    rig.info.requests_cap = 100
    rig.start()
    cloids_asked = rig.do(lambda: [rig.place() for _ in range(40)])
    rig.run_ms(0)
    told = {event.order.cloid: event for event in rig.alice.events}
    assert set(cloids(rig)) | set(told) == set(cloids_asked)
    assert len(cloids(rig)) == 9
    late = rig.placed()
    event = rig.alice.events[-1]
    assert (event.order.cloid, event.news.value) == (late, "not sent")
    assert event.retry_after_ms is not None
    assert event.retry_after_ms > 3_000


def test_the_venues_cap_on_open_orders_is_kept_and_everybody_has_places() -> None:
    limits = VenueLimits(orders_open_initial=100)
    rig = DeskRig(quota=OPEN, limits=limits).start()
    rig.do(lambda: [rig.place() for _ in range(200)])
    assert len(cloids(rig)) == 80
    assert rig.alice.events[0].news.value == "not sent"
    assert rig.alice.events[0].reason.startswith("open_orders: 80 of the account's 100 are open")
    rig.do(lambda: [rig.place(strategy=BOB) for _ in range(200)])
    assert len(cloids(rig)) == 95


def test_a_strategys_cancels_are_not_stood_in_line_behind_anothers_thousand() -> None:
    rig = DeskRig(quota=OPEN, limits=MANY_OPEN).start()
    floods = rig.do(lambda: [rig.place() for _ in range(300)])
    theirs = rig.placed(strategy=BOB)
    for post, action in enumerate(rig.actions):
        rig.answer(
            *({"resting": {"oid": 1_000 * post + n}} for n in range(len(action["orders"]))),
            post=post,
        )
    rig.streams.posts.clear()

    def deeds() -> None:
        for cloid in floods:
            rig.desk.cancel(ALICE, cloid)
        rig.desk.cancel(BOB, theirs)

    rig.do(deeds)
    assert theirs in [cancel["cloid"] for cancel in rig.actions[0]["cancels"]]
    assert sum(len(action["cancels"]) for action in rig.actions) == 301


def test_small_moves_of_quotes_are_held_back_as_the_budget_runs_out() -> None:
    rig = DeskRig()
    rig.info.requests_cap = 300
    rig.start()
    quote = rig.resting(1, tif=TimeInForce.ALO)
    order = rig.resting(2)
    rig.run_ms(61_000)
    assert rig.desk.snapshot().budget.minutes_left is not None
    posts = len(rig.streams.posts)

    def move(cloid: Cloid, px: str) -> None:
        rig.do(lambda: rig.desk.replace(ALICE, cloid, size=Decimal("0.01"), limit_px=Decimal(px)))

    move(quote, "60001")
    assert len(rig.streams.posts) == posts
    assert rig.desk.snapshot().economy.held_back == 1
    move(order, "60001")
    assert len(rig.streams.posts) == posts + 1, "only quotes are held back"
    move(quote, "60100")
    assert len(rig.streams.posts) == posts + 2


def test_probe_m_a_strategys_own_actions_leave_in_the_order_it_asked_for_them() -> None:
    rig = DeskRig(quota=OPEN).start()
    tifs = [TimeInForce.IOC, TimeInForce.ALO, TimeInForce.ALO, TimeInForce.GTC] * 30

    def deeds() -> tuple[list[Cloid], list[Cloid]]:
        mine = [rig.place(tif=tif) for tif in tifs]
        return mine, [rig.place(strategy=BOB, tif=TimeInForce.ALO) for _ in range(30)]

    mine, theirs = rig.do(deeds)
    sent = cloids(rig)
    assert [cloid for cloid in sent if cloid in mine] == mine
    assert [cloid for cloid in sent if cloid in theirs] == theirs
    nonces = [body["nonce"] for _, body in rig.streams.posts]
    assert nonces == sorted(set(nonces))


def test_strategies_that_mix_classes_still_share_actions() -> None:
    rig = DeskRig(quota=OPEN).start()

    def deeds() -> None:
        for strategy in (ALICE, BOB):
            for tif in (TimeInForce.IOC, TimeInForce.ALO):
                rig.place(strategy=strategy, tif=tif)

    rig.do(deeds)
    assert [len(action["orders"]) for action in rig.actions] == [2, 2]


def test_refused_for_haste_the_venue_is_asked_for_its_count_and_orders_are_told_to_wait() -> None:
    rig = DeskRig(quota=OPEN).start()
    rig.run_ms(10)
    rig.placed()
    asked = len(rig.info.asked)
    rig.refuse("Too many cumulative requests sent (2 > 1) for cumulative volume traded $0.")
    rig.run_ms(1)
    assert [request["type"] for request in rig.info.asked[asked:]] == ["userRateLimit"]
    rig.placed()
    assert len(rig.actions) == 1
    rig.run_ms(2_000)
    assert len(rig.actions) == 2, "two seconds it can wait"
    rig.refuse("Too many cumulative requests sent (2 > 1) for cumulative volume traded $0.")
    late = rig.placed()
    event = rig.alice.events[-1]
    assert (event.order.cloid, event.news.value) == (late, "not sent")
    assert event.reason.startswith("throttle: the venue asked for less; try again in")
    assert rig.desk.snapshot().economy.throttled == 2


def test_half_a_minutes_messages_leave_at_once_and_the_rest_keep_a_distance() -> None:
    rig = DeskRig(quota=OPEN, limits=VenueLimits(messages_per_min=100)).start()
    sent_at_ms: list[int] = []
    for _ in range(80):
        before = len(rig.streams.posts)
        rig.placed()
        rig.run_ms(20)
        if len(rig.streams.posts) > before:
            sent_at_ms.append(rig.clock.monotonic_ns() // 1_000_000)
    assert 47 <= len(sent_at_ms) <= 50


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
