"""Leverage and margin mode at the local venue: declared, changed, shared, refused, unanswered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from tests.unit.execution.venue_rig import VenueRig

from hive.app.wiring.plan import StrategyPlan
from hive.domain.leverage import LeverageSetting, LeverageWish, MarginMode
from hive.domain.market import Side
from hive.serving.port import Reply
from hive.storage.records import SettingSentRecord

CROSS, ISOLATED = MarginMode.CROSS, MarginMode.ISOLATED


def rig_with(**wishes: LeverageWish) -> VenueRig:
    """A strategy for each name, which declares this of BTC."""

    def declared(plan: StrategyPlan) -> StrategyPlan:
        wish = wishes[plan.strategy_id]
        by_coin: Mapping[str, LeverageWish] = {"BTC": wish}
        return msgspec.structs.replace(plan, leverage=by_coin)

    return VenueRig(*wishes, plans=declared)


def at_venue(rig: VenueRig) -> LeverageSetting:
    """What the account has of BTC, by the venue's books."""
    replies: list[Reply] = []
    request = {"type": "activeAssetData", "user": rig.signer.address, "coin": "BTC"}
    rig.venue.info(request, ip=None, now_ms=rig.served.now_ms, answer=replies.append)
    found = msgspec.json.decode(replies[0].body)["leverage"]
    return LeverageSetting(found["value"], MarginMode(found["type"]))


def sent(rig: VenueRig) -> list[str]:
    return [action["type"] for action in rig.actions]


def told(rig: VenueRig, name: str = "alice") -> list[str]:
    return [event.news.value for event in rig.hands[name].leverage]


def change(rig: VenueRig, leverage: int, name: str = "alice", **how: Any) -> None:
    ctx = rig.ctx(name)
    rig.do(lambda: ctx.set_leverage("BTC", leverage, **how))


def test_what_is_declared_is_so_before_the_first_order() -> None:
    rig = rig_with(alice=LeverageWish(5, ISOLATED))
    assert at_venue(rig) == rig.ctx().leverage("BTC") == LeverageSetting(5, ISOLATED)
    rig.do(lambda: rig.ctx().buy("BTC", 0.01, 79_000))
    assert sent(rig) == ["updateLeverage", "order"]
    assert [type(r) for r in rig.records()].count(SettingSentRecord) == 1


def test_what_is_so_already_is_not_sent_again() -> None:
    rig = rig_with(alice=LeverageWish(5))
    rig.die()
    rig.boot()
    assert sent(rig) == ["updateLeverage"]
    assert at_venue(rig) == LeverageSetting(5)


def test_the_lowest_holds_for_all_and_people_are_told() -> None:
    rig = rig_with(alice=LeverageWish(5), bob=LeverageWish(3))
    assert at_venue(rig) == LeverageSetting(3)
    assert rig.ctx("alice").leverage("BTC") == LeverageSetting(3)
    (account,) = rig.runtime.accounts
    assert any("bob's 3x" in text for text in account.desk.snapshot().recent_alarms)


def test_a_strategy_changes_it_while_running() -> None:
    rig = VenueRig()
    change(rig, 7, mode=ISOLATED)
    assert told(rig) == ["set"]
    assert rig.hands["alice"].leverage[0].setting == at_venue(rig) == LeverageSetting(7, ISOLATED)


def test_what_conflicts_is_refused_and_what_is_lower_is_told_to_all() -> None:
    rig = rig_with(alice=LeverageWish(5, CROSS), bob=LeverageWish(5))
    change(rig, 6)
    change(rig, 4, "bob", mode=ISOLATED)
    refusals = [rig.hands[name].leverage[0].reason for name in ("alice", "bob")]
    assert refusals[0].startswith("leverage_shared: bob")
    assert refusals[1].startswith("margin_mode_shared: alice")
    assert at_venue(rig) == LeverageSetting(5)
    change(rig, 2, "bob")
    assert told(rig, "alice") == ["refused", "set"]
    assert rig.hands["alice"].leverage[1].reason == "by bob"
    assert at_venue(rig) == LeverageSetting(2)


def test_more_than_the_coin_takes_is_refused() -> None:
    rig = VenueRig()
    change(rig, 1_000)
    assert rig.hands["alice"].leverage[0].reason.startswith("leverage: BTC takes 1 to")
    assert sent(rig) == []


def test_another_mode_while_the_account_holds_the_coin_is_refused_plainly() -> None:
    rig = rig_with(alice=LeverageWish(5, CROSS))
    rig.do(lambda: rig.ctx().market("BTC", Side.BUY, 0.1))
    change(rig, 5, mode=ISOLATED)
    (event,) = rig.hands["alice"].leverage
    assert event.reason.startswith("margin_mode: BTC is cross")
    assert "flat" in event.reason
    assert sent(rig) == ["updateLeverage", "order"]


def test_the_venues_no_is_told_in_its_words_and_all_stays_as_it_was() -> None:
    rig = VenueRig()  # nothing is known of the coin yet, so the venue has to say it
    rig.do(lambda: rig.ctx().market("BTC", Side.BUY, 0.1))
    before = at_venue(rig)
    change(rig, before.leverage, mode=ISOLATED)
    (event,) = rig.hands["alice"].leverage
    assert event.news.value == "rejected"
    assert "open position" in event.reason
    assert at_venue(rig) == before
    change(rig, 5, mode=CROSS)
    assert told(rig) == ["rejected", "set"]


def test_of_two_changes_that_the_venue_refuses_none_is_said_to_be_made() -> None:
    rig = VenueRig()
    rig.do(lambda: rig.ctx().market("BTC", Side.BUY, 0.1))
    before = at_venue(rig)

    def twice() -> None:
        for leverage in (5, 3):
            rig.ctx().set_leverage("BTC", leverage, mode=ISOLATED)

    rig.do(twice)
    assert told(rig) == ["rejected", "rejected"]
    assert at_venue(rig) == before


@pytest.mark.parametrize("fault", ["dropResponse", "dropRequest"])
def test_one_without_an_answer_is_asked_about_before_anything_is_sent_again(fault: str) -> None:
    rig = VenueRig()
    rig.go_wrong(fault, kind="updateLeverage")
    change(rig, 7)
    rig.run_s(60)
    assert told(rig) == ["set"]
    assert at_venue(rig) == LeverageSetting(7)
    assert len(sent(rig)) == (1 if fault == "dropResponse" else 2)


def test_a_declared_coin_takes_no_risk_before_it_is_as_declared() -> None:
    rig = VenueRig()
    rig.do(lambda: rig.ctx().market("BTC", Side.BUY, 0.1))
    rig.die()
    wish = {"BTC": LeverageWish(5, ISOLATED)}
    rig.plan_with(lambda plan: msgspec.structs.replace(plan, leverage=wish))
    rig.boot()
    cloid = rig.do(lambda: rig.ctx().buy("BTC", 0.01, 79_000))
    assert "open position" in rig.reason(cloid)
    rig.do(lambda: rig.ctx().flatten("BTC"))
    rig.run_s(10)
    assert at_venue(rig) == LeverageSetting(5, ISOLATED)
    assert rig.news(rig.do(lambda: rig.ctx().buy("BTC", 0.01, 79_000))) == ["accepted"]
