"""Watching a trading process from outside: start it, draw what it says, stop it, hear its end.

Drawing happens here, so that not a microsecond of it is the trading process's.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, TextIO

from hive.app import trader_messages
from hive.app.child_process import ChildProcess
from hive.app.snapshot import RuntimeSnapshot
from hive.app.terminal import lines
from hive.app.trader_messages import Failed, Ready, Status, Stopped
from hive.domain.errors import OperatorError

STOP_PATIENCE_S: Final = 20.0
PLAIN_EVERY_S: Final = 10
"""Without a terminal: one line so often."""
CLEAR: Final = "\x1b[H\x1b[2J"


class TraderRefused(OperatorError):
    """The trading process said that it cannot go on."""


class TraderWatch:
    """One trading process and its picture on `screen` (None draws nothing)."""

    def __init__(self, child: ChildProcess, screen: TextIO | None) -> None:
        self._child = child
        self._screen = screen
        self._page_url = ""
        self._before: RuntimeSnapshot | None = None
        self._drawn = 0
        self.stopped: Stopped | None = None
        self.is_ready = asyncio.Event()

    @classmethod
    async def start(cls, config: Path, screen: TextIO | None) -> TraderWatch:
        """Start the trading process on a configuration file."""
        return cls(await ChildProcess.start("trading", "trader", str(config)), screen)

    async def follow(self, on_ready: Callable[[Ready], None] = lambda _: None) -> Stopped:
        """Draw until the process says its last word, and return it.

        Raises:
            TraderRefused: it cannot go on; the hint says what to do.
            ChildFailed: it ended without a word.
        """
        while True:
            line = await self._child.next_line()
            if line is None:
                raise self._child.failure()
            message = trader_messages.decode(line)
            match message:
                case Ready():
                    self._page_url = message.page_url
                    self.is_ready.set()
                    on_ready(message)
                case Status():
                    self._draw(message.snapshot)
                case Stopped():
                    self.stopped = message
                    await self._child.end(STOP_PATIENCE_S)
                    return message
                case Failed():
                    await self._child.end(STOP_PATIENCE_S)
                    raise TraderRefused(message.message, hint=message.hint)

    def ask_to_stop(self) -> None:
        """Cancel all orders and end; `follow` returns when that is done."""
        self._child.ask_to_stop()

    async def end(self) -> None:
        """Make sure that the process is gone."""
        await self._child.end(STOP_PATIENCE_S)

    def _draw(self, snapshot: RuntimeSnapshot) -> None:
        if self._screen is None:
            return
        picture = lines(snapshot, self._before, page_url=self._page_url)
        self._before = snapshot
        if self._screen.isatty():
            self._screen.write(CLEAR + "\n".join(picture) + "\n")
        elif self._drawn % PLAIN_EVERY_S == 0:
            first = 2 if self._drawn else 0  # whose picture it is need be said only once
            self._screen.write("\n".join(picture[first:6]) + "\n")
        self._drawn += 1
        self._screen.flush()


def screen_for(*, is_json: bool) -> TextIO:
    """Where to draw: standard output, or standard error when that belongs to the JSON object."""
    return sys.stderr if is_json else sys.stdout
