"""The switches of one account: the strictest that concerns an order decides."""

from __future__ import annotations

from hive.domain.identifiers import Address, StrategyId
from hive.domain.switches import EVERYTHING, Reach, Scope, Strength, Switch
from hive.portfolio.switchboard import Switchboard

MINE, OTHER = Address("0x" + "11" * 20), Address("0x" + "22" * 20)
ALICE, BOB = StrategyId("alice"), StrategyId("bob")


def switch(scope: Scope, strength: Strength, until_ms: int | None = None) -> Switch:
    return Switch(scope=scope, strength=strength, reason="a test", thrown_ms=1, until_ms=until_ms)


def strength(board: Switchboard, strategy: StrategyId, coin: str) -> Strength:
    found = board.of_order(strategy, coin)
    return Strength.TRADE if found is None else found.strength


def test_the_strictest_of_those_that_concern_an_order_decides() -> None:
    board = Switchboard(MINE)
    board.throw(switch(Scope(Reach.STRATEGY, ALICE), Strength.PAUSE))
    board.throw(switch(Scope(Reach.COIN, "BTC"), Strength.FLATTEN))
    assert strength(board, ALICE, "BTC") is Strength.FLATTEN
    assert strength(board, ALICE, "ETH") is Strength.PAUSE
    assert strength(board, BOB, "ETH") is Strength.TRADE
    assert board.of_account() is None
    board.throw(switch(EVERYTHING, Strength.HALT))
    assert strength(board, BOB, "ETH") is Strength.HALT


def test_another_accounts_switch_is_none_of_ours() -> None:
    board = Switchboard(MINE)
    assert not board.throw(switch(Scope(Reach.ACCOUNT, OTHER), Strength.HALT))
    assert board.is_quiet
    assert board.throw(switch(Scope(Reach.ACCOUNT, MINE), Strength.HALT))


def test_only_what_makes_it_stricter_counts_as_thrown() -> None:
    board = Switchboard(MINE)
    assert board.throw(switch(EVERYTHING, Strength.CANCEL))
    assert not board.throw(switch(EVERYTHING, Strength.CANCEL))
    assert not board.throw(switch(EVERYTHING, Strength.PAUSE))
    assert board.throw(switch(EVERYTHING, Strength.HALT))
    assert not board.throw(switch(Scope(Reach.COIN, "BTC"), Strength.TRADE))


def test_what_is_lifted_or_over_stops_nobody() -> None:
    board = Switchboard(MINE)
    board.throw(switch(EVERYTHING, Strength.PAUSE, until_ms=100))
    assert board.lapsed(99) == []
    assert [each.scope for each in board.lapsed(100)] == [EVERYTHING]
    assert board.is_quiet
    board.throw(switch(EVERYTHING, Strength.HALT))
    assert board.lift(EVERYTHING)
    assert not board.lift(EVERYTHING)
    assert board.is_quiet
