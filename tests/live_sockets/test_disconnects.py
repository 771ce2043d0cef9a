"""Sockets that break in every way while strategies trade: nothing is lost, doubled or left open.

Traders in one process, each with an account and a middleman of its own, before one venue in
another. Each breaks again when it has been steady for a while; the venue's oracle is the judge.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from itertools import count, cycle, islice, repeat
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest
from tests.live_sockets.tcp_middleman import TcpMiddleman, Trouble, middleman
from tests.simulation import checks
from tests.simulation.restless import Restless, RestlessSettings

from hive.app.audit.oracle_client import OracleClient
from hive.app.notes.notices import Notices
from hive.app.processes.run_folder import journal_folder
from hive.app.wiring.plan import AccountPlan, RuntimePlan, StrategyPlan
from hive.app.wiring.runtime import Runtime, Seams
from hive.domain.identifiers import StrategyId
from hive.execution.desk.settings import DeskSnapshot
from hive.hyperliquid.limits import VenueLimits
from hive.hyperliquid.signing import Signer
from hive.runtime.clock import SystemClock
from hive.runtime.disk_live import LiveDisk
from hive.runtime.net_live import LiveNet
from hive.runtime.rng import SeededRng
from hive.storage.records import Record
from hive.storage.segments import read_records

COINS: Final = ("BTC", "ETH")
UNBOUNDED: Final = VenueLimits(
    weight_per_min=10**6,
    new_connections_per_min=10_000,
    messages_per_min=10**5,
    requests_initial=10**6,
    nonces_kept=100,
)
SETTLED_S_MAX: Final = 10.0
NOTICED_S_MAX: Final = 45.0
STEADY_S: Final = 10.2
"""A socket that has lived so long is dialled at once when it breaks again."""
QUIET_S: Final = 30.0
HALF_OPEN_ONE_IN: Final = 40
"""A peer that is gone without a word is found out after half a minute; the others are faster."""


class Stopwatch:
    """Behind `checks.Time`."""

    @property
    def now_ns(self) -> int:
        return SystemClock().monotonic_ns()


@contextmanager
def venue() -> Iterator[str]:
    """A local venue in a process of its own, without limits by count and time."""
    command = [sys.executable, "-m", "hive", "venue", "serve", "--port", "0", "--seed", "5"]
    options = ["--faucet", "1000000", "--no-limits", "--coins", ",".join(COINS), "--json"]
    process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())["venue"]
    finally:
        process.terminate()
        process.communicate(timeout=20)


async def until(condition: Callable[[], bool], within_s: float) -> None:
    """Look again and again: what is waited for is told to nobody."""
    async with asyncio.timeout(within_s):
        for pause_s in repeat(0.02):
            if condition():
                return
            await asyncio.sleep(pause_s)


class Trader:
    """One account's runtime behind a middleman of its own."""

    def __init__(self, number: int, url: str, between: TcpMiddleman, folder: Path) -> None:
        self._between = between
        self._disk = LiveDisk(folder)
        self._signer = Signer(f"{number + 1:064x}")
        self.account = self._signer.address
        self.diary = checks.Diary(Stopwatch())
        self._restless = {
            StrategyId(f"restless-{number}-{coin}"): Restless(
                RestlessSettings(coin=coin, seed=number, pause_ms=150, orders_max=6), self.diary
            )
            for coin in COINS
        }
        strategies = tuple(
            StrategyPlan(strategy_id=name, strategy=restless)
            for name, restless in self._restless.items()
        )
        plan = RuntimePlan(
            venue_url=url,
            accounts=(AccountPlan(signer=self._signer, strategies=strategies),),
            limits=UNBOUNDED,
        )
        clock = SystemClock()
        self._net = LiveNet()
        seams = Seams(clock=clock, net=self._net, disk=self._disk, rng=SeededRng(number))
        self.runtime = Runtime(plan, seams, Notices(clock))

    @property
    def snapshot(self) -> DeskSnapshot:
        return self.runtime.desks[self.account].snapshot()

    @property
    def openings(self) -> int:
        return sum(socket.openings for socket in self.runtime.pool.snapshot().by_socket)

    def is_settled(self) -> bool:
        """Everything that a break left open is closed: streams, reconciliation, doubts."""
        pool, desk = self.runtime.pool.snapshot(), self.snapshot
        return desk.is_in_step and not desk.unconfirmed_now and pool.sockets_open == pool.sockets

    async def live_through(self, troubles: Iterator[Trouble]) -> list[float]:
        """One trouble after another; how many seconds each took to settle once it was noticed."""
        loop = asyncio.get_running_loop()
        took_s = []
        for trouble in troubles:
            steady_until = loop.time() + STEADY_S
            await until(lambda at=steady_until: loop.time() >= at, 2 * STEADY_S)  # type: ignore[misc]  # a default is no parameter here
            before = self.openings
            self._between.make(trouble)
            await until(lambda before=before: self._is_noticed(before), NOTICED_S_MAX)  # type: ignore[misc]  # as above
            began_s = loop.time()
            await until(self.is_settled, 3 * SETTLED_S_MAX)
            took_s.append(loop.time() - began_s)
        return took_s

    def _is_noticed(self, openings_before: int) -> bool:
        pool = self.runtime.pool.snapshot()
        return pool.sockets_open < pool.sockets or self.openings > openings_before

    def hush(self) -> None:
        for restless in self._restless.values():
            restless.is_quiet = True

    async def differences(self, oracle: OracleClient) -> list[str]:
        """Everything believed here against the venue's truth."""
        truth, desk = await oracle.truth(self.account), self.runtime.desks[self.account]
        owners, names = self.diary.owner_by_cloid, list(self._restless)
        records = list(read_records(self._disk, journal_folder(self.account), Record))
        return [
            *self.diary.violations,
            *checks.unsettled(self.snapshot),
            *checks.orders_differ(truth, desk, names, owners),
            *checks.fills_differ(truth, records, owners),
            *checks.positions_differ(truth, records, desk, names, COINS),
        ]

    async def judge(self, oracle: OracleClient) -> list[str]:
        """What is wrong when all is quiet; markets go on, so a fill may be on its way."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + QUIET_S
        wrong = await self.differences(oracle)
        while wrong and loop.time() < until_s:
            await asyncio.sleep(0.2)
            wrong = await self.differences(oracle)
        return wrong

    async def stop(self) -> None:
        await self.runtime.stop()
        await self._net.aclose()


def drawn(disconnects: int) -> Iterator[Trouble]:
    """All kinds in turn, half-open ones rarely."""
    quick = cycle([trouble for trouble in Trouble if trouble is not Trouble.HALF_OPEN])
    for number in islice(count(), disconnects):
        is_slow = number % HALF_OPEN_ONE_IN == HALF_OPEN_ONE_IN // 2
        yield Trouble.HALF_OPEN if is_slow else next(quick)


async def scene(url: str, folder: Path, *, traders: int, disconnects: int) -> list[float]:
    """Trade and break, so often in all; seconds that each took to settle."""
    host, port = urlsplit(url).hostname, urlsplit(url).port
    assert host is not None
    assert port is not None
    async with AsyncExitStack() as stack:
        crowd = []
        for number in range(traders):
            between, near = await stack.enter_async_context(middleman(host, port))
            trader = Trader(number, near, between, folder / str(number))
            await trader.runtime.start()
            stack.push_async_callback(trader.stop)
            crowd.append(trader)
        troubles = drawn(disconnects)
        took_s = await asyncio.gather(*[trader.live_through(troubles) for trader in crowd])
        net = LiveNet()
        stack.push_async_callback(net.aclose)
        oracle = OracleClient(net, url)
        for trader in crowd:
            trader.hush()
        for trader in crowd:
            assert await trader.judge(oracle) == []
        fills = (await oracle.counters())["fills"]
        assert fills > disconnects
        assert sum(sum(trader.diary.news_by_kind.values()) for trader in crowd) > 10 * disconnects
    return [seconds for each in took_s for seconds in each]


def play(folder: Path, *, traders: int, disconnects: int) -> None:
    with venue() as url:
        took_s = asyncio.run(scene(url, folder, traders=traders, disconnects=disconnects))
    assert len(took_s) == disconnects
    assert max(took_s) <= SETTLED_S_MAX


@pytest.mark.full
def test_a_hundred_disconnects_lose_and_double_nothing_and_settle_within_ten_seconds(
    tmp_path: Path,
) -> None:
    play(tmp_path, traders=20, disconnects=100)


@pytest.mark.soak
def test_a_thousand_disconnects(tmp_path: Path) -> None:
    play(tmp_path, traders=20, disconnects=1_000)
