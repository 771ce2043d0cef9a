"""A whole world from one seed: the venue, the network, the disk, and a runtime that dies and lives.

chaos  strategies make trouble, and so do the weather, the venue, the clock and death
calm   60 s without any; near its end strategies and the outsider stop placing
end    what everybody believes is held against the venue's truth; then the runtime is stopped
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from typing import Any, Final

import msgspec
from tests.simulation import checks
from tests.simulation.draw import StrategyShape, Trouble, WorldShape, draw_world
from tests.simulation.outsider import IP as OUTSIDE_IP
from tests.simulation.outsider import Outsider
from tests.simulation.restless import Restless, RestlessSettings
from tests.simulation.trace import Trace
from tests.simulation.wire_watch import WireWatch

from hive.app.notices import Notices
from hive.app.plan import AccountPlan, RuntimePlan, StrategyPlan
from hive.app.wiring import Runtime, Seams
from hive.domain.errors import HiveError
from hive.domain.identifiers import Address, StrategyId
from hive.hyperliquid.signing import Signer, signed_request
from hive.hyperliquid.user_actions import SIGNATURE_CHAIN_ID, ApproveAgentAction, chain_name
from hive.localvenue.catalog import Catalog, recorded_catalog
from hive.localvenue.config import VenueConfig
from hive.localvenue.markets import LIGHT, SyntheticMarkets
from hive.localvenue.seeded import seeded_sources
from hive.localvenue.truth import AccountTruth
from hive.localvenue.venue import LocalVenue
from hive.runtime.rng import SeededRng
from hive.serving.core import ServerCore
from hive.simulation.clock import VirtualClock
from hive.simulation.disk import MemoryDisk
from hive.simulation.network import CALM, Network
from hive.simulation.venue_side import ServedVenue
from hive.simulation.virtual_time import NS_PER_MS, Kernel, ProcessLoop, Stuck
from hive.storage.journal import read_records
from hive.storage.records import Record

URL: Final = "http://venue"
RUNTIME_IP: Final = "192.0.2.1"
FUNDS_USD: Final = Decimal(1_000_000)
CALM_MS: Final = 60_000
QUIET_BEFORE_END_MS: Final = 15_000
SETTLING_MS_MAX: Final = 3_000
STOP_MS_MAX: Final = 60_000
REBOOT_MS: Final = 1_000
CALLBACKS_MAX: Final = 3_000_000
"""Of a world; more is a loop that does not end."""


class WorldResult(msgspec.Struct, frozen=True, kw_only=True):
    """How a world ended."""

    seed: int
    violations: tuple[str, ...]
    trace_hash: str
    trace_tail: tuple[str, ...]
    venue_events: int
    fills: int
    actions: int
    boots: int
    fired: dict[str, int]
    cpu_s: float


class Life:
    """One process, from boot to death."""

    def __init__(self, loop: ProcessLoop) -> None:
        self.loop = loop
        self.runtime: Runtime | None = None
        self.strategies: list[Restless] = []
        self.is_started = False


@cache
def _catalog() -> Catalog:
    """The listings, read once: nobody changes them."""
    return recorded_catalog()


class World:
    """One seed. `run` plays it to its end."""

    def __init__(self, shape: WorldShape) -> None:
        self.shape = shape
        self.rng = SeededRng(shape.seed)
        self.kernel = Kernel(self.rng.fork("ties").uniform)
        self.trace = Trace(self.kernel)
        self.diary = checks.Diary(self.kernel)
        self.fired: dict[str, int] = {}
        self.boots = 0
        self._masters = [Signer(self.rng.fork(f"master {n}").token(32)) for n in range(2)]
        self._agent = Signer(self.rng.fork("agent").token(32))
        self.accounts = [signer.address for signer in self._masters]
        self.venue = self._venue()
        self.served = ServedVenue(ServerCore(self.venue, shape.limits), self.kernel, shape.start_ms)
        self.network = Network(
            self.kernel, self.rng.fork("network").uniform, self.served, self.trace.note
        )
        self.disk = MemoryDisk(self.rng.fork("disk").uniform)
        self.clock = VirtualClock(self.kernel, shape.start_ms)
        self.watch = WireWatch(
            self.disk,
            {self._agent.address: self.accounts[0], self.accounts[1]: self.accounts[1]},
            is_synced_first=shape.durability == "power",
            violated=self.diary.violations.append,
        )
        self.network.observe = self.watch.observe
        self.outsider = Outsider(
            self.served,
            self._masters[0],
            self.kernel,
            self.rng.fork("outsider").uniform,
            instruments={coin: self._instrument(coin) for coin in shape.coins},
            pause_ms=shape.outsider_pause_ms,
        )
        self.life = Life(ProcessLoop(self.kernel, "nobody"))

    def run(self) -> WorldResult:
        """Play the world.

        What is violated is in the result; only a broken harness raises.
        """
        began_s = time.process_time()
        self._begin()
        self._pass_ms(self.shape.chaos_ms)
        self._calm_down()
        self._pass_ms(CALM_MS - QUIET_BEFORE_END_MS)
        self._hush()
        self._pass_ms(QUIET_BEFORE_END_MS)
        self._judge()
        return self._result(time.process_time() - began_s)

    # --- the beginning ---

    def _venue(self) -> LocalVenue:
        shape = self.shape
        config = VenueConfig(
            start_ms=shape.start_ms,
            seed=shape.seed,
            funded=dict.fromkeys(self.accounts, FUNDS_USD),
            block_ms=shape.block_ms,
            limits=shape.limits,
            cadence=shape.cadence,
            pages=shape.pages,
            history=shape.history,
            tid_bits=shape.tid_bits,
            is_open_told_first=shape.is_open_told_first,
            is_reply_first=shape.is_reply_first,
            is_order_told_first=shape.is_order_told_first,
            read_lag_ms=shape.read_lag_ms,
            lag_ms_by_channel=shape.lag_ms_by_channel,
        )
        markets = SyntheticMarkets(seeded_sources(shape.seed), shape.coins, LIGHT)
        return LocalVenue(config, markets, _catalog())

    def _instrument(self, coin: str) -> Any:
        listing = _catalog().of_coin(coin)
        assert listing is not None
        return listing.instrument

    def _begin(self) -> None:
        self.served.begin()
        self._approve_agent()
        self.kernel.run(until_ns=500 * NS_PER_MS)
        self.network.weather = self.shape.weather
        for trouble in self.shape.troubles:
            self.kernel.after_ms(trouble.at_ms, self._strike, trouble)
        self.outsider.begin()
        self._boot()

    def _approve_agent(self) -> None:
        """Account 1 trades by an agent, account 2 by its own key."""
        action = ApproveAgentAction(
            signature_chain_id=SIGNATURE_CHAIN_ID,
            hyperliquid_chain=chain_name(is_mainnet=False),
            agent_address=self._agent.address,
            agent_name="hive",
            nonce=self.shape.start_ms,
        )
        body = signed_request(
            action, self.shape.start_ms, self._masters[0].sign_user_action(action)
        )
        self.served.http("/exchange", body, ip=OUTSIDE_IP, answer=lambda status, reply: None)

    # --- processes ---

    def _boot(self) -> None:
        if not self.life.loop.is_dead and self.boots:
            return
        self.boots += 1
        self.diary.process_begins()
        self.watch.process_begins()
        self.life = Life(ProcessLoop(self.kernel, f"hive{self.boots}"))
        self.life.loop.start(self._live(self.life))

    async def _live(self, life: Life) -> None:
        """A process's main: start; whoever watches over it starts another if that fails."""
        try:
            life.runtime = self._runtime(life)
            await life.runtime.start()
        except HiveError as error:
            self.trace.note(f"{life.loop.name} gives up: {error}")
            self._count("start failed")
            self._die(life, Trouble(0, "death", down_ms=REBOOT_MS))
        else:
            life.is_started = True

    def _runtime(self, life: Life) -> Runtime:
        shape, loop = self.shape, life.loop
        signers = (self._agent, self._masters[1])
        plan = RuntimePlan(
            venue_url=URL,
            accounts=tuple(
                AccountPlan(signer=signer, strategies=self._strategies(life, number, shapes))
                for number, (signer, shapes) in enumerate(
                    zip(signers, shape.strategies, strict=True)
                )
            ),
            limits=shape.limits,
            durability=shape.durability,
        )
        seams = Seams(
            clock=self.clock,
            net=self.network.of_process(loop, ip=RUNTIME_IP),
            disk=self.disk.mount(loop),
            rng=self.rng.fork(loop.name),
        )
        return Runtime(plan, seams, Notices(self.clock))

    def _strategies(
        self, life: Life, account: int, shapes: Iterable[StrategyShape]
    ) -> tuple[StrategyPlan, ...]:
        plans: list[StrategyPlan] = []
        for number, shape in enumerate(shapes):
            name = self._strategy_id(account, number)
            seed = int.from_bytes(self.rng.fork(f"{life.loop.name}/{name}").token(4), "big")
            settings = RestlessSettings(
                coin=shape.coin,
                seed=seed,
                pause_ms=shape.pause_ms,
                orders_max=shape.orders_max,
                size_usd=shape.size_usd,
            )
            restless = Restless(settings, self.diary)
            life.strategies.append(restless)
            plans.append(StrategyPlan(strategy_id=name, strategy=restless))
        return tuple(plans)

    def _strategy_id(self, account: int, number: int) -> StrategyId:
        return StrategyId(f"restless-{account}-{number}")

    def _die(self, life: Life, trouble: Trouble) -> None:
        if life.loop.is_dead:
            return
        self._count(f"death by {trouble.death}")
        self.trace.note(f"{life.loop.name} dies ({trouble.death})")
        life.loop.kill()
        self.network.cut_all(life.loop)
        self.disk.die(trouble.death)
        self.kernel.after_ms(trouble.down_ms, self._boot)

    # --- troubles ---

    def _strike(self, trouble: Trouble) -> None:
        match trouble.kind:
            case "death":
                self._die(self.life, trouble)
            case "wall step":
                self._count("wall step back" if trouble.step_ms < 0 else "wall step forward")
                self.trace.note(f"the clock is set by {trouble.step_ms} ms")
                self.clock.step_wall(trouble.step_ms)
            case "cut":
                self.trace.note("a connection is cut")
                self.network.cut_one()
            case "venue fault":
                self._ask_for(trouble.fault)

    def _ask_for(self, fault: dict[str, Any]) -> None:
        self.trace.note(f"the venue is asked for {fault}")
        reply = self.venue.oracle(fault, now_ms=self.served.now_ms)
        assert reply.status == 200, (fault, reply.body)

    def _count(self, fault: str) -> None:
        self.fired[fault] = self.fired.get(fault, 0) + 1

    # --- the end ---

    def _pass_ms(self, duration_ms: int) -> None:
        until_ns = self.kernel.now_ns + duration_ms * NS_PER_MS
        self.kernel.run(until_ns=until_ns, done=self._runs_wild)
        if self._runs_wild():
            raise Stuck(f"seed {self.shape.seed}: {CALLBACKS_MAX} callbacks, and no end")

    def _runs_wild(self) -> bool:
        return self.kernel.callbacks_run > CALLBACKS_MAX

    def _calm_down(self) -> None:
        self.trace.note("calm")
        self.network.weather = CALM
        self._ask_for({"type": "clearFaults"})
        self._boot()

    def _hush(self) -> None:
        self.trace.note("quiet")
        self.outsider.hush()
        for strategy in self.life.strategies:
            strategy.is_quiet = True

    def _judge(self) -> None:
        violations = self.diary.violations
        if not self.life.is_started:
            violations.append("I3 after a minute of calm the runtime has not started")
            return
        waited_ms = 0
        wrong = self._differences()
        while wrong and waited_ms < SETTLING_MS_MAX:
            waited_ms += 100
            self._pass_ms(100)
            wrong = self._differences()
        violations += wrong
        self._stop()
        for account in self.accounts:
            truth = self._truth(account)
            ours = [order for order in truth.open_orders if checks.is_ours(order.cloid)]
            violations += [f"I3 left by the stop: {order}" for order in ours]
            records = self._records(account)
            violations += checks.fills_differ(truth, records, self.diary.owner_by_cloid)
            past = self.venue.past_orders(account)
            violations += checks.lives_differ(past, self.diary, self.shape.start_ms)
        violations += [f"unhandled: {failure}" for failure in self.kernel.failures]
        violations += [
            f"I10 the venue refused a nonce {count} times"
            for reason, count in self.venue.counters()["refusals"].items()
            if reason == "nonce"
        ]

    def _stop(self) -> None:
        assert self.life.runtime is not None
        task = self.life.loop.start(self.life.runtime.stop())
        limit_ns = self.kernel.now_ns + STOP_MS_MAX * NS_PER_MS
        try:
            uncertain = self.kernel.run_until_done(task, limit_ns=limit_ns)
        except Stuck as stuck:
            self.diary.violations.append(f"I3 the stop does not end: {stuck}")
        else:
            if uncertain:
                self.diary.violations.append(f"I3 {uncertain} orders are uncertain after the stop")
        self._pass_ms(1_000)

    def _differences(self) -> list[str]:
        runtime = self.life.runtime
        assert runtime is not None
        wrong: list[str] = []
        owners = self.diary.owner_by_cloid
        for number, account in enumerate(self.accounts):
            truth = self._truth(account)
            records = self._records(account)
            count = len(self.shape.strategies[number])
            names = [self._strategy_id(number, index) for index in range(count)]
            desk = runtime.desks[account]
            wrong += checks.fills_differ(truth, records, owners)
            wrong += checks.positions_differ(truth, records, desk, names, self.shape.coins)
            wrong += checks.orders_differ(truth, desk, names, owners)
        return wrong

    def _truth(self, account: Address) -> AccountTruth:
        (truth,) = self.venue.truth(account)
        return truth

    def _records(self, account: Address) -> list[Record]:
        """The account's journal on the disk that survives."""
        reader = self.disk.mount(ProcessLoop(self.kernel, "reader"))
        return list(read_records(reader, f"journal/{account}", Record))

    def _result(self, cpu_s: float) -> WorldResult:
        counters = self.venue.counters()
        return WorldResult(
            seed=self.shape.seed,
            violations=tuple(self.diary.violations),
            trace_hash=self.trace.hash,
            trace_tail=tuple(self.trace.tail()),
            venue_events=0,
            fills=sum(len(self._truth(account).fills) for account in self.accounts),
            actions=self.watch.actions,
            boots=self.boots,
            fired=self.fired | self.network.fired_by_fault | counters.get("faults", {}),
            cpu_s=cpu_s,
        )


def play(seed: int) -> WorldResult:
    """The world of a seed, from beginning to end."""
    return World(draw_world(seed)).run()
