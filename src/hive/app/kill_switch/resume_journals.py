"""`hive resume`: a person has looked at a halted account and takes its books as they are.

Here the trader is not running: whoever may write the journal holds the run's lock. One that runs
does it itself (`app.wiring.switch_keeper`).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TextIO

from hive.app.processes.run_folder import JOURNALS, journal_folder
from hive.domain.errors import ConfigRefused
from hive.domain.identifiers import Address, Cloid, StrategyId
from hive.execution.books.account_books import AccountBooks
from hive.execution.books.recovery import recover
from hive.runtime.clock import SystemClock
from hive.runtime.disk_live import LiveDisk
from hive.runtime.ports import Disk
from hive.runtime.rng import SystemRng
from hive.storage.checkpoints import read_since_state
from hive.storage.journal import Journal
from hive.storage.records import ResumedRecord
from hive.storage.registry import Registry


def resume_run(
    state: Path, by: str, *, only: str = "", told: TextIO | None = None
) -> tuple[Address, ...]:
    """Resume every halted account below a run's folder, or the `only` one, and return them; `told`,
    or whoever reads standard output, is why each was halted.

    Raises:
        ConfigRefused: the folder holds no journal.
        Busy: the trader is running.
    """
    accounts = [Address(folder.name) for folder in sorted((state / JOURNALS).glob("0x*"))]
    if not accounts:
        raise ConfigRefused(f"{state} holds no journal")
    disk = LiveDisk(state)
    registry = Registry.open(disk, SystemRng())
    resumed = []
    try:
        for account in accounts:
            if only not in ("", account):
                continue
            reason = halt_of(disk, account)
            if reason:
                _resume(disk, account, by)
                resumed.append(account)
            (told or sys.stdout).write(
                f"{account}: {f'resumed; {reason}' if reason else 'not halted'}\n"
            )
    finally:
        registry.close()
    return tuple(resumed)


def halt_of(disk: Disk, account: Address) -> str:
    """What the account is halted for, by its journal; empty if it is not."""
    folder = journal_folder(account)
    journal = Journal(disk, folder)
    try:
        books = AccountBooks(journal, _nobodys)
        return recover(read_since_state(disk, folder), books).halt_reason
    finally:
        journal.close()


def _nobodys(cloid: Cloid) -> StrategyId | None:  # noqa: ARG001 (whose orders are is not asked)
    return None


def _resume(disk: Disk, account: Address, by: str) -> None:
    journal = Journal(disk, journal_folder(account))
    try:
        journal.append(ResumedRecord(by, SystemClock().now_ms()))
    finally:
        journal.close()
