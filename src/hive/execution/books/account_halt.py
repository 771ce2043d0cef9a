"""An account whose books do not explain what the venue says takes no new risk.

Cancels and orders that only reduce go on. A halt outlives the process, for a restart explains
nothing: only a person ends it, after a look at what is held (`OrderDesk.resume`, `hive resume`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from hive.storage.records import HaltedRecord, ResumedRecord

HALTED: Final = "halted"


class AccountHalt:
    """One account's halt. `reason` is empty while there is none."""

    def __init__(
        self,
        reason: str,
        *,
        write: Callable[[msgspec.Struct], None],
        on_alarm: Callable[[str], None],
    ) -> None:
        """`reason` is what an earlier process was halted for; `write` keeps a record."""
        self.reason = reason
        self._write = write
        self._on_alarm = on_alarm

    @property
    def refusal(self) -> str:
        """What a strategy is told that asks for more risk."""
        return f"{HALTED}: {self.reason}"

    def halt(self, reason: str, wall_ms: int) -> bool:
        """Take no new risk from here on, and say so; False if that was so before."""
        if self.reason:
            return False
        self.reason = reason
        self._write(HaltedRecord(reason, wall_ms))
        self._on_alarm(f"{self.refusal}; only cancels and what reduces go on until it is resumed")
        return True

    def resume(self, by: str, wall_ms: int) -> bool:
        """Somebody has looked and takes the books as they are; False if nothing was halted."""
        if not self.reason:
            return False
        self._write(ResumedRecord(by, wall_ms))
        self.reason = ""
        return True
