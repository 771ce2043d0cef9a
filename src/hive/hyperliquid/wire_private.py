"""What the venue tells one account, field for field, in its own names (protocol.md 1.3, 3.3, 3.4).

Decoded strictly: numbers are text proven to be numbers, ids and times are JSON integers. The fields
stand in the venue's order and what was absent stays absent, so a decoded message encodes back to
the same bytes. Fields we do not name are skipped.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from hive.domain.market import Side
from hive.hyperliquid.wire_numbers import AddressText, CloidText, Id, Ms, NumberText, Word

# --- fills -------------------------------------------------------------------------------------


class FillLiquidation(msgspec.Struct, frozen=True, rename="camel"):
    """On both sides of a liquidation's fills: compare `liquidated_user` with the account."""

    liquidated_user: AddressText
    mark_px: NumberText
    method: Word


class WsFill(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An execution of the account's order; the row of `userFills` as well as of the streams."""

    coin: Word
    px: NumberText
    sz: NumberText
    side: Side
    time: Ms
    start_position: NumberText
    dir: Word
    closed_pnl: NumberText
    hash: Word
    oid: Id
    crossed: bool
    fee: NumberText
    builder_fee: NumberText | UnsetType | None = UNSET
    tid: Id
    cloid: CloidText | UnsetType | None = UNSET
    liquidation: FillLiquidation | UnsetType | None = UNSET
    fee_token: Word
    twap_id: Id | UnsetType | None = UNSET


class UserFills(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    is_snapshot: bool | UnsetType = UNSET
    user: AddressText
    fills: tuple[WsFill, ...]


class TwapSliceFill(msgspec.Struct, frozen=True, rename="camel"):
    fill: WsFill
    twap_id: Id


# --- the user channel --------------------------------------------------------------------------


class WsUserFunding(msgspec.Struct, frozen=True, rename="camel"):
    """One payment; `usdc` is negative when the account paid."""

    time: Ms
    coin: Word
    usdc: NumberText
    szi: NumberText
    funding_rate: NumberText
    n_samples: Id | UnsetType | None = UNSET


class FundingDelta(msgspec.Struct, frozen=True, rename="camel"):
    """What `userFunding` says of a payment; others of its kind have other types."""

    type: Word
    coin: Word
    usdc: NumberText
    szi: NumberText
    funding_rate: NumberText


class UserFundingRow(msgspec.Struct, frozen=True):
    """A payment in the history."""

    time: Ms
    delta: FundingDelta


class WsLiquidation(msgspec.Struct, frozen=True):
    lid: Id
    liquidator: Word
    liquidated_user: AddressText
    liquidated_ntl_pos: NumberText
    liquidated_account_value: NumberText


class NonUserCancel(msgspec.Struct, frozen=True):
    """An order that the venue took out of the book, not its owner."""

    coin: Word
    oid: Id


class UserEvents(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One of these at a time."""

    fills: tuple[WsFill, ...] | UnsetType = UNSET
    funding: WsUserFunding | UnsetType = UNSET
    liquidation: WsLiquidation | UnsetType = UNSET
    non_user_cancel: tuple[NonUserCancel, ...] | UnsetType = UNSET
    twap_history: Any | UnsetType = UNSET
    twap_slice_fills: tuple[TwapSliceFill, ...] | UnsetType = UNSET


# --- orders ------------------------------------------------------------------------------------


class BasicOrder(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An order in brief. `sz` is what is still open, `reduce_only` is there only when true."""

    coin: Word
    side: Side
    limit_px: NumberText
    sz: NumberText
    oid: Id
    timestamp: Ms
    orig_sz: NumberText
    cloid: CloidText | UnsetType | None = UNSET
    reduce_only: bool | UnsetType = UNSET


class FrontendOrder(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An order in full, as `frontendOpenOrders`, `orderStatus` and `historicalOrders` show it."""

    coin: Word
    side: Side
    limit_px: NumberText
    sz: NumberText
    oid: Id
    timestamp: Ms
    trigger_condition: Word
    is_trigger: bool
    trigger_px: NumberText
    children: tuple[FrontendOrder, ...]
    is_position_tpsl: bool
    reduce_only: bool
    order_type: Word
    orig_sz: NumberText
    tif: Word | None
    cloid: CloidText | UnsetType | None = UNSET


class OrderUpdate(msgspec.Struct, frozen=True, rename="camel"):
    """One status of one order."""

    order: BasicOrder
    status: Word
    status_timestamp: Ms


class OrderRecord(msgspec.Struct, frozen=True, rename="camel"):
    """The last status of an order that was asked for."""

    order: FrontendOrder
    status: Word
    status_timestamp: Ms


class OpenOrders(msgspec.Struct, frozen=True):
    dex: Word
    user: AddressText
    orders: tuple[FrontendOrder, ...]


class OrderStatusFound(msgspec.Struct, frozen=True, tag_field="status", tag="order"):
    order: OrderRecord


class OrderStatusUnknown(msgspec.Struct, frozen=True, tag_field="status", tag="unknownOid"):
    pass


# --- the account -------------------------------------------------------------------------------


class MarginSummary(msgspec.Struct, frozen=True, rename="camel"):
    account_value: NumberText
    total_ntl_pos: NumberText
    total_raw_usd: NumberText
    total_margin_used: NumberText


class Leverage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`raw_usd` only where isolated."""

    type: Literal["cross", "isolated"]
    value: Id
    raw_usd: NumberText | UnsetType = UNSET


class CumFunding(msgspec.Struct, frozen=True, rename="camel"):
    all_time: NumberText
    since_open: NumberText
    since_change: NumberText


class Position(msgspec.Struct, frozen=True, rename="camel"):
    """`szi` is signed; `liquidation_px` null where none can be reached."""

    coin: Word
    szi: NumberText
    leverage: Leverage
    entry_px: NumberText | None
    position_value: NumberText
    unrealized_pnl: NumberText
    return_on_equity: NumberText
    liquidation_px: NumberText | None
    margin_used: NumberText
    max_leverage: Id
    cum_funding: CumFunding


class AssetPosition(msgspec.Struct, frozen=True):
    type: Word
    position: Position


class ClearinghouseState(msgspec.Struct, frozen=True, rename="camel"):
    """What the account holds and may still do."""

    margin_summary: MarginSummary
    cross_margin_summary: MarginSummary
    cross_maintenance_margin_used: NumberText
    withdrawable: NumberText
    asset_positions: tuple[AssetPosition, ...]
    time: Ms


class UserClearinghouseState(msgspec.Struct, frozen=True, rename="camel"):
    dex: Word
    user: AddressText
    clearinghouse_state: ClearinghouseState


class SpotBalance(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Coins of one token; `hold` is what open orders bind. Outcome rows carry no token."""

    coin: Word
    token: Id | UnsetType = UNSET
    total: NumberText
    hold: NumberText
    entry_ntl: NumberText


class SpotClearinghouseState(msgspec.Struct, frozen=True):
    balances: tuple[SpotBalance, ...]
