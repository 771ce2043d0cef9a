"""A venue, a trader and its guardian in processes of their own, with a strategy that can get stuck.

What became of orders is read from the venue: its statuses carry its own time.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.request import Request, urlopen

from hive.app.demo.play_account import PlayAccount, approve_agent
from hive.app.processes.beat_files import BeatFiles
from hive.guardian.beats import Beat
from hive.hyperliquid.signing import Signer
from hive.runtime.clock import SystemClock
from hive.runtime.net_live import LiveNet
from hive.storage.switch_file import SWITCHES_PATH

HIVE: Final = [sys.executable, "-m", "hive"]
ORDERS: Final = 8
PATIENCE_ROUNDS: Final = 600
ROUND_S: Final = 0.05
CONFIG: Final = """
runtime: {{state_dir: state}}
account: {{url: "{url}", key_file: trader.key}}
monitoring: {{dashboard: {{enabled: false}}}}
guardian: {{key_file: guardian.key, silence_ms: {silence_ms}, on_silence: {on_silence}}}
strategies:
  - {{id: sticky, use: "./sticky.py:Sticky", params: {{flag: "{flag}", orders: {orders},
     position_usd: {position_usd}, has_stop: {has_stop}, nap_s: {nap_s}}}}}
"""
STRATEGY: Final = '''
import time
from pathlib import Path

from hive import Bbo, Context, Params, Strategy, TimeInForce


class Settings(Params):
    flag: str = ""
    orders: int = 0
    position_usd: float = 0.0
    has_stop: bool = False
    nap_s: float = 0.02


class Sticky(Strategy[Settings]):
    """Rests bids far below the market, and sleeps, or spins, in a handler while a file says so."""

    def on_start(self, ctx: Context) -> None:
        ctx.watch_bbo("BTC")
        ctx.every("look", 50)
        self.has_bought = False
        self.is_safe = False

    def on_bbo(self, ctx: Context, bbo: Bbo) -> None:
        if bbo.bid is None or bbo.ask is None:
            return
        if not self.has_bought and self.params.position_usd:
            self.has_bought = True
            px = bbo.ask.px * 1.01
            ctx.buy("BTC", self.params.position_usd / px, px, tif=TimeInForce.IOC)
        if self.params.has_stop and not self.is_safe and ctx.position("BTC").size:
            self.is_safe = True
            ctx.protect("BTC", stop_px=bbo.bid.px * 0.5)
        bids = [order for order in ctx.open_orders() if order.trigger is None]
        missing = self.params.orders - len(bids)
        for number in range(missing):
            px = bbo.bid.px * (0.8 - number / 100)
            ctx.buy("BTC", 20 / px, px, tif=TimeInForce.ALO)

    def on_timer(self, ctx: Context, name: str) -> None:
        while Path(self.params.flag).exists():
            if self.params.nap_s:
                time.sleep(self.params.nap_s)
'''


class Rig:
    """One run. Its processes end with it."""

    def __init__(self, folder: Path, url: str, **settings: Any) -> None:
        self.folder = folder
        self.url = url
        self.flag = folder / "stuck"
        self.config = folder / "hive.yml"
        usual = {
            "silence_ms": 60_000,
            "on_silence": "cancel",
            "orders": ORDERS,
            "position_usd": 0,
            "has_stop": "false",
            "nap_s": 0.02,
            "flag": self.flag,
        }
        self.config.write_text(CONFIG.format(url=url, **(usual | settings)))
        (folder / "sticky.py").write_text(STRATEGY)
        keys = {name: secrets.token_hex(32) for name in ("trader", "guardian")}
        for name, key in keys.items():
            path = folder / f"{name}.key"
            path.touch(mode=0o600)
            path.write_text(key)
        self.account = Signer(keys["trader"]).address
        self.ask("clearinghouseState")  # the faucet pays who is named
        asyncio.run(_approve(url, PlayAccount(keys["trader"], keys["guardian"])))
        self.beats = BeatFiles(folder / "state")
        self.trader: subprocess.Popen[str] | None = None

    # --- processes --------------------------------------------------------------------------------

    def begin(self) -> None:
        """Trade, until the venue shows the orders."""
        self.trader = subprocess.Popen(
            [*HIVE, "trader", str(self.config)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.wait(lambda: len(self.open_orders()) >= ORDERS)
        self.wait(lambda: (beat := self.beats.trader()) is not None and beat.state == "trading")

    def send(self, number: signal.Signals) -> None:
        assert self.trader is not None
        self.trader.send_signal(number)

    def hive(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        """Run a command; its exit code, and what it said as JSON."""
        done = subprocess.run(
            [*HIVE, *arguments, str(self.config)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)

    def end(self) -> None:
        self.flag.unlink(missing_ok=True)
        if self.trader is not None and self.trader.poll() is None:
            self.trader.send_signal(signal.SIGCONT)
            self.trader.send_signal(signal.SIGINT)
            try:
                self.trader.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.trader.kill()
        guardian = self.beats.guardian()
        if guardian is not None and guardian.state != "stopped":
            with _gone_is_fine():
                _signal(guardian, signal.SIGINT)
        self.beats.close()

    def wait(self, is_so: Callable[[], bool]) -> None:
        """Look again and again until it is so."""
        for _ in range(PATIENCE_ROUNDS):
            if is_so():
                return
            asyncio.run(asyncio.sleep(ROUND_S))
        raise AssertionError("it never came to be so")

    # --- the venue's word -------------------------------------------------------------------------

    def ask(self, kind: str) -> Any:
        body = json.dumps({"type": kind, "user": self.account}).encode()
        headers = {"Content-Type": "application/json"}
        request = Request(f"{self.url}/info", body, headers)  # noqa: S310 (http, to ourselves)
        with urlopen(request) as reply:  # noqa: S310 (http, to ourselves)
            return json.loads(reply.read())

    def open_orders(self) -> list[dict[str, Any]]:
        orders: list[dict[str, Any]] = self.ask("openOrders")
        return orders

    def triggers(self) -> int:
        """How many orders wait for a price."""
        return sum(order["isTrigger"] for order in self.ask("frontendOpenOrders"))

    def position(self) -> float:
        held = self.ask("clearinghouseState")["assetPositions"]
        return sum(float(each["position"]["szi"]) for each in held)

    def venue_ms(self) -> int:
        """The venue's own time, now."""
        at_ms: int = self.ask("clearinghouseState")["time"]
        return at_ms

    def canceled_ms(self) -> list[int]:
        """When each order that was cancelled was, by the venue's time."""
        rows = self.ask("historicalOrders")
        return [row["statusTimestamp"] for row in rows if row["status"] == "canceled"]

    def thrown_ms(self) -> int:
        """When the switch was thrown: venue and command line share this machine's clock."""
        thrown = json.loads((self.folder / "state" / SWITCHES_PATH).read_text())
        at_ms: int = thrown["switches"][0]["thrown_ms"]
        return at_ms


@contextmanager
def venue() -> Iterator[str]:
    """A local venue in a process of its own, whose faucet knows everybody."""
    command = [
        *HIVE,
        "venue",
        "serve",
        "--port",
        "0",
        "--seed",
        "5",
        "--faucet",
        "50000",
        "--limit",
        "weight_per_min=100000",
        "--json",
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())["venue"]
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


@contextmanager
def running(folder: Path, **settings: Any) -> Iterator[Rig]:
    """A venue, a trader with its orders in the book, a guardian."""
    with venue() as url:
        rig = Rig(folder, url, **settings)
        try:
            rig.begin()
            yield rig
        finally:
            rig.end()


async def _approve(url: str, account: PlayAccount) -> None:
    net = LiveNet()
    try:
        await approve_agent(net, url, account, SystemClock().now_ms())
    finally:
        await net.aclose()


def _signal(beat: Beat, number: signal.Signals) -> None:
    import os

    os.kill(beat.pid, number)


@contextmanager
def _gone_is_fine() -> Iterator[None]:
    try:
        yield
    except ProcessLookupError:
        return
