"""What a market showed, once a second, and the statistics that tell a market from noise."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from math import log
from statistics import fmean, pstdev

from tests.unit.localvenue.markets.plain_floor import PlainFloor, Print

from hive.domain.market import Side
from hive.localvenue.markets.synthetic import SyntheticMarkets


class Tape:
    """What a coin showed, once a second."""

    def __init__(self) -> None:
        self.log_mids: list[float] = []
        self.spreads_bps: list[float] = []
        self.depths_usd: list[float] = []
        self.prints: list[Print] = []

    @property
    def returns_bps(self) -> list[float]:
        pairs = itertools.pairwise(self.log_mids)
        return [(after - before) * 1e4 for before, after in pairs]


def watched(
    markets: SyntheticMarkets,
    floor: PlainFloor,
    coins: Iterable[str],
    *,
    from_ms: int,
    seconds: int,
) -> dict[str, Tape]:
    """Let the markets run and note each second what every coin shows."""
    tapes = {coin: Tape() for coin in coins}
    for second in range(1, seconds + 1):
        for quarter in range(4):
            markets.advance(from_ms + second * 1000 - 750 + quarter * 250)
        for coin, tape in tapes.items():
            bids, asks = floor.side(coin, Side.BUY), floor.side(coin, Side.SELL)
            mid_px = float(bids[0].px + asks[0].px) / 2
            tape.log_mids.append(log(mid_px))
            tape.spreads_bps.append(float(asks[0].px - bids[0].px) / mid_px * 1e4)
            levels = [float(row.px * row.size) for row in (*bids[:5], *asks[:5])]
            tape.depths_usd.append(fmean(levels))
    for trade in floor.prints:
        if trade.coin in tapes:
            tapes[trade.coin].prints.append(trade)
    return tapes


def excess_kurtosis(values: list[float]) -> float:
    """0 for the normal distribution; markets have far more."""
    mean, deviation = fmean(values), pstdev(values)
    return fmean([(value - mean) ** 4 for value in values]) / deviation**4 - 3


def lag_one(values: list[float]) -> float:
    """The autocorrelation from one value to the next."""
    mean = fmean(values)
    centered = [value - mean for value in values]
    pairs = itertools.pairwise(centered)
    return sum(a * b for a, b in pairs) / sum(value * value for value in centered)


def correlation(left: list[float], right: list[float]) -> float:
    """Of two series of the same length."""
    left_mean, right_mean = fmean(left), fmean(right)
    pairs = list(zip(left, right, strict=True))
    shared = fmean([(a - left_mean) * (b - right_mean) for a, b in pairs])
    return shared / (pstdev(left) * pstdev(right))
