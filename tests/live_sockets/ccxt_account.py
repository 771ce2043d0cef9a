"""An account of ccxt's at the venue, for the exercises: its client and its prices."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable
from typing import Any

import ccxt
import ccxt.pro

WAIT_S_MAX = 15.0
ETH = "ETH/USDC:USDC"
BTC = "BTC/USDC:USDC"
SOL = "SOL/USDC:USDC"
PURR = "PURR/USDC"


def client(base_url: str) -> Any:
    """Untyped: ccxt's answers are nested dicts."""
    key = "0x" + secrets.token_hex(32)
    address = ccxt.pro.Exchange.eth_get_address_from_private_key(key)
    exchange = ccxt.pro.hyperliquid(
        {"walletAddress": address, "privateKey": key, "enableRateLimit": False}
    )
    socket_url = "ws" + base_url.removeprefix("http") + "/ws"
    exchange.urls["api"] = {"public": base_url, "private": base_url, "ws": {"public": socket_url}}
    return exchange


def new_cloid() -> str:
    return "0x" + secrets.token_hex(16)


async def soon(what: Awaitable[Any]) -> Any:
    return await asyncio.wait_for(what, WAIT_S_MAX)


async def refusal(what: Awaitable[Any]) -> Exception:
    """The error with which an action ends."""
    try:
        answer = await what
    except ccxt.BaseError as error:
        fault: Exception = error
        return fault
    raise AssertionError(f"the venue took it: {answer}")


class Account:
    """One user of ccxt."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.exchange = client(base_url)

    async def mid(self, symbol: str = ETH) -> float:
        book = await self.exchange.fetch_order_book(symbol)
        middle: float = (book["bids"][0][0] + book["asks"][0][0]) / 2
        return middle

    async def bid(self, share: float = 0.9, symbol: str = ETH, **params: Any) -> Any:
        """An order that rests below the market, worth some 40 dollars and more."""
        px = await self.mid(symbol) * share
        return await self.exchange.create_order(symbol, "limit", "buy", 0.02, px, params)

    async def trade(self, side: str, amount: float, symbol: str = ETH, **params: Any) -> Any:
        px = await self.mid(symbol)
        return await self.exchange.create_order(symbol, "market", side, amount, px, params)

    async def open_ids(self, symbol: str = ETH) -> list[str]:
        return [order["id"] for order in await self.exchange.fetch_open_orders(symbol)]

    async def leave_nothing(self) -> None:
        """No orders and no positions, so that a step's fault stays its own."""
        for order in await self.exchange.fetch_open_orders():
            await self.exchange.cancel_order(order["id"], order["symbol"])
        for held in await self.exchange.fetch_positions():
            side = "sell" if held["side"] == "long" else "buy"
            await self.trade(side, held["contracts"], held["symbol"], reduceOnly=True)
