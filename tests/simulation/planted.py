"""Bugs planted on purpose: the simulation is worth what it finds.

Each is a patch of one place, applied to a copy of the source; the seeds are then run on the copy
until one of them fails. A patch whose text is no longer there is an error, not a pass.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import msgspec

ROOT: Final = Path(__file__).parents[2]


class PlantedBug(msgspec.Struct, frozen=True):
    """Replace `before` by `after`, once, in a file below `src/hive`."""

    name: str
    file: str
    before: str
    after: str


class Verdict(msgspec.Struct, frozen=True):
    """Whether the seeds caught a bug, and after how many."""

    bug: str
    caught_by_seed: int | None
    seeds_run: int
    how: str


def plant(bug: PlantedBug, folder: Path) -> Path:
    """A copy of the source with the bug in it; returns the folder to import from.

    Raises:
        LookupError: the place it patches is gone or no longer unique.
    """
    source = folder / "src"
    shutil.copytree(ROOT / "src", source, ignore=shutil.ignore_patterns("__pycache__"))
    path = source / "hive" / bug.file
    text = path.read_text()
    if text.count(bug.before) != 1:
        raise LookupError(f"{bug.name}: {bug.file} holds its text {text.count(bug.before)} times")
    path.write_text(text.replace(bug.before, bug.after))
    return source


def hunt(bug: PlantedBug, folder: Path, *, seeds: int) -> Verdict:
    """Run seeds on a copy with the bug until one fails."""
    source = plant(bug, folder)
    environment = os.environ | {"PYTHONPATH": f"{source}{os.pathsep}{ROOT}"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.simulation", "--seeds", f"0:{seeds}", "--until-failure"],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.strip().splitlines()
    if not lines or not lines[-1].startswith("{"):
        raise RuntimeError(f"{bug.name}: the runner broke: {done.stderr[-2000:]}")
    result = msgspec.json.decode(lines[-1])
    return Verdict(bug.name, result["failed_seed"], result["seeds_run"], result["violation"])
