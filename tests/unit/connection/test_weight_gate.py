"""A flood of one account's questions, in virtual time, and what becomes of the others'."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from tests.unit.connection.test_rest_client import World

from hive.connection.rest_client import RestClient


async def flood(rest: RestClient, account: str, until_ms: int, now_ms: Callable[[], int]) -> int:
    """Four askers of one account, each with a question on its way or in line all the time."""
    asked = 0

    async def ask() -> None:
        nonlocal asked
        while now_ms() < until_ms:
            await rest.info({"type": "orderStatus", "user": account}, urgent=True)
            asked += 1

    await asyncio.gather(*(ask() for _ in range(4)))
    return asked


@pytest.mark.parametrize("flooding", [1, 3])
def test_in_a_flood_the_questions_of_other_accounts_are_answered_in_time(flooding: int) -> None:
    """Their state is asked for each second while others settle thousands of orders in doubt.

    The flood is not starved either: it has its equal share of every minute.
    """
    world = World()
    waits_ms: list[int] = []
    end_ms = 300_000

    async def poll(account: str) -> None:
        number = 0
        while (asked_ms := world.clock.now_ms()) < end_ms:
            kind = "userFillsByTime" if number % 60 == 59 else "clearinghouseState"
            await world.rest.info({"type": kind, "user": account}, urgent=True)
            waits_ms.append(world.clock.now_ms() - asked_ms)
            number += 1
            await asyncio.sleep(1)

    async def scene() -> None:
        floods = [
            flood(world.rest, f"flooding {number}", end_ms, world.clock.now_ms)
            for number in range(flooding)
        ]
        polls = [poll(f"polled {number}") for number in range(2)]
        *asked, _, _ = await asyncio.gather(*floods, *polls)
        counts = [count for count in asked if count is not None]
        assert sum(counts) * 2 > 1_200 * (end_ms / 60_000) * flooding / (flooding + 2)
        assert max(counts) < 1.1 * min(counts)

    world.play(scene)
    assert len(waits_ms) > 550
    assert max(waits_ms) <= 100


def test_in_a_flood_what_is_ordinary_of_other_accounts_is_asked_too() -> None:
    world = World()
    end_ms = 180_000

    async def scene() -> None:
        await world.rest.info({"type": "clearinghouseState", "user": "other"})
        asking = asyncio.ensure_future(flood(world.rest, "flooding", end_ms, world.clock.now_ms))
        for _ in range(5):
            await asyncio.sleep(30)
            asked_ms = world.clock.now_ms()
            await world.rest.info({"type": "userRateLimit", "user": "other"})
            assert world.clock.now_ms() - asked_ms <= 1_000
        await asking

    world.play(scene)
