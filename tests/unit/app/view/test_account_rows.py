"""Accounts stand in the order in which their actions are used up; strategies tell their cost."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from tests.unit.execution.desk_rig import ACCOUNT, ALICE, BOB, DeskRig

from hive.app.view.account_rows import USED_UP, account_rows, spending_by_strategy
from hive.connection.rate_budget import AddressBudgetSnapshot
from hive.domain.identifiers import Address
from hive.execution.desk.settings import DeskSnapshot


@pytest.fixture(scope="module")
def desk() -> DeskSnapshot:
    return DeskRig().start().desk.snapshot()


def with_left(desk: DeskSnapshot, left: int, minutes_left: float | None) -> DeskSnapshot:
    budget = AddressBudgetSnapshot(10_000 - left, 10_000, left, left, 0, minutes_left)
    account = Address(f"0x{left:040x}")
    return msgspec.structs.replace(desk, account=account, budget=budget)


def test_the_account_whose_actions_are_used_up_first_stands_first(desk: DeskSnapshot) -> None:
    desks = [with_left(desk, *each) for each in ((9_000, None), (500, 660.0), (0, None), (40, 0.5))]
    rows = account_rows(desks)
    assert [(row.actions_left, row.forecast) for row in rows] == [
        (0, USED_UP),
        (40, "0 min at this rate"),
        (500, "11 h at this rate"),
        (9_000, "not shrinking"),
    ]


def test_what_holds_an_account_up_is_in_its_row(desk: DeskSnapshot) -> None:
    troubled = msgspec.structs.replace(
        desk, lag_ms=700, hold_reason="reconciling", halt_reason="BTC", key_refusal="gone"
    )
    (row,) = account_rows([troubled])
    assert row.lag_ms == 700
    assert (row.hold_reason, row.halt_reason, row.key_refusal) == ("reconciling", "BTC", "gone")


def test_a_strategys_trades_are_counted_from_fills_and_survive_a_restart() -> None:
    rig = DeskRig().start()
    cloid = rig.resting(7)
    rig.tell_fills(rig.fill(cloid, 7, trade=1))
    spent = spending_by_strategy([rig.desk.snapshot()])
    assert spent[ALICE] == (ACCOUNT, 1, Decimal(600))
    assert spent[BOB] == (ACCOUNT, 0, Decimal(0))
    after = spending_by_strategy([DeskRig(rig.journal.records).desk.snapshot()])
    assert after[ALICE] == (ACCOUNT, 0, Decimal(600)), "actions are counted since the start"
