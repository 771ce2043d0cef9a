"""A venue in a process of its own, and foreign clients that are let loose on it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CLIENTS = Path(sys.prefix) / "clients"
STOP_S_MAX = 30
EXERCISE_S_MAX = 120


@contextmanager
def served_venue(*options: str) -> Iterator[str]:
    """The URL of `hive venue serve OPTIONS` on a port that was free, while the block runs.

    Every account that shows itself is given 100,000 USD. The venue must end well when told to.
    """
    command = [sys.executable, "-m", "hive", "venue", "serve", "--port", "0", "--seed", "11"]
    process = subprocess.Popen(
        [*command, "--faucet", "100000", "--json", *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["venue"]
    finally:
        process.terminate()
        process.communicate(timeout=STOP_S_MAX)
    assert process.returncode == 0


def python_of(client: str) -> str:
    """The Python of a client's own environment, which `./run test` makes; else a skip says why."""
    python = CLIENTS / client / "bin" / "python"
    absent = CLIENTS / f"{client}.absent"
    if not python.exists():
        why = absent.read_text().strip() if absent.exists() else "`./run test` installs it"
        pytest.skip(f"{client} is not installed: {why}")
    return str(python)


def exercise(python: str, module: str, *arguments: str) -> dict[str, str | None]:
    """Run an exercise as a program: its fault by step."""
    done = subprocess.run(
        [python, "-m", f"tests.live_sockets.{module}", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=EXERCISE_S_MAX,
        check=False,
    )
    lines = done.stdout.strip().splitlines()
    assert done.returncode == 0, done.stderr
    outcome: dict[str, str | None] = json.loads(lines[-1])
    return outcome


def faults_in(outcome: dict[str, str | None]) -> dict[str, str]:
    assert outcome, "nothing was tried"
    return {step: fault for step, fault in outcome.items() if fault is not None}
