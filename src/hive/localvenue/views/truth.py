"""The venue's own truth, for tests and tools that compare what others believe with it.

Every fill of every account is kept here for ever (up to a bound that says so), unlike the answers
of /info, which forget.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from hive.domain.identifiers import Address, Cloid, Oid
from hive.localvenue.accounts.account import Account, FillRow
from hive.localvenue.listings.spot_tokens import Tokens
from hive.localvenue.orders.twaps import Twap
from hive.localvenue.units import PERP_DECIMALS, decimal_of

FILLS_MAX: Final = 2_000_000
"""Of all accounts together; what comes later is counted as dropped."""


COLLATERAL: Final = "USDC"


class TrueFill(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A fill, exactly."""

    coin: str
    side: str
    px: Decimal
    size: Decimal
    ms: int
    tid: int
    oid: Oid
    cloid: Cloid | None
    start_position: Decimal
    closed_pnl_usd: Decimal
    fee: Decimal
    fee_token: str
    is_taker: bool
    hash: str
    twap_id: int | None = None
    """Of a slice."""


class TrueOrder(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An order that is open now."""

    coin: str
    side: str
    px: Decimal
    open_size: Decimal
    oid: Oid
    cloid: Cloid | None
    reduce_only: bool


class PastOrder(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An order that was taken, open or over. `ended_ms` is None while it is open."""

    oid: Oid
    cloid: Cloid | None
    size: Decimal
    filled_size: Decimal
    status: str
    placed_ms: int
    ended_ms: int | None


class TrueTwap(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A TWAP that was taken, running or over. `ended_ms` is None while it runs."""

    twap_id: int
    coin: str
    side: str
    size: Decimal
    filled_size: Decimal
    minutes: int
    status: str
    ended_ms: int | None


class AccountTruth(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """All there is to know of an account."""

    user: Address
    fills: tuple[TrueFill, ...]
    open_orders: tuple[TrueOrder, ...]
    positions: dict[str, Decimal]
    """Signed; only what is not flat."""
    tokens: dict[str, Decimal]
    """Spot balances by the token's name, bound ones included."""
    cash_usd: Decimal
    paid_in_usd: Decimal


class FillArchive:
    """Every fill by account. Behind `clearing.FillObserver`."""

    def __init__(self) -> None:
        self._rows: dict[Address, list[FillRow]] = {}
        self.count = 0
        self.dropped = 0

    def filled(self, user: Address, fill: FillRow) -> None:
        if self.count >= FILLS_MAX:
            self.dropped += 1
            return
        self.count += 1
        self._rows.setdefault(user, []).append(fill)

    def of(self, user: Address) -> list[FillRow]:
        return self._rows.get(user, [])


def account_truth(account: Account, archive: FillArchive, tokens: Tokens) -> AccountTruth:
    return AccountTruth(
        user=account.address,
        fills=tuple(_fill(row) for row in archive.of(account.address)),
        open_orders=tuple(
            TrueOrder(
                coin=order.listing.coin,
                side="B" if order.is_buy else "A",
                px=decimal_of(order.px, order.listing.px_decimals),
                open_size=decimal_of(order.open_size, order.listing.size_decimals),
                oid=order.oid,
                cloid=order.cloid,
                reduce_only=order.reduce_only,
            )
            for order in account.open_orders.values()
        ),
        positions={
            holding.listing.coin: decimal_of(holding.size, holding.listing.size_decimals)
            for holding in account.each_holding()
            if holding.size
        },
        tokens={
            tokens.of_index(index).name: decimal_of(
                balance.total, tokens.of_index(index).wei_decimals
            )
            for index, balance in account.spot.held()
        },
        cash_usd=decimal_of(account.cash_usd, PERP_DECIMALS),
        paid_in_usd=decimal_of(account.paid_in_usd, PERP_DECIMALS),
    )


def past_orders(account: Account) -> list[PastOrder]:
    """Every order of the account that is remembered, refused ones included, oldest first."""
    return [
        PastOrder(
            oid=order.oid,
            cloid=order.cloid,
            size=decimal_of(order.size, order.listing.size_decimals),
            filled_size=decimal_of(order.filled_size, order.listing.size_decimals),
            status=order.status.value,
            placed_ms=order.placed_ms,
            ended_ms=None if order.is_live else order.status_ms,
        )
        for order in account.orders.values()
    ]


def true_twap(twap: Twap) -> TrueTwap:
    order = twap.order
    return TrueTwap(
        twap_id=twap.twap_id,
        coin=order.listing.coin,
        side="B" if order.is_buy else "A",
        size=decimal_of(order.size, order.listing.size_decimals),
        filled_size=decimal_of(twap.executed_size, order.listing.size_decimals),
        minutes=order.minutes,
        status=twap.status.value,
        ended_ms=twap.ended_ms,
    )


def _fill(row: FillRow) -> TrueFill:
    listing = row.listing
    spot = row.spot
    size = decimal_of(row.size, listing.size_decimals)
    if spot is None:
        start = decimal_of(row.start_position, listing.size_decimals)
        closed = decimal_of(row.closed_usd, PERP_DECIMALS)
        fee, fee_token = decimal_of(row.fee_usd, PERP_DECIMALS), COLLATERAL
    else:
        start = decimal_of(spot.start_wei, spot.pair.base.wei_decimals)
        closed = decimal_of(spot.closed_wei, spot.pair.quote.wei_decimals)
        fee = decimal_of(spot.fee_wei, spot.fee_token.wei_decimals)
        fee_token = spot.fee_token.name
        if spot.dust_wei is not None:
            size = decimal_of(spot.dust_wei, spot.pair.base.wei_decimals)
    return TrueFill(
        coin=listing.coin,
        side="B" if row.is_buy else "A",
        px=decimal_of(row.px, listing.px_decimals),
        size=size,
        ms=row.ms,
        tid=row.tid,
        oid=row.oid,
        cloid=row.cloid,
        start_position=start,
        closed_pnl_usd=closed,
        fee=fee,
        fee_token=fee_token,
        is_taker=row.is_taker,
        hash=row.hash,
        twap_id=row.twap_id,
    )
