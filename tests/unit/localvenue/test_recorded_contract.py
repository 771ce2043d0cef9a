"""Every recorded payload beside the venue's own answer: the same fields, of the same kinds."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.localvenue.eventful_world import EventfulWorld
from tests.unit.localvenue.recorded_contract import (
    ALLOWED,
    ELSEWHERE,
    FRAMES,
    LATER_FIELDS,
    NAMES_ARE_DATA,
    PENDING,
    RECORDED_2023,
    REDUCED,
    REQUESTS,
)
from tests.unit.localvenue.shapes import Difference, differences, shape_of
from tests.wire.recorded import ITEMS
from tests.wire.recorded import REQUESTS as RECORDED_REQUESTS

ASKED = {**RECORDED_REQUESTS, **REQUESTS}


@pytest.fixture(name="world", scope="module")
def _world() -> EventfulWorld:
    return EventfulWorld()


def is_excused(item: str, difference: Difference) -> bool:
    field = difference.path.rpartition(".")[2]
    is_extra = difference.what == "not theirs"
    return (
        (item, difference.path) in ALLOWED
        or (is_extra and item in RECORDED_2023 and field in LATER_FIELDS)
        or (is_extra and item in REDUCED)
    )


def pair(world: EventfulWorld, item: str) -> tuple[Any, Any]:
    """What of ours stands beside a payload, and the payload: of frames, all of their channel."""
    recorded = ITEMS[item]
    if item in ASKED:
        return world.answer(ASKED[item]), recorded
    ours = world.frame(recorded["channel"])
    if recorded["channel"] == "user":
        ours = [payload for payload in ours if "fills" in payload]
    assert ours
    return ours, [recorded["data"]]


def found_in(world: EventfulWorld, item: str) -> list[Difference]:
    ours, theirs = pair(world, item)
    maps = {NAMES_ARE_DATA[item]} if item in NAMES_ARE_DATA else set()
    return list(differences(shape_of(ours, maps=maps), shape_of(theirs, maps=maps)))


@pytest.mark.parametrize("item", [*(item for item in ASKED if item not in PENDING), *FRAMES])
def test_what_we_say_has_the_recorded_fields(world: EventfulWorld, item: str) -> None:
    found = found_in(world, item)
    assert [difference for difference in found if not is_excused(item, difference)] == []


def test_every_recording_is_compared_or_says_why_not() -> None:
    compared = {*ASKED, *FRAMES}
    left_out = [item for item in ITEMS if item not in compared]
    assert [item for item in left_out if not any(map(item.startswith, ELSEWHERE))] == []
    assert compared <= set(ITEMS)


@pytest.mark.parametrize("excuse", ALLOWED, ids=" ".join)
def test_no_excuse_is_idle(world: EventfulWorld, excuse: tuple[str, str]) -> None:
    """An exception that nothing needs any more would hide the next mistake."""
    item, path = excuse
    assert path in [difference.path for difference in found_in(world, item)]


@pytest.mark.parametrize("item", PENDING)
def test_what_is_pending_is_really_not_offered(world: EventfulWorld, item: str) -> None:
    assert ASKED[item]["type"] not in world.stage.venue.info_types
