"""Regimes: what a patient maker earns says which one it is, and a burst is a burst."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from statistics import fmean, pstdev

import pytest
from tests.unit.localvenue.markets.market_watch import watched
from tests.unit.localvenue.markets.plain_floor import PlainFloor

from hive.domain.identifiers import Address, Oid
from hive.domain.market import Side
from hive.domain.orders import TimeInForce
from hive.localvenue.markets.regimes import FLOOD_EVENTS, REGIMES
from hive.localvenue.markets.seeded import seeded_sources
from hive.localvenue.markets.synthetic import NEVER_MS, MarketSettings, SyntheticMarkets

MAKER = Address("0x" + "e" * 40)
COINS = ("SOL", "DOGE", "ENA")
AWAY_BPS = 2.0
QUOTE_USD = 300.0
INVENTORY_USD = 3_000.0
STEP_MS = 250


def opened(regime: str, coins: tuple[str, ...] = COINS) -> tuple[SyntheticMarkets, PlainFloor]:
    settings = MarketSettings(regime=REGIMES[regime])
    markets, floor = SyntheticMarkets(seeded_sources(3), coins, settings), PlainFloor()
    markets.open(floor, 0)
    return markets, floor


class PatientMaker:
    """Quotes both sides at a fixed distance from the mid, anew each second, leaning against what
    it holds."""

    def __init__(self, floor: PlainFloor, coin: str) -> None:
        self._floor = floor
        self._coin = coin
        self._oids: list[Oid] = []
        self.position = 0.0
        self.cash_usd = 0.0
        self.volume_usd = 0.0

    def requote(self) -> None:
        for resting in self._oids:
            self._floor.cancel(self._coin, resting)
        self._oids = []
        mid = self._floor.mid(self._coin)
        rules = self._floor.instrument(self._coin)
        lean_bps = -self.position * mid / INVENTORY_USD * AWAY_BPS
        for side in Side:
            wanted = mid * (1 + (lean_bps - side.sign * AWAY_BPS) * 1e-4)
            px = rules.round_px(wanted, side=side)
            if (px - self._floor.side(self._coin, side.opposite)[0].px) * side.sign >= 0:
                continue
            size = max(rules.round_size(QUOTE_USD / mid), rules.lot)
            oid = self._floor.place(
                MAKER, self._coin, side=side, size=size, limit_px=px, tif=TimeInForce.GTC
            )
            if oid is not None:
                self._oids.append(oid)

    def filled(self, side: Side, px: Decimal, size: Decimal) -> None:
        self.position += side.sign * float(size)
        self.cash_usd -= side.sign * float(size * px)
        self.volume_usd += float(size * px)

    @property
    def profit_usd(self) -> float:
        return self.cash_usd + self.position * self._floor.mid(self._coin)


@cache
def earned_bps(regime: str, seconds: int = 600) -> float:
    """What the maker earned, of its volume and before fees."""
    markets, floor = opened(regime)
    makers = {coin: PatientMaker(floor, coin) for coin in COINS}
    seen = 0
    for now_ms in range(0, seconds * 1000, STEP_MS):
        markets.advance(now_ms)
        for trade in floor.prints[seen:]:
            if trade.maker == MAKER:
                makers[trade.coin].filled(trade.side.opposite, trade.px, trade.size)
        seen = len(floor.prints)
        if now_ms % 1000 == 0:
            for maker in makers.values():
                maker.requote()
    volume_usd = sum(maker.volume_usd for maker in makers.values())
    assert volume_usd > 10_000
    return sum(maker.profit_usd for maker in makers.values()) / volume_usd * 1e4


def test_a_patient_maker_earns_on_a_calm_day_and_is_run_over_in_a_crash() -> None:
    assert earned_bps("calm") > 0.3
    assert -1.5 < earned_bps("usual") < 1.5
    assert earned_bps("crash") < -5
    assert earned_bps("crash") < earned_bps("usual") < earned_bps("calm")


def test_regimes_differ_in_volatility_width_and_depth() -> None:
    seen: dict[str, tuple[float, float, float]] = {}
    for regime in ("calm", "usual", "crash"):
        markets, floor = opened(regime)
        tape = watched(markets, floor, COINS, from_ms=0, seconds=240)["SOL"]
        seen[regime] = (
            pstdev(tape.returns_bps),
            fmean(tape.spreads_bps),
            fmean(tape.depths_usd),
        )
    assert seen["calm"][0] < 0.75 * seen["usual"][0]
    assert seen["crash"][0] > 2 * seen["usual"][0]
    assert seen["crash"][1] > 2 * seen["usual"][1]
    assert seen["crash"][2] < 0.5 * seen["usual"][2]


def test_a_crash_falls_and_a_trend_goes_somewhere() -> None:
    markets, floor = opened("crash")
    start = floor.mid("SOL")
    lowest = start
    for now_ms in range(0, 300_000, STEP_MS):
        markets.advance(now_ms)
        lowest = min(lowest, floor.mid("SOL"))
    assert lowest < start * 0.985
    ranges: dict[str, float] = {}
    for regime in ("calm", "trend"):
        markets, floor = opened(regime)
        mids = watched(markets, floor, COINS, from_ms=0, seconds=600)["DOGE"].log_mids
        ranges[regime] = max(mids) - min(mids)
    assert ranges["trend"] > 2.5 * ranges["calm"]


def test_a_burst_is_twenty_thousand_events_in_one_block() -> None:
    markets, floor = opened("burst")

    def events() -> int:
        return floor.placed + floor.cancelled + len(floor.prints)

    busiest = 0
    for now_ms in range(0, 10_001, STEP_MS):
        before = events()
        markets.advance(now_ms)
        busiest = max(busiest, events() - before)
    assert busiest >= FLOOD_EVENTS
    assert floor.side("SOL", Side.BUY)[0].px < floor.side("SOL", Side.SELL)[0].px


def test_a_regime_can_begin_while_markets_run_and_prices_go_on_from_there() -> None:
    markets, floor = opened("usual")
    markets.advance(2_000)
    before = floor.mid("SOL")
    markets.set_regime(REGIMES["crash"], 2_000)
    markets.advance(2_250)
    assert floor.mid("SOL") == pytest.approx(before, rel=2e-3)
    tape = watched(markets, floor, COINS, from_ms=2_250, seconds=60)["SOL"]
    assert fmean(tape.spreads_bps) > 2.0


def test_a_jump_moves_a_coin_alone() -> None:
    markets, floor = opened("calm")
    before = {coin: floor.mid(coin) for coin in COINS}
    markets.jump("SOL", -300.0)
    markets.advance(STEP_MS)
    assert floor.mid("SOL") == pytest.approx(before["SOL"] * 0.97, rel=2e-3)
    assert floor.mid("DOGE") == pytest.approx(before["DOGE"], rel=2e-3)


def test_markets_of_no_coin_never_have_anything_to_do() -> None:
    markets, floor = opened("burst", ())
    markets.advance(60_000)
    assert markets.next_deadline_ms() == NEVER_MS
    assert floor.placed == 0
