"""Wherever in a journal a state takes the place of what stands before it, reading on gives the
same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pytest
from tests.simulation.draw import draw_world
from tests.simulation.replay import OwnerOf, owners_by, replayed
from tests.simulation.world import World
from tests.unit.execution.venue_rig import VenueRig

from hive.app.processes.run_folder import journal_folder
from hive.domain.market import Side
from hive.runtime.rng import SeededRng
from hive.simulation.virtual_time import Kernel, ProcessLoop
from hive.storage.checkpoints import pieces_of
from hive.storage.records import Record
from hive.storage.segments import read_records

PLACES_BY_TIER = {"default": 25, "full": 150, "soak": 2_000}


def judge(records: Sequence[Record], owner_of: OwnerOf, places: int, seed: int) -> None:
    """Put a state at so many places, drawn, and at the first and the last."""
    whole = replayed(records, owner_of)
    uniform = SeededRng(seed).fork("places").uniform
    drawn = [int(uniform() * len(records)) for _ in range(places)]
    for place in dict.fromkeys([0, *drawn, len(records)]):
        state = replayed(records[:place], owner_of)
        assert replayed([*pieces_of(state), *records[place:]], owner_of) == whole, (
            f"a state at {place}, before {records[place : place + 1]}"
        )


@pytest.mark.parametrize("seed", [3, 11])
def test_a_state_anywhere_in_the_journal_of_a_world_changes_nothing(seed: int, tier: str) -> None:
    world = World(draw_world(seed))
    assert world.run().violations == ()
    for account in world.accounts:
        owner_of = owners_by(world.machine.disk, account)
        records = world.machine.records(account)
        assert len(records) > 100
        judge(records, owner_of, PLACES_BY_TIER[tier], seed)


def test_a_state_anywhere_in_a_journal_with_brackets_changes_nothing() -> None:
    rig = VenueRig("alice", "bob")
    rig.do(lambda: rig.ctx("bob").buy("BTC", 0.01, 60_000.0))
    _rest_brackets(rig)
    rig.move(79_400)
    rig.die()
    rig.boot()
    rig.move(79_000)
    rig.do(lambda: rig.ctx().cancel_all())
    account = rig.signer.address
    reader = rig.disk.mount(ProcessLoop(Kernel(), "reader"))
    records = list(read_records(reader, journal_folder(account), Record))
    judge(records, owners_by(rig.disk, account), len(records), 1)
    live = rig.runtime.desks[account].state()
    assert replayed(records, owners_by(rig.disk, account)) == live


def _rest_brackets(rig: VenueRig) -> None:
    """Four, one below the other; of the second the stop is cancelled while it sleeps."""
    ctx = rig.ctx()
    for number in range(4):
        entry = ctx.draft("BTC", Side.BUY, 0.5, 79_500 - 300 * number)
        exits = {"stop_px": 70_000, "take_profit_px": 85_000}
        found = rig.do(partial(ctx.bracket, entry, **exits))
        if number == 1:
            rig.do(partial(ctx.cancel, found.stop))
