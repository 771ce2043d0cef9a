"""Lanes: fair between strategies, in order within one, bounded, and never without an end."""

from __future__ import annotations

from tests.unit.execution.queue.lanes import empty_queue

from hive.domain.identifiers import Cloid, StrategyId
from hive.execution.queue.fair_queue import FairQueue, Shut
from hive.execution.queue.lane import Quota, Waiting
from hive.execution.queue.overload import Overload

GREEDY, MODEST = StrategyId("greedy"), StrategyId("modest")
OPEN = Quota(max_orders_per_second=1e6, burst=1_000_000, waiting_max=10_000)
DEADLINE_MS = 3_000


def entry(strategy: StrategyId, number: int, **changes: object) -> Waiting:
    deadline_ms, is_urgent = changes.get("deadline_ms", DEADLINE_MS), bool(changes.get("is_urgent"))
    assert isinstance(deadline_ms, int)
    return Waiting(Cloid(f"{strategy}{number}"), strategy, deadline_ms, is_urgent)


def queue_of(greedy: int, modest: int, *, quota: Quota = OPEN, priority: int = 5) -> FairQueue:
    queue = empty_queue()
    queue.open_lane(GREEDY, quota, 0)
    modest_quota = Quota(max_orders_per_second=1e6, burst=10_000, priority_level=priority)
    queue.open_lane(MODEST, modest_quota, 0)
    for number in range(greedy):
        queue.add(entry(GREEDY, number), 0)
    for number in range(modest):
        queue.add(entry(MODEST, number), 0)
    return queue


def names(taken: list[Waiting]) -> list[str]:
    return [str(item.cloid) for item in taken]


def test_a_flood_does_not_delay_the_others_first_order() -> None:
    queue = queue_of(3_000, 1)
    assert names(queue.take(2, 0)) == ["greedy0", "modest0"]


def test_lanes_take_turns_and_keep_their_own_order() -> None:
    queue = queue_of(3, 2)
    assert names(queue.take(10, 0)) == ["greedy0", "modest0", "greedy1", "modest1", "greedy2"]


def test_turns_go_on_where_the_last_ended() -> None:
    queue = queue_of(4, 4)
    taken = [names(queue.take(1, 0))[0] for _ in range(4)]
    assert taken == ["greedy0", "modest0", "greedy1", "modest1"]


def test_a_heavier_lane_gets_more_of_each_round() -> None:
    queue = queue_of(10, 10, priority=15)
    taken = names(queue.take(8, 0))
    assert sum(name.startswith("modest") for name in taken) == 6


def test_what_a_lane_could_not_use_is_not_saved_up() -> None:
    queue = queue_of(10, 1, priority=25)
    queue.take(6, 0)
    queue.add(entry(MODEST, 7), 0)
    taken = names(queue.take(3, 0))
    assert taken.count("modest7") == 1


def test_a_quota_holds_back_its_own_lane_only_and_refills() -> None:
    queue = queue_of(5, 2, quota=Quota(max_orders_per_second=10.0, burst=2))
    assert names(queue.take(10, 0)) == ["greedy0", "modest0", "greedy1", "modest1"]
    assert queue.next_due_ms(0) == 101
    assert names(queue.take(10, 101)) == ["greedy2"]
    assert names(queue.take(10, 10_000)) == ["greedy3", "greedy4"]


def test_a_burst_is_never_more_than_the_quota_allows() -> None:
    queue = queue_of(50, 0, quota=Quota(max_orders_per_second=10.0, burst=4))
    assert len(queue.take(50, 3_600_000)) == 4


def test_a_clock_that_steps_back_gives_nothing() -> None:
    queue = queue_of(5, 0, quota=Quota(max_orders_per_second=10.0, burst=1))
    queue.take(5, 1_000)
    assert queue.take(5, 500) == []


def test_what_waited_too_long_is_given_back() -> None:
    queue = queue_of(2, 1)
    queue.add(entry(MODEST, 9, deadline_ms=9_000), 0)
    assert names(queue.expire(DEADLINE_MS - 1)) == []
    assert names(queue.expire(DEADLINE_MS)) == ["greedy0", "greedy1", "modest0"]
    assert len(queue.waiting) == 1


def test_the_deadline_is_a_reason_to_look_again() -> None:
    queue = queue_of(1, 0, quota=Quota(max_orders_per_second=0.01, burst=1))
    queue.take(1, 0)
    queue.add(entry(GREEDY, 1, is_urgent=True), 0)
    assert queue.next_due_ms(0) == DEADLINE_MS


def test_a_full_lane_takes_no_more() -> None:
    queue = queue_of(0, 0, quota=Quota(waiting_max=2))
    told = [queue.add(entry(GREEDY, number), 0) for number in range(3)]
    assert told[:2] == [None, None]
    assert str(told[2]) == "waiting_max: 2 are waiting; try again in 1 ms"


def test_what_is_taken_out_leaves_no_trace() -> None:
    queue = queue_of(2, 0)
    assert queue.remove(Cloid("greedy0"))
    assert not queue.remove(Cloid("greedy0"))
    assert names(queue.take(5, 0)) == ["greedy1"]
    assert queue.next_due_ms(0) is None


def test_what_could_not_be_sent_stands_in_front_again() -> None:
    queue = queue_of(3, 1)
    taken = queue.take(3, 0)
    queue.put_back(taken)
    assert sorted(names(queue.take(10, 0))) == ["greedy0", "greedy1", "greedy2", "modest0"]
    queue.put_back(taken[:1])
    assert names(queue.take(10, 0)) == [str(taken[0].cloid)]


def test_what_could_not_be_sent_has_used_up_no_quota() -> None:
    """However often it is tried."""
    queue = queue_of(2, 0, quota=Quota(max_api_weight_per_minute=2))
    for now_ms in range(10):
        taken = queue.take(5, now_ms)
        assert names(taken) == ["greedy0", "greedy1"]
        queue.put_back(taken)
    queue.take(5, 10)
    queue.add(entry(GREEDY, 2, is_urgent=True), 10)
    assert queue.take(5, 10) == [], "what left counts"


def test_what_reduces_risk_passes_what_stands_before_it() -> None:
    queue = queue_of(5, 0)
    queue.add(entry(GREEDY, 77, is_urgent=True), 0)
    assert names(queue.take_urgent(5, 0)) == ["greedy77"]
    assert queue.depth(GREEDY) == 5
    assert queue.take_urgent(-1, 0) == []


def test_draining_gives_back_all_of_one_or_of_everybody() -> None:
    queue = queue_of(2, 1)
    assert names(queue.drain(GREEDY)) == ["greedy0", "greedy1"]
    assert names(queue.drain()) == ["modest0"]
    assert len(queue.waiting) == 0


def test_one_at_the_lowest_level_has_a_turn_in_every_fifth_round() -> None:
    queue = queue_of(50, 50, priority=1)
    taken = names(queue.take(36, 0))
    assert sum(name.startswith("modest") for name in taken) == 6


def test_what_the_quota_cannot_let_go_in_time_is_turned_away_at_once() -> None:
    queue = queue_of(0, 0, quota=Quota(max_orders_per_second=10.0, burst=2))
    told = [queue.add(entry(GREEDY, number), 0) for number in range(40)]
    assert told[30] is None
    first = told[31]
    assert first is not None
    assert first.reason == "quota: max_orders_per_second is 10"
    assert first.retry_after_ms == 1
    assert queue.add(entry(GREEDY, 99, is_urgent=True), 0) is None, "an exit may wait in vain"


def test_a_minutes_weight_is_counted_with_cancels_and_holds_back_orders_alone() -> None:
    quota = Quota(max_orders_per_second=1e6, burst=100, max_api_weight_per_minute=10)
    queue = queue_of(4, 1, quota=quota)
    queue.spend(GREEDY, 7, 0)
    assert names(queue.take(10, 0)) == ["greedy0", "modest0", "greedy1", "greedy2"]
    refused = queue.add(entry(GREEDY, 9), 0)
    assert refused is not None
    assert refused.reason == "quota: max_api_weight_per_minute is 10"
    assert names(queue.take(10, 60_000)) == ["greedy3"]


def test_another_quota_takes_effect_at_once() -> None:
    queue = queue_of(5, 0)
    queue.open_lane(GREEDY, Quota(max_orders_per_second=1.0, burst=1), 0)
    assert names(queue.take(5, 0)) == ["greedy0"]


def test_who_has_had_more_than_his_share_stops_where_the_smaller_room_ends() -> None:
    queue = queue_of(30, 4)
    queue.spend(GREEDY, 5, 0)
    taken = names(queue.take(2, 0, light_room=20))
    assert taken == ["greedy0", "modest0", "modest1", "modest2", "modest3"]


def test_who_asks_little_is_served_from_what_the_greedy_may_not_touch() -> None:
    queue = queue_of(30, 0)
    assert len(queue.take(10, 0, light_room=20)) == 10
    queue.add(entry(MODEST, 1), 0)
    assert names(queue.take(0, 0, light_room=10)) == ["modest1"]
    assert not queue.is_light_waiting(0)


def test_what_was_sent_long_ago_does_not_make_a_lane_heavy() -> None:
    queue = queue_of(4, 0)
    queue.take(4, 0)
    assert names(queue.take(0, 0, light_room=1)) == []
    for now_ms in range(10_000, 40_000, 10_000):
        queue.take(0, now_ms)
    queue.add(entry(GREEDY, 9), 40_000)
    assert names(queue.take(0, 40_000, light_room=1)) == ["greedy9"]


def test_what_is_shut_is_turned_away_with_what_is_left_of_the_wait() -> None:
    queue = queue_of(3, 1)
    queue.take(2, 0)
    shut = Shut(Overload("address budget", 9_000), 0, 1_000, is_heavy_only=False)
    assert names(queue.shut(shut, keep=2)) == []
    assert names(queue.shut(shut, keep=1)) == ["greedy2"]
    told = queue.add(entry(GREEDY, 7), 400)
    assert told is not None
    assert told.retry_after_ms == 8_600
    assert queue.add(entry(GREEDY, 8, is_urgent=True), 400) is None
    assert queue.add(entry(GREEDY, 9), 1_000) is None


def test_exits_of_one_do_not_stand_before_those_of_another() -> None:
    queue = queue_of(0, 0)
    for number in range(3):
        queue.add(entry(GREEDY, number, is_urgent=True), 0)
    queue.add(entry(MODEST, 0, is_urgent=True), 0)
    assert names(queue.take_urgent(2, 0)) == ["greedy0", "modest0"]


def test_a_strategy_of_another_process_has_no_lane_to_charge() -> None:
    queue = queue_of(3, 1)
    queue.spend(StrategyId("of another process"), 5, 0)
    assert queue.strategies == (GREEDY, MODEST)
    assert queue.share_of(MODEST) == 0.5
