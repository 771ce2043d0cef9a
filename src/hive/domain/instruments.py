"""What can be traded, and the venue's tick and lot rules (protocol.md 2.5).

A price has at most five significant figures and at most `6 - size_decimals` decimals (8 for spot);
an integer price is always legal. A size has at most `size_decimals` decimals. An order is worth at
least 10 USD unless it only reduces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal, InvalidOperation
from difflib import get_close_matches
from enum import Enum
from typing import Final

import msgspec

from hive.domain.errors import IllegalOrder, UnknownCoin
from hive.domain.market import Side

SIGNIFICANT_FIGURES_MAX: Final = 5
NOTIONAL_USD_MIN: Final = Decimal(10)
UNKNOWN: Final = "no instrument is called"
PX_MAX: Final = Decimal(10) ** 12
"""Far above any price; keeps arithmetic on hostile input small."""
SIZE_MAX: Final = Decimal(10) ** 15
"""Far above any size, in coins; likewise."""

FLOAT_PX_MAX: Final = float(PX_MAX)
FLOAT_SIZE_MAX: Final = float(SIZE_MAX)
ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)
_STEPS_KEPT: Final = 9
_STEPS: Final = tuple(Decimal(1).scaleb(-decimals) for decimals in range(_STEPS_KEPT))


def _step(decimals: int) -> Decimal:
    """The smallest number with so many decimals."""
    return _STEPS[decimals] if decimals < _STEPS_KEPT else Decimal(1).scaleb(-decimals)


class InstrumentKind(Enum):
    """Where an instrument lives; decides its asset ids and price decimals."""

    PERP = "perp"
    SPOT = "spot"
    BUILDER_PERP = "builder_perp"
    OUTCOME = "outcome"


class Instrument(msgspec.Struct, frozen=True):
    """Something tradable, with its rules. `asset_id` is the number orders carry."""

    coin: str
    asset_id: int
    kind: InstrumentKind
    size_decimals: int
    leverage_max: int
    margin_table_id: int = 0
    is_delisted: bool = False
    is_isolated_only: bool = False
    is_margin_locked: bool = False
    """Isolated only, and the margin of a position stays until it is reduced."""

    @property
    def px_decimals_max(self) -> int:
        """How many decimals a price may have at all."""
        return (8 if self.kind is InstrumentKind.SPOT else 6) - self.size_decimals

    @property
    def lot(self) -> Decimal:
        """The smallest step of a size, in coins."""
        decimals = self.size_decimals
        return _STEPS[decimals] if decimals < _STEPS_KEPT else _step(decimals)

    def tick_at(self, px: Decimal) -> Decimal:
        """The price step around `px`: the coarser of five figures and the decimals allowed.

        Never coarser than 1, because integer prices are always legal.
        """
        decimals = SIGNIFICANT_FIGURES_MAX - 1 - px.adjusted()
        if decimals <= 0:
            return ONE
        return _step(max(0, min(self.px_decimals_max, decimals)))

    def is_legal_px(self, px: Decimal) -> bool:
        if not (px.is_finite() and ZERO < px < PX_MAX):
            return False
        return px % self.tick_at(px) == 0

    def is_legal_size(self, size: Decimal) -> bool:
        return size.is_finite() and ZERO < size < SIZE_MAX and size % self.lot == 0

    def round_px(self, px: Decimal | float, *, side: Side | None = None) -> Decimal:
        """The nearest legal price; with `side`, the nearest one that is not worse for that side.

        A buy is rounded down and a sell up, so that a resting quote never crosses by rounding.

        Raises:
            IllegalOrder: no positive legal price lies there.
        """
        if type(px) is not float and isinstance(px, Decimal):
            exact, is_price = px, px.is_finite() and ZERO < px < PX_MAX
        else:
            is_price = 0 < px < FLOAT_PX_MAX
            if is_price and (whole := int(px)) == px:
                return Decimal(whole)  # legal, and quick
            exact = Decimal(repr(px))
        if not is_price:
            raise IllegalOrder("price", f"{px} is not a price of {self.coin}")
        rounding = ROUND_HALF_EVEN
        if side is not None:
            rounding = ROUND_FLOOR if side is Side.BUY else ROUND_CEILING
        rounded = exact.quantize(self.tick_at(exact), rounding)
        if not rounded:
            raise IllegalOrder("tick", f"{px} rounds to nothing on {self.coin}")
        return rounded

    def round_size(self, size: Decimal | float) -> Decimal:
        """The largest legal size not above `size`; zero when it is under a lot.

        Raises:
            IllegalOrder: `size` is not finite, or negative.
        """
        if type(size) is not float and isinstance(size, Decimal):
            exact, is_size = size, size.is_finite() and ZERO <= size < SIZE_MAX
        else:
            is_size = 0 <= size < FLOAT_SIZE_MAX
            exact = Decimal(repr(size))
        if not is_size:
            raise IllegalOrder("size", f"{size} is not a size of {self.coin}")
        return exact.quantize(self.lot, ROUND_FLOOR)

    def check_order(self, px: Decimal, size: Decimal, *, reduce_only: bool) -> None:
        """Pass, or say which of the venue's static rules the order breaks.

        Raises:
            IllegalOrder: `rule` is delisted, price, tick, size, lot or minimum value.
        """
        if self.is_delisted:
            raise IllegalOrder("delisted", f"{self.coin} is no longer traded")
        try:
            is_px, is_size = ZERO < px < PX_MAX, ZERO < size < SIZE_MAX
        except InvalidOperation:  # one is no number, and has no order
            is_px, is_size = px.is_finite() and ZERO < px < PX_MAX, False
        if not is_px:
            raise IllegalOrder("price", f"{px} is not a price")
        decimals = SIGNIFICANT_FIGURES_MAX - 1 - px.adjusted()
        if px % (ONE if decimals <= 0 else self.tick_at(px)):
            raise IllegalOrder("tick", f"{px} is not on the tick {self.tick_at(px)} of {self.coin}")
        if not is_size:
            raise IllegalOrder("size", f"{size} is not a size")
        decimals = self.size_decimals  # `lot`, without the call
        if size % (_STEPS[decimals] if decimals < _STEPS_KEPT else self.lot):
            raise IllegalOrder("lot", f"{size} is not a multiple of {self.lot} {self.coin}")
        if not reduce_only and px * size < NOTIONAL_USD_MIN:
            raise IllegalOrder(
                "minimum value", f"{size} × {px} is under {NOTIONAL_USD_MIN} USD ({self.coin})"
            )


def unknown_coin(coin: str, known: Iterable[str], *, said: str = UNKNOWN) -> UnknownCoin:
    """The error about a name that is none of `known`; its hint names near ones."""
    near = get_close_matches(coin, known, n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else "see the venue's meta"
    return UnknownCoin(f"{said} {coin[:40]!r}", hint=hint)


class _ByCoin(dict[str, Instrument]):
    """Instruments by name; a name that is none of theirs raises with a hint."""

    def __missing__(self, coin: str) -> Instrument:
        error = unknown_coin(coin, self)
        if ":" in coin:
            error.hint = "strategies trade perps of the first dex, not of builder dexes yet"
        raise error


class Universe:
    """Every instrument the venue lists, by coin and by asset id."""

    def __init__(self, instruments: Iterable[Instrument]) -> None:
        self._by_coin = _ByCoin()
        self._by_asset_id: dict[int, Instrument] = {}
        self.of_coin: Final[Callable[[str], Instrument]] = self._by_coin.__getitem__
        """The instrument of that name. Raises `UnknownCoin`, whose hint names near ones.

        Asked three times for each order, so it is the dictionary's own method.
        """
        for instrument in instruments:
            self._by_coin[instrument.coin] = instrument
            self._by_asset_id[instrument.asset_id] = instrument

    def __iter__(self) -> Iterator[Instrument]:
        return iter(self._by_coin.values())

    def __len__(self) -> int:
        return len(self._by_coin)

    def __contains__(self, coin: object) -> bool:
        return coin in self._by_coin

    def of_asset_id(self, asset_id: int) -> Instrument | None:
        return self._by_asset_id.get(asset_id)
