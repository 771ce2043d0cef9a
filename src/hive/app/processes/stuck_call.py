"""Which strategy a process is in that does not answer; asked by a signal, told in a file.

Python runs the signal's handler between two steps of whatever does not return, so knowing it costs
nothing until somebody asks. Code that never comes back from C is not reached so; its stack is
written by `faulthandler`, which needs no step of Python's.
"""

from __future__ import annotations

import faulthandler
import os
import re
import signal
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Final

import msgspec

from hive.domain.identifiers import StrategyId
from hive.strategy.interface import Strategy

STUCK: Final = "stuck.json"
STACK: Final = "stack.txt"
ASK: Final = signal.SIGUSR1
FILE_MODE: Final = 0o600
_CALL: Final = re.compile(r'File "(.+)", line (\d+) in (\w+)$', re.MULTILINE)
_HANDLERS: Final = frozenset(name for name in vars(Strategy) if name.startswith("on_"))


class StuckCall(msgspec.Struct, frozen=True):
    """Where a process is."""

    strategy: str = ""
    """Empty where it is in no strategy, or in which is not known."""
    handler: str = ""
    place: str = ""
    """File and line."""

    @property
    def text(self) -> str:
        """For people; empty if no strategy is to blame."""
        if not self.handler:
            return ""
        who = f"strategy {self.strategy}" if self.strategy else "a strategy"
        return f"{who} does not return from {self.handler} ({self.place})"


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
    """The answer, or what its stack tells where it is in C; None if there is neither yet."""
    try:
        return msgspec.json.decode((folder / STUCK).read_bytes(), type=StuckCall)
    except (OSError, msgspec.DecodeError):
        return _handler_of(folder / STACK)


def _handler_of(stack: Path) -> StuckCall | None:
    """The innermost handler in a stack, which begins with the innermost call."""
    try:
        calls = _CALL.findall(stack.read_text(errors="replace"))
    except OSError:
        return None
    found = [(file, line, name) for file, line, name in calls if name in _HANDLERS]
    return StuckCall("", found[0][2], f"{found[0][0]}:{found[0][1]}") if found else None


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
