"""What an account holds, by the venue's word and by ours."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from hive.domain.identifiers import Address


class VenuePosition(msgspec.Struct, frozen=True, kw_only=True):
    """One coin of an account as the venue reports it. `size` is signed; entry None when flat."""

    coin: str
    size: Decimal
    entry_px: Decimal | None
    leverage: int
    unrealized_pnl_usd: Decimal
    liquidation_px: Decimal | None


class AccountState(msgspec.Struct, frozen=True, kw_only=True):
    """An account as the venue reports it (clearinghouseState)."""

    account: Address
    equity_usd: Decimal
    margin_used_usd: Decimal
    withdrawable_usd: Decimal
    positions: tuple[VenuePosition, ...]
    venue_ms: int
    raw_usd: Decimal = Decimal(0)
    """Cash, and what positions were bought and sold for: every fill, payment and transfer changes
    it, also those that leave a position as it was."""


class Funding(msgspec.Struct, frozen=True, kw_only=True):
    """One funding payment of an account; negative when paid."""

    account: Address
    coin: str
    usd: Decimal
    size: Decimal
    """Signed position it was paid on."""
    rate: Decimal
    venue_ms: int


class Liquidation(msgspec.Struct, frozen=True, kw_only=True):
    """The venue liquidated somebody in whose trade this account took part."""

    account: Address
    liquidation_id: int
    liquidated_user: Address
    notional_usd: Decimal
    account_value_usd: Decimal
