"""`hive kill` and `hive resume`: throw and lift switches of a run, whether it is running or not.

A switch is written into the run's folder, which only its owner can write to; trader and guardian
look there ten times a second. So it holds as soon as it is written, also for a trader that is stuck
now or starts later; what is waited for is only the word that somebody has obeyed.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import msgspec

from hive.app.beat_files import BeatFiles
from hive.app.config.guarded import state_folder_of
from hive.app.config.load import load_config
from hive.app.resume_run import resume_run
from hive.domain.errors import Busy, ConfigRefused, MalformedIdentifier, OperatorError
from hive.domain.identifiers import DESK
from hive.domain.switches import STRENGTH_BY_WORD, Reach, Scope, Switch, parse_scope
from hive.guardian.beats import BEAT_EVERY_MS, Beat
from hive.runtime.clock import SystemClock
from hive.runtime.disk_live import LiveDisk
from hive.storage.registry import view_registry
from hive.storage.switch_file import SwitchFile, Thrown

EXIT_NOT_RUNNING: Final = 4
EXIT_TIMEOUT: Final = 7
OBEY_MS: Final = 5_000
"""How long to wait for somebody to obey."""
POLL_S: Final = 0.02
LOCK_TRIES: Final = 50
NAMES_TOLD_MAX: Final = 20
STATE_DIR: Final = Path("var")
TRADER: Final = "trader"
GUARDIAN: Final = "guardian"
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

    def named_scope(self) -> Scope:
        """What is to be stopped or let go.

        Raises:
            ConfigRefused: it is no scope.
        """
        try:
            return parse_scope(self.scope)
        except MalformedIdentifier as error:
            raise ConfigRefused(str(error)) from None


async def kill(plea: Plea, strength: str, reason: str) -> int:
    """Throw a switch and wait until it is obeyed; 4 if nobody runs who could.

    Raises:
        ConfigRefused: the command makes no sense, or names nobody here.
        Busy, DiskFailed, Damaged: the switch could not be written.
    """
    clock = SystemClock()
    scope = plea.named_scope()
    if strength not in STRENGTH_BY_WORD:
        raise ConfigRefused(f"{strength!r} is none of {', '.join(STRENGTH_BY_WORD)}")
    switch = Switch(
        scope=scope,
        strength=STRENGTH_BY_WORD[strength],
        reason=reason,
        thrown_ms=clock.now_ms(),
    )
    folder = plea.folder()
    _require_known(scope, LiveDisk(folder))
    watch = _Watch(folder)
    thrown = await _changed(SwitchFile(LiveDisk(folder)), switch, clock)
    if scope.reach is Reach.COIN and plea.config:
        sys.stderr.write(_doubt_about(scope.name, plea.config))
    told = f"{scope}: {strength} is thrown"
    code, _ = await _confirmed(watch, thrown, told, plea, clock)
    return code


async def resume(plea: Plea, by: str) -> int:
    """Lift a switch (`all`: every one) and wait until the trader has done so.

    Accounts in the scope that were halted are let go as well, in `by`'s name: by the trader, or
    where none runs in their journals, also if a guardian stands there.

    Raises:
        As for `kill`.
    """
    clock = SystemClock()
    scope = None if plea.scope == "all" else plea.named_scope()
    folder = plea.folder()
    watch = _Watch(folder)
    if scope is not None:
        _require_known(scope, LiveDisk(folder))
    thrown = await _changed(SwitchFile(LiveDisk(folder)), scope, clock, by=by)
    told = f"{scope or 'all'}: lifted"
    code, by_whom = await _confirmed(watch, thrown, told, plea, clock)
    if code == EXIT_TIMEOUT or by_whom == TRADER:
        return code
    has_journal = any((folder / "journal").glob("0x*"))
    if not has_journal or scope not in (None, _account_of(scope)):
        return 0
    told_to = sys.stderr if plea.is_json else sys.stdout
    try:
        return resume_run(folder, by, only=scope.name if scope else "", told=told_to)
    except Busy:
        return code  # a trader that is late does it


def _account_of(scope: Scope | None) -> Scope | None:
    """The scope if it is an account's."""
    return scope if scope is not None and scope.reach is Reach.ACCOUNT else None


def _require_known(scope: Scope, disk: LiveDisk) -> None:
    """A mistyped name would stop nobody, and look as if it had.

    Raises:
        ConfigRefused: no such strategy or account has ever run in this folder, and others have.
        Damaged: what has run here cannot be read.
    """
    ran = view_registry(disk)
    if ran is None:
        return
    known: dict[Reach, Iterable[str]] = {
        Reach.STRATEGY: (name for name in ran.strategies if name != DESK),
        Reach.ACCOUNT: ran.accounts,
    }
    names = list(known.get(scope.reach, ()))
    if names and scope.name not in names:
        raise ConfigRefused(
            f"{scope}: nothing was stopped, no {scope.reach.value} of that name has run here",
            hint="those that have: " + ", ".join(names[:NAMES_TOLD_MAX]),
        )


def _doubt_about(coin: str, config: Path) -> str:
    """A word of warning where no strategy of the file has that coin for its own.

    It may trade it all the same, so the switch is thrown; it is said after that, for a file that
    cannot be read must not stand in the way.
    """
    try:
        params = [entry.params for entry in load_config(config).strategies]
    except OperatorError:
        return ""
    coins = dict.fromkeys(str(each.coin) for each in params if hasattr(each, "coin"))
    if not coins or coin in coins:
        return ""
    names = ", ".join(list(coins)[:NAMES_TOLD_MAX])
    return f"coin:{coin} is thrown, but no strategy here is set to that coin; to: {names}\n"


async def _changed(
    file: SwitchFile, what: Switch | Scope | None, clock: SystemClock, *, by: str = ""
) -> Thrown:
    """Write, though somebody else may be writing just now."""
    for attempt in range(LOCK_TRIES):
        try:
            if isinstance(what, Switch):
                return file.throw(what, clock.now_ms())
            return file.lift(what, clock.now_ms(), by=by)
        except Busy:
            if attempt == LOCK_TRIES - 1:
                raise
        await asyncio.sleep(POLL_S)
    raise AssertionError("the last attempt returns or raises")


class _Watch:
    """Who has shown signs of life since it was made, and how far each obeys."""

    def __init__(self, folder: Path) -> None:
        """Before the switch is written: whoever obeys at once has lived since."""
        self._beats = BeatFiles(folder)
        self._before = self._read()
        self.is_anybody = False

    def obeyed_by(self, sequence: int) -> str:
        """The trader if it obeys, else the guardian if that does, else nobody."""
        by = ""
        for (name, old), (_, new) in zip(self._before, self._read(), strict=True):
            if new is None or not _has_beaten(old, new):
                continue
            self.is_anybody = True
            if new.obeyed >= sequence:
                by = name
        return by

    def _read(self) -> list[tuple[str, Beat | None]]:
        """The guardian first: what that has seen the trader do, is seen of the trader as well."""
        return [(GUARDIAN, self._beats.guardian()), (TRADER, self._beats.trader())]


async def _confirmed(
    watch: _Watch, thrown: Thrown, told: str, plea: Plea, clock: SystemClock
) -> tuple[int, str]:
    """The exit code, and who obeys."""
    began_ns = clock.monotonic_ns()
    by = ""
    while not by and clock.monotonic_ns() - began_ns < OBEY_MS * 1_000_000:
        await asyncio.sleep(POLL_S)
        by = watch.obeyed_by(thrown.sequence)
        waited_ms = (clock.monotonic_ns() - began_ns) // 1_000_000
        if not watch.is_anybody and waited_ms > 10 * BEAT_EVERY_MS:
            break
    waited_ms = (clock.monotonic_ns() - began_ns) // 1_000_000
    code = 0 if by else EXIT_TIMEOUT if watch.is_anybody else EXIT_NOT_RUNNING
    if plea.is_json:
        sys.stdout.write(_as_json(thrown, by, waited_ms) + "\n")
    else:
        outcome = f"obeyed by the {by} after {waited_ms} ms" if by else OUTCOME_BY_CODE[code]
        sys.stdout.write(f"{told}; {outcome}\n")
    return code, by


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
