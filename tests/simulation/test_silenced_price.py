"""A price stream that the venue silences while its market goes on: what strategies are told."""

from __future__ import annotations

from tests.unit.marketdata.quiet_world import FakeRest
from tests.unit.marketdata.quiet_world import World as QuietWorld

from hive.connection.rate_budget import IpBudget
from hive.connection.ws_pool import WsPool
from hive.domain.market import StreamCondition
from hive.hyperliquid.limits import VenueLimits
from hive.localvenue.config import VenueConfig
from hive.localvenue.listings.catalog import recorded_catalog
from hive.localvenue.markets.seeded import seeded_sources
from hive.localvenue.markets.synthetic import MarketSettings, SyntheticMarkets
from hive.localvenue.venue import LocalVenue
from hive.marketdata.market_data import MarketData
from hive.runtime.rng import SeededRng
from hive.runtime.tasks import Supervisor, TaskCrash
from hive.serving.core import ServerCore
from hive.simulation.clock import VirtualClock
from hive.simulation.network import Network
from hive.simulation.venue_side import ServedVenue
from hive.simulation.virtual_time import NS_PER_MS, Kernel, ProcessLoop

START_MS = 1_700_000_000_000
SILENT_MS = 180_000


class World:
    """A local venue with a market that moves, and the price of BTC as it is heard."""

    def __init__(self) -> None:
        self.kernel = Kernel()
        config = VenueConfig(start_ms=START_MS, seed=1, funded={})
        markets = SyntheticMarkets(seeded_sources(1), ("BTC",), MarketSettings())
        self.venue = LocalVenue(config, markets, recorded_catalog())
        self.served = ServedVenue(ServerCore(self.venue), self.kernel, START_MS)
        network = Network(self.kernel, lambda: 0.5, self.served, lambda what, frame: None)
        self.loop = ProcessLoop(self.kernel, "trader")
        clock = VirtualClock(self.kernel, START_MS)
        self.crashes: list[TaskCrash] = []
        tasks = Supervisor(clock, SeededRng(1), self.crashes.append)
        self.pool = WsPool(
            network.of_process(self.loop, ip="10.0.0.1"),
            clock,
            SeededRng(2),
            tasks,
            url="ws://venue/ws",
            limits=VenueLimits(),
            ip_budget=IpBudget(VenueLimits()),
        )
        universe = QuietWorld().market_data.universe
        self.market_data = MarketData(self.pool, FakeRest(), clock, tasks, universe=universe)
        self.prices: list[float] = []
        self.served.begin()
        self.loop.call_soon(self._watch)
        self.loop.start(self.pool.start())

    def _watch(self) -> None:
        self.market_data.watch_bbo("BTC", lambda bbo: self.prices.append(bbo.mid_px or 0))
        self.market_data.watch_mids(lambda mids: None)

    def silence(self, for_ms: int) -> None:
        request = {"type": "silenceChannel", "channel": "bbo", "forMs": for_ms}
        assert self.venue.oracle(request, now_ms=self.served.now_ms).status == 200

    def conditions(self, for_ms: int) -> list[StreamCondition]:
        """Second by second, for so long."""
        found = []
        for _ in range(for_ms // 1_000):
            self.kernel.run(until_ns=self.kernel.now_ns + 1_000 * NS_PER_MS)
            found.append(self.market_data.condition("BTC"))
        assert self.kernel.failures == []
        assert self.crashes == []
        return found


def test_a_silenced_price_is_stale_until_it_is_heard_of_itself() -> None:
    """It is asked for anew, and answered with how things stand, several times meanwhile."""
    world = World()
    world.conditions(60_000)
    assert world.conditions(5_000) == [StreamCondition.FRESH] * 5
    world.silence(SILENT_MS)
    heard = len(world.prices)
    assert world.conditions(15_000)[-1] is StreamCondition.STALE
    assert StreamCondition.FRESH not in world.conditions(SILENT_MS - 15_000)
    answers = set(world.prices[heard:])
    assert len(answers) > 1, "it was answered, and its market had moved"
    assert world.conditions(3_000)[-1] is StreamCondition.FRESH
    assert world.conditions(60_000) == [StreamCondition.FRESH] * 60
