"""A whole runtime at the local venue, in virtual time; the market goes where a test says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Any, Final

import msgspec
from tests.strategies.recorder import Recorder

from hive.app.notes.notices import Notices
from hive.app.processes.run_folder import journal_folder
from hive.app.wiring.plan import AccountPlan, RuntimePlan, StrategyPlan
from hive.app.wiring.runtime import Runtime, Seams
from hive.domain.identifiers import Address, Cloid, Oid, StrategyId
from hive.domain.market import Side
from hive.domain.orders import TimeInForce
from hive.hyperliquid.signing import Signer
from hive.localvenue.config import VenueConfig
from hive.localvenue.listings.catalog import Catalog, recorded_catalog
from hive.localvenue.market_data.candles import HistoryShape
from hive.localvenue.markets.ports import TradingFloor
from hive.localvenue.venue import LocalVenue
from hive.localvenue.views.truth import AccountTruth
from hive.runtime.rng import SeededRng
from hive.serving.core import ServerCore
from hive.simulation.clock import VirtualClock
from hive.simulation.disk import MemoryDisk
from hive.simulation.network import Network, VenueSide
from hive.simulation.venue_side import ServedVenue
from hive.simulation.virtual_time import NS_PER_MS, Kernel, ProcessLoop
from hive.storage.records import Record
from hive.storage.segments import read_records

START_MS: Final = 1_790_000_000_000
FUNDS_USD: Final = Decimal(1_000_000)
MAKER: Final = Address("0x" + "5c".rjust(40, "a"))
TAKER: Final = Address("0x" + "5c".rjust(40, "b"))
STEP_MS: Final = 500
DEPTH: Final = Decimal(5)
SPREAD_PX: Final = 20.0
FOLLOW_S: Final = 60
"""So long until marks have followed the oracle."""


class SteeredMarkets:
    """BTC around a price that a test sets, five coins on each side. Behind `Markets`."""

    def __init__(self, px: float) -> None:
        self.px = px
        self.depth = DEPTH
        self.takes: list[tuple[Side, Decimal, Decimal]] = []
        """What somebody else does at the next step: side, size and how far to go."""
        self._floor: TradingFloor | None = None
        self._quotes: dict[Side, Oid | None] = dict.fromkeys(Side)
        self._quoted: tuple[float, Decimal] | None = None
        self._next_ms = 0

    @property
    def coins(self) -> list[str]:
        return ["BTC"]

    def open(self, floor: TradingFloor, now_ms: int) -> None:
        self._floor = floor
        self._next_ms = now_ms
        self.advance(now_ms)

    def advance(self, now_ms: int) -> None:
        while self._next_ms <= now_ms:
            self._next_ms += STEP_MS
            if self._quoted != (self.px, self.depth):
                self._quote()
            while self.takes:
                self._take(*self.takes.pop(0))

    def next_deadline_ms(self) -> int:
        return self._next_ms

    def oracle_px(self, coin: str) -> float:
        return self.px

    def quote_px(self, side: Side) -> Decimal:
        return Decimal(round(self.px - side.sign * SPREAD_PX / 2))

    def _take(self, side: Side, size: Decimal, limit_px: Decimal) -> None:
        assert self._floor is not None
        self._floor.place(
            TAKER, "BTC", side=side, size=size, limit_px=limit_px, tif=TimeInForce.IOC
        )

    def _quote(self) -> None:
        floor = self._floor
        assert floor is not None
        self._quoted = (self.px, self.depth)
        for oid in self._quotes.values():
            if oid is not None:
                floor.cancel("BTC", oid)
        for side in Side:
            self._quotes[side] = floor.place(
                MAKER,
                "BTC",
                side=side,
                size=self.depth,
                limit_px=self.quote_px(side),
                tif=TimeInForce.GTC,
            )


@cache
def _catalog() -> Catalog:
    return recorded_catalog()


class VenueRig:
    """A started runtime; each of its strategies is a pair of hands for the test."""

    def __init__(
        self,
        *names: str,
        px: float = 80_000,
        plans: Callable[[StrategyPlan], StrategyPlan] = lambda plan: plan,
        run: Mapping[str, Any] = MappingProxyType({}),
        before: Callable[[VenueSide], VenueSide] = lambda venue: venue,
        **config: Any,
    ) -> None:
        """`plans` may change how each strategy is run; `run` is the runtime's plan besides,
        `config` the venue's; `before` may put something between the network and the venue."""
        self._names = names or ("alice",)
        self._plans = plans
        self._run = run
        rng = self._rng = SeededRng(5)
        self.kernel = Kernel(rng.fork("ties").uniform)
        self.signer = Signer("17" * 32)
        self.markets = SteeredMarkets(px)
        settings: dict[str, Any] = {
            "start_ms": START_MS,
            "funded": {self.signer.address: FUNDS_USD},
            "history": HistoryShape(minutes=90, hours=3),
            **config,
        }
        start_ms: int = settings["start_ms"]
        self.venue = LocalVenue(VenueConfig(**settings), self.markets, _catalog())
        self.served = ServedVenue(ServerCore(self.venue), self.kernel, start_ms)
        self.network = Network(self.kernel, rng.fork("net").uniform, before(self.served), _untraced)
        self.network.observe = self._observe
        self.clock = VirtualClock(self.kernel, start_ms)
        self.disk = MemoryDisk(rng.fork("disk").uniform)
        self.actions: list[dict[str, Any]] = []
        self.hands: dict[str, Recorder] = {}
        self._boots = 0
        self.served.begin()
        self.boot()

    # --- the process ----------------------------------------------------------------------------

    def boot(self) -> None:
        """Start a runtime on what an earlier one has left on the disk."""
        self._boots += 1
        self.loop = ProcessLoop(self.kernel, f"hive{self._boots}")
        seams = Seams(
            clock=self.clock,
            net=self.network.of_process(self.loop, ip="192.0.2.1"),
            disk=self.disk.mount(self.loop),
            rng=self._rng.fork(self.loop.name),
        )
        self.hands = {name: Recorder() for name in self._names}
        plans = [
            self._plans(StrategyPlan(strategy_id=StrategyId(name), strategy=hands))
            for name, hands in self.hands.items()
        ]
        plan = RuntimePlan(
            venue_url="http://venue",
            accounts=(AccountPlan(signer=self.signer, strategies=tuple(plans)),),
            **self._run,
        )
        self.runtime = Runtime(plan, seams, Notices(self.clock))
        task = self.loop.start(self.runtime.start())
        self.kernel.run_until_done(task, limit_ns=self.kernel.now_ns + 60_000 * NS_PER_MS)
        self.run_s(2)

    def die(self) -> None:
        """End the process without a word; what the operating system has stays."""
        self.loop.kill()
        self.network.cut_all(self.loop)
        self.disk.die("kill")

    def without(self, name: str) -> None:
        """From the next boot on a strategy is not there any more."""
        self._names = tuple([each for each in self._names if each != name])

    def plan_with(self, plans: Callable[[StrategyPlan], StrategyPlan]) -> None:
        """From the next boot on strategies are run so."""
        self._plans = plans

    def records(self) -> list[Record]:
        """The account's journal as it is on the disk now."""
        disk = self.disk.mount(ProcessLoop(self.kernel, "reader"))
        return list(read_records(disk, journal_folder(self.signer.address), Record))

    # --- time -----------------------------------------------------------------------------------

    def run_s(self, seconds: float) -> None:
        self.kernel.run(until_ns=self.kernel.now_ns + int(seconds * 1_000) * NS_PER_MS)
        assert not self.kernel.failures, self.kernel.failures

    def move(self, px: float) -> None:
        """The market goes there, and the mark follows."""
        self.markets.px = px
        self.run_s(FOLLOW_S)

    def go_wrong(self, fault: str, **how: Any) -> None:
        """Have the venue do a fault (`hive.localvenue.faults.kinds`)."""
        reply = self.venue.oracle({"type": fault, **how}, now_ms=self.served.now_ms)
        assert reply.status == 200, reply.body

    def take(self, side: Side, size: str, limit_px: float, *, for_s: float = 1) -> None:
        """Somebody else takes from the book, as far as that price, within the next half second."""
        self.markets.takes.append((side, Decimal(size), Decimal(limit_px)))
        self.run_s(for_s)

    def do(self, deed: Callable[[], Any], for_s: float = 1) -> Any:
        """Do something on the loop, and let the venue answer."""
        results: list[Any] = []
        self.loop.call_soon(lambda: results.append(deed()))
        self.run_s(for_s)
        return results[0]

    # --- what strategies see ----------------------------------------------------------------------

    def ctx(self, name: str = "alice") -> Any:
        ctx = self.hands[name].ctx
        assert ctx is not None
        return ctx

    def news(self, cloid: Cloid, name: str = "alice") -> list[str]:
        """What was told of an order, in order."""
        return [e.news.value for e in self.hands[name].news if e.order.cloid == cloid]

    def reason(self, cloid: Cloid, name: str = "alice") -> str:
        """The last reason that was given for what became of an order."""
        return [e.reason for e in self.hands[name].news if e.order.cloid == cloid][-1]

    def size(self, name: str = "alice") -> Decimal:
        size: Decimal = self.ctx(name).position("BTC").size
        return size

    # --- what the venue sees ----------------------------------------------------------------------

    @property
    def truth(self) -> AccountTruth:
        return self.venue.truth(self.signer.address)[0]

    def venue_size(self) -> Decimal:
        """What the account holds, by the venue's books."""
        return self.truth.positions.get("BTC", Decimal(0))

    def open_cloids(self) -> list[Cloid | None]:
        """Orders that rest or wait at the venue, by its books."""
        return [order.cloid for order in self.truth.open_orders]

    def orders_sent(self) -> Iterable[dict[str, Any]]:
        for action in self.actions:
            yield from action.get("orders", ())

    def _observe(self, road: str, message: bytes) -> None:
        frame = msgspec.json.decode(message)
        payload = frame.get("request", {}).get("payload", frame)
        if "action" in payload:
            self.actions.append(payload["action"])


def _untraced(_: str, __: bytes) -> None:
    """Nobody reads the trace."""
