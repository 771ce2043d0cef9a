"""A child process is heard to its end, and its end comes: real processes, no stand-ins."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

from tests.unit.app.scripted_child import folder_with

from hive import __version__
from hive.app.processes.child import STDERR_LINES_KEPT, ChildProcess
from hive.domain.errors import OperatorError

PATIENCE_S = 30.0
"""Never used up: these children go by themselves."""


async def heard(child: ChildProcess) -> list[bytes]:
    lines = []
    while (line := await child.next_line()) is not None:
        lines.append(line)
    return lines


def test_a_child_is_heard_line_by_line_and_ends_well() -> None:
    async def run() -> tuple[list[bytes], bool, int]:
        child = await ChildProcess.start("version", "version")
        assert child.pid > 0
        lines = await heard(child)
        return lines, child.has_ended, await child.end(PATIENCE_S)

    assert asyncio.run(run()) == ([f"{__version__}\n".encode()], True, 0)


def test_a_child_that_fails_is_quoted_in_its_last_words() -> None:
    """At the end of its output everything is known, without waiting for anything else."""

    async def run() -> tuple[OperatorError, int]:
        child = await ChildProcess.start("odd", "no-such-command")
        assert await heard(child) == []
        return child.failure(), await child.end(PATIENCE_S)

    failure, code = asyncio.run(run())
    assert "the odd process ended early" in str(failure)
    assert "no-such-command" in str(failure)
    assert code == 2


def test_of_many_complaints_the_last_are_kept(tmp_path: Path) -> None:
    script = "import sys\nfor i in range(5_000): sys.stderr.write(f'complaint {i}\\n')\n"

    async def run() -> OperatorError:
        child = await ChildProcess.start("loud", cwd=folder_with(tmp_path, script))
        await heard(child)
        return child.failure()

    complaints = str(asyncio.run(run())).split("ended early: ")[1].splitlines()
    first = 5_000 - STDERR_LINES_KEPT
    assert complaints == [f"complaint {i}" for i in range(first, 5_000)]


def test_a_child_that_said_nothing_is_told_by_its_exit(tmp_path: Path) -> None:
    async def run() -> OperatorError:
        child = await ChildProcess.start("mute", cwd=folder_with(tmp_path, ""))
        assert await heard(child) == []
        return child.failure()

    assert "exit 0" in str(asyncio.run(run()))


def test_a_child_that_is_asked_to_stop_may_finish_its_work(tmp_path: Path) -> None:
    script = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where a shell backgrounds us
try:
    print("working", flush=True)
    while True:
        signal.pause()
except KeyboardInterrupt:
    print("tidied up", flush=True)
    raise SystemExit(3)
"""

    async def run() -> tuple[list[bytes], int]:
        child = await ChildProcess.start("tidy", cwd=folder_with(tmp_path, script))
        assert await child.next_line() == b"working\n"
        child.ask_to_stop()
        return await heard(child), await child.end(PATIENCE_S)

    assert asyncio.run(run()) == ([b"tidied up\n"], 3)


def test_a_child_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    script = """
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
print("ready", flush=True)
while True:
    signal.pause()
"""

    async def run() -> int:
        child = await ChildProcess.start("deaf", cwd=folder_with(tmp_path, script))
        assert await child.next_line() == b"ready\n"
        return await child.end(0.05)

    assert asyncio.run(run()) == -signal.SIGKILL


def test_asking_twice_and_ending_twice_is_once(tmp_path: Path) -> None:
    async def run() -> list[int]:
        child = await ChildProcess.start("mute", cwd=folder_with(tmp_path, ""))
        await heard(child)
        child.ask_to_stop()
        child.ask_to_stop()
        return [await child.end(PATIENCE_S), await child.end(PATIENCE_S)]

    assert asyncio.run(run()) == [0, 0]


def test_ctrl_c_in_the_terminal_does_not_reach_the_child() -> None:
    """It leads a process group of its own: when to stop is the parent's to say."""

    async def run() -> tuple[int, int]:
        child = await ChildProcess.start("version", "version")
        try:
            return os.getpgid(child.pid), child.pid
        finally:
            await child.end(PATIENCE_S)

    group, pid = asyncio.run(run())
    assert group == pid != os.getpgid(0)
