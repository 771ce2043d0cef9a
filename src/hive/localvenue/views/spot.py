"""What the venue tells about spot: balances, the money of a fill, a pair's numbers, a token."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hive.localvenue.accounts.account import Account
from hive.localvenue.listings.spot_balances import USDC, TokenBalance
from hive.localvenue.listings.spot_pairs import SpotFill
from hive.localvenue.listings.spot_tokens import Token, Tokens
from hive.localvenue.margin.requirements import MarkOf
from hive.localvenue.market_data.prices import CoinPrices, half_text
from hive.localvenue.market_data.tape import Tape
from hive.localvenue.orders.books import Book
from hive.localvenue.units import units_text, usd_text
from hive.localvenue.views import unified as views_unified

Json = dict[str, Any]


def spot_state(account: Account | None, tokens: Tokens, mark_of: MarkOf) -> Json:
    """All balances, bound ones included; none of who never held any. Of a unified account USDC is
    everything it is worth in it, and what maintenance leaves of that is told."""
    held = [] if account is None else account.spot.held()
    if account is None or not account.is_unified:
        return {"balances": _balances(held, tokens)}
    usdc = views_unified.usdc_row(account, mark_of, tokens)
    others = _balances([row for row in held if row[0] != USDC], tokens)
    return {
        "balances": [usdc, *others],
        "tokenToAvailableAfterMaintenance": views_unified.after_maintenance(
            account, mark_of, tokens
        ),
    }


def _balances(held: Iterable[tuple[int, TokenBalance]], tokens: Tokens) -> list[Json]:
    balances = []
    for index, balance in held:
        token = tokens.of_index(index)
        balances.append(
            {
                "coin": token.name,
                "token": index,
                "total": token.text(balance.total),
                "hold": token.text(balance.hold),
                "entryNtl": usd_text(balance.entry_usd),
            }
        )
    return balances


def token_details(token: Token, context: Json | None) -> Json:
    """A token with the numbers of its first pair; a quote token itself is worth one."""
    numbers = context or {
        "circulatingSupply": "0.0",
        "totalSupply": "0.0",
        "markPx": "1.0",
        "midPx": "1.0",
        "prevDayPx": "1.0",
    }
    return {
        "name": token.name,
        "maxSupply": numbers["totalSupply"],
        "totalSupply": numbers["totalSupply"],
        "circulatingSupply": numbers["circulatingSupply"],
        "szDecimals": token.sz_decimals,
        "weiDecimals": token.wei_decimals,
        "midPx": numbers["midPx"],
        "markPx": numbers["markPx"],
        "prevDayPx": numbers["prevDayPx"],
        "genesis": None,
        "deployer": None,
        "deployGas": None,
        "deployTime": None,
        "seededUsdc": "0.0",
        "nonCirculatingUserBalances": [],
        "futureEmissions": "0.0",
    }


def fill_money(spot: SpotFill) -> Json:
    """What of a spot fill differs from a perp's: amounts of tokens, and which one paid the fee."""
    size = {} if spot.dust_wei is None else {"sz": spot.pair.base.text(spot.dust_wei)}
    return {
        **size,
        "startPosition": spot.pair.base.text(spot.start_wei),
        "closedPnl": spot.pair.quote.text(spot.closed_wei),
        "fee": spot.fee_token.text(spot.fee_wei),
        "feeToken": spot.fee_token.name,
    }


def live_context(book: Book, prices: CoinPrices, tape: Tape) -> Json:
    """The numbers of a pair with a market; supplies are as they were recorded."""
    listing = book.listing
    doubled_mid = book.doubled_mid
    return {
        "prevDayPx": listing.px_text(tape.previous_day_px),
        "dayNtlVlm": usd_text(tape.day_usd),
        "markPx": listing.px_text(prices.mark),
        "midPx": half_text(doubled_mid, listing) if doubled_mid else None,
        "circulatingSupply": listing.recorded["circulatingSupply"],
        "coin": listing.coin,
        "totalSupply": listing.recorded["totalSupply"],
        "dayBaseVlm": units_text(tape.day_size, listing.size_decimals),
    }
