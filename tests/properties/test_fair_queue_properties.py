"""Whatever is asked for and taken: nothing is lost, nothing is doubled, nobody is passed over."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.execution.queue.lanes import empty_queue

from hive.domain.identifiers import Cloid, StrategyId
from hive.execution.queue.fair_queue import FairQueue
from hive.execution.queue.lane import Quota, Waiting

STRATEGIES = [StrategyId(name) for name in "abcd"]
OPEN = Quota(max_orders_per_second=1e9, burst=10**9, waiting_max=10**6)


def waiting(strategy: StrategyId, number: int) -> Waiting:
    return Waiting(Cloid(f"{strategy}{number}"), strategy, 10**9, is_urgent=False)


def queue_with(depths: list[int], quota: Quota = OPEN) -> FairQueue:
    queue = empty_queue()
    for strategy, depth in zip(STRATEGIES, depths, strict=True):
        queue.open_lane(strategy, quota, 0)
        for number in range(depth):
            queue.add(waiting(strategy, number), 0)
    return queue


depths = st.lists(st.integers(0, 30), min_size=4, max_size=4)


@given(depths, st.lists(st.integers(0, 7), max_size=40))
def test_everything_is_taken_once_and_each_lane_in_its_order(
    waits: list[int], rooms: list[int]
) -> None:
    queue = queue_with(waits)
    taken: list[Waiting] = []
    for room in [*rooms, 1_000]:
        part = queue.take(room, 0)
        assert len(part) <= room
        taken += part
    for strategy, depth in zip(STRATEGIES, waits, strict=True):
        mine = [entry.cloid for entry in taken if entry.strategy == strategy]
        assert mine == [f"{strategy}{number}" for number in range(depth)]
    assert len(queue.waiting) == 0


@given(depths, st.integers(1, 60))
def test_no_lane_is_more_than_a_turn_behind_another_that_also_waits(
    waits: list[int], room: int
) -> None:
    queue = queue_with(waits)
    taken = [entry.strategy for entry in queue.take(room, 0)]
    for first in STRATEGIES:
        for second in STRATEGIES:
            if queue.depth(first):  # it still waits, so it took every turn that it was given
                assert taken.count(second) - taken.count(first) <= 1


@given(st.integers(1, 50), st.integers(1, 20), st.lists(st.integers(0, 500), max_size=30))
def test_a_quota_is_kept_over_any_span(rate: int, burst: int, pauses_ms: list[int]) -> None:
    queue = queue_with([2_000, 0, 0, 0])
    quota = Quota(max_orders_per_second=float(rate), burst=burst, waiting_max=10**6)
    queue.open_lane(STRATEGIES[0], quota, 0)
    now_ms, taken = 0, 0
    for pause_ms in pauses_ms:
        now_ms += pause_ms
        taken += len(queue.take(1_000, now_ms))
        assert taken <= burst + now_ms * rate / 1_000 + 1e-6
