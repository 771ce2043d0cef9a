"""Thirty-seven minutes in which a venue carries orders out and answers nobody (faults.md O01)."""

from __future__ import annotations

import pytest
from tests.simulation.ambiguity import DoubtfulWorld, Pace
from tests.simulation.checks import NEVER_THERE
from tests.simulation.tricks import Outage

from hive.domain.orders import OrderNews
from hive.execution.settling.reach import PAUSE_MS_MAX
from hive.hyperliquid.limits import VenueLimits
from hive.simulation.virtual_time import NS_PER_MS

MINUTE_MS = 60_000
OUTAGE_MIN = 37
ATTEMPTS = 4
"""Of one question, before it counts as not answered."""
SETTLED_MS_MAX = 30_000
ACTIONS_MAX = 1_500
"""Of a stock of ten thousand. Cancels that are wanted and not answered are tried again."""
LOCAL_ENDS = (OrderNews.REFUSED, OrderNews.NOT_SENT)
CALM_PACE = Pace(
    coins=("BTC", "SOL"),
    per_coin=2,
    pause_ms=2_000,
    orders_max=6,
    per_turn=1,
    tricked_share=0.0,
)


def lived_through(outage: Outage, seed: int) -> DoubtfulWorld:
    """A minute of trading, the outage, and what it took to settle; nothing is hushed."""
    world = DoubtfulWorld(seed, limits=VenueLimits(nonces_kept=100), pace=CALM_PACE)
    world.begin()
    world.pass_ms(MINUTE_MS)
    world.trickster.outage = outage
    for _ in range(OUTAGE_MIN):
        asked = world.trickster.questions
        world.pass_ms(MINUTE_MS)
        # One question at a time, each tried a few times; the first minute finds out.
        assert world.trickster.questions - asked <= 2 * ATTEMPTS * (MINUTE_MS // PAUSE_MS_MAX + 4)
    world.trickster.outage = None
    return world


def test_o01_an_outage_costs_few_actions_and_is_over_when_the_venue_is_back() -> None:
    world = lived_through(Outage.SILENT, 3)
    before, used = world.trickster.instructions, world.desk.snapshot().budget.used
    assert used < ACTIONS_MAX
    world.pass_ms(2 * MINUTE_MS)
    assert world.trickster.instructions > before + 50
    world.hush()
    world.pass_ms(SETTLED_MS_MAX)
    assert world.violations() == []


@pytest.mark.full
@pytest.mark.parametrize("outage", list(Outage), ids=lambda outage: outage.value)
def test_o01_nothing_is_doubled_or_declared_over_and_all_is_settled_after(outage: Outage) -> None:
    world = lived_through(outage, 1)
    in_doubt = world.desk.snapshot().unconfirmed_now
    assert in_doubt > 0
    world.hush()
    world.pass_ms(SETTLED_MS_MAX)
    assert world.desk.snapshot().unconfirmed_now == 0
    assert world.violations() == []


@pytest.mark.full
def test_o01_silence_alone_ends_no_order() -> None:
    world = lived_through(Outage.SILENT, 2)
    began_ns, ended_ns = MINUTE_MS * NS_PER_MS, (1 + OUTAGE_MIN) * MINUTE_MS * NS_PER_MS
    told = [
        ending.news
        for ending in world.diary.endings.values()
        if began_ns + 1_000 * NS_PER_MS < ending.told_ns < ended_ns
    ]
    assert set(told) <= set(LOCAL_ENDS)
    assert OrderNews.NEVER_ARRIVED in NEVER_THERE
