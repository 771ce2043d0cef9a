"""The demonstration as a person starts it: processes, sockets, files, and the books at the end."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


def demo(folder: Path, *options: str) -> dict[str, Any]:
    """Run `hive demo` to its end and return what it says."""
    done = subprocess.run(
        [sys.executable, "-m", "hive", "demo", "--json", "--folder", str(folder), *options],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


@pytest.mark.full
def test_a_hundred_strategies_trade_recover_and_leave_nothing(tmp_path: Path) -> None:
    figures = demo(tmp_path, "--for", "20s")
    assert figures["strategies"] == figures["strategies_ordering"] == 100
    assert figures["strategies_filled"] >= 60
    assert figures["cancels"] >= 300
    assert figures["replaces"] >= 100
    assert figures["reconnects"] >= 1
    assert figures["lost_responses"] >= 1
    for name in ("fills_missing", "fills_extra", "positions_differ", "orders_left"):
        assert figures[name] == 0, figures
    assert figures["sockets"] <= 3
    assert figures["subscriptions"] <= 100


def test_a_short_calm_run_agrees_with_the_venue_and_leaves_a_report(tmp_path: Path) -> None:
    figures = demo(tmp_path, "--for", "3s", "--strategies", "8", "--calm")
    assert figures["orders"] > 0
    assert figures["fills_missing"] == figures["fills_extra"] == figures["orders_left"] == 0
    (run,) = tmp_path.iterdir()
    assert "Strategies" in Path(figures["report"]).read_text()
    assert figures["report"] == str((run / "report.html").resolve())
    assert figures["paused"] == []
    assert "on purpose" not in Path(figures["report"]).read_text()
    held = {row["coin"]: row["size"] for row in figures["positions_held"]}
    assert all(row["holders"] for row in figures["positions_held"]), held
    assert (run / "agent.key").stat().st_mode & 0o077 == 0
