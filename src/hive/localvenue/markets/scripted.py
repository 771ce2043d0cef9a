"""Markets that do what a script says: for tests in which a strategy must do its work, or its stop
must act.

A coin's price follows straight lines between the script's points and then stays; makers quote
around it as regularly as a fence, without any chance; takers come when the script says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

import msgspec

from hive.domain.identifiers import Address
from hive.domain.market import Side
from hive.domain.orders import TimeInForce
from hive.localvenue.markets.ladder import Ladder
from hive.localvenue.markets.ports import TradingFloor
from hive.localvenue.markets.reference import BPS

MAKER: Final = Address("0x" + "5c".rjust(40, "a"))
TAKER: Final = Address("0x" + "5c".rjust(40, "b"))
_REACH_BPS: Final = 500.0
NEVER_MS: Final = 2**62


class PricePoint(msgspec.Struct, frozen=True):
    """The middle of the market at a time, counted from the opening."""

    at_ms: int
    px: float


class ScriptedTake(msgspec.Struct, frozen=True):
    """Somebody takes that much at a time, counted from the opening."""

    at_ms: int
    coin: str
    side: Side
    usd: float


class ScriptedCoin(msgspec.Struct, frozen=True, kw_only=True):
    """One coin's script. Prices between points lie on straight lines."""

    coin: str
    path: tuple[PricePoint, ...]
    spread_bps: float = 2.0
    level_gap_bps: float = 2.0
    levels: int = 10
    depth_usd: float = 50_000.0


def flow(
    coin: str, *, every_ms: int, usd: float, until_ms: int, sides: Sequence[Side] = tuple(Side)
) -> list[ScriptedTake]:
    """A taker every so often, the sides in turn."""
    times = range(every_ms, until_ms + 1, every_ms)
    return [
        ScriptedTake(at_ms, coin, sides[number % len(sides)], usd)
        for number, at_ms in enumerate(times)
    ]


def wave(*, low_px: float, high_px: float, half_ms: int, halves: int) -> tuple[PricePoint, ...]:
    """From the middle up, down, up, ... between two prices, and back to the middle."""
    middle = PricePoint(0, (low_px + high_px) / 2)
    turns = tuple(
        PricePoint(half_ms * number + half_ms // 2, low_px if number % 2 else high_px)
        for number in range(halves)
    )
    return middle, *turns, PricePoint(half_ms * halves, middle.px)


class ScriptedMarkets:
    """Behind `Markets`."""

    def __init__(
        self,
        scripts: Iterable[ScriptedCoin],
        takes: Iterable[ScriptedTake] = (),
        *,
        step_ms: int = 100,
    ) -> None:
        self._scripts = {script.coin: script for script in scripts}
        self._takes = sorted(takes, key=_when)
        self._step_ms = step_ms
        self._makers: dict[str, _FenceMaker] = {}
        self._floor: TradingFloor | None = None
        self._opened_ms = 0
        self._next_ms = 0
        self._takes_done = 0

    @property
    def coins(self) -> list[str]:
        return list(self._scripts)

    def open(self, floor: TradingFloor, now_ms: int) -> None:
        self._floor = floor
        self._opened_ms = now_ms
        self._next_ms = now_ms + self._step_ms
        for script in self._scripts.values():
            maker = _FenceMaker(script, floor)
            self._makers[script.coin] = maker
            maker.follow(0)

    def advance(self, now_ms: int) -> None:
        while self._next_ms <= now_ms:
            elapsed_ms = self._next_ms - self._opened_ms
            for maker in self._makers.values():
                maker.follow(elapsed_ms)
            self._carry_out_takes(elapsed_ms)
            self._next_ms += self._step_ms

    def next_deadline_ms(self) -> int:
        return self._next_ms if self._makers else NEVER_MS

    def oracle_px(self, coin: str) -> float:
        return self._makers[coin].px

    def _carry_out_takes(self, elapsed_ms: int) -> None:
        assert self._floor is not None
        while self._takes_done < len(self._takes):
            take = self._takes[self._takes_done]
            if take.at_ms > elapsed_ms:
                return
            self._takes_done += 1
            instrument = self._floor.instrument(take.coin)
            px = self._makers[take.coin].px
            size = instrument.round_size(take.usd / px)
            self._floor.place(
                TAKER,
                take.coin,
                side=take.side,
                size=max(size, instrument.lot),
                limit_px=instrument.round_px(px * (1.0 + take.side.sign * _REACH_BPS * BPS)),
                tif=TimeInForce.IOC,
            )


class _FenceMaker:
    """Quotes a coin at even distances around the price of its script."""

    def __init__(self, script: ScriptedCoin, floor: TradingFloor) -> None:
        self._script = script
        self._instrument = floor.instrument(script.coin)
        self._ladder = Ladder(script.coin, floor, lambda: MAKER)
        self.px = script.path[0].px

    def follow(self, elapsed_ms: int) -> None:
        self.px = px_at(self._script.path, elapsed_ms)
        wanted = {side: self._fence(side) for side in Side}
        for side, fence in wanted.items():
            self._ladder.withdraw(side, list(fence))
        for side, fence in wanted.items():
            for index, px in fence.items():
                if not self._ladder.holds(side, index):
                    size = self._instrument.round_size(self._script.depth_usd / float(px))
                    self._ladder.place(side, index, max(size, self._instrument.lot), px)

    def _fence(self, side: Side) -> dict[int, Decimal]:
        """The prices wanted, by their number of ticks."""
        fence: dict[int, Decimal] = {}
        for level in range(self._script.levels):
            away_bps = self._script.spread_bps / 2 + level * self._script.level_gap_bps
            px = self._instrument.round_px(self.px * (1.0 - side.sign * away_bps * BPS), side=side)
            fence[int(px / self._instrument.tick_at(px))] = px
        return fence


def px_at(path: Sequence[PricePoint], elapsed_ms: int) -> float:
    """The price on the line between the points around this time; the last one's afterwards."""
    before = path[0]
    for point in path:
        if point.at_ms > elapsed_ms:
            share = (elapsed_ms - before.at_ms) / (point.at_ms - before.at_ms)
            return before.px + (point.px - before.px) * max(share, 0.0)
        before = point
    return before.px


def _when(take: ScriptedTake) -> int:
    return take.at_ms
