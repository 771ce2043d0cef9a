"""Misses a trading process that shows no sign of life, and finds out what keeps it.

beats stop ──2 s──▶ asked where it is ──½ s──▶ told to people ──beats move──▶ told again
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

from hive.app.processes import stuck_call
from hive.app.processes.beat_files import BeatFiles
from hive.app.processes.child import ChildProcess
from hive.guardian.beats import Beat
from hive.runtime.ports import Clock

SILENT_MS: Final = 2_000
LOOK_S: Final = 0.5
NS_BY_MS: Final = 1_000_000


class SilenceWatch:
    """One trading process, from its first beat to its last."""

    def __init__(
        self, folder: Path, child: ChildProcess, clock: Clock, say: Callable[[str], None]
    ) -> None:
        """`folder` is the run's; `say` takes a line for people."""
        self.folder = folder
        self._child = child
        self._clock = clock
        self._say = say
        self._beats = BeatFiles(folder)
        self._number = -1
        self._heard_ms = 0
        self._is_asked = False
        self._timer: asyncio.TimerHandle | None = None
        self.is_silent = False
        """It does not answer, and people have been told so."""
        self.where = ""
        """What keeps it, as far as that is known."""

    def start(self) -> None:
        self._look()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._beats.close()

    def _look(self) -> None:
        beat = self._beats.trader()
        if beat is not None and beat.pid == self._child.pid:
            self._heed(beat)
        self._timer = asyncio.get_running_loop().call_later(LOOK_S, self._look)

    def _heed(self, beat: Beat) -> None:
        now_ms = self._clock.monotonic_ns() // NS_BY_MS
        silent_ms = now_ms - self._heard_ms
        if beat.number != self._number or beat.state == "stopped":
            if self.is_silent:
                self._say(f"the trading process answers again, after {silent_ms / 1_000:.0f} s")
            self._number, self._heard_ms = beat.number, now_ms
            self._is_asked = self.is_silent = False
        elif self._is_asked and not self.is_silent:
            self._hear(beat, silent_ms)
        elif silent_ms >= SILENT_MS and not self._is_asked:
            self._is_asked = True
            stuck_call.forget(self.folder)
            self._child.ask_where_it_is()

    def _hear(self, beat: Beat, silent_ms: int) -> None:
        """Tell what it answered. At the start reading journals takes as long as it takes."""
        call = stuck_call.told_in(self.folder)
        self.where = call.text if call is not None else ""
        if beat.state == "starting" and not self.where:
            self._is_asked = False
            return
        self.is_silent = True
        why = self.where or f"{self.folder / stuck_call.STACK} says where it is, if anything can"
        self._say(
            f"the trading process has not answered for {silent_ms / 1_000:.0f} s: {why};"
            " only a guardian can cancel its orders meanwhile"
        )
