"""A user of the official SDK at the venue, for the exercises."""

from __future__ import annotations

import secrets
from typing import Any

import eth_account
from hyperliquid.exchange import Exchange
from hyperliquid.info import Info
from hyperliquid.utils import signing
from hyperliquid.utils.types import Cloid

GTC = {"limit": {"tif": "Gtc"}}
ALO = {"limit": {"tif": "Alo"}}
IOC = {"limit": {"tif": "Ioc"}}
DONE = {"status": "ok", "response": {"type": "default"}}


def now_ms() -> int:
    stamp: Any = signing.get_timestamp_ms
    milliseconds: int = stamp()
    return milliseconds


def new_wallet() -> Any:
    return eth_account.Account.from_key("0x" + secrets.token_hex(32))


def new_cloid() -> Any:
    return Cloid.from_int(secrets.randbits(128))


def only_status(answer: Any) -> Any:
    """What became of the only order or cancel of an action."""
    assert answer["status"] == "ok", answer
    (status,) = answer["response"]["data"]["statuses"]
    return status


def resting_oid(answer: Any) -> int:
    status = only_status(answer)
    assert "resting" in status, status
    oid: int = status["resting"]["oid"]
    return oid


class User:
    """A wallet, its reads and its actions. Untyped, as the SDK's types refuse what its users do."""

    def __init__(self, base_url: str, dexs: list[str] | None = None) -> None:
        self.base_url = base_url
        self.dexs = dexs
        self.wallet = new_wallet()
        self.address: str = self.wallet.address
        self.info: Any = Info(base_url, skip_ws=True, perp_dexs=dexs)
        self.info.user_state(self.address)
        self.exchange = self.signing_with(self.wallet)

    def signing_with(self, wallet: Any, vault: str | None = None) -> Any:
        """The actions for this account, or for a vault, signed by a wallet."""
        return Exchange(
            wallet,
            self.base_url,
            account_address=self.address,
            vault_address=vault,
            perp_dexs=self.dexs,
        )

    def mid(self, coin: str = "ETH") -> float:
        bids, asks = self.info.l2_snapshot(coin)["levels"]
        return (float(bids[0]["px"]) + float(asks[0]["px"])) / 2

    def position(self, coin: str = "ETH") -> Any:
        """What it holds of a coin; None if nothing."""
        held = [row["position"] for row in self.info.user_state(self.address)["assetPositions"]]
        return next((position for position in held if position["coin"] == coin), None)

    def open_oids(self) -> list[int]:
        return [order["oid"] for order in self.info.open_orders(self.address)]

    def spot_total(self, coin: str) -> float:
        rows = self.info.spot_user_state(self.address)["balances"]
        return sum(float(row["total"]) for row in rows if row["coin"] == coin)
