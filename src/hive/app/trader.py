"""The trading process: a runtime from a file, its page, and a line about itself every second.

It never draws. Its parent may be gone any moment: then it stops as if told to.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Final

from hive.app import trader_messages
from hive.app.config.load import HiveConfig, load_config
from hive.app.loop_lag import LoopLag
from hive.app.notices import Notices
from hive.app.page_server import PageServer
from hive.app.plan import plan_of
from hive.app.runtime_view import RuntimeView
from hive.app.trader_messages import Failed, Ready, Status, Stopped, TraderMessage
from hive.app.wiring import Runtime, Seams
from hive.domain.errors import HiveError
from hive.runtime.bus import Bus
from hive.runtime.clock import SystemClock
from hive.runtime.disk_live import LiveDisk
from hive.runtime.net_live import LiveNet
from hive.runtime.rng import SystemRng

STATUS_EVERY_S: Final = 1.0
FRAMES_PER_STATUS: Final = 4
"""Snapshots made between two lines while somebody looks at the page."""
SNAPSHOTS: Final = "runtime.snapshots"


async def run_trader(path: Path) -> int:
    """Trade until SIGINT, SIGTERM or the parent's end; 0 when every order's end is known."""
    try:
        config = load_config(path)
        return await _Trader(config).run()
    except HiveError as error:
        _say(Failed(message=str(error), hint=error.hint))
        return 1


class _Trader:
    """One run, from the first connection to the last cancel."""

    def __init__(self, config: HiveConfig) -> None:
        clock, rng = SystemClock(), SystemRng()
        disk = LiveDisk(Path(config.runtime.state_dir))
        self._notices = Notices(clock, disk.open_append("hive.jsonl"))
        self._seams = Seams(clock=clock, net=LiveNet(), disk=disk, rng=rng)
        self._config = config
        self._runtime = Runtime(plan_of(config), self._seams, self._notices)
        self._lag = LoopLag(clock)
        self._view = RuntimeView(self._runtime, clock, self._notices, self._lag)
        self._page = PageServer(self._runtime.tasks, self._view.history)
        self._bus = Bus(self._show_failed)
        self._bus.subscribe(SNAPSHOTS, self._page.show)
        self._stop = asyncio.Event()

    async def run(self) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop.set)
        page_url = ""
        try:
            await self._runtime.start()
            page_url = await self._open_page()
            self._lag.start()
            _say(Ready(account=self._view.account, page_url=page_url))
            await self._show_until_stopped()
        finally:
            uncertain = await self._runtime.stop()
            await self._page.aclose()
            await self._seams.net.aclose()
        self._lag.stop()
        _say(
            Stopped(
                snapshot=self._view.snapshot(),
                strategies=len(self._config.strategies),
                subscriptions=self._view.subscriptions_peak,
                strategies_ordering=self._view.strategies_ordering(),
                strategies_filled=self._view.strategies_filled(),
                equity_usd=self._view.equity_usd,
                orders_uncertain=uncertain,
            )
        )
        return 1 if uncertain else 0

    async def _open_page(self) -> str:
        dashboard = self._config.monitoring.dashboard
        return await self._page.start(dashboard.host, dashboard.port) if dashboard.enabled else ""

    async def _show_until_stopped(self) -> None:
        parent = os.getppid()
        turn = 0
        while not self._stop.is_set() and os.getppid() == parent:
            is_status = turn % FRAMES_PER_STATUS == 0
            if is_status:
                self._view.sample()
            if is_status or self._page.has_viewers:
                snapshot = self._view.snapshot()
                self._bus.publish(SNAPSHOTS, snapshot)
                if is_status:
                    _say(Status(snapshot=snapshot))
            turn += 1
            await asyncio.sleep(STATUS_EVERY_S / FRAMES_PER_STATUS)

    def _show_failed(self, topic: str, error: Exception) -> None:
        self._notices.say("error", f"{topic}: {type(error).__name__}: {error}")


def _say(message: TraderMessage) -> None:
    """One line to the parent; when nobody reads any more, nobody needs to be told."""
    try:
        sys.stdout.buffer.write(trader_messages.encode(message) + b"\n")
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        pass
