"""The accounts as people look at them: whose actions are used up first, and what holds each up."""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Decimal
from typing import Final, NamedTuple

from hive.app.snapshot import AccountRow
from hive.domain.identifiers import Address, StrategyId
from hive.execution.desk.settings import DeskSnapshot
from hive.execution.queue.economy import runway_text

USED_UP: Final = "used up: one in 10 s"


class Spending(NamedTuple):
    """What a strategy has cost its account."""

    account: Address
    actions: int
    """Since the start."""
    traded_usd: Decimal
    """Ever."""


def account_rows(desks: Iterable[DeskSnapshot]) -> list[AccountRow]:
    """A row for each, the one whose actions are used up first before the others."""
    return sorted((_row(desk) for desk in desks), key=_runway)


def spending_by_strategy(desks: Iterable[DeskSnapshot]) -> dict[StrategyId, Spending]:
    """What each strategy of these accounts has sent and traded."""
    return {
        strategy: Spending(desk.account, sent, desk.economy.traded_usd.get(strategy, Decimal(0)))
        for desk in desks
        for strategy, sent in desk.economy.sent.items()
    }


def _row(desk: DeskSnapshot) -> AccountRow:
    budget, economy = desk.budget, desk.economy
    return AccountRow(
        account=desk.account,
        equity_usd=desk.equity_usd,
        actions_left=budget.left,
        actions_cap=budget.cap,
        minutes_left=budget.minutes_left,
        forecast=runway_text(budget.minutes_left) if budget.left else USED_UP,
        min_move_bps=economy.min_move_bps,
        held_back=economy.held_back,
        throttled=economy.throttled,
        lag_ms=desk.lag_ms,
        hold_reason=desk.hold_reason,
        halt_reason=desk.halt_reason,
        key_refusal=desk.key_refusal,
    )


def _runway(row: AccountRow) -> tuple[float, int]:
    minutes = row.minutes_left if row.actions_left else 0.0
    return (math.inf if minutes is None else minutes, row.actions_left)
