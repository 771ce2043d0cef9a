"""Every clock: wall time may be set, durations never run backwards."""

from __future__ import annotations

import pytest

from hive.runtime.clock import ManualClock, SystemClock
from hive.runtime.ports import Clock
from hive.simulation.clock import VirtualClock
from hive.simulation.virtual_time import Kernel

START_MS = 1_700_000_000_000


@pytest.mark.parametrize(
    "clock",
    [SystemClock(), ManualClock(START_MS), VirtualClock(Kernel(), START_MS)],
    ids=["system", "manual", "virtual"],
)
def test_wall_time_is_epoch_milliseconds_and_durations_do_not_run_backwards(clock: Clock) -> None:
    assert START_MS <= clock.now_ms() < 100 * START_MS
    readings = [clock.monotonic_ns() for _ in range(100)]
    assert readings == sorted(readings)


def test_a_step_of_the_wall_is_no_time_that_passed() -> None:
    manual, virtual = ManualClock(START_MS), VirtualClock(Kernel(), START_MS)
    manual.step_wall_ms(-1_000)
    virtual.step_wall(-1_000)
    assert (manual.now_ms(), manual.monotonic_ns()) == (START_MS - 1_000, 0)
    assert (virtual.now_ms(), virtual.monotonic_ns()) == (START_MS - 1_000, 0)
