"""Timers fire once when due, never twice, never silently not at all."""

from __future__ import annotations

import itertools

import pytest

from hive.domain.errors import LimitReached
from hive.strategy.timers import TIMERS_PER_OWNER_MAX, DueTimer, TimerQueue


def fired(queue: TimerQueue, monotonic_ms: int, wall_ms: int = 0) -> list[DueTimer]:
    found = []
    while (timer := queue.pop_due(monotonic_ms, wall_ms)) is not None:
        found.append(timer)
    return found


def test_a_repeating_timer_keeps_its_beat() -> None:
    queue = TimerQueue()
    queue.every("maker", "quote", 100, monotonic_ms=0)
    beats = [ms for ms in range(0, 1_001, 10) if fired(queue, ms)]
    assert beats == list(range(100, 1_001, 100))


def test_a_late_timer_fires_once_and_says_what_it_missed() -> None:
    queue = TimerQueue()
    queue.every("maker", "quote", 100, monotonic_ms=0)
    assert fired(queue, 1_050) == [DueTimer("maker", "quote", late_ms=950, missed=9)]
    assert queue.next_due_ms() == 1_100
    assert queue.missed == 9


def test_an_aligned_timer_fires_at_multiples_of_its_interval_by_the_wall() -> None:
    queue = TimerQueue()
    queue.every("trend", "bar", 1_000, monotonic_ms=0, aligned_to_wall_ms=12_345)
    assert queue.next_due_ms() == 655
    assert len(fired(queue, 655, 13_000)) == 1
    assert queue.next_due_ms() == 1_655


@pytest.mark.parametrize("step_ms", [-3_600_000, -1_000, -700, -300, 300, 1_000, 86_400_000])
def test_a_stepping_wall_neither_doubles_nor_silences_an_aligned_timer(step_ms: int) -> None:
    queue = TimerQueue()
    wall_ms = 1_000_000_000_123
    queue.every("trend", "bar", 1_000, monotonic_ms=0, aligned_to_wall_ms=wall_ms)
    beats = []
    for ms in range(0, 20_000, 10):
        stepped = step_ms if ms >= 7_777 else 0
        if fired(queue, ms, wall_ms + ms + stepped):
            beats.append(ms)
    gaps = [later - earlier for earlier, later in itertools.pairwise(beats)]
    assert all(500 <= gap <= 1_510 for gap in gaps), gaps
    assert 18 <= len(beats) <= 20


def test_a_timer_set_once_fires_once() -> None:
    queue = TimerQueue()
    queue.after("twap", "slice", 50, monotonic_ms=0)
    assert fired(queue, 49) == []
    assert [timer.name for timer in fired(queue, 50)] == ["slice"]
    assert fired(queue, 10_000) == []
    assert queue.next_due_ms() is None


def test_the_same_name_replaces_the_timer() -> None:
    queue = TimerQueue()
    queue.after("twap", "slice", 50, monotonic_ms=0)
    queue.after("twap", "slice", 500, monotonic_ms=0)
    assert fired(queue, 100) == []
    assert len(fired(queue, 500)) == 1


def test_a_timer_can_be_canceled_by_the_one_before_it_in_the_same_moment() -> None:
    queue = TimerQueue()
    queue.after("a", "first", 10, monotonic_ms=0)
    queue.after("a", "second", 10, monotonic_ms=0)
    first = queue.pop_due(10, 0)
    assert first is not None
    assert first.name == "first"
    queue.cancel("a", "second")
    assert queue.pop_due(10, 0) is None


def test_cancel_all_forgets_one_owner_only() -> None:
    queue = TimerQueue()
    queue.every("a", "x", 100, monotonic_ms=0)
    queue.every("b", "x", 100, monotonic_ms=0)
    queue.cancel_all("a")
    assert [timer.owner for timer in fired(queue, 100)] == ["b"]
    assert len(queue) == 1


def test_no_delay_means_the_next_moment_so_that_a_handler_cannot_spin() -> None:
    queue = TimerQueue()
    queue.after("a", "again", 0, monotonic_ms=5)
    assert queue.pop_due(5, 0) is None
    assert queue.pop_due(6, 0) is not None


def test_too_fast_and_too_many_timers_are_refused_by_name() -> None:
    queue = TimerQueue()
    with pytest.raises(LimitReached, match="interval_ms"):
        queue.every("a", "x", 9, monotonic_ms=0)
    for i in range(TIMERS_PER_OWNER_MAX):
        queue.after("a", str(i), 100, monotonic_ms=0)
    with pytest.raises(LimitReached, match="timers_per_owner_max"):
        queue.after("a", "one more", 100, monotonic_ms=0)


def test_setting_a_timer_anew_for_ever_does_not_grow_the_queue() -> None:
    """A strategy that re-arms one timer on every trade must not leak memory."""
    queue = TimerQueue()
    for i in range(10_000):
        queue.after("a", "x", 1_000_000, monotonic_ms=i)
        queue.cancel("a", "x")
    queue.after("a", "x", 5, monotonic_ms=0)
    assert queue.pending_entries <= 200
