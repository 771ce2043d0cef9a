"""The breakout joins a move that leaves the channel, and leaves one that fails at once."""

from __future__ import annotations

from tests.strategies.rig import Rig, scripted

from hive.localvenue.markets.scripted import PricePoint, ScriptedCoin, flow
from hive.strategies.breakout import Breakout, BreakoutParams

PX = 50.0
TAKES = flow("HYPE", every_ms=300, usd=2_000.0, until_ms=400_000)


def breakout(**changes: float) -> Breakout:
    settings = {"interval_ms": 2_000, "entry_length": 10, "exit_length": 5, **changes}
    return Breakout(BreakoutParams(coin="HYPE", **settings))  # type: ignore[arg-type] # ints among floats


def market(*points: tuple[float, float]) -> Rig:
    """Swings of 2 bps for a minute, then through these points: seconds, and bps from the start."""
    swings = [(s, 2.0 * (s % 4 == 0)) for s in range(0, 60, 2)]
    path = tuple(
        PricePoint(int(s * 1_000), PX * (1 + bps / 10_000)) for s, bps in [*swings, *points]
    )
    return scripted([ScriptedCoin(coin="HYPE", path=path, spread_bps=1)], TAKES)


def test_it_joins_a_move_and_leaves_when_it_turns() -> None:
    world = market((60, 0), (160, 400), (220, 200))
    name = world.add("breakout", breakout(pause_ms=3_600_000))
    world.run_s(59)
    assert world.snapshot(name).orders == 0, "swings inside the channel are no breakout"
    world.run_s(80)
    assert world.size(name, "HYPE") > 0
    world.run_s(60)
    assert world.size(name, "HYPE") == 0
    snapshot = world.snapshot(name)
    assert snapshot.profit_usd > 4, "most of 4 % on 150 USD"
    assert snapshot.orders == 2


def test_it_sells_a_move_down_as_it_buys_one_up() -> None:
    world = market((60, 0), (160, -400))
    name = world.add("breakout", breakout())
    world.run_s(150)
    assert world.size(name, "HYPE") < 0
    assert world.snapshot(name).profit_usd > 4


def test_its_stop_bounds_the_loss_of_a_false_breakout() -> None:
    world = market((60, 0), (66, 20), (68, -160))
    name = world.add(
        "breakout", breakout(stop_bps=15.0, entry_length=30, exit_length=30, pause_ms=3_600_000)
    )
    world.run_s(75)
    assert world.size(name, "HYPE") == 0
    snapshot = world.snapshot(name)
    assert snapshot.orders >= 2
    assert -0.9 < snapshot.profit_usd < -0.1, "the fall was 180 bps of 150 USD"


def test_a_failed_breakout_is_not_tried_again_before_its_rest_is_over() -> None:
    world = market((60, 0), (64, 12), (68, -12), (72, 14), (76, -14), (80, 16))
    name = world.add("breakout", breakout(stop_bps=8.0, pause_ms=3_600_000))
    world.run_s(85)
    assert world.snapshot(name).orders == 2
