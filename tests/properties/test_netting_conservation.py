"""Whatever opposed strategies do on one coin: what is theirs and nobody's sums to the venue's.

A sequence is three turns of one account, of up to two deeds each, by three strategies that know
nothing of each other, from whatever the sequence before it left; now and then one ends with the
death of the process. The venue liquidates, deleverages and pays funding meanwhile.
"""

from __future__ import annotations

import sys
from collections import Counter
from typing import Final

import pytest
from tests.properties.netting_checks import Watch
from tests.properties.netting_deeds import Deeds
from tests.properties.netting_world import World

TURNS: Final = 3
DEEDS_MAX: Final = 2
LANES: Final = 200
SEQUENCES_PER_LANE: Final = 12
"""Then another world begins, with other accounts."""
RESTART_CHANCE: Final = 0.06
HANDS: Final = 4
"""Of every so many accounts one is also traded past the desk."""
SEQUENCES_BY_TIER: Final = {"default": 600, "full": 20_000, "soak": 100_000}
OFTEN: Final = ("filled", "triggered", "crossed inside")
SELDOM: Final = (
    "funding",
    "liquidation fills",
    "Liquidated Cross Long",
    "Auto-Deleveraging",
    "reduceOnlyCanceled",
    "perpMarginRejected",
    "fills of children of the venue's",
    "fills of children of the desk's",
)
KINDS_BY_TIER: Final = {"default": OFTEN, "full": OFTEN + SELDOM, "soak": OFTEN + SELDOM}


class Crowd:
    """A world and all that is done and watched in it."""

    def __init__(self, seed: int, lanes: int) -> None:
        self.world = World(seed, lanes)
        self.deeds = []
        self.watches = []
        for number, lane in enumerate(self.world.lanes):
            has_hand = number % HANDS == 0
            self.deeds.append(Deeds(self.world, lane, has_hand=has_hand))
            self.watches.append(Watch(self.world, lane, has_hand=has_hand))

    def turn(self) -> None:
        """Everybody acts, all of it leaves, the venue makes a block, and everybody hears of it."""
        for deeds in self.deeds:
            for _ in range(self.world.rng.randrange(DEEDS_MAX + 1)):
                deeds.act()
        for lane, watch in zip(self.world.lanes, self.watches, strict=True):
            lane.send()
            watch.before_block()
        self.world.make_block()
        for watch in self.watches:
            watch.after_block()

    def sequence(self) -> None:
        for _ in range(TURNS):
            self.turn()
        for lane, watch in zip(self.world.lanes, self.watches, strict=True):
            watch.check_money()
            if self.world.rng.random() < RESTART_CHANCE:
                self.world.restart(lane)
                watch.check_money()
        self.world.help_the_ruined()


@pytest.fixture(name="sequences")
def _sequences(tier: str) -> int:
    return SEQUENCES_BY_TIER[tier]


def test_sums_are_the_venues_and_exits_stay_able_to_close(sequences: int, tier: str) -> None:
    counts: Counter[str] = Counter()
    over_closed = done = 0
    for seed in range(1, sequences):
        crowd = Crowd(seed, min(LANES, sequences // SEQUENCES_PER_LANE))
        for _ in range(SEQUENCES_PER_LANE):
            crowd.sequence()
            done += len(crowd.world.lanes)
        counts += crowd.world.counts
        for lane in crowd.world.lanes:
            inside = lane.parts.inside
            counts["crossed inside"] += 0 if inside is None else inside.crossed
        over_closed += sum(watch.over_closed for watch in crowd.watches)
        if done >= sequences:
            break
    assert done >= sequences
    # The worlds were worth looking at.
    sys.stdout.write(f"{done} sequences, {over_closed} over-closed in races: {counts}\n")
    for kind in KINDS_BY_TIER[tier]:
        assert counts[kind] > 0, kind
