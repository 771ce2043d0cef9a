"""How faults are told: all of them, in order, short, and without secrets."""

from __future__ import annotations

import pytest

from hive.app.config.faults import (
    FAULTS_TOLD_MAX,
    SHOWN_LENGTH_MAX,
    Fault,
    Place,
    inner,
    refusal,
    shown,
    unknown,
)
from hive.domain.errors import ConfigRefused, NotOffered

KEY = "1f" * 32


def fault(line: int, *, is_later: bool = False) -> Fault:
    return Fault(Place("hive.yml", line, 9), "risk.max", "is wrong", is_later)


def test_a_fault_names_file_line_column_and_setting() -> None:
    assert str(fault(41)) == "hive.yml:41:9 risk.max: is wrong"


def test_a_fault_of_the_whole_file_has_no_setting() -> None:
    assert str(Fault(Place("hive.yml", 1, 1), "", "the file is empty")) == (
        "hive.yml:1:1 the file is empty"
    )


def test_a_fault_is_one_line_whatever_the_file_says() -> None:
    told = str(Fault(Place("hive.yml", 1, 1), "a\x1b[2J", "no\nyes"))
    assert told == "hive.yml:1:1 a [2J: no yes"


def test_all_faults_are_told_in_the_order_of_the_file_each_once() -> None:
    told = refusal([fault(10), fault(9), fault(10)])
    assert isinstance(told, ConfigRefused)
    assert str(told).splitlines() == [str(fault(9)), str(fault(10))]


def test_only_settings_of_later_work_are_refused_by_that_name() -> None:
    assert isinstance(refusal([fault(1, is_later=True)]), NotOffered)
    mixed = refusal([fault(1, is_later=True), fault(2)])
    assert isinstance(mixed, ConfigRefused)
    assert "hive.yml:1:9 risk.max: NotOffered yet: is wrong" in str(mixed)


def test_a_flood_of_faults_is_cut() -> None:
    lines = str(refusal(fault(line) for line in range(FAULTS_TOLD_MAX + 3))).splitlines()
    assert len(lines) == FAULTS_TOLD_MAX + 1
    assert lines[-1] == "... and 3 more"


def test_a_shown_value_is_short_and_never_a_key() -> None:
    assert shown("abc") == "'abc'"
    assert len(shown("x" * 1000)) == SHOWN_LENGTH_MAX + 2
    for text in (KEY, f"0x{KEY}", f" {KEY}00", KEY.upper()):
        assert KEY not in shown(text).lower()
        assert KEY not in inner("account", text).lower()


def test_the_nearest_right_name_is_told() -> None:
    assert unknown("fasst", ["slow", "fast"]) == 'did you mean "fast"?'
    assert unknown("zzz", ["slow", "fast"]) == "known: slow, fast"
    assert unknown("zzz", []) == "there are none"


@pytest.mark.parametrize("name", ["venue", "url", "agent", "token", "wallet"])
def test_a_name_that_is_only_a_little_alike_was_not_meant(name: str) -> None:
    """What one would guess for another setting: the list helps, a wild guess does not."""
    known = ["version", "account", "rules", "strategies", "coin"]
    assert unknown(name, known) == f"known: {', '.join(known)}"
