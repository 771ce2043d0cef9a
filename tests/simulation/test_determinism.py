"""The same seed is the same world: in another process, under another hash seed, beside a stranger.

And another seed is another one, so that the comparison is worth something.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SEEDS = "3:5"
PLAIN = "from tests.simulation.__main__ import main; main()"
WITH_A_STRANGER = f"import concurrent.futures, sqlite3, unittest.mock; {PLAIN}"


def traces(code: str, hash_seed: str) -> list[str]:
    """The trace hash of each seed, played in a process of its own."""
    path = os.pathsep.join((str(ROOT / "src"), str(ROOT)))
    done = subprocess.run(
        [sys.executable, "-c", code, "--seeds", SEEDS, "--verbose"],
        env=os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": path},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [line.split()[2] for line in done.stdout.splitlines() if line.startswith("seed ")]


def test_a_seed_gives_one_trace_wherever_it_is_played() -> None:
    first, second = traces(PLAIN, "1"), traces(WITH_A_STRANGER, "2")
    assert first == second
    assert len(set(first)) == 2
