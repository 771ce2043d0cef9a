"""The desk as strategies and the wire see it: what leaves, when, with what, in what order."""

from __future__ import annotations

from decimal import Decimal

from tests.unit.execution.desk_rig import (
    ALICE,
    BOB,
    SIGNER,
    DeskRig,
    Listener,
)

from hive.domain.errors import Unanswered
from hive.domain.identifiers import StrategyId, unpack_cloid
from hive.domain.market import StreamCondition
from hive.domain.orders import TimeInForce
from hive.execution.books.journal_sync import SYNC_AFTER_MS
from hive.execution.queue.lane import Quota
from hive.hyperliquid.actions_parse import parse_action
from hive.hyperliquid.signing import Signature, recover_l1
from hive.portfolio.risk import RiskLimits
from hive.storage.records import OrdersSentRecord

NONE_WAITING = Quota(max_orders_per_second=1_000.0, burst=10_000)


# --- what leaves -------------------------------------------------------------------------------


def test_a_turns_orders_of_all_strategies_leave_in_one_action() -> None:
    rig = DeskRig().start()
    names = [StrategyId(f"s{number}") for number in range(100)]
    for name in names:
        rig.desk.register(name, Listener())
    cloids = rig.do(lambda: [rig.place(strategy=name) for name in names])
    assert len(rig.actions) == 1
    assert [order["c"] for order in rig.actions[0]["orders"]] == cloids
    assert rig.desk.snapshot().signed_actions == 1


def test_what_is_sent_is_signed_by_the_accounts_key_and_expires() -> None:
    rig = DeskRig().start()
    rig.placed()
    body = rig.streams.posts[0][1]
    signer = recover_l1(
        parse_action(body["action"]),
        body["nonce"],
        Signature(**body["signature"]),
        is_mainnet=False,
        expires_after=body["expiresAfter"],
    )
    assert signer == SIGNER.address
    assert body["expiresAfter"] > rig.clock.now_ms()


def test_cancels_go_first_and_all_else_by_kind_as_far_as_a_strategys_own_order_lets_it() -> None:
    rig = DeskRig().start()
    first, second = rig.resting(1), rig.resting(2)
    rig.streams.posts.clear()

    def deeds() -> None:
        rig.place(tif=TimeInForce.IOC)
        rig.place(tif=TimeInForce.ALO)
        rig.place(strategy=BOB, tif=TimeInForce.GTC)
        rig.desk.replace(ALICE, first, size=Decimal("0.02"), limit_px=Decimal(59_000))
        rig.desk.cancel(ALICE, second)

    rig.do(deeds)
    kinds = [action["type"] for action in rig.actions]
    assert kinds == ["cancelByCloid", "order", "order", "batchModify"]
    assert [o["t"]["limit"]["tif"] for o in rig.actions[1]["orders"]] == ["Ioc", "Gtc"]
    assert [o["t"]["limit"]["tif"] for o in rig.actions[2]["orders"]] == ["Alo"]


def test_a_strategys_own_orders_keep_their_order_on_the_wire() -> None:
    rig = DeskRig(quota=NONE_WAITING).start()
    cloids = rig.do(lambda: [rig.place() for _ in range(250)])
    sent = [order["c"] for action in rig.actions for order in action["orders"]]
    assert sent == cloids
    assert [len(action["orders"]) for action in rig.actions] == [100, 100, 50]


def test_nonces_only_grow_whatever_the_clock_does() -> None:
    rig = DeskRig().start()
    for step_ms in (0, -3_600_000, 0, 7_200_000, -10_000):
        rig.clock.step_wall(step_ms)
        rig.placed()
    nonces = [body["nonce"] for _, body in rig.streams.posts]
    assert nonces == sorted(set(nonces))


def test_a_cloid_names_its_strategy_and_the_start() -> None:
    rig = DeskRig().start()
    fields = unpack_cloid(rig.placed(strategy=BOB))
    assert fields is not None
    assert (fields.instance, fields.account, fields.strategy, fields.epoch) == (7, 1, 2, 2)


def test_the_intent_is_in_the_journal_before_its_bytes_leave() -> None:
    rig = DeskRig().start()
    seen: list[bool] = []
    post = rig.streams.post

    def watched(request_id: int, body: bytes, deadline_ms: int) -> None:
        last = rig.journal.records[-1]
        seen.append(isinstance(last, OrdersSentRecord) and last.intents[0].cloid.encode() in body)
        post(request_id, body, deadline_ms)

    rig.streams.post = watched  # type: ignore[method-assign]  # the rig's own link, listened to
    rig.placed()
    assert seen == [True]


def test_an_order_that_cannot_be_journaled_is_not_sent_and_a_cancel_is() -> None:
    rig = DeskRig().start()
    resting = rig.resting(1)
    rig.streams.posts.clear()
    rig.journal.is_full = True
    rig.placed()
    assert rig.streams.posts == []
    assert rig.alice.events[-1].news.value == "not sent"
    assert rig.alice.events[-1].reason.startswith("journal")
    rig.do(lambda: rig.desk.cancel(ALICE, resting))
    assert [action["type"] for action in rig.actions] == ["cancelByCloid"]
    rig.journal.is_full = False
    rig.run_ms(SYNC_AFTER_MS)
    rig.placed()
    assert rig.actions[-1]["type"] == "order"


# --- refused, waiting, not sent ------------------------------------------------------------------


def test_a_risk_limit_refuses_by_its_name() -> None:
    rig = DeskRig().start()
    rig.desk.limit(ALICE, RiskLimits(order_notional_usd_max=Decimal(500)))
    rig.placed()
    assert rig.alice.news == ["refused"]
    assert rig.alice.events[0].reason.startswith("strategy order_notional_usd_max")


def test_while_the_socket_is_down_an_order_waits_and_then_is_not_sent() -> None:
    rig = DeskRig().start()
    rig.streams.is_open = False
    rig.placed()
    assert rig.alice.events == []
    rig.run_ms(3_200)
    assert rig.alice.news == ["not sent"]
    assert rig.alice.events[0].reason.startswith("link")
    assert rig.streams.posts == []


def test_an_order_that_waited_for_the_socket_leaves_when_it_is_open() -> None:
    rig = DeskRig().start()
    rig.streams.is_open = False
    rig.placed()
    rig.run_ms(1_000)
    rig.streams.is_open = True
    rig.run_ms(200)
    assert len(rig.streams.posts) == 1
    assert rig.alice.events == []


def test_a_link_that_takes_nothing_gives_the_order_back_to_its_lane() -> None:
    rig = DeskRig().start()
    rig.streams.refusal = "full"
    rig.do(lambda: [rig.place(tif=TimeInForce.ALO), rig.place(tif=TimeInForce.IOC)])
    assert rig.desk.snapshot().waiting == 2
    rig.streams.refusal = ""
    rig.run_ms(200)
    assert [len(action["orders"]) for action in rig.actions] == [1, 1]


def test_nothing_is_placed_until_a_lost_stream_is_made_up_for() -> None:
    rig = DeskRig().start()
    sink, subscription = rig.streams.sink, rig.streams.subscriptions[0]
    assert sink is not None
    rig.info.failure = Unanswered("no")
    rig.do(lambda: sink.on_condition(subscription, StreamCondition.STALE))
    rig.placed()
    assert rig.streams.posts == []
    rig.do(lambda: sink.on_condition(subscription, StreamCondition.FRESH))
    rig.run_ms(1_000)
    assert rig.streams.posts == []  # the reconciliation got no answer yet
    rig.info.failure = None
    rig.run_ms(2_500)
    assert len(rig.streams.posts) == 1


def test_a_strategy_over_its_rate_waits_alone() -> None:
    rig = DeskRig(quota=Quota(max_orders_per_second=10.0, burst=2)).start()
    rig.do(lambda: [rig.place() for _ in range(5)] + [rig.place(strategy=BOB)])
    assert len(rig.actions[0]["orders"]) == 3
    rig.run_ms(350)
    assert sum(len(action["orders"]) for action in rig.actions) == 6


def test_a_lane_that_is_full_says_so_at_once() -> None:
    rig = DeskRig(quota=Quota(waiting_max=3)).start()
    rig.streams.is_open = False
    rig.do(lambda: [rig.place() for _ in range(5)])
    assert rig.alice.news == ["not sent", "not sent"]
    assert rig.alice.events[0].reason.startswith("waiting_max")


def test_cancelling_what_waits_costs_nothing() -> None:
    rig = DeskRig().start()
    rig.streams.is_open = False
    cloid = rig.placed()
    rig.do(lambda: rig.desk.cancel(ALICE, cloid))
    assert rig.alice.news == ["canceled"]
    rig.streams.is_open = True
    rig.run_ms(500)
    assert rig.streams.posts == []


def test_replacing_what_waits_changes_it_there() -> None:
    rig = DeskRig().start()
    rig.streams.is_open = False
    cloid = rig.placed()
    rig.do(lambda: rig.desk.replace(ALICE, cloid, size=Decimal("0.5"), limit_px=Decimal(59_000)))
    assert rig.alice.news == ["replaced"]
    rig.streams.is_open = True
    rig.run_ms(500)
    order = rig.actions[0]["orders"][0]
    assert (order["s"], order["p"]) == ("0.5", "59000")


# --- replace and cancel --------------------------------------------------------------------------


def test_while_a_replace_is_in_flight_the_latest_wish_wins() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    for px in (59_000, 58_000, 57_000):
        price = Decimal(px)
        rig.do(lambda: rig.desk.replace(ALICE, cloid, size=Decimal("0.01"), limit_px=price))  # noqa: B023 (called within the turn)
    assert len(rig.actions) == 2
    rig.answer({"resting": {"oid": 2}})
    assert [a["modifies"][0]["order"]["p"] for a in rig.actions[1:]] == ["59000", "57000"]


def test_a_replace_of_an_order_in_flight_waits_for_its_answer() -> None:
    rig = DeskRig().start()
    cloid = rig.placed()
    rig.do(lambda: rig.desk.replace(ALICE, cloid, size=Decimal("0.01"), limit_px=Decimal(59_000)))
    assert len(rig.actions) == 1
    rig.answer({"resting": {"oid": 1}})
    assert rig.actions[1]["type"] == "batchModify"


def test_a_fill_that_raced_a_replace_is_trimmed() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    rig.do(lambda: rig.desk.replace(ALICE, cloid, size=Decimal("0.01"), limit_px=Decimal(59_000)))
    rig.tell_fills(rig.fill(cloid, 1, trade=1, size="0.004"))
    rig.answer({"resting": {"oid": 2}})
    assert rig.actions[-1]["modifies"][0]["order"]["s"] == "0.006"
    rig.answer({"resting": {"oid": 3}})
    order = rig.desk.order(cloid)
    assert order is not None
    assert order.open_size == Decimal("0.006")


def test_a_cancel_that_fails_is_told_and_the_order_asked_for() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    rig.do(lambda: rig.desk.cancel(ALICE, cloid))
    rig.answer({"error": "Order was never placed, already canceled, or filled."})
    assert rig.alice.events[-1].news.value == "cancel rejected"
    rig.info.status_by_cloid[cloid] = rig.status_of(cloid, 1, "marginCanceled")
    rig.run_ms(2_000)
    assert rig.alice.events[-1].news.value == "canceled"
    assert rig.alice.events[-1].reason == "marginCanceled"


def test_another_strategys_order_is_out_of_reach() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(1)
    rig.do(lambda: rig.desk.cancel(BOB, cloid))
    rig.do(lambda: rig.desk.replace(BOB, cloid, size=Decimal(1), limit_px=Decimal(1)))
    assert len(rig.actions) == 1
    assert rig.bob.events == []
