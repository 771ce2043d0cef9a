"""Keeps the journal durable and alive: syncs what was written, tries again what the disk refused.

    something was written ──1 s──▶ write what waited, ask for a sync ──▶ done
                                        ▲                │
                                        ╰── 1 s ── late, refused: nothing that opens risk leaves

Under `durability: kill` the promise of a sync is how little a power cut can take, so a disk that
does not sync for long is in trouble as much as one that takes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from hive.domain.errors import DiskFailed
from hive.execution.books.record_writer import RecordWriter
from hive.runtime.ports import Clock, SyncTicket

SYNC_AFTER_MS: Final = 1_000
"""So soon what was written is asked to be durable, with all that was written meanwhile; and so
often a disk that refused is tried again. Whoever may not lose even that to a power cut has each
action wait for the platter instead (`SyncGate`)."""
SYNC_LATE_MS: Final = 3_000
"""After so long a wait the disk counts as in trouble."""
NS_BY_MS: Final = 1_000_000


class JournalSync:
    """One account's journal, looked after. At most one sync is waited for at a time."""

    def __init__(
        self,
        writer: RecordWriter,
        state: Callable[[], bytes],
        clock: Clock,
        on_alarm: Callable[[str], None],
        on_well: Callable[[], None],
    ) -> None:
        """`state`: all that is written, encoded; `on_well`: trouble is over."""
        self._writer = writer
        self._state = state
        self._clock = clock
        self._on_alarm = on_alarm
        self._on_well = on_well
        self._timer: asyncio.TimerHandle | None = None
        self._ticket: SyncTicket | None = None
        self._asked_ms = 0
        self._is_dirty = False
        self._is_prunable = False
        self._unsynced = ""
        self._alarmed = ""

    @property
    def trouble(self) -> str:
        """Why nothing may leave that opens risk, beginning with "journal:"; empty if it may."""
        if self._writer.failure:
            return f"journal: {self._writer.failure}"
        return self._unsynced

    def attend(self) -> None:
        """Take notice of what was written since the last time; call it whenever something was."""
        if self._writer.is_unsynced:
            self._writer.is_unsynced = False
            self._is_dirty = True
            if self._timer is None:
                self._arm()

    def now(self) -> None:
        """Write and ask at once, because it is time."""
        self._disarm()
        self._look()
        self._write_and_ask()
        self._tell()
        if self._is_dirty or self._ticket is not None or self._writer.failure:
            self._arm()

    def end(self) -> None:
        """Write and ask for the last time."""
        self._disarm()
        self._ticket = None
        self._is_dirty = True
        self._write_and_ask()
        self._tell()

    def _write_and_ask(self) -> None:
        self._write()
        if self._writer.failure or self._ticket is not None or not self._is_dirty:
            return
        try:
            self._ticket = self._writer.journal.request_sync()
        except DiskFailed as error:
            self._unsynced = f"journal: {error}"
            return
        self._is_dirty = self._writer.is_unsynced = False
        self._asked_ms = self._now_ms()

    def _write(self) -> None:
        """Write what waited; where it is time, begin a segment that needs none before it."""
        writer = self._writer
        writer.write_all()
        if writer.failure or not writer.journal.is_state_due:
            return
        with suppress(DiskFailed):  # the writer remembers
            writer.begin_segment(self._state())
            self._is_dirty = self._is_prunable = True
            self._ticket = None  # of what the state makes needless

    def _prune(self) -> None:
        """The last state is durable, and what it makes needless may go."""
        self._is_prunable = False
        try:
            self._writer.journal.prune()
        except OSError as error:
            self._on_alarm(f"journal: old segments cannot be removed: {error}")

    def _look(self) -> None:
        """See what became of the sync that was asked for."""
        ticket = self._ticket
        if ticket is None:
            return
        if ticket.done:
            self._ticket = None
            self._unsynced = ""
            if self._is_prunable:
                self._prune()
        elif ticket.error is not None:
            # What it was to keep may be gone, and no later sync of that file would say so.
            self._ticket = None
            self._unsynced = f"journal: a sync failed: {ticket.error}"
            self._writer.journal.abandon()
            self._is_dirty = True
        elif (waited_ms := self._now_ms() - self._asked_ms) >= SYNC_LATE_MS:
            self._unsynced = f"journal: not synced for {waited_ms} ms"

    def _tell(self) -> None:
        """Say aloud that trouble began, and that it ended; once each."""
        trouble = self.trouble
        if trouble and not self._alarmed:
            self._on_alarm(f"{trouble}; nothing that opens risk leaves until it is over")
        elif self._alarmed and not trouble:
            self._on_alarm("journal: the disk keeps records again")
            self._on_well()
        self._alarmed = trouble

    def _arm(self) -> None:
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(SYNC_AFTER_MS / 1000, self.now)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _now_ms(self) -> int:
        return self._clock.monotonic_ns() // NS_BY_MS


async def synced(ticket: SyncTicket) -> None:
    """Return when what the ticket is for survives a power cut.

    Raises:
        DiskFailed: it may not.
    """
    try:
        await ticket.wait()
    except OSError as error:
        raise DiskFailed(f"the journal cannot be synced: {error}") from error
