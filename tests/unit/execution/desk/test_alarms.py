"""Alarms: kept, counted, and not drowned in themselves."""

from __future__ import annotations

from hive.execution.desk.alarms import ALARMS_KEPT_MAX, Alarms


def test_p07_the_same_cause_is_one_alarm_and_a_count() -> None:
    alarms = Alarms()
    for _ in range(3_000):
        alarms.sound("the disk is full")
    alarms.sound("a fill is missing")
    assert alarms.recent == ("the disk is full", "a fill is missing")
    assert (alarms.sounded, alarms.repeated) == (2, 2_999)


def test_the_latest_are_kept() -> None:
    alarms = Alarms()
    for number in range(2 * ALARMS_KEPT_MAX):
        alarms.sound(str(number))
    assert alarms.recent[0] == str(ALARMS_KEPT_MAX)
    assert alarms.sounded == 2 * ALARMS_KEPT_MAX
