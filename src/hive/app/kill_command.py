"""`hive kill` and `hive resume`: throw and lift switches of a run, whether it is running or not.

A switch is written into the run's folder, which only its owner can write to; trader and guardian
look there ten times a second. So it holds as soon as it is written, also for a trader that is stuck
now or starts later; what is waited for is only the word that somebody has obeyed.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any, Final

import msgspec

from hive.app.beat_files import BeatFiles
from hive.app.config.guarded import state_folder_of
from hive.app.resume_run import resume_run
from hive.domain.errors import Busy, ConfigRefused
from hive.domain.switches import STRENGTH_BY_WORD, Scope, Switch, parse_scope
from hive.guardian.beats import BEAT_EVERY_MS, Beat
from hive.runtime.clock import SystemClock
from hive.runtime.disk_live import LiveDisk
from hive.storage.switch_file import SwitchFile, Thrown

EXIT_NOT_RUNNING: Final = 4
EXIT_TIMEOUT: Final = 7
OBEY_MS: Final = 5_000
"""How long to wait for somebody to obey."""
POLL_S: Final = 0.02
LOCK_TRIES: Final = 50
STATE_DIR: Final = Path("var")
OUTCOME_BY_CODE: Final = {
    EXIT_TIMEOUT: "not obeyed yet: it holds as soon as the trader runs again",
    EXIT_NOT_RUNNING: "nobody is running here; it holds from the next start",
}


class Plea(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asked for on the command line."""

    config: Path | None
    state: Path | None
    scope: str
    is_json: bool

    def folder(self) -> Path:
        """The run's folder: as named, as the file says, or the usual one.

        Raises:
            ConfigRefused: there is none.
        """
        folder = self.state or (state_folder_of(self.config) if self.config else STATE_DIR)
        if not folder.is_dir():
            raise ConfigRefused(f"{folder} is no folder of a run", hint="name its CONFIG.yml")
        return folder


async def kill(plea: Plea, strength: str, reason: str) -> int:
    """Throw a switch and wait until it is obeyed; 4 if nobody runs who could.

    Raises:
        ConfigRefused, MalformedIdentifier: the command makes no sense.
        Busy, DiskFailed, Damaged: the switch could not be written.
    """
    clock = SystemClock()
    scope = parse_scope(plea.scope)
    if strength not in STRENGTH_BY_WORD:
        raise ConfigRefused(f"{strength!r} is none of {', '.join(STRENGTH_BY_WORD)}")
    switch = Switch(
        scope=scope,
        strength=STRENGTH_BY_WORD[strength],
        reason=reason,
        thrown_ms=clock.now_ms(),
    )
    folder = plea.folder()
    thrown = await _changed(SwitchFile(LiveDisk(folder)), switch, clock)
    told = f"{scope}: {strength} is thrown"
    return await _confirmed(folder, thrown, told, plea, clock)


async def resume(plea: Plea, by: str) -> int:
    """Lift a switch (`all`: every one) and wait until the trader has done so.

    Where no trader runs, accounts that were halted are let go as well, in `by`'s name.

    Raises:
        As for `kill`.
    """
    clock = SystemClock()
    scope = None if plea.scope == "all" else parse_scope(plea.scope)
    folder = plea.folder()
    thrown = await _changed(SwitchFile(LiveDisk(folder)), scope, clock)
    told = f"{scope or 'all'}: lifted"
    code = await _confirmed(folder, thrown, told, plea, clock)
    if code != EXIT_NOT_RUNNING:
        return code
    has_journal = any((folder / "journal").glob("0x*"))
    return resume_run(plea.config, by) if plea.config and has_journal and not scope else 0


async def _changed(file: SwitchFile, what: Switch | Scope | None, clock: SystemClock) -> Thrown:
    """Write, though somebody else may be writing just now."""
    for attempt in range(LOCK_TRIES):
        try:
            if isinstance(what, Switch):
                return file.throw(what, clock.now_ms())
            return file.lift(what, clock.now_ms())
        except Busy:
            if attempt == LOCK_TRIES - 1:
                raise
        await asyncio.sleep(POLL_S)
    raise AssertionError("the last attempt returns or raises")


async def _confirmed(
    folder: Path, thrown: Thrown, told: str, plea: Plea, clock: SystemClock
) -> int:
    beats = BeatFiles(folder)
    before = (beats.trader(), beats.guardian())
    began_ns = clock.monotonic_ns()
    by, is_anybody = "", False
    while not by and clock.monotonic_ns() - began_ns < OBEY_MS * 1_000_000:
        await asyncio.sleep(POLL_S)
        guardian = beats.guardian()  # first: what it has seen the trader do, we see as well
        now = (beats.trader(), guardian)
        for name, old, new in zip(("trader", "guardian"), before, now, strict=True):
            is_alive = _has_beaten(old, new)
            is_anybody |= is_alive
            if is_alive and new is not None and new.obeyed >= thrown.sequence:
                by = by or name
        waited_ms = (clock.monotonic_ns() - began_ns) // 1_000_000
        if not is_anybody and waited_ms > 10 * BEAT_EVERY_MS:
            break
    waited_ms = (clock.monotonic_ns() - began_ns) // 1_000_000
    code = 0 if by else EXIT_TIMEOUT if is_anybody else EXIT_NOT_RUNNING
    if plea.is_json:
        sys.stdout.write(_as_json(thrown, by, waited_ms) + "\n")
    else:
        outcome = f"obeyed by the {by} after {waited_ms} ms" if by else OUTCOME_BY_CODE[code]
        sys.stdout.write(f"{told}; {outcome}\n")
    return code


def _as_json(thrown: Thrown, by: str, waited_ms: int) -> str:
    said: dict[str, Any] = {
        "obeyed_by": by or None,
        "waited_ms": waited_ms,
        "sequence": thrown.sequence,
        "switches": [
            {
                "scope": str(switch.scope),
                "strength": switch.strength.word,
                "reason": switch.reason,
            }
            for switch in thrown.switches
        ],
    }
    return msgspec.json.encode(said).decode()


def _has_beaten(before: Beat | None, now: Beat | None) -> bool:
    """Whether somebody lives: the beat has moved since, and was not the last one."""
    if now is None or now.state == "stopped":
        return False
    return before is None or (before.pid, before.number) != (now.pid, now.number)
