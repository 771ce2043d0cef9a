"""What an order must pass before it is taken up: the venue's static rules, ours, and the limits.

Everything static is checked here, per order, before any batch is made: the venue refuses a whole
batch for one static fault, and one strategy's mistake must not cost another its order.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import msgspec

from hive.domain.errors import IllegalOrder, UnknownCoin
from hive.domain.instruments import InstrumentKind, Universe
from hive.domain.orders import OrderIntent
from hive.execution.books.account_books import AccountBooks
from hive.execution.books.account_halt import AccountHalt
from hive.execution.intake.exact_marks import ExactMarks
from hive.execution.intake.netting import reduce_only_fault
from hive.execution.intake.option_rules import (
    as_reached,
    check_new_trigger,
    check_options,
    exit_fault,
    now_waiting,
)
from hive.execution.orders.legs import Wanted
from hive.execution.orders.order_life import OrderLife
from hive.execution.orders.unknowns import Unknowns
from hive.portfolio.risk import RiskGate

OFFERED: Final = (InstrumentKind.PERP, InstrumentKind.BUILDER_PERP)
IN_DOUBT: Final = "was not answered and may rest; evidence will tell soon"


class OrderChecks:
    """Judges orders and replaces of one account; refusals begin with the rule's name."""

    def __init__(
        self,
        books: AccountBooks,
        risk: RiskGate,
        *,
        universe: Universe,
        marks: ExactMarks,
        unknowns: Unknowns,
        halt: AccountHalt,
        barred: Mapping[str, str],
    ) -> None:
        """`barred`: coins that take nothing which opens risk, and why."""
        self._books = books
        self._dispatch = books.dispatch
        self._risk = risk
        self._universe = universe
        self._marks = marks
        self._unknowns = unknowns
        self._halt = halt
        self._barred = barred

    def place_fault(self, intent: OrderIntent, now_ms: int) -> str | None:
        """Why the order cannot be taken up, beginning with the rule's name; None if it can."""
        options, risk = intent.options, self._risk
        try:
            instrument = self._universe.of_coin(intent.coin)
            if instrument.kind not in OFFERED:
                return f"not offered: trading of {instrument.kind.value} instruments"
            instrument.check_order(intent.limit_px, intent.size, reduce_only=intent.reduce_only)
            if options is not None:
                check_options(intent, instrument)
        except UnknownCoin as error:
            return f"unknown coin: {error}"
        except IllegalOrder as error:
            return str(error)
        fault = None
        if intent.reduce_only:
            fault = exit_fault(intent, self._books)
            fault = fault and f"reduce_only: {fault}"
        elif self._halt.reason or self._unknowns.frozen or self._barred:
            fault = self._why_barred(intent)
        if fault is not None:
            return fault
        if options is not None and (reached := as_reached(intent)) is not None:
            refused = risk.check(*reached)
        else:
            refused = risk.check(intent, self._marks.px(intent.coin))
        if refused is not None:
            fault = refused.reason
        elif risk.pace.is_limited:
            fault = risk.pace.fault(intent.strategy, now_ms, is_exit=intent.reduce_only)
        return fault

    def _why_barred(self, intent: OrderIntent) -> str | None:
        """Why nothing that opens risk is taken up there now."""
        if self._halt.reason:
            return self._halt.refusal
        if intent.coin in self._barred:
            return self._barred[intent.coin]
        if self._unknowns.freezes(intent):
            wish = f"{intent.side.name.lower()} {intent.coin}"
            return f"in_doubt: an order of yours to {wish} {IN_DOUBT}"
        return None

    def replace_fault(self, life: OrderLife, wanted: Wanted, now_ms: int) -> str | None:
        """Why the order cannot be replaced by that; None if it can."""
        fault = self._replace_fault(life, wanted)
        if fault is None and self._risk.pace.is_limited:
            fault = self._risk.pace.fault(life.strategy, now_ms, is_exit=life.intent.reduce_only)
        return fault

    def _replace_fault(self, life: OrderLife, wanted: Wanted) -> str | None:
        size, limit_px, trigger = wanted
        if life.cancel_asked or life.cancel_sent:
            return "a cancel of it is under way"
        rest = size - life.filled
        if rest <= 0:
            return f"already filled: {life.filled} of it"
        intent = life.intent
        try:
            instrument = self._universe.of_coin(intent.coin)
            instrument.check_order(limit_px, rest, reduce_only=intent.reduce_only)
            if trigger is not None:
                check_new_trigger(life, trigger, instrument)
        except (IllegalOrder, UnknownCoin) as error:
            return str(error)
        if not self._is_larger_or_worse(life, rest, limit_px):
            return None
        asked = msgspec.structs.replace(intent, size=rest, limit_px=limit_px)
        if life.trigger is not None:
            asked = now_waiting(life, asked, trigger or life.trigger)
        return self._risk_of(life, asked)

    def _risk_of(self, life: OrderLife, asked: OrderIntent) -> str | None:
        """Why the order may not become what is asked; None if it may."""
        if asked.reduce_only and not life.is_asleep:
            others = [other for other in self._dispatch.lives(life.strategy) if other is not life]
            fault = reduce_only_fault(asked, self._books.positions, others)
            if fault is not None:
                return f"reduce_only: {fault}"
        elif self._halt.reason:
            return self._halt.refusal
        mark_px, open_size = self._marks.px(asked.coin), life.open_at_most
        if asked.options is not None and (reached := as_reached(asked)) is not None:
            asked, mark_px = reached
        refused = self._risk.check(asked, mark_px, open_size)
        return None if refused is None else refused.reason

    def _is_larger_or_worse(self, life: OrderLife, rest: Decimal, limit_px: Decimal) -> bool:
        """Whether a replace could break a limit that the order keeps as it is."""
        return limit_px != life.limit_px or rest > life.open_at_most
