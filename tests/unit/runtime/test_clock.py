"""Clocks: the system's runs, the manual one stands still until told."""

from __future__ import annotations

import pytest

from hive.runtime.clock import ManualClock, SystemClock
from hive.runtime.ports import Clock


def test_system_clock_tells_wall_and_monotonic_time() -> None:
    clock: Clock = SystemClock()
    assert clock.now_ms() > 1_700_000_000_000, "epoch milliseconds, not seconds"
    first = clock.monotonic_ns()
    assert clock.monotonic_ns() >= first


def test_manual_clock_stands_still() -> None:
    clock: Clock = ManualClock(now_ms=5, monotonic_ns=7)
    assert (clock.now_ms(), clock.monotonic_ns()) == (5, 7)
    assert (clock.now_ms(), clock.monotonic_ns()) == (5, 7)


def test_time_passes_on_both_clocks() -> None:
    clock = ManualClock(now_ms=1_000, monotonic_ns=0)
    clock.advance_ms(25)
    assert (clock.now_ms(), clock.monotonic_ns()) == (1_025, 25_000_000)


def test_a_stepped_wall_leaves_durations_alone() -> None:
    clock = ManualClock(now_ms=1_000, monotonic_ns=0)
    clock.step_wall_ms(-600)
    assert (clock.now_ms(), clock.monotonic_ns()) == (400, 0)


def test_time_never_passes_backwards() -> None:
    with pytest.raises(AssertionError):
        ManualClock().advance_ms(-1)
