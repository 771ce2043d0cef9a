"""Taking up orders that leave together: all of them, or none."""

from __future__ import annotations

from collections.abc import Sequence

from hive.domain.orders import OrderIntent
from hive.execution.intake.order_taking import OrderTaking
from hive.execution.orders.dispatch import Dispatch
from hive.execution.orders.order_life import OrderLife


class UnitTaking:
    """The part of a desk's front that is for units."""

    def __init__(self, dispatch: Dispatch, taking: OrderTaking) -> None:
        self._dispatch = dispatch
        self._taking = taking

    def place(self, intents: Sequence[OrderIntent], now_ms: int) -> list[OrderLife]:
        """Take up orders that leave together, and put them into their lane."""
        lives = self.take_up(intents, now_ms)
        if lives:
            self._taking.units.add(tuple([life.cloid for life in lives]))
            is_urgent = all(life.intent.reduce_only for life in lives)
            self._taking.line_up(lives[0], now_ms, is_urgent=is_urgent)
        return lives

    def take_up(self, intents: Sequence[OrderIntent], now_ms: int) -> list[OrderLife]:
        """The orders, if none is refused; else none, and all are told for which.

        Each is judged with those before it counted, as if they were open.
        """
        taking = self._taking
        lives: list[OrderLife] = []
        culprit: OrderLife | None = None
        refusal = ""
        for intent in intents:
            found = None if culprit else taking.fault_of(intent, now_ms)
            taking.counts.orders += 1
            lives.append(self._dispatch.register(intent))
            if found is not None:
                culprit, refusal = lives[-1], found
        if culprit is None:
            return lives
        for life in lives:
            reason = refusal if life is culprit else f"unit: another order of it: {refusal}"
            taking.refuse(life, reason)
        return []
