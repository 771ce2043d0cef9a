"""A side of a quote set, as its strategy says it, handed to the desk."""

from __future__ import annotations

from hive.domain.errors import LimitReached
from hive.domain.instruments import Instrument
from hive.domain.market import Side
from hive.domain.quotes import QUOTE_LEVELS_MAX, QuoteLevel, QuoteTerms, WantedQuotes
from hive.strategy.legal_numbers import legal_px, legal_size
from hive.strategy.seat import Seat


def quote_side(
    seat: Seat, instrument: Instrument, side: Side, wanted: WantedQuotes, terms: QuoteTerms
) -> None:
    """Have these orders on the side, their numbers made legal, and none besides.

    Raises:
        LimitReached: there are too many of them.
    """
    levels = [
        QuoteLevel(legal_px(instrument, px, side), legal_size(instrument, size))
        for px, size in wanted
    ]
    coin = instrument.coin
    if len(levels) > QUOTE_LEVELS_MAX:
        raise LimitReached("quote_levels_max", f"{len(levels)} orders on one side of {coin}")
    cost = seat.desk.quote(seat.strategy_id, coin, side, levels, terms)
    seat.orders += cost.placed
    seat.replaces += cost.replaced
    seat.cancels += cost.canceled
    seat.coins[coin] = None
