"""An order at the venue, and the venue's words for what became of it (protocol.md 3.5)."""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import Final

import msgspec

from hive.domain.identifiers import Address, Cloid, Oid
from hive.localvenue.listings.catalog import Listing
from hive.localvenue.orders.builder_fees import BuilderShare

TRAIL_MAX: Final = 256
"""States kept per order for reads that lag; the oldest half goes first."""


class Status(StrEnum):
    """The statuses an order can have here, in the venue's own words."""

    OPEN = "open"
    TRIGGERED = "triggered"
    """The mark reached its trigger: from now on it is like any other order."""
    FILLED = "filled"
    CANCELED = "canceled"
    MARGIN_CANCELED = "marginCanceled"
    SELF_TRADE_CANCELED = "selfTradeCanceled"
    REDUCE_ONLY_CANCELED = "reduceOnlyCanceled"
    DELISTED_CANCELED = "delistedCanceled"
    LIQUIDATED_CANCELED = "liquidatedCanceled"
    SCHEDULED_CANCEL = "scheduledCancel"
    OPEN_INTEREST_CAP_CANCELED = "openInterestCapCanceled"
    SIBLING_FILLED_CANCELED = "siblingFilledCanceled"
    VAULT_WITHDRAWAL_CANCELED = "vaultWithdrawalCanceled"
    MIN_NOTIONAL_REJECTED = "minTradeNtlRejected"
    MARGIN_REJECTED = "perpMarginRejected"
    REDUCE_ONLY_REJECTED = "reduceOnlyRejected"
    MIN_SPOT_NOTIONAL_REJECTED = "minTradeSpotNtlRejected"
    SPOT_BALANCE_REJECTED = "insufficientSpotBalanceRejected"
    POST_ONLY_REJECTED = "badAloPxRejected"
    IOC_REJECTED = "iocCancelRejected"
    INCREASE_AT_CAP_REJECTED = "positionIncreaseAtOpenInterestCapRejected"
    FLIP_AT_CAP_REJECTED = "positionFlipAtOpenInterestCapRejected"
    AGGRESSIVE_AT_CAP_REJECTED = "tooAggressiveAtOpenInterestCapRejected"
    OPEN_INTEREST_INCREASE_REJECTED = "openInterestIncreaseRejected"
    ORACLE_REJECTED = "oracleRejected"
    BAD_TRIGGER_REJECTED = "badTriggerPxRejected"
    NO_LIQUIDITY_REJECTED = "marketOrderNoLiquidityRejected"
    MAX_POSITION_REJECTED = "perpMaxPositionRejected"
    TOO_MANY_REJECTED = "tooManyOpenOrdersRejected"


class Tif(StrEnum):
    """How long an order may wait, in the venue's words."""

    GTC = "Gtc"
    IOC = "Ioc"
    ALO = "Alo"
    FRONTEND_MARKET = "FrontendMarket"
    """What the venue's own site sends for a market order: an IOC by another name."""
    LIQUIDATION_MARKET = "LiquidationMarket"
    """The venue's own, when it liquidates."""

    @property
    def may_rest(self) -> bool:
        return self is Tif.GTC or self is Tif.ALO


LIVE: Final = (Status.OPEN, Status.TRIGGERED)


class Trigger(msgspec.Struct, frozen=True):
    """Wait for the mark price to reach `px`, then trade (protocol.md 2.6)."""

    px: int
    is_market: bool
    is_take_profit: bool
    """Else it is a stop."""

    def is_above(self, *, is_buy: bool) -> bool:
        """Whether the mark must rise to it: for profits of sellers and stops of buyers."""
        return is_buy is not self.is_take_profit

    def is_reached(self, mark: int, *, is_buy: bool) -> bool:
        return mark >= self.px if self.is_above(is_buy=is_buy) else mark <= self.px


class Waiting(Enum):
    """Why an order is not in the book though it lives."""

    NOT = "not waiting"
    FOR_TRIGGER = "for trigger"
    FOR_PARENT = "for fill"


class Ticket(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What an order asks for, statically sound: legal price, legal size, listed coin."""

    listing: Listing
    is_buy: bool
    px: int
    size: int
    tif: Tif
    reduce_only: bool = False
    cloid: Cloid | None = None
    builder: BuilderShare | None = None
    priority_rate: int = 0
    """What it pays to come first, in hundred-millionths of what trades."""
    trigger: Trigger | None = None
    is_position_tpsl: bool = False
    """Of the whole position, if the size is 0 (`positionTpsl`)."""
    twap_id: int | None = None
    """Whose slice it is; slices may be worth less than other orders."""


class OrderState(msgspec.Struct, frozen=True, gc=False):
    """An order's state from `ms` on."""

    ms: int
    status: Status
    open_size: int


class VenueOrder:
    """An order in the venue's hands. Only the exchange changes it."""

    __slots__ = (
        "builder",
        "cloid",
        "family",
        "is_buy",
        "is_position_tpsl",
        "listing",
        "oid",
        "open_size",
        "owner",
        "placed_ms",
        "priority_rate",
        "px",
        "reduce_only",
        "size",
        "status",
        "status_ms",
        "tif",
        "trail",
        "trigger",
        "twap_id",
        "waiting",
    )

    def __init__(self, oid: Oid, owner: Address, ticket: Ticket, now_ms: int) -> None:
        self.oid = oid
        self.owner = owner
        self.listing = ticket.listing
        self.is_buy = ticket.is_buy
        self.px = ticket.px
        self.size = ticket.size
        self.open_size = ticket.size
        self.tif = ticket.tif
        self.reduce_only = ticket.reduce_only
        self.cloid = ticket.cloid
        self.builder = ticket.builder
        self.priority_rate = ticket.priority_rate
        self.trigger = ticket.trigger
        self.is_position_tpsl = ticket.is_position_tpsl
        self.twap_id = ticket.twap_id
        self.waiting = Waiting.NOT
        self.family: OrderFamily | None = None
        """The parent and children it was placed with."""
        self.placed_ms = now_ms
        self.status = Status.OPEN
        self.status_ms = now_ms
        self.trail: list[OrderState] = []
        """How it got here, for reads that lag behind; empty for orders nobody may ask for."""

    @property
    def filled_size(self) -> int:
        return self.size - self.open_size

    @property
    def is_live(self) -> bool:
        return self.status in LIVE

    def cut_to(self, size: int) -> None:
        """Ask for less, before anything traded."""
        assert 0 < size <= self.size == self.open_size
        self.size = self.open_size = size

    def take_size(self, size: int) -> None:
        """Take the size of a position that it is to close."""
        assert size > 0 == self.size
        self.size = self.open_size = size

    def enter(self, status: Status, now_ms: int) -> None:
        """Take a status, and note it with what is open."""
        self.status = status
        self.status_ms = now_ms
        if len(self.trail) >= TRAIL_MAX:
            del self.trail[: TRAIL_MAX // 2]
        self.trail.append(OrderState(now_ms, status, self.open_size))

    def state_at(self, ms: int) -> OrderState | None:
        """What it was at that time; None if it did not exist yet."""
        found = None
        for state in self.trail:
            if state.ms > ms:
                break
            found = state
        return found


class OrderFamily:
    """Orders that were placed as a group: a parent with its children, or children of a position.

    Children wait until their parent is filled to the last; of two, one that fills ends the other.
    """

    __slots__ = ("children", "parent")

    def __init__(self, parent: VenueOrder | None, children: list[VenueOrder]) -> None:
        self.parent = parent
        self.children = children
        for member in (parent, *children):
            if member is not None:
                member.family = self

    def replace(self, old: VenueOrder, new: VenueOrder) -> None:
        """A modify has given a member another oid."""
        old.family, new.family = None, self
        if old is self.parent:
            self.parent = new
        else:
            self.children[self.children.index(old)] = new
