"""Changes of settings: one after the other, whoever waits for them or does not."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from decimal import Decimal

from hive.domain.errors import NotSent
from hive.domain.orders import Accepted, NotSentOutcome, Outcome, Rejected
from hive.execution.risk_controls.setting_changes import SettingChanges

TAKEN = Accepted(None, Decimal(0))
REFUSED = Rejected("no")


class Sent:
    """What was sent, by name."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.changes = SettingChanges()

    async def change(self, name: str) -> Outcome:
        return await self.changes.change(lambda: self.names.append(name))


def test_one_that_comes_between_an_answer_and_whoever_waits_for_it_goes_next() -> None:
    async def story() -> None:
        sent = Sent()
        first = asyncio.create_task(sent.change("first"))
        await asyncio.sleep(0)
        sent.changes.ended(TAKEN)  # and the first has not run since
        second = asyncio.create_task(sent.change("second"))
        assert await first == TAKEN
        await asyncio.sleep(0)
        assert sent.names == ["first", "second"]
        sent.changes.ended(REFUSED)
        assert await second == REFUSED

    asyncio.run(story())


def test_whoever_stops_waiting_neither_ends_the_change_nor_gets_its_answer_to_the_next() -> None:
    async def story() -> None:
        sent = Sent()
        first = asyncio.create_task(sent.change("first"))
        second = asyncio.create_task(sent.change("second"))
        await asyncio.sleep(0)
        first.cancel()
        with suppress(asyncio.CancelledError):
            await first
        await asyncio.sleep(0)
        assert sent.names == ["first"], "it is still on its way"
        sent.changes.ended(TAKEN)
        for _ in range(3):
            await asyncio.sleep(0)
        assert sent.names == ["first", "second"]
        assert not second.done()
        sent.changes.ended(REFUSED)
        assert await second == REFUSED

    asyncio.run(story())


def test_one_that_cannot_be_sent_says_so_and_makes_way() -> None:
    def cannot() -> None:
        raise NotSent("closed")

    async def story() -> None:
        sent = Sent()
        assert await sent.changes.change(cannot) == NotSentOutcome("closed")
        waiting = asyncio.create_task(sent.change("next"))
        await asyncio.sleep(0)
        assert sent.names == ["next"]
        sent.changes.ended(TAKEN)
        assert await waiting == TAKEN

    asyncio.run(story())
