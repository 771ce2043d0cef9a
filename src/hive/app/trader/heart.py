"""The trader's heart: ten times a second it looks at the switches, and says that it lives.

A loop that was stuck for longer than the guardian waits has been taken for dead, and its orders
were cancelled. When it runs again, what its strategies ask for waits until the switches have been
looked at; so nothing new reaches the venue behind the guardian's back.
"""

from __future__ import annotations

import asyncio
import os
from typing import Final

from hive.app.processes.beat_files import BeatFiles
from hive.app.wiring.runtime import Runtime
from hive.guardian.beats import BEAT_EVERY_MS, Beat, State
from hive.runtime.ports import Clock

NS_BY_MS: Final = 1_000_000
HELD_AFTER_MS: Final = 2 * BEAT_EVERY_MS
"""A silence of our own after which switches come first: shorter than any guardian waits."""


class Heart:
    """Beats on the loop it is started on, so that it stops when the loop does."""

    def __init__(self, runtime: Runtime, beats: BeatFiles, clock: Clock) -> None:
        self._runtime = runtime
        self._beats = beats
        self._clock = clock
        self._number = 0
        self._state: State = "starting"
        self._beat_ms = clock.monotonic_ns() // NS_BY_MS
        self._timer: asyncio.TimerHandle | None = None

    @property
    def number(self) -> int:
        """How often it has beaten."""
        return self._number

    def start(self) -> None:
        """Begin to beat: from now on silence counts."""
        self._beat()

    def stop(self) -> None:
        """The last beat: silence counts no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._state = "stopped"
        self._say()

    def why_hold(self) -> str | None:
        """Why nothing that opens risk may leave now; None if it may."""
        silent_ms = self._clock.monotonic_ns() // NS_BY_MS - self._beat_ms
        if silent_ms <= HELD_AFTER_MS:
            return None
        return f"guardian: the process was silent for {silent_ms} ms; switches are looked at first"

    def _beat(self) -> None:
        self._runtime.switches.look()
        self._say()
        self._timer = asyncio.get_running_loop().call_later(BEAT_EVERY_MS / 1_000, self._beat)

    def _say(self) -> None:
        if self._state == "starting" and self._runtime.host is not None:
            self._state = "trading"  # journals are read: from here on nothing takes long
        self._beat_ms = self._clock.monotonic_ns() // NS_BY_MS
        self._number += 1
        beat = Beat(
            pid=os.getpid(),
            number=self._number,
            state=self._state,
            obeyed=self._runtime.switches.applied,
            orders=sum(desk.orders_open for desk in self._runtime.desks.values()),
        )
        self._beats.write_trader(beat)
