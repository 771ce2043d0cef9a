"""Texts about margin, agents, sub-accounts, vaults and money (venue.md 5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.unit.localvenue.actions.test_margin_actions import (
    holder,
    leverage,
    locked_catalog,
    margin,
)
from tests.unit.localvenue.error_rows import NOOP, STRANGER, Provoke, Row, action, by_user
from tests.unit.localvenue.still_venue import ETH, START_MS, Stage, Trader, buy, sell

from hive.domain.identifiers import Address
from hive.localvenue.office.account_rules import AccountRules
from hive.serving.port import ExchangeRequest

NOBODY = "0x" + "0" * 40
FREE_SUB_ACCOUNTS = {"accounts": AccountRules(sub_account_volume_usd=0)}

# --- margin ---


def held(change: dict[str, Any], **more: Any) -> Provoke:
    """An action of somebody with an isolated long of 1 BTC and 10,000 USD."""
    return lambda stage: holder(stage, **more).request(change)


def cross_holder(stage: Stage) -> ExchangeRequest:
    maker, trader = stage.trader(1), stage.trader(2, usd=10_000)
    maker.place(sell(80_000, 1))
    trader.place(buy(80_000, 1))
    return trader.request(leverage(5, is_cross=True))


def flat_isolated(stage: Stage) -> ExchangeRequest:
    trader = stage.trader(1)
    trader.act(leverage(5, asset=ETH))
    return trader.request(margin(5, asset=ETH))


MARGIN_ROWS = [
    Row("Cannot switch leverage type with open position.", held(leverage(20, is_cross=True))),
    Row(
        "Cross margin is not allowed for this asset.",
        action(**leverage(20, is_cross=True)),
        {"listed": locked_catalog("BTC", mode=None)},
    ),
    Row("Invalid leverage value", action(**leverage(41))),
    Row(
        "Cross position does not have sufficient margin available to decrease leverage. "
        "To decrease leverage, deposit more collateral.",
        cross_holder,
    ),
    Row(
        "Isolated position does not have sufficient margin available to decrease leverage. "
        "To decrease leverage, add margin to the position.",
        held(leverage(10)),
    ),
    Row("Position does not use isolated margin.", action(**margin(5, asset=ETH))),
    Row("Update to isolated margin cannot be zero.", held(margin(0))),
    Row("Cannot update margin for empty position.", flat_isolated),
    Row("Account does not have sufficient margin available for increase.", held(margin(9_000))),
    Row("Position does not have sufficient margin for reduction.", held(margin(-3_999))),
    Row(
        "Cannot remove isolated margin for this asset. To remove margin, reduce the position.",
        held(margin(-1), usd=50_000),
        {"listed": locked_catalog("BTC", mode="strictIsolated")},
    ),
]

# --- accounts and money ---


def approval(stage: Stage, trader: Trader, number: int, name: str = "") -> ExchangeRequest:
    address = NOBODY if number == 0 else Trader(stage, number).address
    return trader.signed("approveAgent", agentAddress=address, agentName=name)


def approved(*agents: tuple[int, str]) -> Provoke:
    """Approve one agent after the other; the last one is the row's request."""

    def provoke(stage: Stage) -> ExchangeRequest:
        master = stage.trader(1)
        for number, name in agents[:-1]:
            master.answer_to(approval(stage, master, number, name))
        return approval(stage, master, *agents[-1])

    return provoke


def by_agent(action_of: Callable[[Trader], ExchangeRequest], *then: int) -> Provoke:
    """An action of agent 2 of trader 1, after `then` were approved under the same name."""

    def provoke(stage: Stage) -> ExchangeRequest:
        master, agent = stage.trader(1), Trader(stage, 2)
        master.answer_to(approval(stage, master, 2, "bot"))
        for number in then:
            master.answer_to(approval(stage, master, number, "bot"))
        return action_of(agent)

    return provoke


def sub_account(stage: Stage, number: int = 3) -> Address:
    """A sub-account of another trader."""
    other = stage.trader(number)
    address: Address = other.act({"type": "createSubAccount", "name": "sub"})["response"]["data"]
    return address


def of_foreign_sub(make: Callable[[Trader, Address], ExchangeRequest]) -> Provoke:
    return lambda stage: make(stage.trader(1), sub_account(stage))


def foreign_vault(stage: Stage) -> ExchangeRequest:
    leader = stage.trader(3)
    made = leader.act(
        {
            "type": "createVault",
            "name": "A vault",
            "description": "Of another leader, for this text",
            "initialUsd": 100_000_000,
            "nonce": START_MS + 1,
        },
        nonce=START_MS + 1,
    )
    vault = made["response"]["data"]
    return stage.trader(1).request(
        {
            "type": "vaultModify",
            "vaultAddress": vault,
            "allowDeposits": False,
            "alwaysCloseOnWithdraw": None,
        }
    )


def sent_on(agent: Trader) -> ExchangeRequest:
    at = agent.stage.now_ms + 50
    return agent.request(
        {
            "type": "agentSendAsset",
            "destination": STRANGER,
            "sourceDex": "",
            "destinationDex": "",
            "token": "USDC",
            "amount": "1",
            "fromSubAccount": "",
            "nonce": at,
        },
        nonce=at,
    )


def by_unified(make: Callable[[Trader], ExchangeRequest]) -> Provoke:
    """An action of somebody whose USDC is one balance."""

    def provoke(stage: Stage) -> ExchangeRequest:
        trader = stage.trader(1)
        trader.act({"type": "agentSetAbstraction", "abstraction": "u"})
        return make(trader)

    return provoke


ACCOUNT_ROWS = [
    Row(
        "Action disabled when unified account is active",
        by_unified(lambda trader: trader.signed("usdClassTransfer", amount="1", toPerp=True)),
    ),
    Row(
        "Abstraction transition not allowed",
        by_unified(lambda trader: trader.request({"type": "agentEnableDexAbstraction"})),
    ),
    Row("Extra agent already used.", approved((2, "bot"), (2, "bot"))),
    Row(
        "Too many extra agents for cumulative volume traded. Current limit is 3",
        approved((2, "a"), (3, "b"), (4, "c"), (5, "d")),
    ),
    Row(
        "Agent valid_until already expired.",
        approved((2, f"bot valid_until {START_MS - 1}")),
    ),
    Row("User has pending agent removal", approved((2, "a"), (0, "a"), (3, "b"))),
    Row(
        "Must deposit before performing actions. User: *",
        by_agent(lambda agent: agent.signed("usdSend", destination=STRANGER, amount="1")),
    ),
    Row("User or API Wallet * does not exist.", by_agent(lambda agent: agent.request(NOOP), 0)),
    Row(
        "Must deposit before performing actions. User: *",
        by_agent(lambda agent: agent.request(NOOP), 4),
    ),
    Row(
        "Agent can only send asset to same user or their sub-accounts.",
        by_agent(sent_on),
    ),
    Row("Referral code not registered", action(type="setReferrer", code="NOSUCHCODE")),
    Row(
        "Cannot create sub-accounts until enough volume traded. Required: $100000. Traded: $*.",
        action(type="createSubAccount", name="sub"),
    ),
    Row(
        "Invalid sub-account transfer from * to *",
        of_foreign_sub(
            lambda trader, sub: trader.request(
                {
                    "type": "subAccountTransfer",
                    "subAccountUser": sub,
                    "isDeposit": True,
                    "usd": 1_000_000,
                }
            )
        ),
        FREE_SUB_ACCOUNTS,
    ),
    Row(
        "Sub-account * is not registered to *",
        of_foreign_sub(lambda trader, sub: trader.request(NOOP, vault=sub)),
        FREE_SUB_ACCOUNTS,
    ),
    Row(
        "Vault not registered: *",
        action(type="vaultTransfer", vaultAddress=STRANGER, isDeposit=True, usd=10_000_000),
    ),
    Row("Only leader can perform this vault action", foreign_vault),
    Row(
        "Insufficient balance for withdrawal",
        by_user("withdraw3", usd=10, destination=STRANGER, amount="11"),
    ),
    Row(
        "Insufficient balance for token transfer",
        by_user(
            "spotSend",
            destination=STRANGER,
            token="PURR:0xc1fb593aeffbeb02f85e0308e9956a90",
            amount="1",
        ),
    ),
]
