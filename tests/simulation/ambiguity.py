"""Many orders, few answers: a world in which what became of most actions has to be found out.

Leaner than a `World`, so that a hundred thousand doubts fit into a minute: no deaths, no
weather, budgets out of the way, and strategies that ask for many orders at once.

    stirrers ─▶ desk ─▶ pool ─▶ network ─▶ trickster ─▶ venue      then calm, then the venue's truth
"""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Annotated, Final

import msgspec
from tests.simulation import checks
from tests.simulation.machine import IP, URL, Life
from tests.simulation.restless_deeds import Witness
from tests.simulation.tricks import Trick, Trickster

from hive import Bbo, Context, Fill, OrderEvent, Params, Side, Strategy, TimeInForce
from hive.app.notes.notices import Notices
from hive.app.processes.run_folder import journal_folder
from hive.app.wiring.plan import AccountPlan, RuntimePlan, StrategyPlan
from hive.app.wiring.runtime import Runtime, Seams
from hive.domain.identifiers import StrategyId
from hive.execution.order_desk import OrderDesk
from hive.hyperliquid.limits import VenueLimits
from hive.hyperliquid.signing import Signer
from hive.localvenue.config import VenueConfig
from hive.localvenue.listings.catalog import recorded_catalog
from hive.localvenue.markets.quotes import LadderShape
from hive.localvenue.markets.seeded import seeded_sources
from hive.localvenue.markets.synthetic import MarketSettings, SyntheticMarkets
from hive.localvenue.venue import LocalVenue
from hive.localvenue.views.market_state import NO_HISTORY
from hive.runtime.rng import SeededRng
from hive.serving.core import ServerCore
from hive.simulation.clock import VirtualClock
from hive.simulation.disk import MemoryDisk
from hive.simulation.network import Network
from hive.simulation.venue_side import ServedVenue
from hive.simulation.virtual_time import NS_PER_MS, Kernel, ProcessLoop
from hive.storage.records import Record
from hive.storage.segments import read_records

COINS: Final = ("BTC", "ETH", "SOL", "ENA", "WLD", "ARB", "SUI", "NEAR")
START_MS: Final = 1_767_225_600_000
FUNDS_USD: Final = Decimal(100_000_000)
THIN: Final = MarketSettings(
    step_ms=2_000, ladder=LadderShape(near_levels=2, far_levels=1), activity=0.5
)
UNBOUNDED: Final = VenueLimits(
    weight_per_min=10**7,
    messages_per_min=10**6,
    requests_initial=10**8,
    orders_open_initial=5_000,
    nonces_kept=100,
    posts_in_flight_max=10_000,
)
STEP_MS: Final = 500
CALM_MS: Final = 60_000
SETTLING_STEP_MS: Final = 300
SETTLING_STEPS: Final = 10


class StirrerSettings(Params, frozen=True, kw_only=True):
    coin: str = "BTC"
    seed: int = 0
    pause_ms: Annotated[int, msgspec.Meta(ge=10)] = 400
    orders_max: int = 24
    per_turn: int = 4
    size_usd: float = 40.0


class Stirrer(Strategy[StirrerSettings]):
    """Asks for several orders, replaces and cancels in one turn, until it is told to be quiet."""

    def __init__(self, params: StirrerSettings, witness: Witness) -> None:
        super().__init__(params)
        self._rng = SeededRng(self.params.seed)
        self._witness = witness
        self.is_quiet = False

    def on_start(self, ctx: Context) -> None:
        ctx.watch_bbo(self.params.coin)
        ctx.after("turn", self.params.pause_ms)  # all together: many orders in one action

    def on_timer(self, ctx: Context, name: str) -> None:
        ctx.after("turn", self.params.pause_ms)
        bbo = ctx.bbo(self.params.coin)
        if self.is_quiet or bbo is None or bbo.mid_px is None:
            return
        orders = ctx.open_orders()
        for order in orders:
            draw = self._rng.uniform()
            if draw < 0.08 or (draw < 0.2 and len(orders) > self.params.orders_max):
                ctx.cancel(order.cloid)
            elif draw < 0.16:
                ctx.replace(order.cloid, limit_px=self._px(bbo, order.side))
        if len(orders) < self.params.orders_max:
            for _ in range(self.params.per_turn):
                self._place(ctx, bbo)

    def on_order(self, ctx: Context, event: OrderEvent) -> None:
        self._witness.told(ctx.strategy_id, event)

    def on_fill(self, ctx: Context, fill: Fill) -> None:
        self._witness.filled(ctx.strategy_id, fill)

    def _place(self, ctx: Context, bbo: Bbo) -> None:
        side = Side.BUY if self._rng.uniform() < 0.5 else Side.SELL
        px = self._px(bbo, side)
        size = self.params.size_usd * (0.5 + self._rng.uniform()) / px
        tif = list(TimeInForce)[int(self._rng.uniform() * 3)]
        cloid = ctx.place(self.params.coin, side, size, px, tif=tif)
        self._witness.placed(ctx.strategy_id, cloid, size)

    def _px(self, bbo: Bbo, side: Side) -> float:
        mid_px = bbo.mid_px
        assert mid_px is not None
        return mid_px * (1 - side.sign * (self._rng.uniform() - 0.15) * 0.004)


class Doubts(msgspec.Struct, frozen=True, kw_only=True):
    """How a world of doubts ended, by the trickster's count and the venue's truth."""

    instructions: int
    in_doubt: int
    actions_by_trick: dict[Trick, int]
    fills: int
    violations: tuple[str, ...]
    virtual_s: float
    cpu_s: float


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How much is asked for, and how much of it is tricked."""

    coins: tuple[str, ...] = COINS
    per_coin: int = 3
    pause_ms: int = 400
    orders_max: int = 24
    per_turn: int = 4
    tricked_share: float = 0.5
    funds_usd: Decimal = FUNDS_USD


class DoubtfulWorld:
    """One account, its strategies, and a venue of whose answers half are worth nothing."""

    def __init__(
        self, seed: int, *, limits: VenueLimits = UNBOUNDED, pace: Pace | None = None
    ) -> None:
        self._pace = pace = pace or Pace()
        rng = SeededRng(seed).fork("doubts")
        self.kernel = Kernel(rng.fork("ties").uniform)
        self.diary = checks.Diary(self.kernel)
        self.signer = Signer(rng.fork("signer").token(32))
        self.venue = _venue(seed, self.signer, limits, pace)
        self.served = ServedVenue(ServerCore(self.venue, limits), self.kernel, START_MS)
        self.trickster = Trickster(
            self.served, self.kernel, rng.fork("tricks").uniform, share=pace.tricked_share
        )
        network = Network(
            self.kernel, rng.fork("network").uniform, self.trickster, lambda what, message: None
        )
        self.life = Life(ProcessLoop(self.kernel, "hive"))
        clock = VirtualClock(self.kernel, START_MS)
        self._disk = MemoryDisk(rng.fork("disk").uniform)
        self._stirrers = _stirrers(seed, pace, self.diary)
        plan = RuntimePlan(
            venue_url=URL,
            accounts=(AccountPlan(signer=self.signer, strategies=self._plans()),),
            limits=limits,
        )
        seams = Seams(
            clock=clock,
            net=network.of_process(self.life.loop, ip=IP),
            disk=self._disk.mount(self.life.loop),
            rng=rng.fork("process"),
        )
        self.life.runtime = Runtime(plan, seams, Notices(clock))

    def _plans(self) -> tuple[StrategyPlan, ...]:
        return tuple(
            StrategyPlan(strategy_id=name, strategy=stirrer, orders_per_second_max=500.0)
            for name, stirrer in self._stirrers.items()
        )

    def run(self, doubts_min: int) -> Doubts:
        """Go on until so many instructions were left in doubt; then calm, then judgement."""
        began_s = time.process_time()
        self.begin()
        while self.trickster.in_doubt < doubts_min:
            self.pass_ms(STEP_MS)
        self.trickster.share = 0.0
        self.hush()
        self.pass_ms(CALM_MS)
        violations = self.violations()
        return Doubts(
            instructions=self.trickster.instructions,
            in_doubt=self.trickster.in_doubt,
            actions_by_trick=self.trickster.actions_by_trick,
            fills=self.venue.counters()["fills"],
            violations=tuple(violations),
            virtual_s=self.kernel.now_ns / 1e9,
            cpu_s=time.process_time() - began_s,
        )

    @property
    def desk(self) -> OrderDesk:
        """The account's desk, once the runtime has started."""
        assert self.life.runtime is not None
        return self.life.runtime.desks[self.signer.address]

    def begin(self) -> None:
        """Open the venue, then start the runtime."""
        assert self.life.runtime is not None
        self.served.begin()
        self.pass_ms(STEP_MS)
        self.life.loop.start(self.life.runtime.start())

    def hush(self) -> None:
        """Let nobody ask for anything more."""
        for stirrer in self._stirrers.values():
            stirrer.is_quiet = True

    def pass_ms(self, duration_ms: int) -> None:
        self.kernel.run(until_ns=self.kernel.now_ns + duration_ms * NS_PER_MS)

    def violations(self) -> list[str]:
        """Markets go on, so something may be on its way: all must be right at one moment soon."""
        violations = self._violations()
        for _ in range(SETTLING_STEPS):
            if not violations:
                break
            self.pass_ms(SETTLING_STEP_MS)
            violations = self._violations()
        return violations

    def _violations(self) -> list[str]:
        account, desk = self.signer.address, self.desk
        (truth,) = self.venue.truth(account)
        owners, names = self.diary.owner_by_cloid, list(self._stirrers)
        reader = self._disk.mount(ProcessLoop(self.kernel, "reader"))
        records = list(read_records(reader, journal_folder(account), Record))
        return [
            *self.life.contained(),
            *[f"unhandled: {failure}" for failure in self.kernel.failures],
            *self.diary.violations,
            *checks.unsettled(desk.snapshot()),
            *checks.orders_differ(truth, desk, names, owners),
            *checks.lives_differ(self.venue.past_orders(account), self.diary, START_MS),
            *checks.fills_differ(truth, records, owners),
            *checks.positions_differ(truth, records, desk, names, self._pace.coins),
        ]


def _venue(seed: int, signer: Signer, limits: VenueLimits, pace: Pace) -> LocalVenue:
    config = VenueConfig(
        start_ms=START_MS,
        seed=seed,
        funded={signer.address: pace.funds_usd},
        block_ms=100,
        limits=limits,
        history=NO_HISTORY,
    )
    markets = SyntheticMarkets(seeded_sources(seed), pace.coins, THIN)
    return LocalVenue(config, markets, recorded_catalog())


def _stirrers(seed: int, pace: Pace, witness: Witness) -> dict[StrategyId, Stirrer]:
    return {
        StrategyId(f"stirrer-{coin}-{number}"): Stirrer(
            StirrerSettings(
                coin=coin,
                seed=1_000 * seed + 10 * number + place,
                pause_ms=pace.pause_ms,
                orders_max=pace.orders_max,
                per_turn=pace.per_turn,
            ),
            witness,
        )
        for place, coin in enumerate(pace.coins)
        for number in range(pace.per_coin)
    }


def doubt(seed: int, doubts_min: int, pace: Pace | None = None) -> Doubts:
    """A world of doubts, from beginning to end."""
    return DoubtfulWorld(seed, pace=pace).run(doubts_min)
