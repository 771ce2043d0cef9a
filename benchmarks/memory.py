"""`memory`: what the trading process of `hive run` takes, with its page on and a market to trade.

The demonstration's strategies on a local venue of their own, a hundred and eleven hundred of them,
each kind with its own share. Resident memory after ten seconds of trading, while somebody looks at
the page.
"""

from __future__ import annotations

import tempfile
import urllib.request
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import yaml

from benchmarks.contenders import Process
from benchmarks.measure import Figures, Yardstick, resident_mb
from hive.app.demo.config import demo_config
from hive.app.processes import trader_messages
from hive.app.processes.trader_messages import Ready, Status
from hive.hyperliquid.signing import Signer

FEW: Final = 100
MANY: Final = 1_100
SEED: Final = 7
TRADING_S: Final = 10
KB_BY_MB: Final = 1_000
FUNDS_USD: Final = 10_000_000
KEY: Final = "0x" + "44" * 32
"""For measuring; it owns nothing anywhere."""
IMPORTS: Final = "import hive.app.trader.process, time; print(flush=True); time.sleep(60)"

YARDSTICKS: Final = {
    "rss_mb": Yardstick(bar_max=120, peer="112 idle, 131 after 540 orders; no page"),
    "kb_per_strategy": Yardstick(bar_max=25, peer="< 5 idle"),
}


class Traded(NamedTuple):
    """What a trading process took, and how much it had done by then."""

    rss_mb: float
    orders: int


def run() -> Figures:
    """Megabytes (10⁶ bytes) resident, and kilobytes for each further strategy."""
    few, many = _traded(FEW), _traded(MANY)
    return {
        "rss_mb": few.rss_mb,
        "rss_1100_mb": many.rss_mb,
        "imports_mb": _imports_mb(),
        "kb_per_strategy": (many.rss_mb - few.rss_mb) * KB_BY_MB / (MANY - FEW),
        "orders": few.orders,
        "orders_1100": many.orders,
    }


def _imports_mb() -> float:
    process = Process("imports", "-c", IMPORTS)
    try:
        process.line()
        return resident_mb(process.pid)
    finally:
        process.stop()


def _traded(strategies: int) -> Traded:
    venue_arguments = ("serve", "--seed", str(SEED), "--json", "--no-limits")
    fund = f"{Signer(KEY).address}={FUNDS_USD}"
    venue = Process("venue", "-m", "hive", "venue", *venue_arguments, "--fund", fund)
    try:
        url = msgspec.json.decode(venue.line())["venue"]
        with tempfile.TemporaryDirectory() as folder:
            config = _written(Path(folder), url, strategies)
            trader = Process("trading", "-m", "hive", "trader", str(config))
            try:
                return _watched(trader)
            finally:
                trader.stop()
    finally:
        venue.stop()


def _written(folder: Path, url: str, strategies: int) -> Path:
    """The demonstration's own configuration, with room for all of them."""
    (folder / "agent.key").write_text(KEY)
    whole = yaml.safe_load(demo_config(url, "agent.key", strategies, SEED))
    whole["runtime"]["max_strategies"] = strategies
    config = folder / "hive.yml"
    config.write_text(yaml.safe_dump(whole))
    config.chmod(0o600)
    (folder / "agent.key").chmod(0o600)
    return config


def _watched(trader: Process) -> Traded:
    """Let it trade, and look at its page as often as it tells how it stands: once a second."""
    ready = trader_messages.decode(trader.line())
    assert isinstance(ready, Ready), ready
    orders = 0
    for _ in range(TRADING_S):
        status = trader_messages.decode(trader.line())
        assert isinstance(status, Status), status
        orders = status.snapshot.orders
        urllib.request.urlopen(f"{ready.page_url}/api/snapshot").close()  # noqa: S310 (our own page)
    return Traded(resident_mb(trader.pid), orders)
