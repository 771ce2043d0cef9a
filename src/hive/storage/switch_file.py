"""The switches that are thrown, in one small file that a person can read.

Whoever may write into the folder may stop trading, and whoever trades from it obeys: the trader,
its guardian and every later start. The file is replaced whole, durably; a lock keeps two writers
apart. Its sequence number grows with every change, so that one can say how far another has got.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from hive.domain.errors import Damaged, DiskFailed, LimitReached
from hive.domain.switches import EVERYTHING, Scope, Strength, Switch, stricter
from hive.runtime.ports import Disk

SWITCHES_PATH: Final = "switches.json"
LOCK_PATH: Final = "switches.lock"
FORMAT_VERSION: Final = 1
SWITCHES_MAX: Final = 1_000
RESUMED_MAX: Final = 100


class Resumed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody has looked at accounts that were halted, and takes their books as they are."""

    scope: Scope
    by: str
    sequence: int
    """Of the file with which it was said."""


class Thrown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file."""

    version: int = FORMAT_VERSION
    sequence: int = 0
    switches: tuple[Switch, ...] = ()
    resumed: tuple[Resumed, ...] = ()
    """The latest, oldest first."""

    def in_force(self, now_ms: int) -> tuple[Switch, ...]:
        """Those whose time is not over. `now_ms` is wall time."""
        return tuple(
            switch
            for switch in self.switches
            if switch.until_ms is None or switch.until_ms > now_ms
        )


NOTHING_THROWN: Final = Thrown()


class SwitchFile:
    """Reads and changes the file below one folder."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._text: bytes | None = None
        self._thrown = NOTHING_THROWN

    def read(self) -> Thrown:
        """What is thrown; parsed only when it has changed.

        Raises:
            Damaged: the file cannot be understood.
            DiskFailed: it cannot be read.
        """
        try:
            text = self._disk.read(SWITCHES_PATH)
        except OSError as error:
            raise DiskFailed(f"{SWITCHES_PATH} cannot be read: {error}") from error
        if text != self._text:
            self._thrown = NOTHING_THROWN if text is None else _parsed(text)
            self._text = text
        return self._thrown

    def throw(self, switch: Switch, now_ms: int) -> Thrown:
        """Stop what it says; a stricter one on the same scope stays.

        Raises:
            Busy: somebody else is changing the file; try again.
            Damaged: the file cannot be understood.
            DiskFailed: nothing could be written.
            LimitReached: `SWITCHES_MAX` scopes are stopped.
        """

        def thrown(by_scope: dict[Scope, Switch]) -> None:
            by_scope[switch.scope] = stricter(by_scope.get(switch.scope), switch)
            if len(by_scope) > SWITCHES_MAX:
                raise LimitReached("switches_max", f"{SWITCHES_MAX} scopes are stopped")

        assert switch.strength is not Strength.TRADE
        return self._change(thrown, now_ms)

    def lift(self, scope: Scope | None, now_ms: int, *, by: str = "") -> Thrown:
        """Let it trade again; None is everybody that was stopped. `by` is who has looked at what
        was halted there, and empty if nobody has.

        Raises:
            Busy, Damaged, DiskFailed: as for `throw`.
        """

        def lifted(by_scope: dict[Scope, Switch]) -> None:
            if scope is None:
                by_scope.clear()
            by_scope.pop(scope, None)  # type: ignore[arg-type]  # None is no key

        return self._change(lifted, now_ms, resumed=(scope or EVERYTHING, by) if by else None)

    def _change(
        self,
        edit: Callable[[dict[Scope, Switch]], None],
        now_ms: int,
        *,
        resumed: tuple[Scope, str] | None = None,
    ) -> Thrown:
        try:
            lock = self._disk.lock(LOCK_PATH)
        except OSError as error:
            raise DiskFailed(f"{LOCK_PATH} cannot be written: {error}") from error
        try:
            before = self.read()
            by_scope = {switch.scope: switch for switch in before.in_force(now_ms)}
            edit(by_scope)
            sequence, said = before.sequence + 1, before.resumed
            if resumed is not None:
                said = (*said, Resumed(*resumed, sequence))[-RESUMED_MAX:]
            after = Thrown(sequence=sequence, switches=tuple(by_scope.values()), resumed=said)
            text = msgspec.json.format(msgspec.json.encode(after), indent=2) + b"\n"
            try:
                self._disk.replace(SWITCHES_PATH, text)
            except OSError as error:
                raise DiskFailed(f"{SWITCHES_PATH} cannot be written: {error}") from error
            return self.read()
        finally:
            lock.release()


def _parsed(text: bytes) -> Thrown:
    hint = "it says what is stopped: look at it, and remove it if nothing is to be"
    try:
        thrown = msgspec.json.decode(text, type=Thrown)
    except msgspec.DecodeError as error:
        raise Damaged(SWITCHES_PATH, 0, str(error), hint=hint) from error
    if thrown.version != FORMAT_VERSION:
        raise Damaged(SWITCHES_PATH, 0, f"format {thrown.version}", hint=hint)
    return thrown
