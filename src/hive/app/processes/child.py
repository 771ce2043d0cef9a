"""One child process of ours: its lines, its end. It dies with us, and we never wait for ever."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections import deque
from pathlib import Path
from typing import Final

from hive.app.processes.stuck_call import ASK
from hive.domain.errors import OperatorError

LINE_BYTES_MAX: Final = 4_000_000
STDERR_LINES_KEPT: Final = 20
STACK: Final = ("Traceback", " ")
"""How the lines of a stack trace begin; the last one, which says what it was, does not."""
LAST_WORDS_PATIENCE_S: Final = 5.0
"""How long a process that has said its last line may take to go."""


class ChildFailed(OperatorError):
    """A child process ended before its work was done; the message ends with its last words."""


class ChildProcess:
    """`python -m hive …` beside us, read line by line."""

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        self.name = name
        self._process = process
        self._last_words: deque[str] = deque(maxlen=STDERR_LINES_KEPT)
        self._complaints = asyncio.get_running_loop().create_task(self._listen_to_complaints())

    @classmethod
    async def start(cls, name: str, *arguments: str, cwd: Path | None = None) -> ChildProcess:
        """Start `python -m hive` with these arguments. Ctrl-C in the terminal does not reach it:
        when to stop is the parent's to say.
        """
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "hive",
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=LINE_BYTES_MAX,
            start_new_session=True,
            cwd=cwd,
        )
        return cls(name, process)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        return self._process.returncode is not None

    async def next_line(self) -> bytes | None:
        """The next line of its standard output; None when it is gone, its last words heard."""
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if line:
            return line
        await self._gone_within(LAST_WORDS_PATIENCE_S)
        return None

    def ask_to_stop(self) -> None:
        """Send it the signal that Ctrl-C would."""
        if not self.has_ended:
            self._process.send_signal(signal.SIGINT)

    def ask_where_it_is(self) -> None:
        """Have it write down what it is in; only a process may be asked that listens."""
        if not self.has_ended:
            self._process.send_signal(ASK)

    async def end(self, patience_s: float) -> int:
        """Ask it to stop, wait that long, then kill it. Returns its exit code."""
        self.ask_to_stop()
        return await self._gone_within(patience_s)

    def failure(self) -> ChildFailed:
        """Why it is gone, in its own last words."""
        code = self._process.returncode
        words = "\n".join(word for word in self._last_words if not word.startswith(STACK))
        if not words:
            words = f"killed by signal {-code}" if code is not None and code < 0 else f"exit {code}"
        return ChildFailed(f"the {self.name} process ended early: {words}")

    async def _gone_within(self, patience_s: float) -> int:
        """Wait for its end, made by force when the patience is over, and for its last words."""
        killer = asyncio.get_running_loop().call_later(patience_s, self.kill)
        try:
            code = await self._process.wait()
        finally:
            killer.cancel()
        await self._complaints
        return code

    def kill(self) -> None:
        """End it, whatever it is doing."""
        if not self.has_ended:
            self._process.kill()

    async def _listen_to_complaints(self) -> None:
        assert self._process.stderr is not None
        while line := await self._process.stderr.readline():
            self._last_words.append(line.decode(errors="replace").rstrip())
