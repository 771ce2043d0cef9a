"""What the official SDK's example scripts about money, spot, vaults and builder perps do.

As in `sdk_order_examples.py`: the scripts' calls, and what the public service answers to them.
"""

from __future__ import annotations

from typing import Any

from hyperliquid.utils import signing
from tests.live_sockets.sdk_account import DONE, GTC, User, now_ms, only_status, resting_oid

NOBODY = "0x" + "0" * 40
PURR = "PURR/USDC"
PURR_TOKEN = "PURR:0xc1fb593aeffbeb02f85e0308e9956a90"
TESTNET_PURR_TOKEN = "PURR:0xc4bf3f870c0e9465323c0b6ed28096c2"
DEX = "xyz"


def basic_spot_to_perp(user: User) -> None:
    assert user.exchange.usd_class_transfer(1.23, False) == DONE
    assert user.spot_total("USDC") == 1.23
    assert user.exchange.usd_class_transfer(1.23, True) == DONE
    assert user.spot_total("USDC") == 0


def basic_spot_order(user: User) -> None:
    """By the pair's name, by its `@` name, and cancelled by the name of the pair's tokens."""
    assert user.exchange.usd_class_transfer(500, False) == DONE
    oid = resting_oid(user.exchange.order(PURR, True, 240, user_px(user, PURR), GTC))
    found = user.info.query_order_by_oid(user.address, oid)
    assert found["order"]["order"]["coin"] == PURR, found
    hold = next(
        float(row["hold"])
        for row in user.info.spot_user_state(user.address)["balances"]
        if row["coin"] == "USDC"
    )
    assert hold > 10, hold
    assert only_status(user.exchange.cancel(PURR, oid)) == "success"
    oid = resting_oid(user.exchange.order("@107", True, 2, user_px(user, "@107"), GTC))
    assert only_status(user.exchange.cancel("HYPE/USDC", oid)) == "success"


def user_px(user: User, coin: str) -> float:
    """A spot bid well below the market."""
    return float(f"{user.mid(coin) * 0.7:.3g}")


def basic_spot_transfer(user: User) -> None:
    """The script's token is the public testnet's, and its id nothing here."""
    assert user.exchange.usd_class_transfer(500, False) == DONE
    only_status(user.exchange.market_open(PURR, True, 200))
    before = user.spot_total("PURR")
    refused = user.exchange.spot_transfer(1, NOBODY, TESTNET_PURR_TOKEN)
    assert refused == {"status": "err", "response": "Invalid send"}, refused
    answer = user.exchange.spot_transfer(1, NOBODY, PURR_TOKEN)
    assert answer == DONE, answer
    assert abs(before - 1 - user.spot_total("PURR")) < 1e-9


def basic_transfer(user: User) -> None:
    before = float(user.info.user_state(user.address)["withdrawable"])
    assert user.exchange.usd_transfer(1, NOBODY) == DONE
    assert float(user.info.user_state(user.address)["withdrawable"]) <= before - 1


def basic_withdraw(user: User) -> None:
    """A dollar of what is withdrawn is the bridge's fee."""
    assert user.exchange.withdraw_from_bridge(2, user.address) == DONE
    (entry,) = [
        row["delta"]
        for row in user.info.user_non_funding_ledger_updates(user.address, 0)
        if row["delta"]["type"] == "withdraw"
    ]
    assert float(entry["usdc"]) + float(entry["fee"]) == 2, entry


def basic_sub_account(user: User) -> None:
    """Refused, as at the public service, until the account has traded 100,000 dollars."""
    answer = user.exchange.create_sub_account("example123")
    assert answer["status"] == "err", answer
    assert answer["response"].startswith(
        "Cannot create sub-accounts until enough volume traded. Required: $100000. Traded: $"
    ), answer
    assert not user.info.query_sub_accounts(user.address)
    answer = user.exchange.sub_account_transfer(NOBODY, True, 10)
    text = f"Invalid sub-account transfer from {user.address.lower()} to {NOBODY}"
    assert answer == {"status": "err", "response": text}, answer


def basic_vault(user: User) -> None:
    """The script's vault is not this account's, so nothing may be traded for it."""
    vault = "0x1719884eb866cb12b2287399b15f7db5e7d775ea"
    answer = user.signing_with(user.wallet, vault).order("ETH", True, 0.2, 1100, GTC)
    assert answer["status"] == "err", answer


def basic_vault_transfer(user: User) -> None:
    """The script's vault exists on the public testnet only."""
    vault = "0xa15099a30bbf2e68942d6f4c43d70d04faeab0a0"
    answer = user.exchange.vault_usd_transfer(vault, True, 5_000_000)
    assert answer == {"status": "err", "response": f"Vault not registered: {vault}"}, answer


def basic_send_asset(user: User) -> None:
    answer = user.exchange.send_asset(NOBODY, "", DEX, "USDC", 1.23)
    assert answer == DONE, answer


def basic_spot_to_builder_deployed_perp_dex(user: User) -> None:
    assert user.exchange.usd_class_transfer(10, False) == DONE
    assert user.exchange.send_asset(user.address, "spot", DEX, "USDC", 1.23) == DONE
    state = user.info.user_state(user.address, dex=DEX)
    assert float(state["marginSummary"]["accountValue"]) == 1.23, state
    assert user.exchange.send_asset(user.address, DEX, "spot", "USDC", 1.23) == DONE
    assert user.spot_total("USDC") == 10


def basic_order_with_builder_deployed_dex(user: User) -> None:
    trader = User(user.base_url, dexs=["", DEX])
    assert trader.exchange.send_asset(trader.address, "", DEX, "USDC", 1_000) == DONE
    coin = trader.info.meta(dex=DEX)["universe"][0]["name"]
    assert coin.startswith(f"{DEX}:"), coin
    px = float(f"{trader.mid(coin) * 0.9:.3g}")
    lots = trader.info.asset_to_sz_decimals[trader.info.name_to_asset(coin)]
    size = round(0.5 * 10**-lots + 40 / px, lots)
    oid = resting_oid(trader.exchange.order(coin, True, size, px, GTC))
    found = trader.info.query_order_by_oid(trader.address, oid)
    assert found["order"]["order"]["coin"] == coin, found
    assert only_status(trader.exchange.cancel(coin, oid)) == "success"


def user_abstraction(user: User) -> None:
    """On one balance, spot shows all of it; class transfers are refused then."""
    value = float(user.info.user_state(user.address)["marginSummary"]["accountValue"])
    assert user.info.query_user_abstraction_state(user.address) == "default"
    assert user.exchange.agent_set_abstraction("u") == DONE
    assert user.exchange.user_set_abstraction(user.address, "unifiedAccount") == DONE
    assert user.info.query_user_abstraction_state(user.address) == "unifiedAccount"
    assert user.spot_total("USDC") == value
    refused = user.exchange.usd_class_transfer(10, False)
    assert refused["response"] == "Action disabled when unified account is active", refused
    oid = resting_oid(user.exchange.order("ETH", True, 0.2, 1100, GTC))
    assert only_status(user.exchange.cancel("ETH", oid)) == "success"
    assert user.exchange.user_set_abstraction(user.address, "disabled") == DONE
    assert user.info.query_user_abstraction_state(user.address) == "disabled"


def dex_abstraction(user: User) -> None:
    assert user.exchange.agent_enable_dex_abstraction() == DONE
    assert user.info.query_user_dex_abstraction_state(user.address) is True
    assert user.exchange.user_dex_abstraction(user.address, False) == DONE


def basic_set_referrer(user: User) -> None:
    answer = user.exchange.set_referrer("ASDFASDF")
    assert answer == {"status": "err", "response": "Referral code not registered"}, answer
    assert not user.info.query_referral_state(user.address)["referredBy"]


def basic_evm_use_big_blocks(user: User) -> None:
    assert user.exchange.use_big_blocks(True) == DONE
    assert user.exchange.use_big_blocks(False) == DONE


def multi_sig(user: User) -> None:
    """An account that two others sign for: converted, then an order in its name."""
    outer, other = User(user.base_url), User(user.base_url)
    signers = [outer.address.lower(), other.address.lower()]
    assert user.exchange.convert_to_multi_sig_user(signers, 2) == DONE
    order = {"a": 1, "b": True, "p": "1100", "s": "0.2", "r": False, "t": GTC}
    action = {"type": "order", "orders": [order], "grouping": "na"}
    nonce = now_ms()
    sign: Any = signing.sign_multi_sig_l1_action_payload
    signatures = [
        sign(wallet, action, False, None, nonce, None, user.address, outer.address)
        for wallet in (outer.wallet, other.wallet)
    ]
    answer = outer.exchange.multi_sig(user.address, action, signatures, nonce)
    assert resting_oid(answer) in user.open_oids()


MONEY_EXAMPLES = (
    basic_spot_to_perp,
    basic_spot_order,
    basic_spot_transfer,
    basic_transfer,
    basic_withdraw,
    basic_sub_account,
    basic_vault,
    basic_vault_transfer,
    basic_send_asset,
    basic_spot_to_builder_deployed_perp_dex,
    basic_order_with_builder_deployed_dex,
    user_abstraction,
    dex_abstraction,
    basic_set_referrer,
    basic_evm_use_big_blocks,
    multi_sig,
)
