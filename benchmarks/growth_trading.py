"""Twenty accounts traded by one runtime, in virtual time, with real files: what `growth` measures.

The runtime is the one of `hive run`, with the picture of itself that it makes every second. Its
messages are counted where they pass the socket's edge, both ways, requests and answers included.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from benchmarks.growth_strategy import Steady, SteadySettings
from hive.app.notes.notices import Notices
from hive.app.processes import trader_messages
from hive.app.processes.trader_messages import Status
from hive.app.view.runtime_view import POINTS_MAX, RuntimeView
from hive.app.wiring.plan import AccountPlan, RuntimePlan, StrategyPlan
from hive.app.wiring.runtime import Runtime, Seams
from hive.domain.identifiers import StrategyId
from hive.execution.orders.dispatch import DispatchLimits
from hive.hyperliquid.signing import Signer
from hive.runtime.disk_live import LiveDisk
from hive.runtime.rng import SeededRng
from hive.simulation.clock import VirtualClock
from hive.simulation.network import Network
from hive.simulation.venue_side import ServedVenue, VenueCore
from hive.simulation.virtual_time import NS_PER_MS, Kernel, ProcessLoop

START_MS: Final = 1_790_000_000_000
IP: Final = "192.0.2.1"
SEED: Final = 7
ACCOUNTS: Final = 20
PAUSE_MS: Final = 2_050
"""Twenty strategies then order five hundred times a minute."""
COINS: Final = ("BTC", "ETH", "SOL", "HYPE", "ZEC", "XRP", "NEAR", "DOGE", "SUI", "ENA")
START_LIMIT_MS: Final = 600_000
SECOND_MS: Final = 1_000
SURGE_PER_SECOND: Final = 1_000.0
MEMORY: Final = DispatchLimits(fills_max=1_200, ended_max=400, legs_max=2_000, twaps_max=5)
"""A tenth of the usual or less, so that it is soon full; how large it is makes no difference."""


class Sample(NamedTuple):
    """How it stands after so many minutes of trading."""

    minute: int
    messages: int
    rss_mb: float
    in_use_mb: float
    """What has been allocated and not been freed."""
    orders: int
    """Orders and replaces that the venue was asked for, by its own count."""


def signers(count: int = ACCOUNTS) -> list[Signer]:
    """Whose money it is."""
    rng = SeededRng(SEED)
    return [Signer(rng.fork(f"account {number}").token(32)) for number in range(count)]


def venue_arguments(owners: Sequence[Signer]) -> list[str]:
    """Of the venue's process: its opening, its markets, and who has money there."""
    return [str(START_MS), str(SEED), ",".join(COINS), *(owner.address for owner in owners)]


class Trading:
    """A runtime that trades each of the accounts with a strategy of its own."""

    def __init__(
        self,
        venue: VenueCore,
        owners: Sequence[Signer],
        folder: Path,
        *,
        pause_ms: int = PAUSE_MS,
        hears_trades: bool = True,
    ) -> None:
        """`pause_ms`: how long each strategy waits between two of its deeds."""
        rng = SeededRng(SEED)
        self.messages = 0
        """Frames, requests and answers, sent and received."""
        self.kernel = Kernel(rng.fork("ties").uniform)
        self._loop = ProcessLoop(self.kernel, "hive", works_inline=True)
        served = ServedVenue(venue, self.kernel, START_MS)
        network = Network(self.kernel, rng.fork("network").uniform, served, self._passed)
        clock = VirtualClock(self.kernel, START_MS)
        coins = [COINS[number % len(COINS)] for number in range(len(owners))]
        self.strategies = [
            Steady(SteadySettings(coin=coin, pause_ms=pause_ms, hears_trades=hears_trades))
            for coin in coins
        ]
        accounts = [
            _account(number, owner, self.strategies[number]) for number, owner in enumerate(owners)
        ]
        plan = RuntimePlan(venue_url="http://venue", accounts=tuple(accounts), memory=MEMORY)
        seams = Seams(
            clock=clock,
            net=network.of_process(self._loop, ip=IP),
            disk=LiveDisk(folder),
            rng=rng.fork("runtime"),
        )
        notices = Notices(clock)
        self.runtime = Runtime(plan, seams, notices)
        self._view = RuntimeView(self.runtime, clock, notices)
        served.begin()

    @property
    def now_ms(self) -> int:
        return START_MS + self.kernel.now_ns // NS_PER_MS

    def start(self) -> None:
        """Start the runtime."""
        self._wait_for(self.runtime.start())

    def stop(self) -> None:
        """Stop the runtime."""
        self._wait_for(self.runtime.stop())

    def fill_history(self) -> None:
        """Have the picture's hour of history full at once."""
        for _ in range(POINTS_MAX):
            self._view.sample()

    def pass_seconds(self, seconds: int) -> None:
        """Trade for so long, and tell about itself every second, as the trading process does."""
        for _ in range(seconds):
            self.kernel.run(until_ns=self.kernel.now_ns + SECOND_MS * NS_PER_MS)
            self._view.sample()
            trader_messages.encode(Status(snapshot=self._view.snapshot()))
        assert not self.kernel.failures, self.kernel.failures

    def surge(self, orders: int) -> None:
        """Have every strategy take so often in each of its slots; 0 ends it."""
        for strategy in self.strategies:
            strategy.surge = orders

    def _wait_for(self, work: Any) -> None:
        limit_ns = self.kernel.now_ns + START_LIMIT_MS * NS_PER_MS
        self.kernel.run_until_done(self._loop.start(work), limit_ns=limit_ns)

    def _passed(self, road: str, _: bytes) -> None:
        if not road.endswith("closed"):
            self.messages += 1


def _account(number: int, owner: Signer, strategy: Steady) -> AccountPlan:
    plan = StrategyPlan(
        strategy_id=StrategyId(f"steady-{number}"),
        strategy=strategy,
        orders_per_second_max=SURGE_PER_SECOND,
    )
    return AccountPlan(signer=owner, strategies=(plan,), name=f"account-{number}")
