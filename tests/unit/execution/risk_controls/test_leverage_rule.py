"""One leverage and one margin mode per coin: whose holds when several strategies want one."""

from __future__ import annotations

import pytest
from tests.unit.execution.desk_surroundings import UNIVERSE
from tests.unit.execution.dispatch_bench import ALICE

from hive.domain.errors import ConfigRefused
from hive.domain.identifiers import StrategyId
from hive.domain.leverage import LeverageSetting, LeverageWish, MarginMode
from hive.execution.risk_controls.leverage_rule import LeverageRule

BOB = StrategyId("bob")
CROSS, ISOLATED = MarginMode.CROSS, MarginMode.ISOLATED
BTC = UNIVERSE.of_coin("BTC")


def rule(alice: LeverageWish, bob: LeverageWish) -> LeverageRule:
    return LeverageRule({ALICE: {"BTC": alice}, BOB: {"BTC": bob}})


def test_the_lowest_leverage_holds_for_all_and_who_wanted_more_is_named() -> None:
    both = rule(LeverageWish(5), LeverageWish(3))
    assert both.held(BTC, None) == LeverageSetting(3, CROSS)
    (words,) = both.overruled(BTC)
    assert words.startswith("leverage_shared: bob's 3x holds")
    assert "alice wanted 5x" in words


def test_a_mode_that_one_wants_holds_for_who_wants_none() -> None:
    both = rule(LeverageWish(5), LeverageWish(5, ISOLATED))
    assert both.held(BTC, LeverageSetting(20, CROSS)) == LeverageSetting(5, ISOLATED)
    assert both.overruled(BTC) == []


def test_without_a_wish_the_mode_stays_as_it_is() -> None:
    both = rule(LeverageWish(5), LeverageWish(5))
    assert both.held(BTC, LeverageSetting(20, ISOLATED)) == LeverageSetting(5, ISOLATED)


def test_two_modes_of_one_coin_are_a_fault_of_the_configuration() -> None:
    with pytest.raises(ConfigRefused, match=r"margin_mode_shared: BTC .*alice cross and bob isol"):
        rule(LeverageWish(5, CROSS), LeverageWish(5, ISOLATED))


@pytest.mark.parametrize(
    ("wish", "name"),
    [
        (LeverageWish(6), "leverage_shared"),
        (LeverageWish(2, ISOLATED), "margin_mode_shared"),
        (LeverageWish(2, CROSS), None),
        (LeverageWish(5), None),
    ],
)
def test_a_later_wish_is_refused_by_the_name_of_what_it_is_against(
    wish: LeverageWish, name: str | None
) -> None:
    both = rule(LeverageWish(5), LeverageWish(5, CROSS))
    fault = both.conflict(ALICE, "BTC", wish)
    assert fault is None if name is None else fault is not None and fault.startswith(name)


def test_who_is_alone_may_want_anything_and_nothing_again() -> None:
    alone = LeverageRule({ALICE: {"BTC": LeverageWish(5, CROSS)}})
    assert alone.conflict(ALICE, "BTC", LeverageWish(20, ISOLATED)) is None
    alone.want(ALICE, "BTC", None)
    assert alone.coins == []
    assert alone.held(BTC, None) is None


@pytest.mark.parametrize(
    ("coin", "leverage", "words"), [("BTC", 1_000, "takes 1 to"), ("NOPE", 2, "NOPE")]
)
def test_what_the_venue_cannot_have_is_a_fault_of_the_configuration(
    coin: str, leverage: int, words: str
) -> None:
    wanted = LeverageRule({ALICE: {coin: LeverageWish(leverage)}})
    with pytest.raises(ConfigRefused, match=words):
        wanted.check(UNIVERSE)
