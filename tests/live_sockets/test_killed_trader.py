"""A trading process killed at any moment owns its orders again, and books every fill once."""

from __future__ import annotations

import asyncio
import json
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.live_sockets.mortals import Mortal, live_and_die

from hive.app.audit.compare_run import compare_run

TRADERS = 2
ORPHANED_S_MAX = 10.0
LIMITS = (
    "weight_per_min=1000000",
    "messages_per_min=1000000",
    "new_connections_per_min=10000",
    "connections_max=100",
)
"""What the venue counts by IP, which all who are killed here share."""
HIVE = [sys.executable, "-m", "hive"]
CONFIG = """
account: {{url: "{url}", key_file: agent.key}}
monitoring: {{dashboard: {{enabled: false}}}}
strategies:
  - id: maker-{{coin}}
    use: hive.strategies.maker
    foreach: {{coin: [BTC, ETH, SOL]}}
    params: {{size_usd: 200, edge_bps: 2}}
  - id: grid-{{coin}}
    use: hive.strategies.grid
    foreach: {{coin: [BTC, ETH, SOL]}}
    params: {{size_usd: 100, step_bps: 2}}
"""


@contextmanager
def venue() -> Iterator[str]:
    """A local venue in a process of its own, whose faucet knows everybody."""
    process = subprocess.Popen(
        [
            *(*HIVE, "venue", "serve", "--port", "0", "--seed", "5", "--faucet", "50000"),
            *(part for limit in LIMITS for part in ("--limit", limit)),
            "--json",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())["venue"]
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)  # closes its pipe too


def trade(config: Path, ending: signal.Signals, *, uptime_ms: int) -> dict[str, Any]:
    """Trade for so long, then send the signal; returns the last line that the process said."""
    said: dict[str, Any] = {}
    is_asked = False
    command = [*HIVE, "trader", str(config)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            said = json.loads(line)
            assert said["type"] != "failed", said
            is_due = said["type"] == "status" and said["snapshot"]["uptime_ms"] >= uptime_ms
            if is_due and not is_asked:
                process.send_signal(ending)
                is_asked = True
    return said


@pytest.mark.full
def test_three_kills_and_a_clean_end_leave_the_journal_equal_to_the_venue(tmp_path: Path) -> None:
    with venue() as url:
        key = tmp_path / "agent.key"
        key.touch(mode=0o600)
        key.write_text(secrets.token_hex(32))
        config = tmp_path / "hive.yml"
        config.write_text(CONFIG.format(url=url))
        for uptime_ms in (3_000, 5_000, 4_000):
            trade(config, signal.SIGKILL, uptime_ms=uptime_ms)
        last = trade(config, signal.SIGINT, uptime_ms=4_000)
        assert last["type"] == "stopped"
        assert last["orders_uncertain"] == 0
        compared = subprocess.run(
            [*HIVE, "compare", str(config)], capture_output=True, text=True, check=False
        )
    found = json.loads(compared.stdout)
    assert compared.returncode == 0, found
    assert found["fills_compared"] > 0


@pytest.mark.parametrize(
    "deaths",
    [
        pytest.param(40, marks=pytest.mark.full),
        pytest.param(500, marks=pytest.mark.soak),
    ],
)
def test_kills_while_it_trades_orphan_no_order_and_lose_no_fill(
    deaths: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its orders of earlier lives are cancelled at the venue by the next life's strategy, so soon
    that its whole start is in the bar; then journal and venue agree."""
    with venue() as url:
        mortals = [Mortal(tmp_path / str(n), url, seed=n) for n in range(TRADERS)]
        try:
            live_and_die(mortals, deaths // TRADERS)
            stops = [mortal.stop() for mortal in mortals]
        finally:
            for mortal in mortals:
                mortal.end()
        assert sum(mortal.deaths for mortal in mortals) == deaths
        assert stops == [0] * TRADERS
        slowest_s = max(took_s for mortal in mortals for took_s in mortal.orphaned_s)
        assert slowest_s <= ORPHANED_S_MAX
        for mortal in mortals:
            assert mortal.open_cloids() == []
            code = asyncio.run(compare_run(mortal.config))
            said = capsys.readouterr().out
            assert code == 0, said
            assert json.loads(said)["fills_compared"] > deaths // TRADERS
