"""Commands of `hive` as people run them: processes, a folder with a file, a venue to trade on."""

from __future__ import annotations

import json
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HIVE = [sys.executable, "-m", "hive"]
WAIT_S_MAX = 60
ONE_BID = """
from decimal import Decimal
from pathlib import Path
from hive import Bbo, Context, OrderEvent, Params, Side, Strategy, TimeInForce

class OneBid(Strategy[Params]):
    def on_start(self, ctx: Context) -> None:
        ctx.watch_bbo("ETH")

    def on_bbo(self, ctx: Context, bbo: Bbo) -> None:
        if bbo.bid and not ctx.open_orders():
            ctx.buy("ETH", 100 / bbo.bid.px, bbo.bid.px * 0.99, tif=TimeInForce.ALO)

class Raising(OneBid):
    def on_bbo(self, ctx: Context, bbo: Bbo) -> None:
        raise ValueError("a mistake")

class Unready(OneBid):
    def on_start(self, ctx: Context) -> None:
        raise KeyError("no such thing")

class Unwilling(OneBid):
    def on_start(self, ctx: Context) -> None:
        raise RuntimeError("not today")

class Moody(OneBid):
    def on_start(self, ctx: Context) -> None:
        super().on_start(ctx)
        print("on_start")

    def on_bbo(self, ctx: Context, bbo: Bbo) -> None:
        if (Path(__file__).parent / "mood").exists():
            raise ValueError("a bad mood")
        super().on_bbo(ctx, bbo)

class Leaving(OneBid):
    def on_bbo(self, ctx: Context, bbo: Bbo) -> None:
        raise SystemExit(4)

class Printing(OneBid):
    def on_start(self, ctx: Context) -> None:
        super().on_start(ctx)
        print("a stray print")

class Flooding(OneBid):
    def on_bbo(self, ctx: Context, bbo: Bbo) -> None:
        for _ in range(300):
            ctx.buy("ETH", 0.01, bbo.bid.px * 0.9, tif=TimeInForce.ALO)

class Illegal(OneBid):
    def on_bbo(self, ctx: Context, bbo: Bbo) -> None:
        if ctx.state.setdefault("asked", False):
            return
        ctx.state["asked"] = True
        ctx.place("ETH", Side.BUY, Decimal("0.0500001"), Decimal("1000"))
        ctx.place("ETH", Side.BUY, Decimal("0.05"), Decimal("1000.123456"))
        ctx.place("ETH", Side.BUY, Decimal("0.0001"), Decimal("1000"))
        ctx.buy("ETH", float("nan"), 1000.0)

    def on_order(self, ctx: Context, event: OrderEvent) -> None:
        ctx.log(f"{event.news.name} {event.reason}")
"""


@contextmanager
def venue() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A local venue in a process of its own, whose faucet knows everybody."""
    command = [*HIVE, "venue", "serve", "--port", "0", "--faucet", "50000", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["venue"], process
        finally:
            process.send_signal(signal.SIGINT)


def config_in(folder: Path, url: str, *uses: str, page: str = "{enabled: false}") -> Path:
    """A configuration with a strategy for each class of the file above."""
    key = folder / "agent.key"
    key.touch(mode=0o600)
    key.write_text(secrets.token_hex(32))
    (folder / "mine.py").write_text(ONE_BID)
    blocks = "".join(f"  - {{id: {use}, use: './mine.py:{use}'}}\n" for use in uses)
    path = folder / "hive.yml"
    path.write_text(
        f"account: {{url: '{url}', key_file: agent.key}}\n"
        f"monitoring: {{dashboard: {page}}}\n"
        f"strategies:\n{blocks}"
    )
    return path


def hive(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; nobody is ever shown a stack trace."""
    command = [*HIVE, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=WAIT_S_MAX, check=False)
    assert "Traceback" not in done.stdout + done.stderr
    return done


def log_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "var" / "hive.jsonl").read_text().splitlines()]
