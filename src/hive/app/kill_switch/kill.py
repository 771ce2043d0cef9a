"""`hive kill`: throws a switch of a run, whether it is running or not.

A switch is written into the run's folder, which only its owner can write to; trader and guardian
look there ten times a second. So it holds as soon as it is written, also for a trader that is stuck
now or starts later; what is waited for is only the word that somebody has obeyed.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import msgspec

from hive.app.config.guarded import state_folder_of
from hive.app.config.load import HiveConfig, load_config
from hive.app.kill_switch.obedience import POLL_S, Obedience, SignsOfLife
from hive.domain.errors import Busy, ConfigRefused, MalformedIdentifier, OperatorError
from hive.domain.identifiers import DESK
from hive.domain.switches import STRENGTH_BY_WORD, Reach, Scope, Switch, parse_scope
from hive.runtime.clock import SystemClock
from hive.runtime.disk_live import LiveDisk
from hive.storage.registry import view_registry
from hive.storage.switch_file import SwitchFile, Thrown

LOCK_TRIES: Final = 50
NAMES_TOLD_MAX: Final = 20
STATE_DIR: Final = Path("var")


class Plea(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asked for on the command line."""

    config: Path | None
    state: Path | None
    scope: str
    is_json: bool

    def folder(self) -> Path:
        """The run's folder: as named, as the file says, or the usual one. One that a file names
        may not be there yet.

        Raises:
            ConfigRefused: there is none.
        """
        if self.state is None and self.config is not None:
            return state_folder_of(self.config)
        folder = self.state or STATE_DIR
        if not folder.is_dir():
            raise ConfigRefused(f"{folder} is no folder of a run", hint="name its CONFIG.yml")
        return folder

    def where(self) -> str:
        """Which run, where the command line does not say it."""
        return f" in ./{STATE_DIR}" if self.state is None and self.config is None else ""

    def named_scope(self) -> Scope:
        """What is to be stopped or let go.

        Raises:
            ConfigRefused: it is no scope.
        """
        try:
            return parse_scope(self.scope)
        except MalformedIdentifier as error:
            raise ConfigRefused(str(error)) from None

    def loaded(self) -> HiveConfig | None:
        """The file; None if none is named, or it cannot be used: that stands in nobody's way."""
        try:
            return None if self.config is None else load_config(self.config)
        except OperatorError:
            return None


async def kill(plea: Plea, strength: str, reason: str) -> int:
    """Throw a switch and wait until it is obeyed; 4 if nobody runs who could, 7 if who runs does
    not.

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
    require_known(plea, scope, LiveDisk(folder), told="nothing was stopped")
    signs = SignsOfLife(folder, clock)
    file = SwitchFile(LiveDisk(folder))
    thrown = await written(lambda: file.throw(switch, clock.now_ms()))
    if scope.reach is Reach.COIN:
        sys.stderr.write(_doubt_about(scope.name, plea))
    obedience = await signs.obeyed(thrown.sequence)
    if plea.is_json:
        sys.stdout.write(as_json(thrown, obedience) + "\n")
    else:
        told = f"{scope}: {strength} is thrown{plea.where()}"
        sys.stdout.write(f"{told}; {obedience.text}\n")
    return obedience.code


def require_known(plea: Plea, scope: Scope, disk: LiveDisk, *, told: str) -> None:
    """A mistyped name would concern nobody, and look as if it had; `told` is what did not happen.

    Raises:
        ConfigRefused: no such strategy or account has ever run in this folder, and others have; or
            nothing has, and the file has other strategies.
        Damaged: what has run here cannot be read.
    """
    known, where = _known_names(plea, scope.reach, disk)
    names = list(known)
    if names and scope.name not in names:
        raise ConfigRefused(
            f"{scope}: {told}, no {scope.reach.value} of that name {where}",
            hint="those that {}: {}".format(
                "have" if where.startswith("has") else "are", ", ".join(names[:NAMES_TOLD_MAX])
            ),
        )


def _known_names(plea: Plea, reach: Reach, disk: LiveDisk) -> tuple[Iterable[str], str]:
    ran = view_registry(disk)
    if ran is None:
        config = plea.loaded() if reach is Reach.STRATEGY else None
        return (each.id for each in config.strategies) if config else (), "is in the file"
    known: dict[Reach, Iterable[str]] = {
        Reach.STRATEGY: (name for name in ran.strategies if name != DESK),
        Reach.ACCOUNT: ran.accounts,
    }
    return known.get(reach, ()), "has run here"


def _doubt_about(coin: str, plea: Plea) -> str:
    """A word of warning where no strategy of the file has that coin for its own.

    It may trade it all the same, so the switch is thrown; it is said after that, for a file that
    cannot be read must not stand in the way.
    """
    config = plea.loaded()
    params = [entry.params for entry in config.strategies] if config else []
    coins = dict.fromkeys(str(each.coin) for each in params if hasattr(each, "coin"))
    if not coins or coin in coins:
        return ""
    names = ", ".join(list(coins)[:NAMES_TOLD_MAX])
    return f"coin:{coin} is thrown, but no strategy here is set to that coin; to: {names}\n"


async def written(change: Callable[[], Thrown]) -> Thrown:
    """Change the file of switches, though somebody else may be changing it just now."""
    for attempt in range(LOCK_TRIES):
        try:
            return change()
        except Busy:
            if attempt == LOCK_TRIES - 1:
                raise
        await asyncio.sleep(POLL_S)
    raise AssertionError("the last attempt returns or raises")


def as_json(thrown: Thrown, obedience: Obedience, **further: object) -> str:
    """What is thrown now, who obeys, and whatever else there is to say."""
    said: dict[str, Any] = {
        "obeyed_by": obedience.by or None,
        "waited_ms": obedience.waited_ms,
        "does_not_answer": obedience.holder or None,
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
    return msgspec.json.encode(said | further).decode()
