"""Of many orders nobody knows what became: afterwards everybody does, and none was placed twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.simulation.ambiguity import Doubts, Pace, doubt
from tests.simulation.tricks import Trick

DOUBTS_OF_A_WORLD = 10_000
IN_DOUBT_SHARE_MIN = 0.3
CROWDED = Pace(pause_ms=1_000, per_turn=8, orders_max=40, tricked_share=0.8)
"""Many orders at once and few plain answers: the most doubts for what it costs."""


def judge(doubts: Doubts) -> None:
    assert doubts.violations == ()
    assert doubts.in_doubt >= IN_DOUBT_SHARE_MIN * doubts.instructions
    assert doubts.fills > 0


def test_a_few_hundred_actions_in_doubt_are_settled_by_the_venues_evidence() -> None:
    judge(doubt(1, 400))


@pytest.mark.full
@pytest.mark.parametrize("half", [range(5), range(5, 10)], ids=["first", "second"])
def test_of_a_hundred_thousand_in_doubt_none_is_doubled_orphaned_or_left_unsettled(
    half: range, record_property: Callable[[str, object], None]
) -> None:
    """In halves, one for each worker."""
    in_doubt, cpu_s = 0, 0.0
    met = dict.fromkeys(Trick, 0)
    for seed in half:
        doubts = doubt(seed, DOUBTS_OF_A_WORLD, CROWDED)
        judge(doubts)
        in_doubt += doubts.in_doubt
        cpu_s += doubts.cpu_s
        for trick, actions in doubts.actions_by_trick.items():
            met[trick] += actions
    assert in_doubt >= 50_000
    assert all(met.values()), met
    record_property("in_doubt", in_doubt)
    record_property("doubts_cpu_s", cpu_s)
