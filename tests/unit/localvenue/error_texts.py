"""Every text with which the venue refuses an action, and a request that earns it.

Texts are from protocol.md 2.10 and venue.md 5, those marked H or M there. `*` stands for an address
or a number; where a source breaks off with dots, so does the row with ` …`. Texts about a single
order end in its asset on the wire.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from tests.unit.localvenue.still_venue import (
    BTC,
    BTC_PX,
    ETH,
    START_MS,
    Stage,
    Trader,
    buy,
    order_action,
    sell,
)
from tests.unit.localvenue.test_margin_actions import holder, leverage, locked_catalog, margin

from hive.hyperliquid.limits import VenueLimits
from hive.localvenue.account_rules import AccountRules
from hive.localvenue.market_bounds import CoinBounds
from hive.serving.port import ExchangeRequest, SignatureHex

Provoke = Callable[[Stage], ExchangeRequest]

STRANGER = "0x" + "12" * 20
NOBODY = "0x" + "0" * 40
NOOP = {"type": "noop"}
DAY_MS = 86_400_000
PURR = 10_000
FREE_SUB_ACCOUNTS = {"accounts": AccountRules(sub_account_volume_usd=0)}


class Row(NamedTuple):
    """A text, what earns it, and on which venue."""

    text: str
    provoke: Provoke
    config: dict[str, Any] = {}  # noqa: RUF012 - a default that nobody changes


def of_order(text: str, order: dict[str, Any], **config: Any) -> Row:
    """A single order of a trader with a million, into a book around 80,000."""

    def provoke(stage: Stage) -> ExchangeRequest:
        stage.trader(9, usd=10**8).place(buy(79_900, 50), sell(80_100, 50))
        return stage.trader(1).request(order_action(order))

    return Row(text, provoke, config)


def at_cap(text: str, order: dict[str, Any]) -> Row:
    """A single order of somebody long, with open interest at its cap."""

    def provoke(stage: Stage) -> ExchangeRequest:
        short, long = stage.trader(1), stage.trader(2)
        short.place(sell(BTC_PX, 1))
        long.place(buy(BTC_PX, 1))
        stage.oracle(type="marketBounds", coin="BTC", openInterestCapUsd="1000")
        trader = stage.trader(3) if order["p"] == "80001" else long
        return trader.request(order_action(order))

    return Row(text, provoke)


# --- single orders and cancels ---


def no_margin(stage: Stage) -> ExchangeRequest:
    return stage.trader(1, usd=100).request(order_action(buy(79_000, 1)))


def nothing_to_take(stage: Stage) -> ExchangeRequest:
    return stage.trader(1).request(order_action(buy(79_000, 1, tif="Ioc")))


def over_tier(stage: Stage) -> ExchangeRequest:
    rich = stage.trader(1, usd=10**8)
    rich.act(leverage(40, is_cross=True))
    return rich.request(order_action(buy(79_000, 2_000)))


def spot_too_small(stage: Stage) -> ExchangeRequest:
    trader = stage.trader(1)
    stage.venue.credit_token(trader.address, "USDC", Decimal(100))
    return trader.request(order_action(buy("0.18", 55, asset=PURR)))


def no_tokens(stage: Stage) -> ExchangeRequest:
    return stage.trader(1).request(order_action(buy("0.18", 100, asset=PURR)))


def too_quickly(stage: Stage) -> ExchangeRequest:
    return stage.trader(1).request(order_action(buy(BTC_PX, 1)))


def far_from_oracle(stage: Stage) -> ExchangeRequest:
    stage.oracle(type="marketBounds", coin="BTC", oracleBandBps=100)
    return stage.trader(1).request(order_action(buy(79_000, 1)))


def never_placed(stage: Stage) -> ExchangeRequest:
    return stage.trader(1).request({"type": "cancel", "cancels": [{"a": BTC, "o": 77}]})


def modified(order: dict[str, Any], *, is_batch: bool, is_gone: bool) -> Provoke:
    """Modify an order into another, after it was cancelled or while it rests."""

    def provoke(stage: Stage) -> ExchangeRequest:
        trader = stage.trader(1)
        oid = trader.place_one(buy(79_000, 1))["resting"]["oid"]
        if is_gone:
            trader.cancel(BTC, oid)
        change = {"oid": oid, "order": order}
        if is_batch:
            return trader.request({"type": "batchModify", "modifies": [change]})
        return trader.request({"type": "modify", **change})

    return provoke


ORDER_ROWS = [
    of_order("Price must be divisible by tick size.", buy("79000.5", 1)),
    of_order("Order must have minimum value of $10.", buy(79_000, "0.0001")),
    Row("Order must have minimum value of 10 USDC.", spot_too_small),
    Row("Insufficient margin to place order.", no_margin),
    of_order("Reduce only order would increase position.", sell(81_000, 1, reduce_only=True)),
    of_order(
        "Post only order would have immediately matched, bbo was 79900@80100.",
        buy(80_200, 1, tif="Alo"),
    ),
    Row("Order could not immediately match against any resting orders.", nothing_to_take),
    at_cap(
        "Order would increase open interest while open interest is capped",
        buy(79_000, 1),
    ),
    at_cap(
        "Order rejected due to price more aggressive than oracle while at open interest cap",
        buy(80_001, 1),
    ),
    Row(
        "Order would increase open interest too quickly",
        too_quickly,
        {"bounds": {"BTC": CoinBounds(open_interest_growth_usd=1)}},
    ),
    Row("Insufficient spot balance …", no_tokens),
    Row("Price too far from oracle", far_from_oracle),
    Row("Order would cause position to exceed margin tier limit at current leverage", over_tier),
    Row("Order was never placed, already canceled, or filled.", never_placed),
    Row(
        "Cannot modify canceled or filled order",
        modified(buy(79_000, 2), is_batch=True, is_gone=True),
    ),
]
"""Texts in one element of `statuses`."""

# --- whole requests ---


def whole(text: str, *orders: dict[str, Any]) -> Row:
    """A static fault of a batch."""
    return Row(text, lambda stage: stage.trader(1).request(order_action(*orders)))


def with_builder(stage: Stage) -> ExchangeRequest:
    action = {**order_action(buy(79_000, 1)), "builder": {"b": STRANGER, "f": 10}}
    return stage.trader(1).request(action)


def without_budget(stage: Stage) -> ExchangeRequest:
    trader = stage.trader(1)
    trader.act(NOOP)
    trader.act(NOOP)
    return trader.request(NOOP)


def nonce(value: int, *, twice: bool = False) -> Provoke:
    def provoke(stage: Stage) -> ExchangeRequest:
        trader = stage.trader(1)
        if twice:
            trader.act(NOOP, nonce=value)
        return trader.request(NOOP, nonce=value)

    return provoke


def unsigned(stage: Stage) -> ExchangeRequest:
    request = stage.trader(1).request(NOOP)
    return ExchangeRequest(
        action=request.action,
        nonce=request.nonce,
        signature=SignatureHex("0x0", "0x0", 27),
        vault_address=None,
        expires_after=None,
    )


def after(*deeds: Callable[[Stage, Trader], object]) -> Callable[[Provoke], Provoke]:
    """Let trader 1 do something first."""

    def prepared(provoke: Provoke) -> Provoke:
        def both(stage: Stage) -> ExchangeRequest:
            trader = stage.trader(1)
            for deed in deeds:
                deed(stage, trader)
            return provoke(stage)

        return both

    return prepared


def by_user(kind: str, usd: int = 1_000_000, **fields: Any) -> Provoke:
    """An action that users sign, from somebody with that much."""
    return lambda stage: stage.trader(1, usd=usd).signed(kind, **fields)


def action(usd: int = 1_000_000, /, **fields: Any) -> Provoke:
    """An action of somebody with that much."""
    return lambda stage: stage.trader(1, usd=usd).request(fields)


REQUEST_ROWS = [
    whole("Orders are empty."),
    whole("Order has invalid price.", buy("0", 1)),
    whole("Order has invalid size.", buy(79_000, "0.000001")),
    whole("Order has zero size.", buy(79_000, "0")),
    whole("Order price cannot be more than 80% away from the reference price", buy(500_000, 1)),
    Row("Builder fee has not been approved …", with_builder),
    Row(
        "Too many cumulative requests sent (2 > 2) for cumulative volume traded $0.0. "
        "Place taker orders to free up 1 request per USDC traded.",
        without_budget,
        {"limits": VenueLimits(weight_per_min=10**6, requests_initial=2)},
    ),
    Row("Invalid nonce: duplicate nonce *", nonce(START_MS, twice=True)),
    Row("Invalid nonce: nonce too low * < *", nonce(START_MS - 3 * DAY_MS)),
    Row("Invalid nonce: nonce too high * > *", nonce(START_MS + 2 * DAY_MS)),
    Row("User or API Wallet * does not exist.", lambda stage: Trader(stage, 1).request(NOOP)),
    Row(
        "Must deposit before performing actions. User: *",
        lambda stage: Trader(stage, 1).signed("usdSend", destination=STRANGER, amount="1"),
    ),
    Row("Unable to recover signer.", unsigned),
    Row(
        "Action already expired",
        lambda stage: stage.trader(1).request(NOOP, expires_after=START_MS - 1),
    ),
    Row(
        "Cannot modify canceled or filled order",
        modified(buy(79_000, 2), is_batch=False, is_gone=True),
    ),
    Row(
        "Error placing new order during modify: Order must have minimum value of $10. …",
        modified(buy(79_000, "0.0001"), is_batch=False, is_gone=False),
    ),
]
"""Texts of a whole request."""

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


def sub_account(stage: Stage, number: int = 3) -> str:
    """A sub-account of another trader."""
    other = stage.trader(number)
    address: str = other.act({"type": "createSubAccount", "name": "sub"})["response"]["data"]
    return address


def of_foreign_sub(make: Callable[[Trader, str], ExchangeRequest]) -> Provoke:
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


ACCOUNT_ROWS = [
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
        "Cannot create sub-accounts until enough volume traded. Required: $100000. Traded: $0.0.",
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
        of_foreign_sub(lambda trader, sub: trader.request(NOOP, vault=sub)),  # type: ignore[arg-type]
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

ROWS = [*ORDER_ROWS, *REQUEST_ROWS, *MARGIN_ROWS, *ACCOUNT_ROWS]

PENDING = {
    "Invalid TP/SL price.": "triggers",
    "No liquidity available for market order.": "triggers",
    "Unexpected number of trigger orders": "TP/SL groups",
    "TWAP was never placed, already canceled, or filled.": "TWAP",
    "Invalid TWAP duration: 1 min(s)": "TWAP",
    "TWAP order value too small. Min is $1200, which is $10 per minute.": "TWAP",
    "Reduce-only TWAP order would increase position.": "TWAP",
    "Cannot set scheduled cancel time until enough volume traded.": "scheduled cancel",
    "Only post-only orders allowed immediately after network upgrade": "network upgrades",
}
"""Texts of what is not offered yet, and of what that is."""

UNREACHABLE = {
    "Unknown user while updating isolated margin.": "an unknown signer is told so before",
    "Action disabled when unified account is active": "unified accounts are not offered",
}
"""Texts that no request can earn here, and why."""
