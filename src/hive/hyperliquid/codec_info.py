"""What `/info` answers about an account and the market, as domain values (protocol.md 1).

Every function takes the body of an answer, or the payload of an info post, and is total: a body
that does not fit is a `BadFrame`. Instruments are in `codec_universe`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, Literal

import msgspec

from hive.domain.account import AccountState, Funding
from hive.domain.errors import BadFrame
from hive.domain.identifiers import Address
from hive.domain.market import Book, Candle, Mids, Sz, Trade
from hive.domain.orders import Fill, OrderReport
from hive.hyperliquid.codec_account import (
    past_funding,
    to_account_state,
    to_fill,
    to_open_order_report,
    to_order_report,
)
from hive.hyperliquid.codec_market import to_book, to_candle, to_trades
from hive.hyperliquid.wire_info import UserFees, WireRateLimit, WireUserRole
from hive.hyperliquid.wire_numbers import proven
from hive.hyperliquid.wire_private import (
    BasicOrder,
    ClearinghouseState,
    FrontendOrder,
    OrderRecord,
    OrderStatusFound,
    OrderStatusUnknown,
    SpotClearinghouseState,
    UserFundingRow,
    WsFill,
)
from hive.hyperliquid.wire_public import FundingHistoryRow, L2Book, WsCandle, WsTrade
from hive.hyperliquid.wire_reading import Frame, read

# --- the market --------------------------------------------------------------------------------

_l2_book: Final = msgspec.json.Decoder(L2Book | None, strict=False)
_trades: Final = msgspec.json.Decoder(tuple[WsTrade, ...], strict=False)
_candles: Final = msgspec.json.Decoder(tuple[WsCandle, ...], strict=False)
_mids: Final = msgspec.json.Decoder(dict[str, Sz], strict=False)
_funding: Final = msgspec.json.Decoder(tuple[FundingHistoryRow, ...], strict=False)


class FundingRate(msgspec.Struct, frozen=True, gc=False):
    """What longs paid shorts at one hour: a fraction of notional, negative when shorts paid."""

    coin: str
    rate: float
    premium: float | None
    venue_ms: int


def decode_l2_book(body: Frame, received_ns: int) -> Book | None:
    """The book; None for a coin the venue does not know.

    Raises:
        BadFrame: it is not a book.
    """
    book = read(_l2_book, body)
    return None if book is None else to_book(book, received_ns)


def decode_recent_trades(body: Frame, received_ns: int) -> tuple[Trade, ...]:
    """About ten trades, newest first.

    Raises:
        BadFrame: it is not a list of trades.
    """
    return to_trades(read(_trades, body), received_ns)


def decode_candles(body: Frame, now_ms: int) -> list[Candle]:
    """Candles, oldest first; closed are those that ended before `now_ms` (the venue's time).

    Raises:
        BadFrame: it is not a list of candles.
    """
    return [to_candle(row, is_closed=now_ms > row.T) for row in read(_candles, body)]


def decode_all_mids(body: Frame, received_ns: int) -> Mids:
    """Every coin's mid.

    Raises:
        BadFrame: it is not a map of numbers.
    """
    return Mids(read(_mids, body), received_ns)


def decode_funding_history(body: Frame) -> tuple[FundingRate, ...]:
    """Hourly rates, oldest first; each is stamped some milliseconds past its hour.

    Raises:
        BadFrame: it is not a list of rates.
    """
    return tuple(
        [
            FundingRate(row.coin, row.funding_rate, row.premium, row.time)
            for row in read(_funding, body)
        ]
    )


# --- an account's orders and fills -------------------------------------------------------------

_fills: Final = msgspec.json.Decoder(tuple[WsFill, ...])
_open_orders: Final = msgspec.json.Decoder(tuple[FrontendOrder, ...])
_open_orders_brief: Final = msgspec.json.Decoder(tuple[BasicOrder, ...])
_payments: Final = msgspec.json.Decoder(tuple[UserFundingRow, ...])
_order_status: Final = msgspec.json.Decoder(OrderStatusFound | OrderStatusUnknown)
_order_records: Final = msgspec.json.Decoder(tuple[OrderRecord, ...])


def decode_user_fills(body: Frame, account: Address) -> list[Fill]:
    """Fills in the order of the answer: `userFills` newest first, `userFillsByTime` oldest first.

    Raises:
        BadFrame: it is not a list of fills.
    """
    return [to_fill(row, account) for row in read(_fills, body)]


def decode_user_funding(body: Frame, account: Address) -> list[Funding]:
    """Funding payments in the order of the answer: oldest first.

    Raises:
        BadFrame: it is not a list of payments.
    """
    return [past_funding(row, account) for row in read(_payments, body)]


def decode_open_orders(body: Frame, now_ms: int) -> list[OrderReport]:
    """Open orders, from either of the venue's two forms; `now_ms` is when they were asked for.

    Only the full form tells what an order waits for.

    Raises:
        BadFrame: it is not a list of orders.
    """
    try:
        return [to_open_order_report(row, now_ms) for row in read(_open_orders, body)]
    except BadFrame:
        return [to_open_order_report(row, now_ms) for row in read(_open_orders_brief, body)]


def decode_order_status(body: Frame) -> OrderReport | None:
    """The order's last status; None if the venue does not know it, which soon after sending is no
    proof that it never came (protocol.md 5.1).

    Raises:
        BadFrame: it is neither.
    """
    answer = read(_order_status, body)
    return to_order_report(answer.order) if isinstance(answer, OrderStatusFound) else None


def decode_historical_orders(body: Frame) -> list[OrderReport]:
    """Statuses of past orders; one oid may come more than once.

    Raises:
        BadFrame: it is not a list of statuses.
    """
    return [to_order_report(row) for row in read(_order_records, body)]


# --- an account's standing ---------------------------------------------------------------------

_clearinghouse: Final = msgspec.json.Decoder(ClearinghouseState)
_spot: Final = msgspec.json.Decoder(SpotClearinghouseState)
_fees: Final = msgspec.json.Decoder(UserFees)
_rate_limit: Final = msgspec.json.Decoder(WireRateLimit)
_role: Final = msgspec.json.Decoder(WireUserRole)


class TokenBalance(msgspec.Struct, frozen=True):
    """Coins of one token; `held` of them are bound by open orders."""

    coin: str
    total: Decimal
    held: Decimal


class FeeRates(msgspec.Struct, frozen=True):
    """What the account pays on perps: fractions of notional, negative for a rebate."""

    taker: Decimal
    maker: Decimal


class UserRateLimit(msgspec.Struct, frozen=True):
    """Actions the address has used and may use in all; the cap grows with its volume."""

    volume_usd: Decimal
    used: int
    cap: int
    surplus: int


class UserRole(msgspec.Struct, frozen=True):
    """What an address is; `master` is whose agent or sub-account, where it is one."""

    role: Literal["missing", "user", "vault", "agent", "subAccount"]
    master: Address | None


def decode_clearinghouse_state(body: Frame, account: Address) -> AccountState:
    """What the account holds in perps.

    Raises:
        BadFrame: it is not an account's state.
    """
    return to_account_state(read(_clearinghouse, body), account)


def decode_spot_state(body: Frame) -> tuple[TokenBalance, ...]:
    """What the account holds in tokens.

    Raises:
        BadFrame: it is not a list of balances.
    """
    return tuple(
        [
            TokenBalance(row.coin, proven(row.total), proven(row.hold))
            for row in read(_spot, body).balances
        ]
    )


def decode_user_fees(body: Frame) -> FeeRates:
    """The account's rates, discounts included.

    Raises:
        BadFrame: it does not hold them.
    """
    fees = read(_fees, body)
    return FeeRates(taker=proven(fees.user_cross_rate), maker=proven(fees.user_add_rate))


def decode_user_rate_limit(body: Frame) -> UserRateLimit:
    """The address budget as the venue counts it.

    Raises:
        BadFrame: it does not hold it.
    """
    limit = read(_rate_limit, body)
    return UserRateLimit(
        volume_usd=proven(limit.cum_vlm),
        used=limit.n_requests_used,
        cap=limit.n_requests_cap,
        surplus=limit.n_requests_surplus or 0,
    )


def decode_user_role(body: Frame) -> UserRole:
    """What the address is to the venue.

    Raises:
        BadFrame: it does not say.
    """
    answer = read(_role, body)
    owner = answer.data and (answer.data.user or answer.data.master)
    return UserRole(answer.role, Address(owner.lower()) if owner else None)
