"""Many strategies on one account under the venue's real limits, in virtual time.

What reached the venue is counted where it arrives; what the venue refused, and how much of the
address's stock is used, is read from its oracle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec

from hive import Context, Params, Side, Strategy, TimeInForce
from hive.app.notes.notices import Notices
from hive.app.wiring.plan import AccountPlan, RuntimePlan, StrategyPlan
from hive.app.wiring.runtime import Runtime, Seams
from hive.domain.identifiers import Cloid, StrategyId
from hive.hyperliquid.limits import VenueLimits
from hive.hyperliquid.signing import Signer
from hive.localvenue.config import Cadence, VenueConfig
from hive.localvenue.listings.catalog import recorded_catalog
from hive.localvenue.markets.scripted import PricePoint, ScriptedCoin, ScriptedMarkets
from hive.localvenue.venue import LocalVenue
from hive.localvenue.views.truth import AccountTruth
from hive.runtime.rng import SeededRng
from hive.serving.core import ServerCore
from hive.simulation.clock import VirtualClock
from hive.simulation.disk import MemoryDisk
from hive.simulation.network import HttpAnswer, Network
from hive.simulation.venue_side import ServedVenue
from hive.simulation.virtual_time import NS_PER_MS, Kernel, ProcessLoop

START_MS: Final = 1_790_000_000_000
COIN: Final = "BTC"
PX: Final = 50_000.0
MINUTE_MS: Final = 60_000
THROUGH: Final = 0.001
"""How far through the market a taker's price goes."""
CALM: Final = Cadence(
    all_mids_ms=60_000,
    context_ms=60_000,
    all_contexts_ms=60_000,
    l2_book_ms=60_000,
    l2_book_fast_ms=60_000,
    candle_ms=60_000,
    account_ms=60_000,
    web_data_ms=60_000,
    prices_ms=60_000,
    premium_ms=60_000,
)
"""What is pushed only so that somebody sees it is not what is tried here."""


class EagerSettings(Params, frozen=True, kw_only=True):
    """What a strategy wants: so many orders at once, after each pause (drawn around its mean)."""

    seed: int = 0
    pause_ms: int = 1_000
    orders: int = 1
    usd: float = 12.0
    far_pct: float = 5.0
    """How far below the market it buys."""
    rests: bool = False
    """Its orders rest, and it cancels the last ones before it places the next."""
    takes_every: int = 0
    """So often it takes instead, with buys and sells in turn; 0 is never."""
    storm_ms: int = 1
    calm_ms: int = 0
    """It asks for so long, then rests for so long, again and again; without rest by default."""


class Diary:
    """Who asked for what, when; in monotonic milliseconds."""

    def __init__(self) -> None:
        self.owner_by_cloid: dict[Cloid, str] = {}
        self.asked_ms: dict[Cloid, int] = {}
        self.cancel_asked_ms: dict[Cloid, int] = {}
        self.is_kept = True
        """Whether single orders are remembered; else they are only counted."""

    def asked(self, strategy: str, cloid: Cloid, now_ms: int) -> None:
        if self.is_kept:
            self.owner_by_cloid[cloid] = strategy
            self.asked_ms[cloid] = now_ms

    def cancel_asked(self, cloid: Cloid, now_ms: int) -> None:
        if self.is_kept:
            self.cancel_asked_ms[cloid] = now_ms

    def forget(self) -> None:
        self.owner_by_cloid.clear()
        self.asked_ms.clear()
        self.cancel_asked_ms.clear()


class Eager(Strategy[EagerSettings]):
    """Asks for more or less than it can get, and never looks at what it got."""

    def __init__(self, params: EagerSettings, diary: Diary) -> None:
        super().__init__(params)
        self._rng = SeededRng(params.seed)
        self._diary = diary
        self._resting: list[Cloid] = []
        self._side = Side.BUY
        self._asks = 0

    def on_start(self, ctx: Context) -> None:
        ctx.after("ask", self._pause_ms())

    def on_timer(self, ctx: Context, name: str) -> None:
        settings = self.params
        into_ms = ctx.monotonic_ms() % (settings.storm_ms + settings.calm_ms)
        if settings.calm_ms and into_ms > settings.storm_ms:
            ctx.after("ask", settings.storm_ms + settings.calm_ms - into_ms)
            return
        ctx.after("ask", self._pause_ms())
        self._asks += 1
        for cloid in self._resting:
            ctx.cancel(cloid)
            self._diary.cancel_asked(cloid, ctx.monotonic_ms())
        self._resting.clear()
        if settings.takes_every and not self._asks % settings.takes_every:
            side, self._side = self._side, self._side.opposite
            self._place(ctx, side, PX * (1 + side.sign * THROUGH), TimeInForce.IOC)
            return
        tif = TimeInForce.GTC if settings.rests else TimeInForce.IOC
        for _ in range(settings.orders):
            cloid = self._place(ctx, Side.BUY, PX * (1 - settings.far_pct / 100), tif)
            if settings.rests:
                self._resting.append(cloid)

    def _place(self, ctx: Context, side: Side, px: float, tif: TimeInForce) -> Cloid:
        cloid = ctx.place(COIN, side, self.params.usd / PX, round(px), tif=tif)
        self._diary.asked(ctx.strategy_id, cloid, ctx.monotonic_ms())
        return cloid

    def _pause_ms(self) -> int:
        return 1 + int(2 * self.params.pause_ms * self._rng.uniform())


class Gate:
    """Behind `VenueSide`: the served venue, and a note of each order as it arrives."""

    def __init__(self, served: ServedVenue, kernel: Kernel) -> None:
        self._served = served
        self._kernel = kernel
        self.arrived_ms: dict[Cloid, int] = {}
        self.cancel_arrived_ms: dict[Cloid, int] = {}
        self.messages_by_minute: dict[int, int] = {}
        self.is_kept = True

    def http(self, path: str, body: bytes, *, ip: str, answer: HttpAnswer) -> None:
        self._served.http(path, body, ip=ip, answer=answer)

    def ws_open(
        self, *, ip: str, send: Callable[[bytes], None], drop: Callable[[], None]
    ) -> int | None:
        return self._served.ws_open(ip=ip, send=send, drop=drop)

    def ws_frame(self, connection: int, frame: bytes) -> None:
        now_ms = self._kernel.now_ns // NS_PER_MS
        minute = now_ms // MINUTE_MS
        self.messages_by_minute[minute] = self.messages_by_minute.get(minute, 0) + 1
        if self.is_kept:
            self._note(frame, now_ms)
        self._served.ws_frame(connection, frame)

    def _note(self, frame: bytes, now_ms: int) -> None:
        if b'"orders"' in frame:
            action = msgspec.json.decode(frame)["request"]["payload"]["action"]
            for order in action["orders"]:
                self.arrived_ms[order["c"]] = now_ms
        elif b'"cancelByCloid"' in frame:
            action = msgspec.json.decode(frame)["request"]["payload"]["action"]
            for cancel in action["cancels"]:
                self.cancel_arrived_ms.setdefault(cancel["cloid"], now_ms)

    def ws_closed(self, connection: int) -> None:
        self._served.ws_closed(connection)


class Throng:
    """One account and its strategies."""

    def __init__(
        self,
        settings: Sequence[EagerSettings],
        *,
        limits: VenueLimits | None = None,
        funds_usd: int = 1_000_000,
        step_ms: int = 1_000,
        block_ms: int = 70,
        keeps: bool = True,
    ) -> None:
        rng = SeededRng(3)
        self.limits = limits or VenueLimits()
        self.kernel = Kernel()
        self.diary = Diary()
        self.diary.is_kept = keeps
        self._signer = Signer(rng.fork("key").token(32))
        self.account = self._signer.address
        self.venue = self._venue(funds_usd, step_ms=step_ms, block_ms=block_ms)
        served = ServedVenue(ServerCore(self.venue, self.limits), self.kernel, START_MS)
        self.gate = Gate(served, self.kernel)
        self.gate.is_kept = keeps
        network = Network(self.kernel, rng.fork("net").uniform, self.gate, lambda *_: None)
        clock = VirtualClock(self.kernel, START_MS)
        self._loop = ProcessLoop(self.kernel, "hive")
        seams = Seams(
            clock=clock,
            net=network.of_process(self._loop, ip="192.0.2.1"),
            disk=MemoryDisk(rng.fork("disk").uniform).mount(self._loop),
            rng=rng.fork("runtime"),
        )
        self.names = [f"s{number}" for number in range(len(settings))]
        strategies = tuple(
            StrategyPlan(
                strategy_id=StrategyId(name),
                strategy=Eager(each, self.diary),
                orders_per_second_max=100_000.0,
            )
            for name, each in zip(self.names, settings, strict=True)
        )
        account = AccountPlan(signer=self._signer, strategies=strategies)
        plan = RuntimePlan(venue_url="http://venue", accounts=(account,), limits=self.limits)
        self.runtime = Runtime(plan, seams, Notices(clock))
        served.begin()
        limit_ns = self.kernel.now_ns + MINUTE_MS * NS_PER_MS
        self.kernel.run_until_done(self._loop.start(self.runtime.start()), limit_ns=limit_ns)

    def _venue(self, funds_usd: int, *, step_ms: int, block_ms: int) -> LocalVenue:
        config = VenueConfig(
            start_ms=START_MS,
            funded={self.account: Decimal(funds_usd)},
            limits=self.limits,
            block_ms=block_ms,
            cadence=CALM,
        )
        script = ScriptedCoin(coin=COIN, path=(PricePoint(0, PX),), levels=1, depth_usd=5e6)
        markets = ScriptedMarkets([script], step_ms=step_ms)
        return LocalVenue(config, markets, recorded_catalog())

    def pass_ms(self, duration_ms: int) -> None:
        self.kernel.run(until_ns=self.kernel.now_ns + duration_ms * NS_PER_MS)
        assert not self.kernel.failures, self.kernel.failures

    # --- what the venue says ---------------------------------------------------------------------

    def refusals_for_limits(self) -> dict[str, int]:
        """By limit: of the IP, of posts in flight, and of the address."""
        counters: dict[str, Any] = self.venue.counters()
        refused: dict[str, int] = {**counters["limitRefusals"], **counters["addressesExhausted"]}
        if counters["postsRefused"]:
            refused["posts"] = counters["postsRefused"]
        refused |= {
            reason: count
            for reason, count in counters["refusals"].items()
            if reason.startswith("Too many")
        }
        return {name: count for name, count in refused.items() if count}

    def used(self) -> int:
        """Requests of the address, so far."""
        return int(self.venue.counters()["addresses"].get(self.account, 0))

    def requests_left(self) -> int:
        """What the venue would still take of the address's ordinary actions."""
        traded_usd = sum((fill.px * fill.size for fill in self._truth().fills), Decimal(0))
        return self.limits.requests_initial + int(traded_usd) - self.used()

    def traders(self) -> set[str]:
        """Who traded, of those who asked since `forget`."""
        owner = self.diary.owner_by_cloid
        return {owner[fill.cloid] for fill in self._truth().fills if fill.cloid in owner}

    def _truth(self) -> AccountTruth:
        return self.venue.truth(self.account)[0]

    # --- what arrived ----------------------------------------------------------------------------

    def served(self) -> dict[str, int]:
        """Orders that arrived, by strategy."""
        return self._by_owner(self.gate.arrived_ms)

    def demanded(self) -> dict[str, int]:
        """Orders that were asked for, by strategy."""
        return self._by_owner(self.diary.asked_ms)

    def _by_owner(self, cloids: Iterable[Cloid]) -> dict[str, int]:
        owner = self.diary.owner_by_cloid
        counts = dict.fromkeys(self.names, 0)
        for cloid in cloids:
            if cloid in owner:
                counts[owner[cloid]] += 1
        return counts

    def forget(self) -> None:
        """Count from now on."""
        self.diary.forget()
        self.gate.arrived_ms.clear()
        self.gate.cancel_arrived_ms.clear()

    def overdue(self, names: Sequence[str], after_ms: int) -> list[Cloid]:
        """What these asked for so long ago, and has not arrived."""
        before_ms = self.kernel.now_ns // NS_PER_MS - after_ms
        return [
            cloid
            for cloid, asked_ms in self.diary.asked_ms.items()
            if asked_ms < before_ms
            and cloid not in self.gate.arrived_ms
            and self.diary.owner_by_cloid[cloid] in names
        ]

    def waits_ms(self, names: Sequence[str]) -> list[int]:
        """From asking to arrival, of what these asked for and what arrived, in order of size."""
        asked, owner = self.diary.asked_ms, self.diary.owner_by_cloid
        return sorted(
            arrived_ms - asked[cloid]
            for cloid, arrived_ms in self.gate.arrived_ms.items()
            if owner.get(cloid) in names
        )

    def cancel_waits_ms(self) -> list[int]:
        """From asking to first arrival, of the cancels that arrived, in order of size."""
        asked = self.diary.cancel_asked_ms
        arrived = self.gate.cancel_arrived_ms.items()
        return sorted(arrived_ms - asked[cloid] for cloid, arrived_ms in arrived if cloid in asked)
