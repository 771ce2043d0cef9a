"""What `/info` answers about the venue and about an account's standing (protocol.md 1).

Market answers share their rows with the streams (`wire_public`), and so do fills, orders and
account states (`wire_private`).
"""

from __future__ import annotations

from typing import Literal

import msgspec

from hive.hyperliquid.wire_numbers import AddressText, Id, NumberText, Word

# --- instruments -------------------------------------------------------------------------------


class PerpMeta(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A perp; its place in the universe is its asset id, so delisted ones keep theirs."""

    sz_decimals: Id
    name: Word
    max_leverage: Id
    margin_table_id: Id | None = None
    only_isolated: bool | None = None
    is_delisted: bool | None = None
    margin_mode: Word | None = None
    growth_mode: Word | None = None


class MarginTier(msgspec.Struct, frozen=True, rename="camel"):
    """From `lower_bound` USD of notional upwards."""

    lower_bound: NumberText
    max_leverage: Id


class MarginTable(msgspec.Struct, frozen=True, rename="camel"):
    description: Word
    margin_tiers: tuple[MarginTier, ...]


class Meta(msgspec.Struct, frozen=True, rename="camel"):
    """A perp dex. A table id under 50 names no table: it is the leverage of a single tier."""

    universe: tuple[PerpMeta, ...]
    margin_tables: tuple[tuple[Id, MarginTable], ...] = ()
    collateral_token: Id = 0


class SpotPair(msgspec.Struct, frozen=True, rename="camel"):
    """`tokens` are base and quote; `index`, not the place in the list, gives the asset id."""

    tokens: tuple[Id, Id]
    name: Word
    index: Id
    is_canonical: bool = False


class SpotToken(msgspec.Struct, frozen=True, rename="camel"):
    name: Word
    sz_decimals: Id
    wei_decimals: Id
    index: Id
    token_id: Word
    is_canonical: bool = False


class SpotMeta(msgspec.Struct, frozen=True):
    universe: tuple[SpotPair, ...]
    tokens: tuple[SpotToken, ...]


class PerpDex(msgspec.Struct, frozen=True, rename="camel"):
    name: Word
    full_name: Word
    deployer: AddressText


# --- an account's standing ---------------------------------------------------------------------


class UserFees(msgspec.Struct, frozen=True, rename="camel"):
    """What the account pays: fractions of notional, taker (`cross`) and maker (`add`)."""

    user_cross_rate: NumberText
    user_add_rate: NumberText
    user_spot_cross_rate: NumberText | None = None
    user_spot_add_rate: NumberText | None = None


class WireRateLimit(msgspec.Struct, frozen=True, rename="camel"):
    cum_vlm: NumberText
    n_requests_used: Id
    n_requests_cap: Id
    n_requests_surplus: Id | None = None


class RoleOwner(msgspec.Struct, frozen=True):
    """Whose agent (`user`) or whose sub-account (`master`) it is."""

    user: AddressText | None = None
    master: AddressText | None = None


class WireUserRole(msgspec.Struct, frozen=True):
    role: Literal["missing", "user", "vault", "agent", "subAccount"]
    data: RoleOwner | None = None
