"""A folder for each run, its owner's alone: configuration, keys of play, journal, report."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from hive.domain.errors import DiskFailed
from hive.domain.identifiers import Address

RUNS_PER_NAME_MAX: Final = 100_000
LOG: Final = "hive.jsonl"
"""Everything that was said, with the stacks of errors, in the folder of the journal."""
PRINTED: Final = "printed.txt"
"""What strategies print, beside it."""
JOURNALS: Final = "journal"
"""A folder for the journal of each account."""


def new_run_folder(parent: Path, name: str, *, hint: str = "") -> Path:
    """`parent/name-0001` or the first number that is free, made now; `hint` says what to do if
    that fails.

    Raises:
        DiskFailed: no folder can be made there.
    """
    try:
        return _made(parent, name)
    except OSError as error:
        told = f"no folder for this run in {parent}: {error.strerror}"
        raise DiskFailed(told, hint=hint) from error


def journal_folder(account: Address) -> str:
    """Where an account's journal lies, below the run's folder."""
    return f"{JOURNALS}/{account}"


def _made(parent: Path, name: str) -> Path:
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for number in range(1, RUNS_PER_NAME_MAX):
        folder = parent / f"{name}-{number:04}"
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            continue
        return folder.resolve()
    raise DiskFailed(f"{parent} holds {RUNS_PER_NAME_MAX} runs called {name}")
