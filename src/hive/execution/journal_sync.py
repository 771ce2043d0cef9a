"""Asks for the journal's durability in groups, behind what was written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from hive.domain.errors import DiskFailed
from hive.execution.ports import JournalPort

SYNC_AFTER_MS: Final = 1_000
"""So soon what was written is asked to be durable, with all that was written meanwhile. Whoever may
not lose even that to a power cut has each action wait for the platter instead (`SyncGate`)."""


class JournalSync:
    """At most one request waits at a time."""

    def __init__(
        self,
        journal: JournalPort,
        write: Callable[[], None],
        on_alarm: Callable[[str], None],
    ) -> None:
        """`write` writes what was allowed to wait."""
        self._journal = journal
        self._write = write
        self._on_alarm = on_alarm
        self._timer: asyncio.TimerHandle | None = None

    def soon(self) -> None:
        """Something was written, or is to be."""
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(SYNC_AFTER_MS / 1000, self.now)

    def now(self) -> None:
        """Ask at once, for the last time or because it is time."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._write()
        try:
            self._journal.request_sync()
        except DiskFailed as error:
            self._on_alarm(f"the journal cannot be synced: {error}")
