"""Keeps desks and the file of switches alike: what is thrown on either holds on both.

Desks learn what people wrote, also who has looked at a halt; the file learns what a loss threw.
Who resumes lets strategies go as well that their own faults had paused, and is answered who runs.
Where the disk refuses, a switch holds all the same, and is written as soon as it can be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from hive.app.durations import duration_text
from hive.domain.errors import Busy, DiskFailed, LimitReached, OperatorError
from hive.domain.identifiers import Address, StrategyId
from hive.domain.switches import EVERYTHING, Reach, Scope, Switch
from hive.execution.order_desk import OrderDesk
from hive.runtime.ports import Clock, Disk
from hive.storage.resume_answers import ResumeAnswer, ResumeAnswers
from hive.storage.switch_file import Resumed, SwitchFile, Thrown

UNWRITTEN_MAX: Final = 1_000

StartPaused = Callable[[Scope], Mapping[StrategyId, str]]
"""Start the paused strategies of a scope again; why each that is paused at once is, empty for one
that runs."""


def _nobody_is_paused(scope: Scope) -> Mapping[StrategyId, str]:  # noqa: ARG001 (nobody is here)
    return {}


def _thrown_before(switch: Switch, now_ms: int) -> str:
    ago = duration_text(max(0, now_ms - switch.thrown_ms))
    scope = "" if switch.scope == EVERYTHING else f" --scope {switch.scope}"
    return (
        f"kill switch: {switch.scope} {switch.strength.word} was thrown before this run"
        f" ({ago} ago: {switch.reason});"
        f" lift it with `hive resume FILE{scope}`"
    )


class SwitchKeeper:
    """One runtime's. `look` is called often, and costs little while nothing changes."""

    def __init__(
        self,
        disk: Disk,
        clock: Clock,
        desks: Callable[[], Mapping[Address, OrderDesk]],
        say: Callable[[str, str], None],
        start_paused: StartPaused = _nobody_is_paused,
    ) -> None:
        """`say` tells people: a kind of one word, and a sentence."""
        self._file = SwitchFile(disk)
        self._answers = ResumeAnswers(disk)
        self._clock = clock
        self._desks = desks
        self._say = say
        self._start_paused = start_paused
        self._unwritten: dict[Scope, Switch] = {}
        self.applied = 0
        """The sequence number of the file that desks obey."""

    def open(self) -> None:
        """Have desks obey what earlier runs and people left, before they trade.

        Raises:
            Damaged, DiskFailed: nobody knows what is stopped.
        """
        thrown = self._file.read()
        self.applied = thrown.sequence  # whoever resumed before has been heard
        self._apply(thrown)
        for switch in thrown.in_force(self._clock.now_ms()):
            self._say("alarm", _thrown_before(switch, self._clock.now_ms()))

    def keep(self, switch: Switch) -> None:
        """A desk threw this one: let it outlive the process."""
        if len(self._unwritten) < UNWRITTEN_MAX:
            self._unwritten[switch.scope] = switch
        self._write()

    def look(self) -> None:
        """Obey what has been written since; write what could not be before."""
        if self._unwritten:
            self._write()
        try:
            thrown = self._file.read()
        except OperatorError as error:
            self._say("error", f"switches: {error}; those that were known are obeyed on")
            return
        if thrown.sequence != self.applied:
            self._apply(thrown)

    def _apply(self, thrown: Thrown) -> None:
        wanted = {switch.scope: switch for switch in thrown.in_force(self._clock.now_ms())}
        for desk in self._desks().values():
            for switch in desk.risk.thrown():
                if switch.scope not in wanted and switch.scope not in self._unwritten:
                    desk.risk.lift(switch.scope)
            for switch in wanted.values():
                desk.risk.throw(switch)
        news = [resumed for resumed in thrown.resumed if resumed.sequence > self.applied]
        if news:
            self._answer([self._resumed(resumed) for resumed in news])
        self.applied = thrown.sequence

    def _resumed(self, resumed: Resumed) -> ResumeAnswer:
        """End the halts of the accounts that somebody has looked at, and start who was paused."""
        accounts = []
        for account, desk in self._desks().items():
            if resumed.scope in (EVERYTHING, Scope(Reach.ACCOUNT, account)):
                reason = desk.snapshot().halt_reason
                if desk.resume(resumed.by):
                    accounts.append(account)
                    self._say("accounts", f"{account} is resumed by {resumed.by}: {reason}")
        faults = self._start_paused(resumed.scope)
        return ResumeAnswer(
            resumed.sequence,
            accounts=tuple(accounts),
            started=tuple(strategy for strategy, fault in faults.items() if not fault),
            failed={strategy: fault for strategy, fault in faults.items() if fault},
        )

    def _answer(self, answers: list[ResumeAnswer]) -> None:
        try:
            self._answers.add(answers)
        except OperatorError as error:
            self._say("error", f"resume: {error}; the log says who runs again")

    def _write(self) -> None:
        for scope, switch in list(self._unwritten.items()):
            try:
                self._file.throw(switch, self._clock.now_ms())
            except (Busy, DiskFailed):
                return
            except (OperatorError, LimitReached) as error:
                self._say("error", f"switches: {error}")
                return
            del self._unwritten[scope]
