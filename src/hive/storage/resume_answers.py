"""What a trader says to who resumed: whom it let go, and which strategies failed again.

A small file beside the switches, found by the sequence number with which somebody resumed. Who
cannot read it knows less, and nothing depends on it.
"""

from __future__ import annotations

from typing import Final

import msgspec

from hive.domain.errors import DiskFailed
from hive.domain.identifiers import Address, StrategyId
from hive.runtime.ports import Disk

ANSWERS_PATH: Final = "resumed.json"
ANSWERS_MAX: Final = 20


class ResumeAnswer(msgspec.Struct, frozen=True):
    """Who was stopped by something else than a switch, and what became of them."""

    sequence: int
    """Of the switches, as it was when somebody resumed."""
    accounts: tuple[Address, ...] = ()
    """Their halts are over."""
    started: tuple[StrategyId, ...] = ()
    """Their own faults had paused them; they run again."""
    failed: dict[StrategyId, str] = {}
    """They are paused again, for this reason."""

    @property
    def is_empty(self) -> bool:
        """There was nobody to let go."""
        return not (self.accounts or self.started or self.failed)


class ResumeAnswers:
    """The file below one folder. The trader alone writes it."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    def of(self, sequence: int) -> ResumeAnswer | None:
        """The answer to that change of the switches; None if there is none."""
        found = [answer for answer in self._read() if answer.sequence == sequence]
        return found[0] if found else None

    def add(self, answers: list[ResumeAnswer]) -> None:
        """Keep these and the last ones before.

        Raises:
            DiskFailed: they could not be written.
        """
        kept = [*self._read(), *answers][-ANSWERS_MAX:]
        try:
            self._disk.replace(ANSWERS_PATH, msgspec.json.encode(kept) + b"\n")
        except OSError as error:
            raise DiskFailed(f"{ANSWERS_PATH} cannot be written: {error}") from error

    def _read(self) -> list[ResumeAnswer]:
        try:
            text = self._disk.read(ANSWERS_PATH)
            return [] if text is None else msgspec.json.decode(text, type=list[ResumeAnswer])
        except (OSError, msgspec.DecodeError):
            return []
