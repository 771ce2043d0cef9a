"""On a price that is not known nothing is opened; what gets out goes on."""

from __future__ import annotations

from typing import Any, Final

import pytest
from tests.strategies.rig import Rig, scripted

from hive.domain.market import StreamCondition
from hive.localvenue.markets.scripted import ScriptedCoin, flow, wave
from hive.strategies.catalogue import CATALOGUE
from hive.strategy.interface import Context, Params, Strategy
from hive.strategy.parameters import read_params

PX: Final = 100_000.0
TAKES: Final = flow("BTC", every_ms=300, usd=2_000.0, until_ms=400_000)

PARAMS: Final[dict[str, dict[str, object]]] = {
    "maker": {"rest_ms": 2_000, "edge_bps": 3.0},
    "grid": {"step_bps": 4.0, "recenter_ms": 1_000, "mend_ms": 1_000},
    "ema_cross": {"interval_ms": 1_000, "fast": 3, "slow": 8, "warm_candles": 8, "atr_length": 5},
    "mean_reversion": {"interval_ms": 1_000, "length": 8, "entry_z": 1.0, "pause_ms": 1_000},
    "breakout": {"interval_ms": 1_000, "entry_length": 5, "exit_length": 3, "pause_ms": 1_000},
    "twap": {"total_usd": 2_000.0, "duration_ms": 200_000, "slices": 20, "slippage_bps": 50.0},
}
"""Short times, so that each of them would order within seconds."""


class Bystander(Strategy[Params]):
    """Hears the price of a coin, and opens a stream of it that never says anything."""

    def on_start(self, ctx: Context) -> None:
        ctx.watch_bbo("BTC")
        ctx.watch_context("BTC")


def swinging() -> Rig:
    path = wave(low_px=PX * 0.9985, high_px=PX * 1.0015, half_ms=10_000, halves=40)
    return scripted([ScriptedCoin(coin="BTC", path=path, spread_bps=4)], TAKES)


def of_kind(kind: str, **changes: object) -> Strategy[Any]:
    strategy = CATALOGUE[kind]
    return strategy(read_params(strategy.params_type, {"coin": "BTC", **PARAMS[kind], **changes}))


@pytest.mark.parametrize("kind", CATALOGUE)
def test_it_opens_nothing_while_a_stream_of_its_coin_was_never_heard(kind: str) -> None:
    world = swinging()
    bystander = world.add("bystander", Bystander())
    name = world.add(kind, of_kind(kind))
    world.run_s(40)
    assert world.market_data.condition("BTC") is StreamCondition.STALE
    assert world.snapshot(name).orders == 0
    world.do(lambda: world.host.remove(bystander))
    world.run_s(40)
    assert world.snapshot(name).fills > 0, "its streams are all heard now"


@pytest.mark.parametrize("kind", CATALOGUE)
def test_in_a_silence_of_the_price_it_opens_nothing_and_afterwards_goes_on(kind: str) -> None:
    world = swinging()
    name = world.add(kind, of_kind(kind))
    world.run_s(40)
    before = world.desk.openings
    assert before > 0
    world.silence("BTC")
    world.run_s(40)
    assert world.desk.openings == before
    world.end_silence("BTC")
    world.run_s(40)
    assert world.desk.openings > before
    assert world.snapshot(name).errors == 0


def test_in_a_silence_of_the_price_a_position_held_for_too_long_is_closed() -> None:
    world = swinging()
    name = world.add("reversion", of_kind("mean_reversion", hold_ms_max=20_000, exit_z=0.01))
    while not world.size(name, "BTC"):
        world.run_s(0.1)
    world.silence("BTC")
    world.run_s(25)
    assert world.size(name, "BTC") == 0
