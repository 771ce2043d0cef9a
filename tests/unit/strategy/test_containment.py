"""A slow handler is named, and paused when it stays slow; the loop goes on past a fault."""

from __future__ import annotations

from tests.strategies.rig import Rig, scripted

from hive.domain.identifiers import StrategyId
from hive.domain.market import Bbo
from hive.localvenue.markets.scripted import PricePoint, ScriptedCoin
from hive.simulation.virtual_time import NS_PER_MS
from hive.strategy.containment import NoteKind
from hive.strategy.interface import Context, Params, Strategy
from hive.strategy.limits import FaultWindow, HostLimits
from hive.strategy.seat import SeatState


class Counter(Strategy[Params]):
    """Counts what it hears."""

    def on_start(self, ctx: Context) -> None:
        self.heard = 0
        ctx.watch_bbo("BTC")

    def on_bbo(self, ctx: Context, bbo: Bbo) -> None:
        self.heard += 1


def wandering() -> Rig:
    path = tuple(PricePoint(i * 200, 100_000.0 * (1 + 0.001 * (i % 2))) for i in range(600))
    limits = HostLimits(slow_handler_ms=50, slow_handlers_max=3, errors_max=3)
    return scripted([ScriptedCoin(coin="BTC", path=path)], limits=limits)


def test_a_handler_that_keeps_everybody_waiting_is_found_named_and_paused() -> None:
    world = wandering()

    class Slow(Counter):
        def on_bbo(self, ctx: Context, bbo: Bbo) -> None:
            super().on_bbo(ctx, bbo)
            world.kernel.now_ns += 80 * NS_PER_MS

    first, slow, last = Counter(), Slow(), Counter()
    for name, strategy in (("first", first), ("slow", slow), ("last", last)):
        world.add(name, strategy)
    world.run_s(10)
    snapshot = world.snapshot(StrategyId("slow"))
    assert snapshot.state is SeatState.PAUSED
    assert snapshot.slow_calls == 3
    assert "on_bbo took 80 ms" in snapshot.reason
    assert slow.heard <= 5, "one round to notice, then each handler is timed"
    assert snapshot.handler_worst_us == 80_000
    notes = world.host.snapshot().notes
    assert {n.strategy_id for n in notes if n.kind is NoteKind.SLOW} == {"slow"}
    assert first.heard == last.heard > 20


def test_those_after_a_fault_in_the_same_round_are_still_told() -> None:
    world = wandering()

    class Faulty(Counter):
        def on_bbo(self, ctx: Context, bbo: Bbo) -> None:
            raise RuntimeError("again")

    last = Counter()
    world.add("faulty", Faulty())
    world.add("last", last)
    world.run_s(5)
    assert last.heard > 10
    assert world.snapshot(StrategyId("faulty")).errors == 3


def test_faults_spread_over_a_long_time_do_not_add_up() -> None:
    window = FaultWindow(3, 1_000)
    assert [window.is_spent_by(ms) for ms in (0, 600, 1_200, 1_800, 2_400)] == [False] * 5
    assert window.is_spent_by(2_450) is True
    window.clear()
    assert window.is_spent_by(2_451) is False
