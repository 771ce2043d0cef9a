"""Orders: what a strategy wants, the order's life, what happened to it.

One order keeps its cloid through any number of replaces; each replace gives it a new *leg* with a
new oid at the venue. Its life:

    PENDING ──accepted──▶ RESTING ──filled / canceled──▶ DONE
       │  ╲─rejected / not sent──────────────────────▶ DONE
       ╰──no answer──▶ UNCONFIRMED ──evidence──▶ RESTING or DONE

Whether a cancel or a replace is under way is a mark beside the phase, not a phase: both may be true
and neither changes what the venue holds.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum, StrEnum
from typing import Final, NamedTuple

import msgspec

from hive.domain.errors import IllegalMove
from hive.domain.identifiers import Address, Cloid, Oid, StrategyId, TradeId
from hive.domain.market import Side
from hive.domain.order_options import OrderOptions, Trigger


class TimeInForce(StrEnum):
    """How long an order may wait, in the venue's words."""

    GTC = "Gtc"
    IOC = "Ioc"
    ALO = "Alo"
    """Post-only: refused if it would take."""


# --- intents: what a strategy wants, before any check ------------------------------------------


class OrderDraft(msgspec.Struct, frozen=True, kw_only=True):
    """An order as its strategy wrote it down, to be placed together with others."""

    coin: str
    side: Side
    size: Decimal
    limit_px: Decimal
    tif: TimeInForce = TimeInForce.GTC
    reduce_only: bool = False
    options: OrderOptions | None = None


class OrderIntent(msgspec.Struct, frozen=True, kw_only=True):
    """Place this order. `size` in coins, `limit_px` in USD, both exact."""

    strategy: StrategyId
    cloid: Cloid
    coin: str
    side: Side
    size: Decimal
    limit_px: Decimal
    tif: TimeInForce
    reduce_only: bool = False
    options: OrderOptions | None = None

    @property
    def protects(self) -> bool:
        """It waits for a price to reduce a position: it rests for as long as the position may."""
        options = self.options
        return self.reduce_only and options is not None and options.trigger is not None


def with_trigger(intent: OrderIntent, trigger: Trigger) -> OrderIntent:
    """The order, waiting for another price."""
    options = intent.options or OrderOptions()
    if options.trigger == trigger:
        return intent
    options = msgspec.structs.replace(options, trigger=trigger)
    return msgspec.structs.replace(intent, options=options)


class ReplaceIntent(msgspec.Struct, frozen=True, kw_only=True):
    """Give the order `cloid` this price and this *total* size (what was filled included)."""

    strategy: StrategyId
    cloid: Cloid
    size: Decimal
    limit_px: Decimal
    trigger: Trigger | None = None
    """What an order that waits for a price is to wait for from now on."""


class CancelIntent(msgspec.Struct, frozen=True, kw_only=True):
    """Take the order `cloid` out of the book."""

    strategy: StrategyId
    cloid: Cloid


Intent = OrderIntent | ReplaceIntent | CancelIntent

# --- the life cycle ----------------------------------------------------------------------------


class OrderPhase(StrEnum):
    """Where in its life an order is."""

    PENDING = "pending"
    UNCONFIRMED = "unconfirmed"
    """Sent and unanswered: it may be resting. Only the venue's evidence ends this."""
    RESTING = "resting"
    DONE = "done"


DONE: Final = OrderPhase.DONE
"""A name is read faster than a member, and this is asked of every order."""


class OrderCause(StrEnum):
    """What can move an order."""

    ACCEPTED = "accepted"
    UNANSWERED = "unanswered"
    NOT_SENT = "not sent"
    """It was allowed, and could not leave in time; `reason` starts with what was short."""
    REJECTED = "rejected"
    FILLED = "filled"
    """Filled to its whole size."""
    CANCELED = "canceled"
    NEVER_ARRIVED = "never arrived"
    """The venue does not know it and can no longer accept it."""


ORDER_MOVES: Final[dict[tuple[OrderPhase, OrderCause], OrderPhase]] = {
    (OrderPhase.PENDING, OrderCause.ACCEPTED): OrderPhase.RESTING,
    (OrderPhase.PENDING, OrderCause.UNANSWERED): OrderPhase.UNCONFIRMED,
    (OrderPhase.PENDING, OrderCause.NOT_SENT): OrderPhase.DONE,
    (OrderPhase.PENDING, OrderCause.REJECTED): OrderPhase.DONE,
    (OrderPhase.PENDING, OrderCause.FILLED): OrderPhase.DONE,  # a fill may outrun the answer
    (OrderPhase.PENDING, OrderCause.CANCELED): OrderPhase.DONE,
    (OrderPhase.UNCONFIRMED, OrderCause.ACCEPTED): OrderPhase.RESTING,
    (OrderPhase.UNCONFIRMED, OrderCause.REJECTED): OrderPhase.DONE,
    (OrderPhase.UNCONFIRMED, OrderCause.FILLED): OrderPhase.DONE,
    (OrderPhase.UNCONFIRMED, OrderCause.CANCELED): OrderPhase.DONE,
    (OrderPhase.UNCONFIRMED, OrderCause.NEVER_ARRIVED): OrderPhase.DONE,
    (OrderPhase.RESTING, OrderCause.FILLED): OrderPhase.DONE,
    (OrderPhase.RESTING, OrderCause.CANCELED): OrderPhase.DONE,
}


def moved(phase: OrderPhase, cause: OrderCause) -> OrderPhase:
    """The phase after `cause`.

    Raises:
        IllegalMove: this life does not allow it; ask the venue, never guess.
    """
    try:
        return ORDER_MOVES[phase, cause]
    except KeyError:
        raise IllegalMove(f"an order that is {phase.value} cannot be {cause.value}") from None


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An intent the desk has taken up, as it stood when this view was made."""

    cloid: Cloid
    strategy: StrategyId
    coin: str
    side: Side
    size: Decimal
    """Total wanted, fills included."""
    limit_px: Decimal
    tif: TimeInForce
    reduce_only: bool
    phase: OrderPhase
    oid: Oid | None
    filled_size: Decimal
    cancel_pending: bool
    replace_pending: bool
    trigger: Trigger | None = None
    """What it waits for, or did."""
    is_triggered: bool = False
    """The mark has reached its trigger: it is like other orders now."""
    parent: Cloid | None = None
    """The entry that it protects."""

    @property
    def is_live(self) -> bool:
        """It rests at the venue, or may."""
        return self.phase is not DONE

    @property
    def open_size(self) -> Decimal:
        """What may still fill, in coins."""
        return self.size - self.filled_size if self.is_live else Decimal(0)


# --- outcomes of one instruction ---------------------------------------------------------------


class Accepted(msgspec.Struct, frozen=True):
    """The venue took it. `oid` of the leg where the answer named one."""

    oid: Oid | None
    filled_size: Decimal
    """As the answer said; the fills themselves are what is booked."""


class Rejected(msgspec.Struct, frozen=True):
    """The venue said no, in its own words."""

    reason: str


class NotSentOutcome(msgspec.Struct, frozen=True):
    """Proof that it never left this process."""

    reason: str


class Unconfirmed(msgspec.Struct, frozen=True):
    """Sent, no answer: it may be resting. Ask the venue, never resend."""

    reason: str


Outcome = Accepted | Rejected | NotSentOutcome | Unconfirmed

# --- what the venue reports of one leg ---------------------------------------------------------


class ReportKind(Enum):
    """The venue's status words, folded to what they mean for an order's life."""

    OPEN = "open"
    FILLED = "filled"
    """All of the leg was filled; the fills themselves may come later."""
    TRIGGERED = "triggered"
    CANCELED = "canceled"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    """A word we have not met: count it and ask the venue, never guess."""


class OrderReport(msgspec.Struct, frozen=True, kw_only=True):
    """One status of one leg, from a stream, an answer or a query."""

    coin: str
    side: Side
    limit_px: Decimal
    open_size: Decimal
    """Still to fill on this leg."""
    original_size: Decimal
    oid: Oid
    cloid: Cloid | None
    kind: ReportKind
    status: str
    """The venue's own word."""
    status_ms: int
    reduce_only: bool
    trigger: Trigger | None = None
    """Where the source tells: lists and queries do, the stream does not."""


# --- fills -------------------------------------------------------------------------------------


class FillKey(NamedTuple):
    """What makes a fill that fill (faults.md I1). Never the oid, the hash or the trade id alone."""

    account: Address
    coin: str
    venue_ms: int
    trade_id: TradeId
    side: Side


class Fill(msgspec.Struct, frozen=True, kw_only=True):
    """An execution of an account's order, exact."""

    account: Address
    coin: str
    side: Side
    px: Decimal
    size: Decimal
    venue_ms: int
    trade_id: TradeId
    oid: Oid
    cloid: Cloid | None
    start_position: Decimal
    """Signed, before this fill."""
    direction: str
    """The venue's word: "Open Long", "Close Short", "Long > Short", …; an open set."""
    closed_pnl_usd: Decimal
    fee: Decimal
    """Negative for a rebate."""
    fee_token: str
    is_taker: bool
    twap_id: int | None = None
    liquidated_user: Address | None = None

    @property
    def key(self) -> FillKey:
        return FillKey(self.account, self.coin, self.venue_ms, self.trade_id, self.side)

    @property
    def signed_size(self) -> Decimal:
        return self.size if self.side is Side.BUY else -self.size


# --- what a strategy is told -------------------------------------------------------------------


class OrderNews(StrEnum):
    """What happened to an order."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    """By us, before sending; `reason` starts with the rule or limit."""
    NOT_SENT = "not sent"
    """It was allowed, and could not leave in time, or the venue had no room for it; `reason` starts
    with what was short.
    """
    REJECTED = "rejected"
    """By the venue."""
    UNCONFIRMED = "unconfirmed"
    """Sent, and not answered: it may rest. Evidence ends it, never the silence."""
    FILLED = "filled"
    """Part or whole: see `order.filled_size`."""
    TRIGGERED = "triggered"
    """The mark reached its trigger; from now on it is like other orders."""
    REPLACED = "replaced"
    REPLACE_REJECTED = "replace rejected"
    CANCELED = "canceled"
    CANCEL_REJECTED = "cancel rejected"
    """There was nothing to cancel; what became of the order follows."""
    NEVER_ARRIVED = "never arrived"
    """It was unconfirmed, and is at no place where it could still fill."""


class OrderEvent(msgspec.Struct, frozen=True, kw_only=True):
    """News of one of a strategy's orders; `order` is how it stands after it."""

    news: OrderNews
    order: Order
    reason: str = ""
    retry_after_ms: int | None = None
    """With what was not sent for want of room: when asking again is worth while."""
