"""Quote sets: the orders a strategy wants in the book of a coin, whatever stands there now."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final, NamedTuple

import msgspec

from hive.domain.orders import TimeInForce

QUOTE_LEVELS_MAX: Final = 40
"""Of one side of a coin."""

WantedQuotes = Iterable[tuple[Decimal | float, Decimal | float]]
"""As a strategy says it: `(px, size)` of each order."""


class QuoteLevel(NamedTuple):
    """One order that is wanted: USD per coin, and coins that are to be open there."""

    px: Decimal
    size: Decimal


class QuoteTerms(msgspec.Struct, frozen=True, kw_only=True):
    """How a side is quoted, and what is too little to be worth an action."""

    tif: TimeInForce = TimeInForce.ALO
    min_move_bps: float = 0.0
    """An order that is no further from its level than this stays where it is."""
    min_resize_pct: float = 10.0
    """An order whose open size differs from its level's by no more than this keeps it."""


class QuoteCost(NamedTuple):
    """What a quote comes to, in orders; what has to wait its turn is counted."""

    placed: int = 0
    replaced: int = 0
    canceled: int = 0


NO_COST: Final = QuoteCost()
