"""Changes of what is listed, as a configuration plans them and as the oracle is asked for them.

- {atMs: 60000, type: list, coin: NEW, px: "2.5", szDecimals: 1, maxLeverage: 10}
- {atMs: 90000, type: listSpot, token: NEWT, px: "0.25"}
- {atMs: 120000, type: delist, coin: BTC}
"""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec

from hive.domain.errors import ConfigRefused
from hive.localvenue.listings.spot_pairs import SPOT_DECIMALS
from hive.localvenue.units import PERP_DECIMALS, parse_units

LEVERAGE_MAX: Final = 49
"""A larger one would name a margin table instead of a single tier (venue.md 1)."""


PLANNED_MAX: Final = 10_000


class Delist(msgspec.Struct, frozen=True, tag="delist"):
    """A perp or a spot pair that is no longer traded."""

    coin: str


class ListPerp(msgspec.Struct, frozen=True, tag="list", rename="camel"):
    """A new perp at the end of a dex's universe; on a builder dex `coin` begins with its name."""

    coin: str
    px: str
    sz_decimals: Annotated[int, msgspec.Meta(ge=0, le=5)] = 2
    max_leverage: Annotated[int, msgspec.Meta(ge=1, le=LEVERAGE_MAX)] = 5

    @property
    def px_units(self) -> int:
        """0 if it is no price of such a coin."""
        return _units(self.px, PERP_DECIMALS - self.sz_decimals)

    @property
    def entry(self) -> dict[str, Any]:
        """Its entry in the universe."""
        return {
            "szDecimals": self.sz_decimals,
            "name": self.coin,
            "maxLeverage": self.max_leverage,
            "marginTableId": self.max_leverage,
        }


class ListSpot(msgspec.Struct, frozen=True, tag="listSpot", rename="camel"):
    """A new token, and its pair against USDC at the end of the spot universe."""

    token: str
    px: str
    sz_decimals: Annotated[int, msgspec.Meta(ge=0, le=5)] = 2

    @property
    def px_units(self) -> int:
        """0 if it is no price of such a pair."""
        return _units(self.px, SPOT_DECIMALS - self.sz_decimals)


Change = Delist | ListPerp | ListSpot


class PlannedChange(msgspec.Struct, frozen=True):
    """A change at a time, counted from the opening."""

    at_ms: int
    change: Change


class _Row(msgspec.Struct):
    change: Change


def read_plan(rows: Any) -> tuple[PlannedChange, ...]:
    """The changes of a decoded file, by time.

    Raises:
        ConfigRefused: it is no list of changes, or too long a one.
    """
    if not isinstance(rows, list) or len(rows) > PLANNED_MAX:
        raise ConfigRefused(f"listings are a list of at most {PLANNED_MAX} rows")
    plan = [_planned(row, place) for place, row in enumerate(rows, start=1)]
    return tuple(sorted(plan, key=lambda planned: planned.at_ms))


def _planned(row: Any, place: int) -> PlannedChange:
    at_ms = row.get("atMs", 0) if isinstance(row, dict) else None
    if not isinstance(at_ms, int) or isinstance(at_ms, bool) or at_ms < 0:
        raise ConfigRefused(f"row {place} of the listings has no time `atMs`")
    try:
        rest = {name: value for name, value in row.items() if name != "atMs"}
        return PlannedChange(at_ms, msgspec.convert({"change": rest}, _Row).change)
    except msgspec.ValidationError as error:
        raise ConfigRefused(f"row {place} of the listings: {error}") from None


def _units(px: str, decimals: int) -> int:
    is_number = px.replace(".", "", 1).isdecimal() and not px.endswith(".")
    return parse_units(px, decimals) or 0 if is_number else 0
