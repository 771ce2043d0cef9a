"""Of many orders nobody knows what became: afterwards everybody does, and none was placed twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.simulation.ambiguity import Doubts, doubt
from tests.simulation.tricks import Trick

DOUBTS_OF_A_WORLD = 10_000
IN_DOUBT_SHARE_MIN = 0.3


def judge(doubts: Doubts) -> None:
    assert doubts.violations == ()
    assert doubts.in_doubt >= IN_DOUBT_SHARE_MIN * doubts.instructions
    assert doubts.fills > 0


def test_a_few_hundred_actions_in_doubt_are_settled_by_the_venues_evidence() -> None:
    judge(doubt(1, 400))


@pytest.mark.full
def test_of_a_hundred_thousand_in_doubt_none_is_doubled_orphaned_or_left_unsettled(
    record_property: Callable[[str, object], None],
) -> None:
    in_doubt, cpu_s = 0, 0.0
    met = dict.fromkeys(Trick, 0)
    for seed in range(10):
        doubts = doubt(seed, DOUBTS_OF_A_WORLD)
        judge(doubts)
        in_doubt += doubts.in_doubt
        cpu_s += doubts.cpu_s
        for trick, actions in doubts.actions_by_trick.items():
            met[trick] += actions
    assert in_doubt >= 100_000
    assert all(met.values()), met
    record_property("in_doubt", in_doubt)
    record_property("doubts_cpu_s", cpu_s)
