"""Traders in processes of their own that are killed while they trade, again and again.

Several live at once, each with an account and a disk of its own, because most of a life is waiting.
What became of their orders is read from the venue, whose word alone counts.
"""

from __future__ import annotations

import asyncio
import json
import random
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from urllib.request import Request, urlopen

from hive.hyperliquid.signing import Signer

ROUND_S: Final = 0.04
NEW_ORDERS_MIN: Final = 3
LIFE_S_MAX: Final = 60
CONFIG: Final = """
runtime: {{state_dir: state}}
account: {{url: "{url}", key_file: trader.key}}
monitoring: {{dashboard: {{enabled: false}}}}
strategies: [{{id: restless, use: "./restless.py:Restless"}}]
"""
STRATEGY: Final = '''
import time
from pathlib import Path

from hive import Bbo, Context, Params, Strategy, TimeInForce

Path(__file__).with_name("born").write_text(str(time.monotonic()))


class Settings(Params):
    pass


class Restless(Strategy[Settings]):
    """Ends what earlier lives left, and then does a little of everything, quickly."""

    def on_start(self, ctx: Context) -> None:
        ctx.watch_bbo("BTC")
        ctx.every("trade", 60)
        self.bbo = None
        self.mine = set()
        self.turns = 0

    def on_bbo(self, ctx: Context, bbo: Bbo) -> None:
        self.bbo = bbo

    def on_timer(self, ctx: Context, name: str) -> None:
        open_orders = ctx.open_orders()
        for order in open_orders:
            if order.cloid not in self.mine and not order.cancel_pending:
                ctx.cancel(order.cloid)
        bbo = self.bbo
        if bbo is None or bbo.bid is None or bbo.ask is None:
            return
        self.turns += 1
        mine = [order for order in open_orders if order.cloid in self.mine]
        if self.turns % 3 == 0:
            px = bbo.ask.px * 1.01
            ctx.buy("BTC", 15 / px, px, tif=TimeInForce.IOC)
        elif self.turns % 3 == 1 and ctx.position("BTC").size > 0:
            px = bbo.bid.px * 0.99
            ctx.sell("BTC", 15 / px, px, tif=TimeInForce.IOC)
        if len(mine) < 8:
            px = bbo.bid.px * (0.9 - self.turns % 7 / 100)
            self.mine.add(ctx.buy("BTC", 20 / px, px, tif=TimeInForce.ALO))
        elif self.turns % 2:
            px = mine[0].limit_px * 99 / 100
            ctx.replace(mine[0].cloid, size=mine[0].size, limit_px=px)
        else:
            ctx.cancel(mine[0].cloid)
'''


class Mortal:
    """One account's trader."""

    def __init__(self, folder: Path, url: str, *, seed: int) -> None:
        folder.mkdir()
        self.config = folder / "hive.yml"
        self.config.write_text(CONFIG.format(url=url))
        (folder / "restless.py").write_text(STRATEGY)
        key = secrets.token_hex(32)
        path = folder / "trader.key"
        path.touch(mode=0o600)
        path.write_text(key)
        self.deaths = 0
        self.orphaned_s: list[float] = []
        """Of each restart: how long until the last order of an earlier life had ended, from when
        the new one had read its configuration (a busy machine loads code slowly)."""
        self.resumed_s: list[float] = []
        """How long until it traded as well, which waits where an order of before is in doubt."""
        self._account = Signer(key).address
        self._info = f"{url}/info"
        self._said = folder / "said"
        self._born = folder / "born"
        self._uniform = random.Random(seed).random
        self._process: subprocess.Popen[bytes] | None = None
        self._left: set[str] = set()
        self._began_s = self._dies_s = 0.0
        self._is_clear = False
        self._ask("clearinghouseState")  # the faucet pays who is named

    def begin(self) -> None:
        """Start the process, on what the one before has left."""
        self._left = set(self.open_cloids())
        with self._said.open("wb") as said:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "hive", "trader", str(self.config)],
                stdout=said,
                stderr=subprocess.STDOUT,
            )
        self._began_s = time.monotonic()
        self._dies_s = 0.0
        self._is_clear = False

    def step(self) -> None:
        """Kill it once it trades and what was left has ended, and begin the next."""
        now_s = time.monotonic()
        assert self._process is not None
        assert self._process.poll() is None, self._said.read_text()
        if self._dies_s:
            if now_s >= self._dies_s:
                self._process.kill()
                self._process.wait()
                self.deaths += 1
                self.begin()
        elif self._has_taken_over(now_s):
            self._dies_s = now_s + self._uniform() * 0.3

    def stop(self) -> int:
        """Have it take over, then stop in order; its exit code."""
        assert self._process is not None
        while not self._has_taken_over(time.monotonic()):
            asyncio.run(asyncio.sleep(ROUND_S))
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(timeout=30)

    def end(self) -> None:
        """Whatever happened, nothing is left running."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def open_cloids(self) -> list[str]:
        """What rests in the book, by the venue's word."""
        return [str(order.get("cloid")) for order in self._ask("openOrders")]

    def _has_taken_over(self, now_s: float) -> bool:
        """It trades, and no order of an earlier life is left."""
        assert now_s - self._began_s < LIFE_S_MAX, f"left: {self._left}"
        found = set(self.open_cloids())
        if found & self._left:
            return False
        if not self._is_clear:
            self._is_clear = True
            self.orphaned_s.append(self._lived_s(now_s))
        if len(found) < NEW_ORDERS_MIN:
            return False
        self.resumed_s.append(self._lived_s(now_s))
        return True

    def _lived_s(self, now_s: float) -> float:
        """Since this life read its configuration; 0 before."""
        said = self._born.read_text() if self._born.exists() else ""
        born_s = float(said or 0)
        return now_s - born_s if born_s >= self._began_s else 0.0

    def _ask(self, kind: str) -> Any:
        body = json.dumps({"type": kind, "user": self._account}).encode()
        headers = {"Content-Type": "application/json"}
        request = Request(self._info, body, headers)  # noqa: S310 (http, to ourselves)
        with urlopen(request) as reply:  # noqa: S310 (http, to ourselves)
            return json.loads(reply.read())


def live_and_die(mortals: Sequence[Mortal], deaths: int) -> None:
    """Let them, until each has died so often; the last lives go on."""
    for mortal in mortals:
        mortal.begin()
    while any(mortal.deaths < deaths for mortal in mortals):
        for mortal in mortals:
            if mortal.deaths < deaths:
                mortal.step()
        asyncio.run(asyncio.sleep(ROUND_S))
