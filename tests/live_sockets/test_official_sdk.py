"""The official SDK, unmodified, trades on `hive venue serve`: base URL only."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXERCISE = "tests.live_sockets.sdk_exercise"
START_S_MAX = 30
EXERCISE_S_MAX = 120


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    """A venue in a process of its own, on a port that was free."""
    command = [sys.executable, "-m", "hive", "venue", "serve", "--port", "0", "--seed", "11"]
    process = subprocess.Popen(
        [*command, "--faucet", "100000", "--json"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["venue"]
    finally:
        process.terminate()
        process.communicate(timeout=START_S_MAX)
    assert process.returncode == 0


def test_the_sdk_trades_on_our_venue(base_url: str) -> None:
    """Every step of `sdk_exercise.py` passes: orders, bulk, market, leverage, agents, streams."""
    done = subprocess.run(
        [sys.executable, "-m", EXERCISE, base_url],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=EXERCISE_S_MAX,
        check=False,
    )
    lines = done.stdout.strip().splitlines()
    assert lines, done.stderr
    assert json.loads(lines[-1]) == {"fault": None, "not_passed": []}
