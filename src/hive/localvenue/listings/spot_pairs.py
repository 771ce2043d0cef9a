"""Spot pairs: what of which token changes hands when so many lots trade at that price.

Price and size of a pair have eight decimals together (protocol.md 2.5), and every quote token has
at least eight, so a notional is a whole number of quote wei, and a lot one of base wei. Nothing of
a trade is ever rounded but its fee.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from hive.domain.instruments import Instrument
from hive.localvenue.listings.spot_tokens import Token, Tokens
from hive.localvenue.units import PERP_DECIMALS

SPOT_DECIMALS: Final = 8
"""Decimals of price and size together."""

QUOTE_ASSETS: Final = frozenset(("USDC", "USDT0", "USDE", "USDH"))
"""What pairs are quoted in. Trading one for another costs and counts a fifth (venue.md 2)."""

NOTIONAL_PER_USD_UNIT: Final = 10 ** (SPOT_DECIMALS - PERP_DECIMALS)
"""Units of a spot notional in a millionth of a USD."""


class SpotPair(msgspec.Struct, frozen=True, kw_only=True):
    """The two tokens of a pair, and how its lots and notionals are counted in their wei."""

    base: Token
    quote: Token
    px_decimals: int
    lot_wei: int
    """Base wei in the smallest step of a size."""
    notional_wei: int
    """Quote wei in the smallest step of a notional."""

    @property
    def usd_wei(self) -> int:
        """Quote wei in a millionth of a USD."""
        wei: int = self.notional_wei * NOTIONAL_PER_USD_UNIT
        return wei

    @property
    def is_between_quotes(self) -> bool:
        return self.base.name in QUOTE_ASSETS and self.quote.name in QUOTE_ASSETS

    def quote_wei(self, px: int, size: int) -> int:
        """What `size` lots at `px` are worth."""
        return px * size * self.notional_wei

    def base_fee_wei(self, fee_quote_wei: int, px: int) -> int:
        """A buyer's fee in the bought token: the fee in quote wei, at the trade's price, cut again.

        Cut twice, as the recorded fills show: 0.01 at 7.735 and 0.07 % costs 0.00000699.
        """
        scaled = fee_quote_wei * 10 ** (self.px_decimals + self.base.wei_decimals)
        return int(scaled // (px * 10**self.quote.wei_decimals))

    def lots_within(self, quote_wei: int, px: int) -> int:
        """How many lots that much of the quote token pays for."""
        return quote_wei // (px * self.notional_wei)


class SpotFill(msgspec.Struct, frozen=True, kw_only=True):
    """The money of one side of a spot trade, in whole wei."""

    pair: SpotPair
    start_wei: int
    """Of the base token, before the trade."""
    fee_token: Token
    fee_wei: int
    fee_quote_wei: int
    """What the fee is worth in the quote token."""
    closed_wei: int
    """Profit of what was sold in the quote token, before the fee; 0 of a purchase."""
    dust_wei: int | None = None
    """The size of what is less than a lot; None of what was traded in lots."""
    builder_wei: int = 0
    """The part of the fee that goes to the builder of the client that ordered."""

    def plus(self, later: SpotFill) -> SpotFill:
        """This fill and a later one of the same order, as one."""
        return replace(
            self,
            fee_wei=self.fee_wei + later.fee_wei,
            fee_quote_wei=self.fee_quote_wei + later.fee_quote_wei,
            closed_wei=self.closed_wei + later.closed_wei,
            builder_wei=self.builder_wei + later.builder_wei,
        )


def spot_pairs(
    universe: Iterable[dict[str, Any]], tokens: Tokens, instruments: Iterable[Instrument]
) -> list[SpotPair]:
    """The pairs of a `spotMeta`, in its order; `instruments` are the same ones."""
    return [
        _pair(tokens.of_index(row["tokens"][0]), tokens.of_index(row["tokens"][1]), instrument)
        for row, instrument in zip(universe, instruments, strict=True)
    ]


def _pair(base: Token, quote: Token, instrument: Instrument) -> SpotPair:
    assert base.wei_decimals >= base.sz_decimals, base
    assert quote.wei_decimals >= SPOT_DECIMALS, quote
    return SpotPair(
        base=base,
        quote=quote,
        px_decimals=instrument.px_decimals_max,
        lot_wei=10 ** (base.wei_decimals - base.sz_decimals),
        notional_wei=10 ** (quote.wei_decimals - SPOT_DECIMALS),
    )
