"""Everything about a local venue that can be chosen. Defaults are the real venue's, as measured."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, Literal

import msgspec

from hive.domain.identifiers import Address
from hive.hyperliquid.limits import VenueLimits
from hive.localvenue.accounts.fee_schedule import Fees
from hive.localvenue.actions.scheduled_cancel_rules import ScheduledCancelRules
from hive.localvenue.faults.script import TimedFault
from hive.localvenue.identity import TID_BITS
from hive.localvenue.liquidation.liquidation_rules import LiquidationRules
from hive.localvenue.listings.listing_plan import PlannedChange
from hive.localvenue.market_data.candles import HistoryShape
from hive.localvenue.office.account_rules import AccountRules
from hive.localvenue.orders.twaps import TwapRules
from hive.localvenue.validation.market_bounds import CoinBounds
from hive.localvenue.validation.modify_rules import ModifyRules

Network = Literal["testnet", "mainnet"]

MEASURED_LIMITS: Final = VenueLimits(users_max=15, nonces_kept=100)
"""Where documents and measurements differ, what was measured last."""


class Cadence(msgspec.Struct, frozen=True, kw_only=True):
    """How often things are told or taken anew (protocol.md 3.3, venue.md 3)."""

    l2_book_ms: int = 5_400
    l2_book_fast_ms: int = 540
    all_mids_ms: int = 5_000
    context_ms: int = 1_000
    all_contexts_ms: int = 13_600
    """Of whole dexes."""
    candle_ms: int = 500
    account_ms: int = 1_000
    """Account states and open orders of accounts that changed."""
    web_data_ms: int = 5_000
    """Everything at once, for dashboards."""
    prices_ms: int = 3_000
    premium_ms: int = 5_000
    dust_ms: int = 86_400_000
    """Between two Spot Dust Conversions, counted from midnight UTC."""


class PageSizes(msgspec.Struct, frozen=True, kw_only=True):
    """How much an answer or a first frame holds (protocol.md 1, venue.md 6)."""

    fills: int = 2_000
    fills_reachable: int = 10_000
    fills_first_frame: int = 100
    trades: int = 10
    trades_first_frame: int = 30
    trades_first_frame_ms: int = 20_000
    rows: int = 500
    historical_orders: int = 2_000
    ledger_first_frame: int = 500
    """Rows of the first frames of `userFundings` and `userNonFundingLedgerUpdates`."""
    open_orders_pushed: int = 100


class VenueConfig(msgspec.Struct, frozen=True, kw_only=True):
    """A local venue. `seed` decides everything that is left to chance."""

    start_ms: int
    """The time of the opening."""
    seed: int = 1
    network: Network = "testnet"
    """What signatures are made for; the official SDK takes any own URL for the test network."""
    faucet_usd: Decimal = Decimal(0)
    """Credited to an address when it is first named in /info or a subscription."""
    funded: Mapping[Address, Decimal] = {}
    """Accounts that exist from the start, with their USD."""
    block_ms: int = 70
    is_stepped: bool = False
    """Whether time stands still but for the oracle's `step`."""
    limits: VenueLimits = MEASURED_LIMITS
    fees: Fees = Fees()
    accounts: AccountRules = AccountRules()
    bounds: Mapping[str, CoinBounds] = {}
    """Of markets, by coin; what deployers of builder dexes have set holds besides."""
    liquidation: LiquidationRules = LiquidationRules()
    modifies: ModifyRules = ModifyRules()
    twaps: TwapRules = TwapRules()
    scheduled_cancels: ScheduledCancelRules = ScheduledCancelRules()
    cadence: Cadence = Cadence()
    pages: PageSizes = PageSizes()
    history: HistoryShape = HistoryShape()
    """Candles from before the opening; volatility and volume are each coin's own."""
    listing_changes: tuple[PlannedChange, ...] = ()
    """Perps that are listed and delisted while the venue runs."""
    tid_bits: int = TID_BITS
    """Fewer make trade ids collide."""
    is_open_told_first: bool = True
    """Of a modify: the new order's `open` before the old one's `canceled`, or after."""
    is_reply_first: bool = True
    """The answer to an action before the pushes of its block, or after."""
    is_order_told_first: bool = True
    """Order updates before the fills of the same block, or after."""
    read_lag_ms: int = 0
    """How old an account's answers to /info are; the real venue's are about 0.5 s."""
    fault_script: tuple[TimedFault, ...] = ()
    """Faults that come by themselves, by time."""
    chaos_seed: int | None = None
    """Faults by chance from this seed; None for none."""
    lag_ms_by_channel: Mapping[str, int] = {}
    """How late a channel's frames are."""
