"""`hive guardian CONFIG.yml`: the process that stops everything when the trader cannot.

It runs no strategy and loads none, holds no lock of the trader's and no key but its own. On another
machine, with a folder of its own, it obeys the switches that are thrown there; the trader's
beats do not reach it, so there it does not act on silence.
"""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Final

from hive.app.config.guarded import GuardedConfig, load_guarded
from hive.app.notes.notices import Notices
from hive.app.notes.rolling_log import RollingLog
from hive.app.processes.beat_files import BeatFiles
from hive.domain.switches import STRENGTH_BY_WORD
from hive.guardian.beats import Beat
from hive.guardian.guard import Guard
from hive.guardian.venue_hand import VenueHand
from hive.guardian.vigil import Vigil, VigilSettings
from hive.hyperliquid.signing import NonceSequence
from hive.runtime.clock import SystemClock
from hive.runtime.disk_live import LiveDisk
from hive.runtime.net_live import LiveNet
from hive.runtime.ports import Clock

LOCK: Final = "guardian.lock"
LOG: Final = "guardian.jsonl"
NS_BY_MS: Final = 1_000_000
LINGER_MS: Final = 90_000
"""How long one that came with the trader stays after it: until nothing can be on its way."""


async def run_guardian(path: Path, *, with_trader: bool) -> int:
    """Guard until SIGINT or SIGTERM; `with_trader`: or until the trader has stopped.

    Raises:
        ConfigRefused: what is wrong with the file.
        Busy: another guardian guards this folder.
        LinkError, VenueRefused: the venue is not there, or the key is no agent of the account.
    """
    config = load_guarded(path)
    folder = Path(config.state_dir)
    disk, clock, net = LiveDisk(folder), SystemClock(), LiveNet()
    lock = disk.lock(LOCK)
    notices = Notices(clock, RollingLog(folder, LOG))
    beats = BeatFiles(folder)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    nonces = NonceSequence()
    hands = [VenueHand(net, clock, config.venue_url, ward, nonces) for ward in config.wards]
    try:
        for hand in hands:
            await hand.meet()
        guard = Guard(
            _vigil(config, clock),
            hands,
            disk,
            beats,
            clock,
            pid=os.getpid(),
            say=notices.say,
        )
        guarded = ", ".join(hand.account for hand in hands)
        notices.say("watching", f"{guarded} in {folder}")
        company = Company(beats, clock) if with_trader else None
        await guard.run(lambda: stop.is_set() or (company is not None and company.is_gone()))
    finally:
        await net.aclose()
        beats.close()
        lock.release()
    return 0


def _vigil(config: GuardedConfig, clock: SystemClock) -> Vigil:
    settings = VigilSettings(
        silence_ms=config.guardian.silence_ms,
        on_silence=STRENGTH_BY_WORD[config.guardian.on_silence],
    )
    return Vigil(settings, clock.monotonic_ns() // NS_BY_MS)


class Company:
    """Whether the trader that this guardian came with has gone; made before it beats."""

    def __init__(self, beats: BeatFiles, clock: Clock) -> None:
        self._beats = beats
        self._clock = clock
        self._last = _sign(beats.trader())  # an earlier trader's, which may have stopped
        self._heard_ns = clock.monotonic_ns()

    def is_gone(self) -> bool:
        """It has stopped in order, or has been silent for longer than anything takes."""
        beat, now_ns = self._beats.trader(), self._clock.monotonic_ns()
        if beat is not None and _sign(beat) != self._last:
            self._last, self._heard_ns = _sign(beat), now_ns
            return beat.state == "stopped"
        return now_ns - self._heard_ns > LINGER_MS * NS_BY_MS


def _sign(beat: Beat | None) -> tuple[int, int] | None:
    return None if beat is None else (beat.pid, beat.number)
