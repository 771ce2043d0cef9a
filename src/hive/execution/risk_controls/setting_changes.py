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

        Whoever stops waiting does not stop the change: the next goes when it is answered, or given
        up. `send` may raise `NotSent` or `DiskFailed`.
        """
        while self._pending is not None:
            await asyncio.shield(self._pending)
        pending = self._pending = asyncio.get_running_loop().create_future()
        try:
            send()
        except (NotSent, DiskFailed) as error:
            self.ended(NotSentOutcome(str(error)))
        return await asyncio.shield(pending)

    def ended(self, outcome: Outcome) -> None:
        """The one in flight was answered, or given up."""
        pending, self._pending = self._pending, None
        if pending is not None:
            pending.set_result(outcome)
