"""An entry with its exits, as its strategy says it, handed to the desk."""

from __future__ import annotations

from decimal import Decimal

from hive.domain.instruments import Instrument
from hive.domain.order_options import TriggerKind
from hive.domain.orders import OrderDraft
from hive.strategy.legal_numbers import exits_at
from hive.strategy.seat import Seat
from hive.strategy.views import Bracket


def place_bracket(
    seat: Seat,
    instrument: Instrument,
    entry: OrderDraft,
    stop_px: Decimal | float | None,
    take_profit_px: Decimal | float | None,
) -> Bracket:
    """Place the entry, and the exits that wait for it, their numbers made legal."""
    children = exits_at(instrument, entry.side.opposite, entry.size, stop_px, take_profit_px)
    first, *rest = seat.desk.bracket(seat.strategy_id, entry, list(children.values()))
    seat.orders += 1 + len(rest)
    seat.coins[entry.coin] = None
    found = dict(zip(children, rest, strict=True))
    return Bracket(first, found.get(TriggerKind.STOP), found.get(TriggerKind.TAKE_PROFIT))
