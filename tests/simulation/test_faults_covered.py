"""No fault of the catalogue is forgotten, and no test that is named for one is gone."""

from __future__ import annotations

import re
from pathlib import Path

from tests.simulation.faults_covered import COVERED, NOT_YET

TESTS = Path(__file__).parents[1]
HIGHEST = {"C": 18, "O": 26, "F": 22, "R": 11, "D": 11}
OF_TIME = ("T05", "T06", "T07")


def test_every_fault_is_covered_or_said_not_to_be() -> None:
    wanted = {
        f"{group}{number:02}" for group, last in HIGHEST.items() for number in range(1, last + 1)
    }
    assert {*COVERED, *NOT_YET} == wanted | {*OF_TIME}
    assert not COVERED.keys() & NOT_YET.keys()


def test_every_test_that_is_named_for_a_fault_is_there() -> None:
    found = {
        name
        for path in TESTS.rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)
    }
    named = {test for tests in COVERED.values() for test in tests}
    assert named - found == set()
