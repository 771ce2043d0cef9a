"""Who obeys what was written into a run's folder, and who is there and does not."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import msgspec

from hive.app.exit_codes import EXIT_NOT_RUNNING, EXIT_TIMEOUT
from hive.app.processes.beat_files import BeatFiles
from hive.guardian.beats import BEAT_EVERY_MS, Beat
from hive.runtime.disk_live import LiveDisk
from hive.runtime.ports import Clock
from hive.storage.registry import LOCK_PATH, REGISTRY_PATH

OBEY_MS: Final = 5_000
"""How long to wait for somebody to obey."""
POLL_S: Final = 0.02
SILENT_MS: Final = 10 * BEAT_EVERY_MS
"""Who gives no sign of life for so long is not waited for."""
TRADER: Final = "trader"
GUARDIAN: Final = "guardian"


class Obedience(msgspec.Struct, frozen=True, kw_only=True):
    """What came of waiting for somebody to obey."""

    code: int
    by: str
    """Trader or guardian; empty if nobody does."""
    waited_ms: int
    holder: str = ""
    """The process that holds the folder and gives no sign of life."""
    is_new: bool = False
    """Nothing has ever run in the folder."""

    @property
    def text(self) -> str:
        """For people."""
        if self.code == 0:
            return f"obeyed by the {self.by} after {self.waited_ms} ms"
        if self.holder:
            return (
                f"process {self.holder} holds the folder and does not answer; its orders may be"
                f" open; end it with kill -9 {self.holder}: the next start takes its orders over,"
                " a guardian cancels them meanwhile"
            )
        if self.code == EXIT_TIMEOUT:
            return "not obeyed yet: it holds as soon as the trader runs again"
        if self.is_new:
            return "nothing has ever run here; it holds from the first start"
        return "nobody is running here; it holds from the next start"


class SignsOfLife:
    """Who has shown any since this was made, and how far each obeys."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        """Before the switch is written: whoever obeys at once has lived since."""
        self._folder = folder
        self._clock = clock
        self._beats = BeatFiles(folder)
        self._before = self._read()
        self._alive: dict[str, None] = {}

    async def obeyed(self, sequence: int, *, for_trader: bool = False) -> Obedience:
        """Wait until somebody obeys that change of the switches, or nobody can be expected to.

        `for_trader`: where a trader is, a guardian's word is not enough.
        """
        began_ms = self._now_ms()
        by = ""
        while self._now_ms() - began_ms < OBEY_MS:
            await asyncio.sleep(POLL_S)
            by = self._obeyed_by(sequence)
            if by == TRADER or (by and not for_trader):
                break
            awaited = (TRADER in self._alive) if for_trader else bool(self._alive)
            if not awaited and self._now_ms() - began_ms > SILENT_MS:
                break
        is_trader_here = TRADER in self._alive
        holder = "" if by == TRADER or is_trader_here else holder_of(self._folder)
        if by == TRADER or (by and not (for_trader and (is_trader_here or holder))):
            code = 0
        else:
            code = EXIT_TIMEOUT if self._alive or holder else EXIT_NOT_RUNNING
        return Obedience(
            code=code,
            by=by if code == 0 else "",
            waited_ms=self._now_ms() - began_ms,
            holder=holder,
            is_new=not (self._folder / REGISTRY_PATH).exists(),
        )

    def _obeyed_by(self, sequence: int) -> str:
        """The trader if it obeys, else the guardian if that does, else nobody."""
        by = ""
        for (name, old), (_, new) in zip(self._before, self._read(), strict=True):
            if new is None or not _has_beaten(old, new):
                continue
            self._alive[name] = None
            if new.obeyed >= sequence:
                by = name
        return by

    def _read(self) -> list[tuple[str, Beat | None]]:
        """The guardian first: what that has seen the trader do, is seen of the trader as well."""
        return [(GUARDIAN, self._beats.guardian()), (TRADER, self._beats.trader())]

    def _now_ms(self) -> int:
        return self._clock.monotonic_ns() // 1_000_000


def holder_of(folder: Path) -> str:
    """The number of the process that trades from the folder; empty if none does."""
    if not folder.is_dir():
        return ""
    holder = LiveDisk(folder).holder(LOCK_PATH)
    return "" if holder is None else holder or "?"


def _has_beaten(before: Beat | None, now: Beat) -> bool:
    """Whether somebody lives: the beat has moved since, and was not the last one."""
    if now.state == "stopped":
        return False
    return before is None or (before.pid, before.number) != (now.pid, now.number)
