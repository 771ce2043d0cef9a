"""What is worth reading, in one place: the page shows the newest, a file keeps all.

A cause that repeats is told once and then counted, so that a storm of the same alarm hides nothing
(faults.md P07). Lines go to the log as JSON; private keys never reach here
because no part that speaks holds one.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import msgspec

from hive.app.snapshot import LogLine
from hive.runtime.ports import AppendFile, Clock

LINES_MAX: Final = 200
TEXT_LENGTH_MAX: Final = 300
REPEAT_WITHIN_MS: Final = 5_000
CAUSES_MAX: Final = 1_000


class Notices:
    """Takes short sentences, remembers the newest, writes each cause once per few seconds."""

    def __init__(self, clock: Clock, file: AppendFile | None = None) -> None:
        self._clock = clock
        self._lines: deque[LogLine] = deque(maxlen=LINES_MAX)
        self._told_ms_by_cause: dict[tuple[str, str], int] = {}
        self._file = file
        self.repeated = 0
        self.lost = 0
        """Lines the disk refused; trading does not stop for them."""

    def say(self, kind: str, text: str, /, **fields: object) -> None:
        """One line: a kind of one word, and a sentence."""
        now_ms = self._clock.now_ms()
        text = _one_line(text)
        cause = (kind, text)
        told_ms = self._told_ms_by_cause.get(cause)
        if told_ms is not None and 0 <= now_ms - told_ms < REPEAT_WITHIN_MS:
            self.repeated += 1
            return
        if len(self._told_ms_by_cause) >= CAUSES_MAX:
            del self._told_ms_by_cause[next(iter(self._told_ms_by_cause))]
        self._told_ms_by_cause[cause] = now_ms
        self._lines.append(LogLine(wall_ms=now_ms, kind=kind, text=text))
        if self._file is not None:
            line = {**fields, "wall_ms": now_ms, "kind": kind, "text": text}
            try:
                self._file.append(msgspec.json.encode(line, enc_hook=str) + b"\n")
            except OSError:
                self.lost += 1

    def newest(self, count: int) -> list[LogLine]:
        """The last lines, oldest first."""
        return list(self._lines)[-count:]


def _one_line(text: str) -> str:
    """Without control characters: a coin's name must not be able to forge a line."""
    return "".join(c if c.isprintable() else "�" for c in text[:TEXT_LENGTH_MAX])
