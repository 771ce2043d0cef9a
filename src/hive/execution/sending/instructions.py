"""What an order that is about to leave is on the wire: a new order, or the replace of one."""

from __future__ import annotations

from decimal import Decimal

from hive.domain.errors import IllegalOrder
from hive.domain.instruments import Universe
from hive.execution.books.account_books import AccountBooks
from hive.execution.intake.netting import has_to_itself, venue_may_enforce
from hive.execution.intake.order_taking import OrderTaking
from hive.execution.orders.legs import Replacement
from hive.execution.orders.order_life import OrderLife
from hive.execution.orders.triggered import is_waiting
from hive.execution.sending.batching import Instruction, order_instruction, replace_instruction
from hive.execution.sending.departures import Departures


class Instructions:
    """Makes them at the last moment, when fills and other strategies' positions are known."""

    def __init__(
        self, books: AccountBooks, taking: OrderTaking, departures: Departures, universe: Universe
    ) -> None:
        self._books = books
        self._taking = taking
        self._departures = departures
        self._universe = universe

    def of(self, life: OrderLife, now_ms: int) -> Instruction | None:
        """To place it, or to carry out the replace that is wanted; None if that is idle by now.

        The order counts that replace as under way from here on.
        """
        intent = life.intent
        instrument = self._universe.of_coin(intent.coin)
        if not life.is_sent:
            reduces = intent.reduce_only and self._venue_reduces(life, life.size, life.limit_px)
            return order_instruction(life, instrument, reduce_only=reduces)
        if life.wanted is None or life.replacement is not None:
            return None
        size, limit_px, trigger = life.wanted
        if trigger is not None and not is_waiting(life):
            self._taking.drop_replace(life, "its price has come meanwhile", now_ms)
            return None
        rest = size - life.filled
        reduces = intent.reduce_only and self._venue_reduces(life, rest, limit_px)
        try:
            instrument.check_order(limit_px, rest, reduce_only=reduces)
        except IllegalOrder as error:
            self._taking.drop_replace(life, f"{error} (it filled meanwhile)", now_ms)
            return None
        is_trim = size == life.size and limit_px == life.limit_px and trigger is None
        life.wanted = None
        life.replacement = Replacement(size, limit_px, rest, is_trim, trigger)
        return replace_instruction(life, instrument, reduce_only=reduces)

    def _venue_reduces(self, life: OrderLife, size: Decimal, px: Decimal) -> bool:
        """Whether the venue is to hold an exit to reducing."""
        intent = life.intent
        positions, exposure = self._books.positions, self._books.exposure
        if life.is_asleep:  # the venue takes it with its entry only so
            reduces = not life.is_sent or has_to_itself(
                intent.strategy, intent.coin, positions, exposure
            )
        else:
            reduces = venue_may_enforce(intent, size * px, positions, exposure)
        self._departures.sends(life, reduce_only=reduces)
        return reduces
