"""Worlds whose power fails again and again: what was not synced goes, is torn, or is full of holes.

Weather, budgets and the venue's faults are out of the way, so that ten thousand cuts fit into a few
minutes; what everybody believes is held against the venue's truth as in any world.
"""

from __future__ import annotations

from typing import Final

import msgspec
from tests.simulation.ambiguity import UNBOUNDED
from tests.simulation.draw import Trouble, WorldShape, draw_world, without_twaps
from tests.simulation.world import World, WorldResult

from hive.runtime.rng import SeededRng
from hive.simulation.network import CALM

APART_MS: Final = (300, 4_000)
"""Some cuts come while the start is still under way, some after a while of trading."""
DOWN_MS: Final = (10, 400)


def cut_again_and_again(seed: int, cuts: int) -> WorldResult:
    """A world of so many power cuts, from beginning to end."""
    world = World(_shape(seed, cuts))
    world.machine.disk.reorders_pages = True
    return world.run()


def _shape(seed: int, cuts: int) -> WorldShape:
    draw = SeededRng(seed).fork("power cuts").uniform
    troubles: list[Trouble] = []
    at_ms = 2_000
    for _ in range(cuts):
        down_ms = _between(DOWN_MS, draw())
        troubles.append(Trouble(at_ms, "death", death="power", down_ms=down_ms))
        at_ms += down_ms + _between(APART_MS, draw())
    world = msgspec.structs.replace(
        draw_world(seed),
        chaos_ms=at_ms,
        troubles=tuple(troubles),
        limits=UNBOUNDED,
        weather=CALM,
        durability="power" if draw() < 0.5 else "kill",
        read_lag_ms=0,
        lag_ms_by_channel={},
    )
    return without_twaps(world) if world.may_lose_records else world


def _between(bounds: tuple[int, int], share: float) -> int:
    low, high = bounds
    return low + int((high - low) * share)
