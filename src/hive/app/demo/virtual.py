"""`hive demo --virtual 10m`: the demonstration's world in simulated time, all in this process.

The same runtime and the same venue, on a kernel instead of a clock: a network of messages between
them, a disk in memory, the venue's real limits. Ten minutes pass in as long as their work takes.
"""

from __future__ import annotations

import sys
from typing import Any, Final

import msgspec

from hive.app.audit.compare_run import journaled_fills
from hive.app.audit.comparison import Comparison, compare
from hive.app.audit.oracle_client import fill_of, positions_of
from hive.app.demo.config import (
    FUNDS_USD,
    ORDER_USD_MAX,
    POSITION_USD_MAX,
    demo_strategies,
)
from hive.app.exit_codes import EXIT_FAILED
from hive.app.notes.notices import Notices
from hive.app.terminal.run_file import figures_text
from hive.app.terminal.summary import figures_of
from hive.app.view.runtime_view import RuntimeView
from hive.app.wiring.plan import AccountPlan, RuntimePlan, StrategyPlan
from hive.app.wiring.runtime import Runtime, Seams
from hive.domain.identifiers import Address
from hive.hyperliquid.signing import Signer
from hive.localvenue.config import VenueConfig
from hive.localvenue.listings.catalog import recorded_catalog
from hive.localvenue.markets.seeded import seeded_sources
from hive.localvenue.markets.synthetic import SyntheticMarkets
from hive.localvenue.venue import LocalVenue
from hive.localvenue.views.truth import AccountTruth
from hive.portfolio.risk import RiskLimits
from hive.runtime.rng import SeededRng
from hive.serving.core import ServerCore
from hive.simulation.clock import VirtualClock
from hive.simulation.disk import MemoryDisk
from hive.simulation.network import Network
from hive.simulation.venue_side import ServedVenue
from hive.simulation.virtual_time import NS_PER_MS, Kernel, ProcessLoop

START_MS: Final = 1_790_000_000_000
URL: Final = "http://venue"
IP: Final = "192.0.2.1"
START_LIMIT_MS: Final = 60_000
STOP_LIMIT_MS: Final = 60_000
SAMPLE_MS: Final = 1_000
MINUTE_MS: Final = 60_000


class VirtualRun(msgspec.Struct, frozen=True, kw_only=True):
    """How a run in simulated time ended."""

    figures: dict[str, Any]
    comparison: Comparison
    orders_by_minute: dict[str, list[int]]
    """Of each strategy: how many orders and replaces it sent in each minute."""
    limit_refusals: dict[str, int]
    """What the venue refused for its limits."""
    address_left_min: int
    failures: list[str]
    """Exceptions that nobody caught."""


class VirtualDemo:
    """One world; `run` plays it."""

    def __init__(self, strategies: int, seed: int) -> None:
        rng = SeededRng(seed)
        self.kernel = Kernel(rng.fork("ties").uniform)
        self._loop = ProcessLoop(self.kernel, "hive")
        self._signer = Signer(rng.fork("key").token(32))
        config = VenueConfig(start_ms=START_MS, seed=seed, funded={self._signer.address: FUNDS_USD})
        markets = SyntheticMarkets(seeded_sources(seed))
        self.venue = LocalVenue(config, markets, recorded_catalog())
        served = ServedVenue(ServerCore(self.venue), self.kernel, START_MS)
        network = Network(self.kernel, rng.fork("network").uniform, served, _untraced)
        clock = VirtualClock(self.kernel, START_MS)
        self._disk = MemoryDisk(rng.fork("disk").uniform).mount(self._loop)
        self._seams = Seams(
            clock=clock,
            net=network.of_process(self._loop, ip=IP),
            disk=self._disk,
            rng=rng.fork("runtime"),
        )
        notices = Notices(clock)
        self.runtime = Runtime(_plan(self._signer, strategies, seed), self._seams, notices)
        self._view = RuntimeView(self.runtime, clock, notices)
        self._served = served
        self._orders_by_minute: dict[str, list[int]] = {}
        self._address_left_min = config.limits.requests_initial

    def run(self, for_ms: int) -> VirtualRun:
        """Start, trade for so long, stop, and compare."""
        self._served.begin()
        self._wait_for(self.runtime.start(), START_LIMIT_MS)
        for elapsed_ms in range(SAMPLE_MS, for_ms + 1, SAMPLE_MS):
            self._run_until(self.kernel.now_ns + SAMPLE_MS * NS_PER_MS)
            self._view.sample()
            self._watch_budget()
            if elapsed_ms % MINUTE_MS == 0:
                self._count_orders()
        self._view.snapshot()  # the most streams are held now
        self._view.before_stop()
        stopped = self._view.stopped(self._wait_for(self.runtime.stop(), STOP_LIMIT_MS))
        comparison = self._comparison()
        return VirtualRun(
            figures=figures_of(
                stopped,
                comparison=comparison,
                sockets_peak=self.venue.counters()["socketsPeak"],
            ),
            comparison=comparison,
            orders_by_minute=self._orders_by_minute,
            limit_refusals=self._limit_refusals(),
            address_left_min=self._address_left_min,
            failures=list(self.kernel.failures),
        )

    def _wait_for(self, work: Any, limit_ms: int) -> Any:
        limit_ns = self.kernel.now_ns + limit_ms * NS_PER_MS
        return self.kernel.run_until_done(self._loop.start(work), limit_ns=limit_ns)

    def _run_until(self, until_ns: int) -> None:
        self.kernel.run(until_ns=until_ns)

    def _watch_budget(self) -> None:
        for account in self.runtime.accounts:
            budget = account.desk.snapshot().budget
            self._address_left_min = min(self._address_left_min, budget.cap - budget.used)

    def _count_orders(self) -> None:
        host = self.runtime.host
        assert host is not None
        for strategy in host.snapshot().strategies:
            counts = self._orders_by_minute.setdefault(strategy.strategy_id, [])
            counts.append(strategy.orders + strategy.replaces - sum(counts))

    def _comparison(self) -> Comparison:
        account = self._signer.address
        truth = self._truth(account)
        return compare(
            journaled_fills(self._disk, account),
            [fill_of(fill, account) for fill in truth.fills],
            positions_of(truth),
            len(truth.open_orders),
        )

    def _limit_refusals(self) -> dict[str, int]:
        """By limit: of the IP, and of the address (among what actions were refused for)."""
        counters = self.venue.counters()
        refused: dict[str, int] = dict(counters["limitRefusals"])
        refused |= {
            reason: count
            for reason, count in counters["refusals"].items()
            if reason.startswith("Too many")
        }
        return refused

    def _truth(self, account: Address) -> AccountTruth:
        return self.venue.truth(account)[0]


def run_virtual_demo(for_ms: int, strategies: int, seed: int, *, is_json: bool) -> int:
    """Play it and print the figures; 0 when the journal and the venue agree."""
    done = VirtualDemo(strategies, seed).run(for_ms)
    if is_json:
        sys.stdout.write(msgspec.json.encode(done.figures).decode() + "\n")
    else:
        sys.stdout.write(figures_text(done.figures))
    for line in [*done.comparison.examples, *done.failures]:
        sys.stderr.write(f"hive: {line}\n")
    return 0 if done.comparison.is_clean and not done.failures else EXIT_FAILED


def _plan(signer: Signer, strategies: int, seed: int) -> RuntimePlan:
    plans = tuple(
        StrategyPlan(strategy_id=strategy_id, strategy=strategy)
        for strategy_id, strategy in demo_strategies(strategies, seed)
    )
    return RuntimePlan(
        venue_url=URL,
        accounts=(AccountPlan(signer=signer, strategies=plans),),
        mode="paper",
        risk=RiskLimits(
            order_notional_usd_max=ORDER_USD_MAX, position_notional_usd_max=POSITION_USD_MAX
        ),
    )


def _untraced(_: str, __: bytes) -> None:
    """Nobody reads the trace of a demonstration."""
