"""`hive resume`: lifts switches, ends halts, and starts strategies again that their faults paused.

A trader that runs does all of it and answers whom it let go. Where none runs, halts are ended in
the journals; nobody is paused there, for every start begins with all strategies.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TextIO

import msgspec

from hive.app.exit_codes import EXIT_FAILED, EXIT_TIMEOUT
from hive.app.kill_switch.kill import Plea, as_json, require_known, written
from hive.app.kill_switch.obedience import TRADER, Obedience, SignsOfLife
from hive.app.kill_switch.resume_journals import resume_run
from hive.domain.errors import Busy, ConfigRefused
from hive.domain.switches import Reach, Scope, Switch
from hive.runtime.clock import SystemClock
from hive.runtime.disk_live import LiveDisk
from hive.storage.resume_answers import ResumeAnswer, ResumeAnswers
from hive.storage.switch_file import SwitchFile, Thrown


async def resume(plea: Plea, by: str) -> int:
    """Lift a switch (`all`: every one) and wait until the trader has done so.

    What else was stopped in the scope is let go as well, in `by`'s name: accounts that were halted,
    also where no trader runs, and strategies that were paused. 1 if one of these failed again.

    Raises:
        ConfigRefused: the command makes no sense, or nothing of that name is stopped.
        Busy, DiskFailed, Damaged: the switches could not be changed.
    """
    clock = SystemClock()
    scope = None if plea.scope == "all" else plea.named_scope()
    folder = plea.folder()
    if not folder.is_dir():
        raise ConfigRefused(f"{folder} is not there: nothing has ever run or been stopped in it")
    disk = LiveDisk(folder)
    file = SwitchFile(disk)
    if scope is not None:
        require_known(plea, scope, disk, told="nothing was resumed")
    lifted = [each for each in file.read().in_force(clock.now_ms()) if scope in (None, each.scope)]
    if scope is not None and scope.reach is Reach.COIN and not lifted:
        raise _not_thrown(scope, file.read())
    signs = SignsOfLife(folder, clock)
    thrown = await written(lambda: file.lift(scope, clock.now_ms(), by=by))
    obedience = await signs.obeyed(thrown.sequence, for_trader=True)
    answer = ResumeAnswer(thrown.sequence)
    if obedience.by == TRADER:
        answer = ResumeAnswers(disk).of(thrown.sequence) or answer
    elif obedience.code != EXIT_TIMEOUT:
        told = sys.stderr if plea.is_json else sys.stdout
        answer = _without_trader(folder, by, scope, answer, told)
    if scope is not None and not lifted and answer.is_empty and obedience.code != EXIT_TIMEOUT:
        raise _not_thrown(scope, thrown)
    _tell(plea, lifted, thrown, obedience, answer)
    if answer.failed:
        return EXIT_FAILED
    return EXIT_TIMEOUT if obedience.code == EXIT_TIMEOUT else 0


def _without_trader(
    folder: Path, by: str, scope: Scope | None, answer: ResumeAnswer, told: TextIO
) -> ResumeAnswer:
    """End halts in the journals."""
    is_of_accounts = scope is None or scope.reach is Reach.ACCOUNT
    if not is_of_accounts or not any((folder / "journal").glob("0x*")):
        return answer
    try:
        resumed = resume_run(folder, by, only=scope.name if scope else "", told=told)
    except Busy:
        return answer  # a trader that is late does it
    return msgspec.structs.replace(answer, accounts=resumed)


def _not_thrown(scope: Scope, thrown: Thrown) -> ConfigRefused:
    also = {Reach.STRATEGY: ", and is not paused", Reach.ACCOUNT: ", and is not halted"}
    names = ", ".join(str(switch.scope) for switch in thrown.switches)
    return ConfigRefused(
        f"{scope} was not thrown{also.get(scope.reach, '')}",
        hint=f"thrown are: {names}" if names else "nothing is thrown",
    )


def _tell(
    plea: Plea,
    lifted: list[Switch],
    thrown: Thrown,
    obedience: Obedience,
    answer: ResumeAnswer,
) -> None:
    if plea.is_json:
        more = {
            "lifted": [str(switch.scope) for switch in lifted],
            "resumed": list(answer.accounts),
            "started": list(answer.started),
            "failed_again": answer.failed,
        }
        sys.stdout.write(as_json(thrown, obedience, **more) + "\n")
        return
    names = ", ".join(str(switch.scope) for switch in lifted)
    told = f"{plea.scope}: {f'lifted {names}' if names else 'nothing was thrown'}{plea.where()}"
    lines = [f"{told}; {obedience.text}"]
    if obedience.by == TRADER:  # else each has been told as it was
        lines += [f"{account} is resumed" for account in answer.accounts]
    lines += [f"{strategy} is started again" for strategy in answer.started]
    lines += [f"{strategy} is paused again: {why}" for strategy, why in answer.failed.items()]
    if thrown.switches:
        lines.append("still thrown: " + ", ".join(str(each.scope) for each in thrown.switches))
    sys.stdout.write("\n".join(lines) + "\n")
