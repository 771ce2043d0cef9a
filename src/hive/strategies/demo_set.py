"""A hundred strategies of all kinds for the demonstration, drawn from a seed.

Each kind is spread over the coins, with parameters that differ from one instance to the next, and
short enough times that something is to be seen within seconds. Numbers come from a small generator
of its own: the same seed gives the same set everywhere, whatever else draws.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from hive.domain.identifiers import StrategyId
from hive.strategies.breakout import Breakout, BreakoutParams
from hive.strategies.ema_cross import EmaCross, EmaCrossParams
from hive.strategies.grid import GridParams, GridTrader
from hive.strategies.maker import MakerParams, MarketMaker
from hive.strategies.mean_reversion import MeanReversion, MeanReversionParams
from hive.strategies.twap import TwapExecution, TwapParams
from hive.strategy.interface import Strategy

KINDS: Final = ("maker", "grid", "twap", "ema_cross", "mean_reversion", "breakout", "maker", "grid")
"""In turn; makers and grids twice, because they keep a book alive."""

COINS_MAX: Final = 16
"""More coins would be more streams, and the busier ones show more."""

COINS_FOR_CANDLES: Final = 6
"""Short candles want coins that trade all the time: the busiest."""
REACH_BPS: Final = 10.0
"""How far exits go: what others have resting that near is taken back for them."""
TAKE_BPS: Final = 1.5
"""How far those that take go past the best price: not as far as makers and grids of the same
account rest, for an entry that would meet them is refused."""


class DemoStrategy(NamedTuple):
    """One of the set: its name and itself."""

    strategy_id: StrategyId
    strategy: Strategy[Any]


class _Draw:
    """A 32-bit linear congruence: enough to make parameters differ, and the same everywhere."""

    def __init__(self, seed: int) -> None:
        self._state = (seed * 2_654_435_761 + 12_345) % 2**32

    def between(self, low: float, high: float) -> float:
        """A number in [low, high), in steps fine enough to look drawn."""
        self._state = (self._state * 1_664_525 + 1_013_904_223) % 2**32
        return low + (high - low) * (self._state >> 8) / 2**24

    def whole(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self.between(0, high - low + 1))

    def usd(self, low: int, high: int) -> float:
        """Whole dollars."""
        return float(self.whole(low, high))


def demo_set(
    spread_bps_by_coin: dict[str, float], *, seed: int, count: int = 100
) -> list[DemoStrategy]:
    """`count` strategies over the coins given (at most `COINS_MAX`), busiest coin first.

    `spread_bps_by_coin` tells how wide each market usually is: makers and grids are laid to it.
    """
    coins = list(spread_bps_by_coin)[:COINS_MAX]
    assert coins, "a set needs coins"
    draw = _Draw(seed)
    found: list[DemoStrategy] = []
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        # A step that shares no factor with the number of kinds: every kind meets every coin.
        turn = number // len(KINDS)
        coin = coins[(number + turn) % len(coins)]
        if kind == "ema_cross":
            coin = coins[turn % min(len(coins), COINS_FOR_CANDLES)]
        strategy = _made(kind, coin, spread_bps_by_coin[coin], draw)
        found.append(DemoStrategy(StrategyId(f"{kind}-{coin}-{number:02d}"), strategy))
    return found


def _made(kind: str, coin: str, spread_bps: float, draw: _Draw) -> Strategy[Any]:
    if kind == "maker":
        return _maker(coin, spread_bps, draw)
    if kind == "grid":
        return _grid(coin, spread_bps, draw)
    if kind == "twap":
        return _twap(coin, draw)
    return _chart_reader(kind, coin, spread_bps, draw)


def _maker(coin: str, spread_bps: float, draw: _Draw) -> Strategy[Any]:
    size_usd = draw.usd(60, 200)
    edge_bps = round(max(draw.between(3.0, 4.5), spread_bps), 2)
    return MarketMaker(
        MakerParams(
            coin=coin,
            slippage_bps=REACH_BPS,
            size_usd=size_usd,
            edge_bps=edge_bps,
            skew_bps=round(edge_bps * draw.between(0.5, 1.5), 2),
            requote_bps=round(edge_bps * 0.35, 2),
            rest_ms=draw.whole(4_000, 8_000),
            near_share=0.6,
            position_usd_max=4 * size_usd,
            loss_usd_max=round(size_usd * 0.02, 2),
        )
    )


def _grid(coin: str, spread_bps: float, draw: _Draw) -> Strategy[Any]:
    return GridTrader(
        GridParams(
            coin=coin,
            slippage_bps=REACH_BPS,
            levels=draw.whole(5, 7),
            step_bps=round(max(draw.between(4.0, 6.0), spread_bps), 2),
            size_usd=draw.usd(50, 120),
            stop_bps=round(draw.between(12, 30), 1),
            recenter_ms=draw.whole(10_000, 30_000),
        )
    )


def _twap(coin: str, draw: _Draw) -> Strategy[Any]:
    return TwapExecution(
        TwapParams(
            coin=coin,
            side="buy" if draw.whole(0, 1) else "sell",
            total_usd=draw.usd(600, 1_200),
            duration_ms=draw.whole(120, 240) * 1_000,
            slices=draw.whole(10, 16),
            slippage_bps=round(draw.between(8, 14), 1),
            abort_bps=150.0,
            repeat=True,
        )
    )


def _chart_reader(kind: str, coin: str, spread_bps: float, draw: _Draw) -> Strategy[Any]:
    """One of those that read candles: short ones, so that they act while somebody looks."""
    take_bps = round(spread_bps / 2 + TAKE_BPS, 2)
    size_usd = draw.usd(80, 250)
    if kind == "ema_cross":
        return EmaCross(
            EmaCrossParams(
                coin=coin,
                slippage_bps=take_bps,
                interval_ms=draw.whole(1, 2) * 1_000,
                fast=2,
                slow=draw.whole(4, 6),
                warm_candles=3,
                band_bps=round(draw.between(0.1, 0.5), 2),
                atr_length=5,
                stop_atrs=round(draw.between(2.0, 4.0), 1),
                stop_bps_min=round(draw.between(15, 25), 1),
                size_usd=size_usd,
            )
        )
    if kind == "mean_reversion":
        return MeanReversion(
            MeanReversionParams(
                coin=coin,
                slippage_bps=take_bps,
                interval_ms=1_000,
                length=draw.whole(5, 7),
                entry_z=round(draw.between(0.8, 1.0), 2),
                deviation_bps_min=0.5,
                patience_ms=draw.whole(6_000, 10_000),
                hold_ms_max=60_000,
                stop_bps=round(draw.between(15, 30), 1),
                pause_ms=15_000,
                size_usd=size_usd,
            )
        )
    assert kind == "breakout"
    return Breakout(
        BreakoutParams(
            coin=coin,
            slippage_bps=take_bps,
            interval_ms=1_000,
            entry_length=draw.whole(15, 25),
            exit_length=draw.whole(8, 12),
            warm_length=2,
            margin_bps=0.0,
            stop_bps=round(draw.between(15, 30), 1),
            pause_ms=draw.whole(8_000, 15_000),
            size_usd=size_usd,
        )
    )
