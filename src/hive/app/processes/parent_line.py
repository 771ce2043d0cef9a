"""The trading process's line to the one that watches it: messages out, and nothing else.

The line is standard output, taken away from everybody else: a strategy that prints must not be able
to garble it. A parent that does not read (a stopped terminal, a slow pager) must not stop trading
either, so what does not fit into the pipe waits here, and pictures of the state are left out
meanwhile.
"""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Final

from hive.app.processes import trader_messages
from hive.app.processes.trader_messages import Status, TraderMessage

PRINTED_MODE: Final = 0o600


class ParentLine:
    """Say a message; the last one with `finish`."""

    def __init__(self, descriptor: int) -> None:
        """`descriptor` is the writing end of a pipe; from now on it does not block."""
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self._waiting = b""

    @classmethod
    def instead_of_stdout(cls) -> ParentLine:
        """Take standard output; what is printed goes to standard error."""
        sys.stdout.flush()
        line = cls(os.dup(sys.stdout.fileno()))
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        return line

    def say(self, message: TraderMessage) -> None:
        """Send it, or keep it until there is room; a status is not kept."""
        self._send()
        if self._waiting and isinstance(message, Status):
            return
        self._waiting += trader_messages.encode(message) + b"\n"
        self._send()

    def finish(self, message: TraderMessage) -> None:
        """Send everything, the last word included, however long the parent takes to read it."""
        self._waiting += trader_messages.encode(message) + b"\n"
        os.set_blocking(self._descriptor, True)
        while self._waiting:
            self._send()

    def _send(self) -> None:
        """Hand over what fits; when nobody reads any more, nobody needs to be told."""
        try:
            while self._waiting:
                sent = os.write(self._descriptor, self._waiting)
                self._waiting = self._waiting[sent:]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._waiting = b""


def print_into(path: Path) -> None:
    """Have what strategies print appended to the file, line by line, for its owner alone."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, PRINTED_MODE)
    os.dup2(descriptor, sys.stdout.fileno())
    os.close(descriptor)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
