"""Entries and positions with their exits, as a strategy says them, handed to the desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from hive.domain.identifiers import Cloid
from hive.domain.instruments import Instrument
from hive.domain.market import Side
from hive.domain.order_options import TriggerKind
from hive.domain.orders import OrderDraft
from hive.strategy.legal_numbers import exits_at
from hive.strategy.seat import Seat
from hive.strategy.views import Bracket, Protection


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


def exits_of(
    instrument: Instrument,
    held: Decimal,
    stop_px: Decimal | float | None,
    take_profit_px: Decimal | float | None,
) -> dict[TriggerKind, OrderDraft]:
    """What would close a position that is `held`, signed; nothing when it is flat."""
    side = Side.SELL if held > 0 else Side.BUY
    return exits_at(instrument, side, abs(held), stop_px, take_profit_px) if held else {}


def protection_of(exits: Mapping[TriggerKind, OrderDraft], cloids: Sequence[Cloid]) -> Protection:
    """Which of the placed is which."""
    found = dict(zip(exits, cloids, strict=True))
    return Protection(found.get(TriggerKind.STOP), found.get(TriggerKind.TAKE_PROFIT))
