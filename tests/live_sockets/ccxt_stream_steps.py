"""What a user of ccxt.pro does over the socket, one step after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from tests.live_sockets.ccxt_account import BTC, ETH, WAIT_S_MAX, Account, new_cloid, soon


async def until(watch: Callable[[], Awaitable[Any]], fits: Callable[[Any], bool]) -> Any:
    """What a watch brings, again and again for a bounded time, until it fits."""

    async def watching() -> Any:
        while not fits(seen := await watch()):
            pass
        return seen

    return await asyncio.wait_for(watching(), WAIT_S_MAX)


async def watches_the_market(account: Account) -> None:
    exchange = account.exchange
    book = await soon(exchange.watch_order_book(ETH))
    assert book["bids"][0][0] < book["asks"][0][0]
    trades = await soon(exchange.watch_trades(ETH))
    assert trades[-1]["symbol"] == ETH
    (candle, *_) = await soon(exchange.watch_ohlcv(ETH, "1m"))
    assert len(candle) == 6
    assert (await soon(exchange.watch_ticker(ETH)))["last"] > 0
    assert BTC in await soon(exchange.watch_tickers())


async def stops_watching(account: Account) -> None:
    exchange = account.exchange
    await soon(exchange.un_watch_order_book(ETH))
    await soon(exchange.un_watch_trades(ETH))
    await soon(exchange.un_watch_ohlcv(ETH, "1m"))
    await soon(exchange.un_watch_ticker(ETH))
    await soon(exchange.un_watch_tickers())
    assert await soon(exchange.watch_order_book(ETH))


async def orders_over_the_socket(account: Account) -> None:
    exchange, cloid = account.exchange, new_cloid()
    px = await account.mid() * 0.9
    placed = await soon(
        exchange.create_order_ws(ETH, "limit", "buy", 0.02, px, {"clientOrderId": cloid})
    )
    assert placed["clientOrderId"] == cloid, placed
    edited = await soon(
        exchange.edit_order_ws(
            placed["id"], ETH, "limit", "buy", 0.03, px * 0.99, {"clientOrderId": cloid}
        )
    )
    assert edited["id"] != placed["id"]
    await soon(exchange.cancel_order_ws(edited["id"], ETH))
    rows = [
        {"symbol": ETH, "type": "limit", "side": "buy", "amount": 0.02, "price": px * share}
        for share in (0.95, 0.96)
    ]
    both = await soon(exchange.create_orders_ws(rows))
    await soon(exchange.cancel_orders_ws([order["id"] for order in both], ETH))
    assert await exchange.fetch_open_orders(ETH) == []


async def watches_its_orders(account: Account) -> None:
    """The order goes over the same socket as the subscription, so it cannot overtake it."""
    exchange = account.exchange
    px = await account.mid() * 0.9
    watching = asyncio.ensure_future(until(lambda: exchange.watch_orders(ETH), has("open")))
    placed = await soon(exchange.create_order_ws(ETH, "limit", "buy", 0.02, px))
    assert placed["id"] in [order["id"] for order in await watching]
    watching = asyncio.ensure_future(until(lambda: exchange.watch_orders(ETH), has("canceled")))
    await exchange.cancel_order(placed["id"], ETH)
    (order, *_) = [row for row in await watching if row["status"] == "canceled"]
    assert order["id"] == placed["id"]


def has(status: str) -> Callable[[Any], bool]:
    return lambda orders: any(order["status"] == status for order in orders)


async def watches_its_account(account: Account) -> None:
    exchange = account.exchange
    balance = await soon(exchange.watch_balance())
    assert balance["USDC"]["total"] > 0
    order = await account.trade("buy", 0.05)
    await until(
        lambda: exchange.watch_my_trades(ETH),
        lambda trades: any(row["order"] == order["id"] for row in trades),
    )
    await until(
        lambda: exchange.watch_positions([ETH]),
        lambda positions: any(row["contracts"] == 0.05 for row in positions),
    )
    await account.trade("sell", 0.05, reduceOnly=True)
    spot = await soon(exchange.watch_balance({"type": "spot"}))
    assert "info" in spot


STREAM_STEPS: tuple[Any, ...] = (
    watches_the_market,
    stops_watching,
    orders_over_the_socket,
    watches_its_orders,
    watches_its_account,
)
