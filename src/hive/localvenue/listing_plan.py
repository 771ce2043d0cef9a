"""Changes of what is listed, as a configuration plans them and as the oracle is asked for them."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec

from hive.localvenue.units import PERP_DECIMALS, parse_units

LEVERAGE_MAX: Final = 49
"""A larger one would name a margin table instead of a single tier (venue.md 1)."""


class Delist(msgspec.Struct, frozen=True, tag="delist"):
    """A perp that is no longer traded."""

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
        is_number = self.px.replace(".", "", 1).isdecimal() and not self.px.endswith(".")
        return parse_units(self.px, PERP_DECIMALS - self.sz_decimals) or 0 if is_number else 0

    @property
    def entry(self) -> dict[str, Any]:
        """Its entry in the universe."""
        return {
            "szDecimals": self.sz_decimals,
            "name": self.coin,
            "maxLeverage": self.max_leverage,
            "marginTableId": self.max_leverage,
        }


Change = Delist | ListPerp


class PlannedChange(msgspec.Struct, frozen=True):
    """A change at a time, counted from the opening."""

    at_ms: int
    change: Change
