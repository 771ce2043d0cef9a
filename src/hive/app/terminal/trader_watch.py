"""Watching a trading process from outside: start it, draw what it says, stop it, hear its end.

Drawing happens here, so that not a microsecond of it is the trading process's.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, TextIO

import msgspec

from hive.app.config.guarded import state_folder_of
from hive.app.exit_codes import EXIT_CONFIG, EXIT_INTERRUPTED, StoppedEarly
from hive.app.processes import trader_messages
from hive.app.processes.child import ChildFailed, ChildProcess
from hive.app.processes.trader_messages import (
    Failed,
    Ready,
    Status,
    Stopped,
    TraderMessage,
    Waiting,
)
from hive.app.snapshot import LogLine, RuntimeSnapshot
from hive.app.terminal.silence_watch import SilenceWatch
from hive.app.terminal.snapshot_text import lines, log_text
from hive.domain.errors import ConfigRefused, OperatorError
from hive.runtime.clock import SystemClock

STOP_PATIENCE_S: Final = 20.0
CANCEL_PATIENCE_S: Final = 40.0
"""How long cancelling and settling may take; a strategy that never returns makes it for ever."""
NEWS_KINDS: Final = ("error", "alarm", "paused", "link", "data", "bad frame")
"""What of the log is told where there is no terminal."""
PLAIN_EVERY_S: Final = 10
"""Without a terminal: one line so often."""
CLEAR: Final = "\x1b[H\x1b[2J"


class TraderRefused(OperatorError):
    """The trading process said that it cannot go on."""


class TraderWatch:
    """One trading process and its picture on `screen` (None draws nothing)."""

    def __init__(
        self,
        child: ChildProcess,
        screen: TextIO | None,
        *,
        cancel_patience_s: float = CANCEL_PATIENCE_S,
        folder: Path | None = None,
    ) -> None:
        """`folder` is the run's: its beats are watched there."""
        self._child = child
        self._cancel_patience_s = cancel_patience_s
        self._is_asked = False
        self._is_given_up = False
        self._told = 0
        """The number of the last line of the log that was looked at."""
        self._silence = (
            None if folder is None else SilenceWatch(folder, child, SystemClock(), self._tell)
        )
        self._killer: asyncio.TimerHandle | None = None
        self._screen = screen
        self._page_url = ""
        self._before: RuntimeSnapshot | None = None
        self._drawn = 0
        self.stopped: Stopped | None = None
        self.is_ready = asyncio.Event()

    @classmethod
    async def start(cls, config: Path, screen: TextIO | None, *, remark: str = "") -> TraderWatch:
        """Start the trading process on a configuration file; `remark` is for those who look."""
        said = ("--remark", remark) if remark else ()
        folder = state_folder_of(config)
        child = await ChildProcess.start("trading", "trader", str(config), *said)
        return cls(child, screen, folder=folder)

    async def follow(self, on_ready: Callable[[Ready], None] = lambda _: None) -> Stopped:
        """Draw until the process says its last word, and return it.

        Raises:
            StoppedEarly: it was told to stop before it traded.
            ConfigRefused: it does not take the configuration.
            TraderRefused: it cannot go on for another reason; the hint says what to do.
            ChildFailed: it ended without a word, or said what is no message.
        """
        if self._silence is not None:
            self._silence.start()
        while True:
            line = await self._child.next_line()
            if line is None:
                raise self._silent_end()
            message = self._understood(line)
            match message:
                case Waiting():
                    self._tell(message.text)
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
                    raise _error_of(message)

    def ask_to_stop(self) -> None:
        """Cancel all orders and end; `follow` returns when that is done or hopeless.

        One that does not answer can cancel nothing: who asks twice ends it.
        """
        is_silent = self._silence is not None and self._silence.is_silent
        if is_silent and self._is_asked:
            self._give_up()
            return
        is_first, self._is_asked = not self._is_asked, True
        if is_first:
            loop = asyncio.get_running_loop()
            self._killer = loop.call_later(self._cancel_patience_s, self._give_up)
            if is_silent:
                self._tell(
                    "the trading process does not answer, so nothing is cancelled and its orders"
                    " may be open; Ctrl-C again ends it"
                )
            elif self.is_ready.is_set():
                self._say("stopping: cancelling every order ...")
        self._child.ask_to_stop()

    async def end(self) -> None:
        """Make sure that the process is gone."""
        await self._child.end(STOP_PATIENCE_S)
        if self._killer is not None:
            self._killer.cancel()
        if self._silence is not None:
            self._silence.stop()

    def _give_up(self) -> None:
        self._is_given_up = True
        self._child.kill()

    def _say(self, line: str) -> None:
        if self._screen is not None:
            self._screen.write(line + "\n")
            self._screen.flush()

    def _silent_end(self) -> OperatorError:
        """Why there was no last word."""
        if self._is_given_up:
            return self._given_up()
        if self._is_asked and not self.is_ready.is_set():
            return StoppedEarly()
        return self._child.failure()

    def _given_up(self) -> ChildFailed:
        silence = self._silence
        if silence is None or not silence.is_silent:
            return ChildFailed(
                f"the trading process did not stop within {self._cancel_patience_s:g} s"
                " and was ended; orders may be open",
                hint="start it again and it owns them",
            )
        why = f": {silence.where}" if silence.where else ""
        return ChildFailed(
            f"the trading process did not answer and was ended{why}; its orders may be open, and"
            " what the venue answered meanwhile is not known",
            hint=f"start the run again: {silence.folder} remembers its orders, asks the venue for"
            " them and owns them; a guardian cancels them meanwhile",
        )

    def _understood(self, line: bytes) -> TraderMessage:
        try:
            message: TraderMessage = trader_messages.decode(line)
        except msgspec.DecodeError as error:
            start = line[:80].decode(errors="replace").strip()
            raise ChildFailed(f"the trading process said {start!r}: {error}") from None
        return message

    def _tell(self, text: str) -> None:
        self._say(f"hive: {text}")

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
        if not self._screen.isatty():
            self._screen.write("".join(log_text(line) + "\n" for line in self._news(snapshot)))
        self._drawn += 1
        self._screen.flush()

    def _news(self, snapshot: RuntimeSnapshot) -> list[LogLine]:
        """What the log says since the last look, as far as it is worth a line of a file."""
        news = [line for line in snapshot.log if line.number > self._told]
        self._told = max((line.number for line in news), default=self._told)
        return [line for line in news if line.kind in NEWS_KINDS]


def _error_of(said: Failed) -> OperatorError:
    """What it failed of, as an error that ends this process with the same code."""
    if said.exit_code == EXIT_INTERRUPTED:
        return StoppedEarly()
    kind = ConfigRefused if said.exit_code == EXIT_CONFIG else TraderRefused
    return kind(said.message, hint=said.hint)


def screen_for(*, is_json: bool) -> TextIO:
    """Where to draw: standard output, or standard error when that belongs to the JSON object."""
    return sys.stderr if is_json else sys.stdout
