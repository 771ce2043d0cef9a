"""Which strategy a process is in that does not answer; asked by a signal, told in a file.

Python runs the signal's handler between two steps of whatever does not return, so knowing it costs
nothing until somebody asks. Code that never comes back from C is not reached so; its stack is
written by `faulthandler`, which needs no step of Python's.
"""

from __future__ import annotations

import faulthandler
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Final

import msgspec

from hive.domain.identifiers import StrategyId

STUCK: Final = "stuck.json"
STACK: Final = "stack.txt"
ASK: Final = signal.SIGUSR1
FILE_MODE: Final = 0o600


class StuckCall(msgspec.Struct, frozen=True):
    """Where a process is."""

    strategy: str = ""
    """Empty where it is in no strategy."""
    handler: str = ""
    place: str = ""
    """File and line."""

    @property
    def text(self) -> str:
        """For people; empty if no strategy is to blame."""
        if not self.strategy:
            return ""
        return f"strategy {self.strategy} does not return from {self.handler} ({self.place})"


class StuckTeller:
    """Answers in the process itself; made once, on its main thread."""

    def __init__(self, folder: Path, names: Mapping[int, StrategyId]) -> None:
        """`names` are those of strategies, by the `id` of each."""
        self._names = names
        self._told = _opened(folder / STUCK)
        self._stack = _opened(folder / STACK)

    def listen(self) -> None:
        """From now on whoever asks is answered."""
        signal.signal(ASK, self._tell)
        faulthandler.register(ASK, self._stack, all_threads=False, chain=True)

    def _tell(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 (the signal's)
        try:
            os.write(self._told, msgspec.json.encode(call_in(frame, self._names)))
        except OSError:
            return  # who asked hears nothing, and says that


def call_in(frame: FrameType | None, names: Mapping[int, StrategyId]) -> StuckCall:
    """The outermost call of a strategy's among these frames, and how far it is in its own file."""
    found = StuckCall()
    line_by_file: dict[str, int] = {}
    while frame is not None:
        code = frame.f_code
        line = line_by_file.setdefault(code.co_filename, frame.f_lineno)
        first = frame.f_locals.get(code.co_varnames[0]) if code.co_argcount else None
        strategy = names.get(id(first))
        if strategy is not None:
            found = StuckCall(strategy, code.co_name, f"{code.co_filename}:{line}")
        frame = frame.f_back
    return found


def told_in(folder: Path) -> StuckCall | None:
    """The answer; None if there is none yet."""
    try:
        return msgspec.json.decode((folder / STUCK).read_bytes(), type=StuckCall)
    except (OSError, msgspec.DecodeError):
        return None


def forget(folder: Path) -> None:
    """Take earlier answers away."""
    for name in (STUCK, STACK):
        try:
            os.truncate(folder / name, 0)
        except OSError:
            continue


def _opened(path: Path) -> int:
    """To be written behind whatever is there; it is emptied by who asks."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, FILE_MODE)
