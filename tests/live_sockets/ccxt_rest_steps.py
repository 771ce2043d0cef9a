"""What a user of ccxt does over REST, one step after the other."""

from __future__ import annotations

import time
from typing import Any

import ccxt
from tests.live_sockets.ccxt_account import (
    BTC,
    ETH,
    PURR,
    SOL,
    Account,
    client,
    new_cloid,
    refusal,
    soon,
)

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
BUILDER = "0x6530512A6c89C7cfCEbC3BA7fcD9aDa5f30827a6"


def now_ms() -> int:
    return time.time_ns() // 1_000_000


# --- reading ---


async def loads_markets(account: Account) -> None:
    markets = await account.exchange.load_markets()
    swaps = [row for row in markets.values() if row["swap"] and row["active"]]
    spots = [row for row in markets.values() if row["spot"]]
    assert len(swaps) >= 170, len(swaps)
    assert len(spots) >= 20, len(spots)
    eth = markets[ETH]
    assert (eth["id"], eth["settle"], eth["linear"]) == ("1", "USDC", True), eth
    assert eth["precision"]["amount"] == 0.0001
    assert eth["limits"]["leverage"]["max"] == 25
    assert "USDC" in await account.exchange.fetch_currencies()
    assert abs(await account.exchange.fetch_time() - now_ms()) < 60_000
    assert (await account.exchange.fetch_status())["status"] == "ok"


async def knows_builder_perps(account: Account) -> None:
    markets = account.exchange.markets.values()
    assert any(":" in str(row["info"].get("name", "")) for row in markets), "no xyz:… market"


async def reads_the_market(account: Account) -> None:
    exchange = account.exchange
    book = await exchange.fetch_order_book(BTC)
    assert 1 <= len(book["bids"]) <= 20
    assert book["bids"][0][0] < book["asks"][0][0]
    tickers = await exchange.fetch_tickers()
    assert tickers[ETH]["last"] > 0
    assert (await exchange.fetch_ticker(ETH))["bid"] > 0
    since = now_ms() - HOUR_MS
    candles = await exchange.fetch_ohlcv(ETH, "1m", since)
    assert len(candles) >= 50
    assert all(low <= min(first, last) for _, first, _, low, last, _ in candles)
    rate = await exchange.fetch_funding_rate(ETH)
    assert rate["fundingRate"] is not None
    assert rate["markPrice"] > 0
    assert len(await exchange.fetch_funding_rates()) >= 170
    history = await exchange.fetch_funding_rate_history(ETH, now_ms() - DAY_MS)
    assert all(row["fundingRate"] is not None for row in history)
    assert (await exchange.fetch_open_interest(ETH))["openInterestAmount"] > 0
    assert len(await exchange.fetch_open_interests()) >= 170


async def reads_a_new_account(account: Account) -> None:
    exchange = account.exchange
    balance = await exchange.fetch_balance()
    assert balance["USDC"]["total"] == 100_000, balance["USDC"]
    assert balance["USDC"]["free"] == 100_000
    spot = await exchange.fetch_balance({"type": "spot"})
    assert "info" in spot
    assert await exchange.fetch_positions() == []
    assert await exchange.fetch_open_orders() == []
    assert await exchange.fetch_my_trades(ETH) == []
    assert await exchange.fetch_orders(ETH) == []
    fee = await exchange.fetch_trading_fee(ETH)
    assert (fee["taker"], fee["maker"]) == (0.00045, 0.00015), fee


# --- orders ---


async def approves_its_builder(account: Account) -> None:
    """ccxt introduces itself before its first order; only then do orders carry a builder.

    It signs that along with a second action, often in the same millisecond and thus with the same
    nonce; the one that comes second is refused, and ccxt then approves a rate of zero.
    """
    exchange = account.exchange
    await account.bid()
    assert exchange.options.get("approvedBuilderFee") is True
    assert await approved_tenths(account) in (0, 10)
    await exchange.approve_builder_fee(BUILDER, "0.01%")
    assert await approved_tenths(account) == 10
    await exchange.cancel_orders(await account.open_ids(), ETH)


async def approved_tenths(account: Account) -> int:
    exchange = account.exchange
    question = {"type": "maxBuilderFee", "user": exchange.walletAddress, "builder": BUILDER}
    return int(await exchange.publicPostInfo(question))


async def places_and_cancels(account: Account) -> None:
    exchange = account.exchange
    placed = await account.bid()
    (order,) = await exchange.fetch_open_orders(ETH)
    assert (order["id"], order["side"], order["amount"]) == (placed["id"], "buy", 0.02), order
    assert order["timeInForce"] in ("Gtc", "GTC"), order
    found = await exchange.fetch_order(placed["id"], ETH)
    assert (found["status"], found["remaining"]) == ("open", 0.02), found
    await exchange.cancel_order(placed["id"], ETH)
    assert await exchange.fetch_open_orders(ETH) == []
    assert (await exchange.fetch_order(placed["id"], ETH))["status"] == "canceled"
    canceled = await exchange.fetch_canceled_orders(ETH)
    assert placed["id"] in [row["id"] for row in canceled]


async def names_orders_itself(account: Account) -> None:
    exchange, cloid = account.exchange, new_cloid()
    await account.bid(clientOrderId=cloid)
    found = await exchange.fetch_order(None, ETH, {"clientOrderId": cloid})
    assert found["clientOrderId"] == cloid, found
    await exchange.cancel_order(None, ETH, {"clientOrderId": cloid})
    assert await exchange.fetch_open_orders(ETH) == []


async def edits(account: Account) -> None:
    exchange, cloid = account.exchange, new_cloid()
    placed = await account.bid(clientOrderId=cloid)
    px = await account.mid() * 0.85
    params = {"clientOrderId": cloid}
    edited = await exchange.edit_order(placed["id"], ETH, "limit", "buy", 0.03, px, params)
    assert edited["id"] not in (None, placed["id"]), edited
    (order,) = await exchange.fetch_open_orders(ETH)
    assert (order["id"], order["amount"]) == (edited["id"], 0.03), order
    both = await exchange.edit_orders(
        [
            {
                "id": edited["id"],
                "symbol": ETH,
                "type": "limit",
                "side": "buy",
                "amount": 0.04,
                "price": px,
            }
        ]
    )
    await exchange.cancel_order(both[0]["id"], ETH)
    assert await exchange.fetch_open_orders(ETH) == []


async def trades_in_bulk(account: Account) -> None:
    exchange = account.exchange
    px = await account.mid()
    rows = [
        {
            "symbol": ETH,
            "type": "limit",
            "side": "buy",
            "amount": 0.02,
            "price": px * share,
            "params": {"postOnly": True, "clientOrderId": new_cloid()},
        }
        for share in (0.8, 0.81, 0.82, 0.83)
    ]
    placed = await exchange.create_orders(rows)
    ids = [order["id"] for order in placed]
    assert len(set(ids)) == 4, placed
    await exchange.cancel_orders(ids[:2], ETH)
    await exchange.cancel_orders_for_symbols([{"id": each, "symbol": ETH} for each in ids[2:]])
    assert await exchange.fetch_open_orders(ETH) == []


async def trades_at_market(account: Account) -> None:
    exchange = account.exchange
    bought = await account.trade("buy", 0.05)
    assert bought["filled"] == 0.05, bought
    (position,) = await exchange.fetch_positions([ETH])
    assert (position["side"], position["contracts"]) == ("long", 0.05), position
    assert position["entryPrice"] > 0
    assert position["leverage"] > 0
    (trade, *_) = await exchange.fetch_my_trades(ETH)
    assert (trade["order"], trade["side"], trade["takerOrMaker"]) == (bought["id"], "buy", "taker")
    assert trade["fee"]["cost"] > 0
    assert trade["fee"]["currency"] == "USDC"
    await account.trade("sell", 0.05, reduceOnly=True)
    assert await exchange.fetch_positions([ETH]) == []
    trades = await exchange.fetch_my_trades(ETH, trade["timestamp"])
    assert sum(row["amount"] for row in trades if row["side"] == "sell") >= 0.05
    assert await exchange.fetch_trades(ETH)
    assert bought["id"] in [row["id"] for row in await exchange.fetch_closed_orders(ETH)]


async def is_told_what_is_wrong(account: Account) -> None:
    px = await account.mid()
    for why, (amount, share, params) in {
        "minimum value of $10": (0.0001, 0.9, {}),
        "would have immediately matched": (0.02, 1.02, {"postOnly": True}),
        "Reduce only order would increase position": (0.02, 0.9, {"reduceOnly": True}),
        "away from the reference price": (0.02, 0.01, {}),
        "Insufficient margin": (10_000.0, 0.9, {}),
    }.items():
        order = account.exchange.create_order(ETH, "limit", "buy", amount, px * share, params)
        error = await refusal(order)
        assert why in str(error), error
        assert isinstance(error, ccxt.InvalidOrder | ccxt.InsufficientFunds), error


async def places_triggers(account: Account) -> None:
    exchange = account.exchange
    px = await account.mid()
    await account.trade("buy", 0.05)
    stop = await exchange.create_order(
        ETH, "market", "sell", 0.05, px * 0.9, {"stopLossPrice": px * 0.9, "reduceOnly": True}
    )
    take = await exchange.create_order(
        ETH, "limit", "sell", 0.05, px * 1.1, {"takeProfitPrice": px * 1.1, "reduceOnly": True}
    )
    waiting = {order["id"]: order for order in await exchange.fetch_open_orders(ETH)}
    assert waiting.keys() == {stop["id"], take["id"]}, waiting
    assert abs(waiting[stop["id"]]["triggerPrice"] / px - 0.9) < 0.001
    assert waiting[stop["id"]]["reduceOnly"] is True
    await exchange.cancel_orders([stop["id"], take["id"]], ETH)
    await account.trade("sell", 0.05, reduceOnly=True)


async def attaches_stop_and_target(account: Account) -> None:
    exchange = account.exchange
    px = await account.mid()
    params = {
        "takeProfit": {"triggerPrice": px * 1.1, "type": "market", "price": px * 1.1},
        "stopLoss": {"triggerPrice": px * 0.9, "type": "market", "price": px * 0.85},
    }
    await exchange.create_order(ETH, "market", "buy", 0.05, px, params)
    waiting = await exchange.fetch_open_orders(ETH)
    assert len(waiting) == 2, waiting
    assert all(order["side"] == "sell" and order["reduceOnly"] for order in waiting)
    await exchange.cancel_orders([order["id"] for order in waiting], ETH)
    await account.trade("sell", 0.05, reduceOnly=True)


async def slices_an_order(account: Account) -> None:
    exchange = account.exchange
    twap = await exchange.create_twap_order(ETH, "buy", 1.0, 600_000)
    assert twap["id"] is not None, twap
    await exchange.cancel_twap_order(twap["id"], ETH)
    positions = await exchange.fetch_positions([ETH])
    for position in positions:
        await account.trade("sell", position["contracts"], reduceOnly=True)


async def schedules_a_cancel(account: Account) -> None:
    """A new account has not traded the volume that the venue asks for."""
    error = await refusal(account.exchange.cancel_all_orders_after(10_000))
    assert "Cannot set scheduled cancel time until enough volume traded" in str(error), error


# --- margin ---


async def sets_leverage(account: Account) -> None:
    exchange = account.exchange
    await exchange.set_leverage(7, SOL)
    await exchange.set_margin_mode("isolated", SOL, {"leverage": 5})
    await account.trade("buy", 5, SOL)
    (position,) = await exchange.fetch_positions([SOL])
    assert (position["marginMode"], position["leverage"]) == ("isolated", 5), position
    assert position["collateral"] > 0
    before = position["collateral"]
    await exchange.add_margin(SOL, 50)
    (position,) = await exchange.fetch_positions([SOL])
    assert position["collateral"] > before + 40, (before, position["collateral"])
    await exchange.reduce_margin(SOL, 20)
    await account.trade("sell", 5, SOL, reduceOnly=True)
    await exchange.set_margin_mode("cross", SOL, {"leverage": 5})


# --- money ---


async def moves_money(account: Account) -> None:
    exchange = account.exchange
    moved = await exchange.transfer("USDC", 500, "swap", "spot")
    assert moved["status"] == "ok", moved
    spot = await exchange.fetch_balance({"type": "spot"})
    assert spot["USDC"]["total"] == 500, spot["USDC"]
    await exchange.transfer("USDC", 200, "spot", "swap")
    entries = await exchange.fetch_ledger("USDC")
    assert len(entries) >= 2, entries
    assert await exchange.fetch_deposits("USDC") is not None
    await exchange.withdraw("USDC", 20, exchange.walletAddress)
    assert len(await exchange.fetch_withdrawals("USDC")) == 1
    assert await exchange.fetch_funding_history(ETH) == []


async def has_a_sub_account(account: Account) -> None:
    """A new account has not traded the volume that the venue asks for."""
    exchange = account.exchange
    error = await refusal(exchange.create_sub_account("ccxt"))
    assert "Cannot create sub-accounts until enough volume traded" in str(error), error


async def trades_spot(account: Account) -> None:
    exchange = account.exchange
    px = await account.mid(PURR)
    bought = await exchange.create_order(PURR, "market", "buy", 200, px)
    assert bought["filled"] == 200, bought
    spot = await exchange.fetch_balance({"type": "spot"})
    assert 199 < spot["PURR"]["total"] < 200, spot["PURR"]
    resting = await exchange.create_order(PURR, "limit", "sell", 100, px * 2)
    spot = await exchange.fetch_balance({"type": "spot"})
    assert spot["PURR"]["used"] == 100, spot["PURR"]
    await exchange.cancel_order(resting["id"], PURR)
    (trade, *_) = await exchange.fetch_my_trades(PURR)
    assert trade["fee"]["currency"] == "PURR", trade


async def has_one_balance(account: Account) -> None:
    """ccxt asks for the mode, and then for spot's balances in the place of perps'."""
    own = Account(account.base_url)
    exchange = own.exchange
    try:
        await exchange.fetch_balance()
        await exchange.set_user_abstraction("unifiedAccount")
        exchange.options["enableUnifiedMargin"] = None  # it has remembered the mode of before
        assert (await exchange.fetch_balance())["USDC"]["free"] == 100_000
        await own.trade("buy", 0.5)
        await exchange.create_order(PURR, "limit", "buy", 100, await own.mid(PURR) * 0.9)
        (held,) = await exchange.fetch_positions([ETH])
        balance = (await exchange.fetch_balance())["USDC"]
        assert balance["used"] > held["initialMargin"], (balance, held)
        assert 99_900 < balance["total"] < 100_100, balance
        error = await refusal(exchange.transfer("USDC", 5, "spot", "swap"))
        assert "Action disabled when unified account is active" in str(error), error
        watched = (await soon(exchange.watch_balance()))["USDC"]
        assert abs(watched["total"] - balance["total"]) < 50, (watched, balance)
    finally:
        await exchange.close()


async def is_another_user(account: Account) -> None:
    """Reads about somebody else need no key; nobody's orders are empty."""
    other = client(account.base_url)
    try:
        assert await other.fetch_open_orders(ETH, params={"user": "0x" + "ab" * 20}) == []
    finally:
        await other.close()


REST_STEPS: tuple[Any, ...] = (
    loads_markets,
    knows_builder_perps,
    reads_the_market,
    reads_a_new_account,
    approves_its_builder,
    places_and_cancels,
    names_orders_itself,
    edits,
    trades_in_bulk,
    trades_at_market,
    is_told_what_is_wrong,
    places_triggers,
    attaches_stop_and_target,
    slices_an_order,
    schedules_a_cancel,
    sets_leverage,
    moves_money,
    has_a_sub_account,
    trades_spot,
    has_one_balance,
    is_another_user,
)
