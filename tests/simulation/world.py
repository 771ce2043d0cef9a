"""A whole world from one seed: the venue, the network, the disk, and a runtime that dies and lives.

chaos  strategies make trouble, and so do the weather, the venue, the clock and death
calm   60 s without any; near its end strategies and the outsider stop placing
end    what everybody believes is held against the venue's truth; then the runtime is stopped
"""

from __future__ import annotations

import time
from decimal import Decimal
from functools import cache
from typing import Any, Final

import msgspec
from tests.simulation.checks import Diary
from tests.simulation.draw import Trouble, WorldShape, draw_world
from tests.simulation.judge import Judge
from tests.simulation.machine import Machine
from tests.simulation.outsider import IP as OUTSIDE_IP
from tests.simulation.outsider import Outsider
from tests.simulation.trace import Trace
from tests.simulation.wire_watch import WireWatch

from hive.domain.instruments import Instrument
from hive.hyperliquid.signing import Signer, signed_request
from hive.hyperliquid.user_actions import SIGNATURE_CHAIN_ID, ApproveAgentAction, chain_name
from hive.localvenue.config import VenueConfig
from hive.localvenue.listings.catalog import Catalog, recorded_catalog
from hive.localvenue.markets.quotes import LadderShape
from hive.localvenue.markets.seeded import seeded_sources
from hive.localvenue.markets.synthetic import MarketSettings, SyntheticMarkets
from hive.localvenue.venue import LocalVenue
from hive.runtime.rng import SeededRng
from hive.serving.core import ServerCore
from hive.simulation.network import CALM, Network
from hive.simulation.venue_side import ServedVenue
from hive.simulation.virtual_time import NS_PER_MS, Kernel, Stuck

FUNDS_USD: Final = Decimal(1_000_000)
OPENING_MS: Final = 500
CALM_MS: Final = 60_000
EVENTS_MIN: Final = 1_000
"""A world in which less has happened goes on for a while."""
QUIET_BEFORE_END_MS: Final = 15_000
START_MS_MAX: Final = 180_000
THIN: Final = MarketSettings(
    step_ms=1_500, ladder=LadderShape(near_levels=2, far_levels=1), activity=0.7
)
"""Just enough of a market to be traded with: what is tested is not the market."""
CALLBACKS_MAX: Final = 3_000_000
"""Of a world; more is a loop that does not end."""


class WorldResult(msgspec.Struct, frozen=True, kw_only=True):
    """How a world ended."""

    seed: int
    violations: tuple[str, ...]
    trace_hash: str
    trace_tail: tuple[str, ...]
    venue_events: int
    """Blocks made, orders, cancels and modifies asked for, fills booked and frames pushed."""
    fills: int
    actions: int
    boots: int
    fired: dict[str, int]
    cpu_s: float


@cache
def _catalog() -> Catalog:
    """The listings, read once: nobody changes them."""
    return recorded_catalog()


class World:
    """One seed. `run` plays it to its end."""

    def __init__(self, shape: WorldShape) -> None:
        self.shape = shape
        rng = SeededRng(shape.seed)
        self.kernel = Kernel(rng.fork("ties").uniform)
        self.trace = Trace(self.kernel)
        self.diary = Diary(self.kernel)
        self._masters = [Signer(rng.fork(f"master {number}").token(32)) for number in range(2)]
        self._agent = Signer(rng.fork("agent").token(32))
        self.accounts = [signer.address for signer in self._masters]
        self.venue = self._venue()
        self.served = ServedVenue(ServerCore(self.venue, shape.limits), self.kernel, shape.start_ms)
        self.network = Network(
            self.kernel, rng.fork("network").uniform, self.served, self.trace.note
        )
        self.machine = Machine(
            shape,
            rng,
            self.kernel,
            self.network,
            signers=(self._agent, self._masters[1]),
            trace=self.trace,
            diary=self.diary,
        )
        self.watch = WireWatch(
            self.machine.disk,
            {self._agent.address: self.accounts[0], self.accounts[1]: self.accounts[1]},
            is_synced_first=shape.durability == "power",
            violated=self.diary.violations.append,
        )
        self.machine.watch = self.watch
        self.network.observe = self.watch.observe
        self.outsider = Outsider(
            self.served,
            self._masters[0],
            self.kernel,
            rng.fork("outsider").uniform,
            instruments={coin: _instrument(coin) for coin in shape.coins},
            pause_ms=shape.outsider_pause_ms,
        )

    def run(self) -> WorldResult:
        """Play the world. What is violated is in the result; only a broken harness raises."""
        began_s = time.process_time()
        self._begin()
        self._pass_ms(self.shape.chaos_ms)
        self._calm_down()
        self._pass_ms(CALM_MS - QUIET_BEFORE_END_MS)
        while self._venue_events() < EVENTS_MIN:
            self._pass_ms(1_000)
        self._hush()
        self._pass_ms(QUIET_BEFORE_END_MS)
        judge = Judge(
            self.shape,
            self.kernel,
            self.venue,
            self.machine,
            diary=self.diary,
            accounts=self.accounts,
            trace=self.trace,
            pass_ms=self._pass_ms,
        )
        violations = judge.violations()
        return self._result(violations, time.process_time() - began_s)

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
        markets = SyntheticMarkets(seeded_sources(shape.seed), shape.coins, THIN)
        return LocalVenue(config, markets, _catalog())

    # --- the course of things ---

    def _begin(self) -> None:
        self.served.begin()
        self._approve_agent()
        self._pass_ms(OPENING_MS)
        self.network.weather = self.shape.weather
        for trouble in self.shape.troubles:
            self.kernel.after_ms(trouble.at_ms, self._strike, trouble)
        self.outsider.begin()
        self.machine.boot()

    def _approve_agent(self) -> None:
        """Account 1 trades by an agent, account 2 by its own key."""
        nonce = self.shape.start_ms
        action = ApproveAgentAction(
            signature_chain_id=SIGNATURE_CHAIN_ID,
            hyperliquid_chain=chain_name(is_mainnet=False),
            agent_address=self._agent.address,
            agent_name="hive",
            nonce=nonce,
        )
        body = signed_request(action, nonce, self._masters[0].sign_user_action(action))
        self.served.http("/exchange", body, ip=OUTSIDE_IP, answer=lambda status, reply: None)

    def _strike(self, trouble: Trouble) -> None:
        match trouble.kind:
            case "death":
                self.machine.die(trouble.death, trouble.down_ms)
            case "wall step":
                self.trace.happened(f"wall stepped {'back' if trouble.step_ms < 0 else 'forward'}")
                self.machine.clock.step_wall(trouble.step_ms)
            case "cut":
                self.trace.note("a connection is cut")
                self.network.cut_one()
            case "venue fault":
                self._ask_for(trouble.fault)

    def _ask_for(self, fault: dict[str, Any]) -> None:
        self.trace.note(f"the venue is asked for {fault}")
        reply = self.venue.oracle(fault, now_ms=self.served.now_ms)
        assert reply.status == 200, (fault, reply.body)

    def _calm_down(self) -> None:
        """From here on nothing goes wrong.

        A chaos of many starts has spent the minute's weight at the venue. The calm begins when
        that has passed and the runtime has started.
        """
        self.trace.note("calm")
        self.network.weather = CALM
        self._ask_for({"type": "clearFaults"})
        self.machine.boot()
        waited_ms = 0
        while not self.machine.life.is_started and waited_ms < START_MS_MAX:
            waited_ms += 500
            self._pass_ms(500)

    def _hush(self) -> None:
        self.trace.note("quiet")
        self.outsider.hush()
        for strategy in self.machine.life.strategies:
            strategy.is_quiet = True

    def _pass_ms(self, duration_ms: int) -> None:
        until_ns = self.kernel.now_ns + duration_ms * NS_PER_MS
        self.kernel.run(until_ns=until_ns, done=self._runs_wild)
        if self._runs_wild():
            raise Stuck(f"seed {self.shape.seed}: {CALLBACKS_MAX} callbacks, and no end")

    def _runs_wild(self) -> bool:
        return self.kernel.callbacks_run > CALLBACKS_MAX

    def _venue_events(self) -> int:
        counters = self.venue.counters()
        told = sum(counters["pushes"].values()) + sum(counters["asked"].values())
        return int(counters["blocks"] + counters["fills"] + told)

    def _result(self, violations: list[str], cpu_s: float) -> WorldResult:
        counters = self.venue.counters()
        return WorldResult(
            seed=self.shape.seed,
            violations=tuple(violations),
            trace_hash=self.trace.hash,
            trace_tail=tuple(self.trace.tail()),
            venue_events=self._venue_events(),
            fills=counters["fills"],
            actions=self.watch.actions,
            boots=self.machine.boots,
            fired=self.trace.fired | self.network.fired_by_fault | counters["faults"],
            cpu_s=cpu_s,
        )


def _instrument(coin: str) -> Instrument:
    listing = _catalog().of_coin(coin)
    assert listing is not None
    return listing.instrument


def play(seed: int) -> WorldResult:
    """The world of a seed, from beginning to end."""
    return World(draw_world(seed)).run()
