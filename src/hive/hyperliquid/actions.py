"""Every signed instruction Hive gives or takes, as the venue spells it (protocol.md 2.3, 2.4).

The signature of an L1 action covers its msgpack, so the *order of the keys* is part of what is
signed: the fields below stand in the venue's canonical order and optional keys are left out when
unset (an explicit `false` or `null` would hash differently). The same struct encodes to the JSON of
the request, so what is sent and what was signed cannot differ.

Text of prices and sizes must be canonical (`number_text.wire_text`); `order_wire` sees to it, and
`actions_parse` restores it for requests that come in. What concerns accounts and money is in
`account_actions`; what the account's own key must sign by name, in `user_actions`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, Literal

import msgspec

from hive.domain.identifiers import Cloid
from hive.domain.instruments import Instrument
from hive.domain.market import BUY, Side
from hive.domain.order_options import Trigger
from hive.domain.orders import OrderIntent, TimeInForce
from hive.hyperliquid import limits
from hive.hyperliquid.account_actions import AccountAction
from hive.hyperliquid.l1_action import L1Action
from hive.hyperliquid.number_text import Unsigned, wire_text
from hive.hyperliquid.user_actions import UserAction, UserSignedAction

Grouping = Literal["na", "normalTpsl", "positionTpsl"]

# --- parts of orders ---------------------------------------------------------------------------


class LimitTerms(msgspec.Struct, frozen=True):
    """How long a limit order may wait. `FrontendMarket` is admitted by the venue, undocumented."""

    tif: Literal["Gtc", "Ioc", "Alo", "FrontendMarket"]


class TriggerTerms(msgspec.Struct, frozen=True, rename="camel"):
    """Wait for the mark price to reach `trigger_px`, then trade."""

    is_market: bool
    trigger_px: str
    tpsl: Literal["tp", "sl"]


class OrderTerms(msgspec.Struct, frozen=True, omit_defaults=True):
    """The order's type: exactly one of the two is set."""

    limit: LimitTerms | None = None
    trigger: TriggerTerms | None = None


class OrderWire(msgspec.Struct, frozen=True, omit_defaults=True):
    """One order: asset id, is buy, limit price, size, reduce-only, terms, cloid.

    Not closed to unknown fields: the venue tolerates extras inside an order, and only there.
    """

    a: Unsigned
    b: bool
    p: str
    s: str
    r: bool
    t: OrderTerms
    c: str | None = None


class BuilderWire(msgspec.Struct, frozen=True):
    """Who gets a fee on top: lower-case address, tenths of a basis point."""

    b: str
    f: Unsigned


class PriorityGrouping(msgspec.Struct, frozen=True):
    """A priority rate of p/1e8, for batches that are all IOC or all post-only."""

    p: Unsigned


class CancelWire(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Cancel by asset id and oid."""

    a: Unsigned
    o: Unsigned


class CancelByCloidWire(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Cancel by asset id and cloid."""

    asset: Unsigned
    cloid: str


class ModifyWire(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Replace the order with this oid or cloid. The order's size is the new whole, not the rest."""

    oid: Unsigned | str
    order: OrderWire


class TwapWire(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Asset id, is buy, size, reduce-only, minutes (5 to 1440), randomise."""

    a: Unsigned
    b: bool
    s: str
    r: bool
    m: Unsigned
    t: bool


# --- L1 actions: signed over their msgpack, by an agent or the account itself ------------------


class OrderAction(L1Action, frozen=True, tag="order"):
    orders: tuple[OrderWire, ...]
    grouping: Grouping | PriorityGrouping
    builder: BuilderWire | None = None


class CancelAction(L1Action, frozen=True, tag="cancel"):
    cancels: tuple[CancelWire, ...]
    f: bool = False
    """Fast cancel; refused if it names trigger orders."""


class CancelByCloidAction(L1Action, frozen=True, tag="cancelByCloid"):
    cancels: tuple[CancelByCloidWire, ...]
    f: bool = False


class ModifyAction(L1Action, frozen=True, tag="modify"):
    """Replace one order. The answer does not tell the new oid; `orderUpdates` does."""

    oid: Unsigned | str
    order: OrderWire
    a: bool = False
    """Place the new order even if the cancel failed (undocumented until lately)."""


class BatchModifyAction(L1Action, frozen=True, tag="batchModify"):
    modifies: tuple[ModifyWire, ...]
    a: bool = False


class ScheduleCancelAction(L1Action, frozen=True, tag="scheduleCancel"):
    """The dead man's switch: cancel all at `time` (ms); without it, clear the schedule."""

    time: Unsigned | None = None


class UpdateLeverageAction(L1Action, frozen=True, tag="updateLeverage"):
    asset: Unsigned
    is_cross: bool
    leverage: Unsigned


class UpdateIsolatedMarginAction(L1Action, frozen=True, tag="updateIsolatedMargin"):
    """Move margin in or out of an isolated position: `ntli` is signed, in millionths of a USD."""

    asset: Unsigned
    is_buy: bool
    ntli: int


class TopUpIsolatedOnlyMarginAction(L1Action, frozen=True, tag="topUpIsolatedOnlyMargin"):
    asset: Unsigned
    leverage: str


class TwapOrderAction(L1Action, frozen=True, tag="twapOrder"):
    twap: TwapWire


class TwapCancelAction(L1Action, frozen=True, tag="twapCancel"):
    """`a` is the asset id, `t` the twap id."""

    a: Unsigned
    t: Unsigned


class NoopAction(L1Action, frozen=True, tag="noop"):
    """Uses up a nonce and does nothing else: how a nonce in doubt is made harmless."""


class ReserveRequestWeightAction(L1Action, frozen=True, tag="reserveRequestWeight"):
    """Buy address budget at 0.0005 USDC a request."""

    weight: Unsigned
    destination: str | None = None


Action = (
    OrderAction
    | CancelAction
    | CancelByCloidAction
    | ModifyAction
    | BatchModifyAction
    | ScheduleCancelAction
    | UpdateLeverageAction
    | UpdateIsolatedMarginAction
    | TopUpIsolatedOnlyMarginAction
    | TwapOrderAction
    | TwapCancelAction
    | NoopAction
    | ReserveRequestWeightAction
    | AccountAction
    | UserSignedAction
)
"""Everything that may stand in an /exchange request, to Hive's knowledge."""

# --- making and measuring them -----------------------------------------------------------------

_TERMS_BY_TIF: Final = {tif: OrderTerms(limit=LimitTerms(tif.value)) for tif in TimeInForce}


def limit_order(
    instrument: Instrument,
    *,
    side: Side,
    size: Decimal,
    limit_px: Decimal,
    tif: TimeInForce,
    reduce_only: bool = False,
    cloid: Cloid | None = None,
    trigger: Trigger | None = None,
) -> OrderWire:
    """A limit order as it is signed, or one that waits for a price. `size` in coins, prices in USD.

    Raises:
        IllegalOrder: a number that has no wire text; ticks and lots are the instrument's to check.
    """
    return OrderWire(
        instrument.asset_id,
        side is BUY,
        wire_text(limit_px),
        wire_text(size),
        reduce_only,
        _TERMS_BY_TIF[tif] if trigger is None else _waiting_for(trigger),
        cloid,
    )


def trigger_terms(trigger_px: Decimal, *, is_market: bool, tpsl: Literal["tp", "sl"]) -> OrderTerms:
    """The type of an order that waits for the mark price to reach `trigger_px` (USD).

    Raises:
        IllegalOrder: the price has no wire text.
    """
    return OrderTerms(trigger=TriggerTerms(is_market, wire_text(trigger_px), tpsl))


def _waiting_for(trigger: Trigger) -> OrderTerms:
    return trigger_terms(trigger.px, is_market=trigger.is_market, tpsl=trigger.kind.value)


def order_wire(instrument: Instrument, intent: OrderIntent, *, reduce_only: bool) -> OrderWire:
    """What a strategy's intent becomes on the wire; `reduce_only` is what the venue is to enforce.

    Raises:
        IllegalOrder: a number that has no wire text.
    """
    trigger = None if intent.options is None else intent.options.trigger
    return OrderWire(
        instrument.asset_id,
        intent.side is BUY,
        wire_text(intent.limit_px),
        wire_text(intent.size),
        reduce_only,
        _TERMS_BY_TIF[intent.tif] if trigger is None else _waiting_for(trigger),
        intent.cloid,
    )


def request_count(action: L1Action | UserAction) -> int:
    """How many requests of the address budget the action costs: a batch of n counts n."""
    match action:
        case OrderAction(orders=batch):
            return max(1, len(batch))
        case CancelAction(cancels=cancels):
            return max(1, len(cancels))
        case CancelByCloidAction(cancels=by_cloid):
            return max(1, len(by_cloid))
        case BatchModifyAction(modifies=modifies):
            return max(1, len(modifies))
        case _:
            return 1


def exchange_weight(action: L1Action | UserAction) -> int:
    """What sending the action by HTTP costs of the IP's weight per minute."""
    return limits.exchange_weight(request_count(action))
