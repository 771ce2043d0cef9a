"""Account modes: who may choose which, for whom, and when (protocol.md 1.3, 2.3, 2.4)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.unit.localvenue.one_balance import OK, mode_of, set_mode, unified
from tests.unit.localvenue.still_venue import BTC, Stage, buy, sell

from hive.localvenue.office.account_rules import AccountRules

HYPE = 10_107
NOT_ALLOWED = {"status": "err", "response": "Abstraction transition not allowed"}


@pytest.fixture
def stage() -> Stage:
    return Stage(accounts=AccountRules(sub_account_volume_usd=0))


def test_a_new_account_has_the_default_mode_and_never_gets_it_back(stage: Stage) -> None:
    alice = stage.trader(1)
    assert mode_of(alice) == "default"
    for mode in ("disabled", "unifiedAccount", "unifiedAccount", "disabled"):
        assert set_mode(alice, mode) == OK
        assert mode_of(alice) == mode


def test_an_agent_may_only_choose_for_who_has_not_chosen_yet(stage: Stage) -> None:
    """The note in the SDK's example script."""
    alice, bob = stage.trader(1), stage.trader(2)
    assert alice.act({"type": "agentSetAbstraction", "abstraction": "u"}) == OK
    assert mode_of(alice) == "unifiedAccount"
    assert alice.act({"type": "agentSetAbstraction", "abstraction": "i"}) == NOT_ALLOWED
    assert set_mode(bob, "disabled") == OK
    assert bob.act({"type": "agentSetAbstraction", "abstraction": "u"}) == NOT_ALLOWED


def test_portfolio_margin_is_refused(stage: Stage) -> None:
    alice = stage.trader(1)
    assert set_mode(alice, "portfolioMargin") == NOT_ALLOWED
    assert alice.act({"type": "agentSetAbstraction", "abstraction": "p"}) == NOT_ALLOWED
    assert mode_of(alice) == "default"


@pytest.mark.parametrize("busy", ["position", "order", "spot order", "twap"])
def test_nobody_changes_mode_with_positions_orders_or_twaps(stage: Stage, busy: str) -> None:
    maker, alice = stage.trader(1), stage.trader(2)
    stage.venue.credit_token(alice.address, "HYPE", Decimal(10))
    if busy == "position":
        maker.place(sell(80_000, "0.01"))
    asset, px = (HYPE, 200) if busy == "spot order" else (BTC, 80_000)
    if busy == "twap":
        twap = {"a": BTC, "b": True, "s": "0.1", "r": False, "m": 5, "t": False}
        alice.act({"type": "twapOrder", "twap": twap})
    elif busy == "spot order":
        alice.place(sell(px, 1, asset=asset))
    else:
        alice.place(buy(px, "0.01", asset=asset))
    assert set_mode(alice, "unifiedAccount") == NOT_ALLOWED
    assert mode_of(alice) == "default"


def test_a_master_chooses_for_its_sub_account_and_a_leader_not_for_its_vault(stage: Stage) -> None:
    alice, bob = stage.trader(1), stage.trader(2)
    sub = alice.act({"type": "createSubAccount", "name": "sub"})["response"]["data"]
    assert set_mode(bob, "unifiedAccount", sub)["status"] == "err"
    assert set_mode(alice, "unifiedAccount", sub) == OK
    assert stage.ask(type="userAbstraction", user=sub) == "unifiedAccount"
    assert mode_of(alice) == "default"
    made = alice.act(
        {
            "type": "createVault",
            "name": "vault",
            "description": "a vault of many",
            "initialUsd": 10**8,
            "nonce": stage.now_ms + 10,
        },
        nonce=stage.now_ms + 10,
    )
    vault = made["response"]["data"]
    refused = alice.act({"type": "agentSetAbstraction", "abstraction": "u"}, vault=vault)
    assert refused["response"] == "Vault may not perform this action."


def test_dexes_are_not_abstracted_of_who_has_one_balance_anyway(stage: Stage) -> None:
    alice = unified(stage, 1)
    assert alice.act({"type": "agentEnableDexAbstraction"}) == NOT_ALLOWED
    assert alice.sign("userDexAbstraction", user=alice.address, enabled=True) == NOT_ALLOWED
