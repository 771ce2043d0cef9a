"""A folder for each run, its owner's alone: configuration, keys of play, journal, report."""

from __future__ import annotations

from pathlib import Path
from typing import Final

RUNS_PER_NAME_MAX: Final = 100_000


def new_run_folder(parent: Path, name: str) -> Path:
    """`parent/name-0001` or the first number that is free, made now."""
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for number in range(1, RUNS_PER_NAME_MAX):
        folder = parent / f"{name}-{number:04}"
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            continue
        return folder.resolve()
    raise FileExistsError(f"{parent} holds {RUNS_PER_NAME_MAX} runs called {name}")
