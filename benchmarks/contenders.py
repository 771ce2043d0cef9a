"""The processes of a benchmark: the venue that ticks, and those who answer it.

Each contender has a process and a coin of its own, so that only the one under test is woken.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Final, NamedTuple, Self

import msgspec

from benchmarks.measure import processor_ns
from benchmarks.stamping_port import Tick, TickPlan

SETTLE_S: Final = 0.15
"""After a plan: its last orders' answers come with the next block and are still its cost."""
STOP_S_MAX: Final = 10.0
COMPLAINT_CHARS_MAX: Final = 2_000
REPOSITORY: Final = Path(__file__).parent.parent


class ProcessFailed(Exception):
    """A process of a benchmark ended early; its last words."""


class Process:
    """A Python process beside us, which talks in lines."""

    def __init__(
        self, name: str, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> None:
        """`environment` is added to ours."""
        self._complaints: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed in `stop`)
        self._process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            cwd=REPOSITORY,
            env={**os.environ, **(environment or {})},
        )
        self.name = name
        self.pid = self._process.pid

    def line(self) -> bytes:
        """Its next line.

        Raises:
            ProcessFailed: it ended instead.
        """
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            raise ProcessFailed(f"{self.name} ended early:\n{self.last_words()}")
        return line

    def last_words(self) -> str:
        """The end of what it wrote to standard error."""
        self._complaints.seek(0)
        return self._complaints.read().decode(errors="replace")[-COMPLAINT_CHARS_MAX:]

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_S_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._complaints.close()


class Round(NamedTuple):
    """What one plan brought: latencies in microseconds, and the contender's processor time."""

    first_us: list[float]
    """From each tick to its first order."""
    last_us: list[float]
    """From each tick to its last order."""
    actions: list[int]
    """Signed actions for each tick."""
    unanswered: int
    cpu_us: float
    """For each push."""


class Contest(NamedTuple):
    """A contender and how its coin is ticked."""

    contender: Process
    plan: TickPlan


class Venue:
    """The ticking venue and the contenders that were started on it; ends them all."""

    def __init__(self, *funded: str) -> None:
        self._processes: list[Process] = []
        self._process = self._started("venue_process", *funded)
        self.url: str = msgspec.json.decode(self._process.line())["url"]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in reversed(self._processes):
            process.stop()

    def contender(
        self, module: str, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> Process:
        """A process that has said that it is ready."""
        process = self._started(module, self.url, *arguments, environment=environment)
        process.line()
        return process

    def alternate(self, contests: Sequence[Contest], alternations: int) -> list[list[Round]]:
        """Play all in turn, so often; the rounds of each. A first round of each only warms up."""
        found: list[list[Round]] = [[] for _ in contests]
        for number in range(alternations + 1):
            for contest, rounds in zip(contests, found, strict=True):
                played = self.play(*contest)
                if number:
                    rounds.append(played)
        return found

    def play(self, contender: Process, plan: TickPlan) -> Round:
        """Tick by the plan and see what the contender makes of it.

        Raises:
            ProcessFailed: it does not listen, or not to the end.
        """
        before_ns = processor_ns(contender.pid)
        ticks = self.ticks(Contest(contender, plan))
        time.sleep(SETTLE_S)
        cpu_us = (processor_ns(contender.pid) - before_ns) / 1e3 / plan.ticks / plan.frames
        return round_of(ticks, plan.orders, cpu_us)

    def ticks(self, contest: Contest) -> list[Tick]:
        """Tick by the plan; what came of each tick.

        Raises:
            ProcessFailed: the contender does not listen, or not to the end.
        """
        contender, plan = contest
        body = msgspec.json.encode({"type": "tick", **msgspec.to_builtins(plan)})
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/oracle", body, headers)  # noqa: S310 (an address of our own)
        urllib.request.urlopen(request).close()  # noqa: S310 (an address of our own)
        ticks = msgspec.json.decode(self._process.line(), type=list[Tick])
        if len(ticks) < plan.ticks:
            raise ProcessFailed(f"{contender.name} stopped listening:\n{contender.last_words()}")
        return ticks

    def _started(
        self, module: str, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> Process:
        process = Process(module, "-m", f"benchmarks.{module}", *arguments, environment=environment)
        self._processes.append(process)
        return process


def round_of(ticks: list[Tick], orders: int, cpu_us: float) -> Round:
    """Figures of the ticks that brought all their orders; the others are counted."""
    answered = [tick for tick in ticks if orders and len(tick.read_ns) == orders]
    return Round(
        first_us=[(tick.read_ns[0] - tick.sent_ns) / 1e3 for tick in answered],
        last_us=[(tick.read_ns[-1] - tick.sent_ns) / 1e3 for tick in answered],
        actions=[tick.actions for tick in answered],
        unanswered=len(ticks) - len(answered) if orders else 0,
        cpu_us=cpu_us,
    )
