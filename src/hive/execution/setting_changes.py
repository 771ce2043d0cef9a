"""Changes of the account's settings: one at a time, and each is waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from hive.domain.errors import DiskFailed, NotSent
from hive.domain.orders import NotSentOutcome, Outcome


class SettingChanges:
    """Sends a change and waits for what becomes of it."""

    def __init__(self) -> None:
        self._pending: asyncio.Future[Outcome] | None = None

    async def change(self, send: Callable[[], object]) -> Outcome:
        """Call `send` when those before it are through; what became of it.

        `send` may raise `NotSent` or `DiskFailed`.
        """
        while self._pending is not None:
            await asyncio.shield(self._pending)
        pending: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._pending = pending
        try:
            send()
        except (NotSent, DiskFailed) as error:
            pending.set_result(NotSentOutcome(str(error)))
        try:
            return await pending
        finally:
            self._pending = None

    def ended(self, outcome: Outcome) -> None:
        """The one in flight was answered, or given up."""
        if self._pending is not None and not self._pending.done():
            self._pending.set_result(outcome)
