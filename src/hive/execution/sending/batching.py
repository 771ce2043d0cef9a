"""From orders, replaces and cancels to as few signed actions as the venue's rules allow.

An action holds one kind of instruction, and of that what shares the fields that the action has for
all of them (`BatchKey`). Of orders and replaces it holds one class: the venue executes a block's
cancels and post-only actions before those with any other order in them (protocol.md 2.11), so a
post-only order sent along with a taker would lose its rank. Within a class the order of asking is
kept.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

import msgspec

from hive.domain.identifiers import Cloid, Oid
from hive.domain.instruments import Instrument
from hive.domain.market import Side
from hive.domain.order_options import BuilderFee, OrderOptions
from hive.domain.orders import OrderIntent, ReplaceIntent, with_trigger
from hive.domain.twaps import TwapIntent
from hive.execution.orders.legs import Replacement
from hive.execution.orders.order_life import OrderLife
from hive.execution.orders.triggered import is_waiting
from hive.hyperliquid.actions import (
    BatchModifyAction,
    BuilderWire,
    CancelAction,
    CancelByCloidAction,
    CancelByCloidWire,
    CancelWire,
    Grouping,
    ModifyWire,
    OrderAction,
    OrderWire,
    ScheduleCancelAction,
    TwapCancelAction,
    TwapOrderAction,
    TwapWire,
    UpdateLeverageAction,
    limit_order,
    order_wire,
)
from hive.hyperliquid.l1_action import L1Action
from hive.hyperliquid.number_text import wire_text
from hive.storage.records import (
    CancelsSentRecord,
    OrdersSentRecord,
    ReplacesSentRecord,
    SettingSentRecord,
    TwapSentRecord,
)


class BatchKind(Enum):
    """What an action does."""

    ORDERS = "orders"
    REPLACES = "replaces"
    CANCELS = "cancels"
    OID_CANCELS = "cancels by oid"
    SETTING = "setting"
    TWAP = "twap"
    TWAP_CANCEL = "cancel of a twap"


ORDERS: Final = BatchKind.ORDERS
REPLACES: Final = BatchKind.REPLACES
_CANCELS: Final = (BatchKind.CANCELS, BatchKind.OID_CANCELS, BatchKind.TWAP_CANCEL)
_EXPIRING: Final = (ORDERS, REPLACES, BatchKind.TWAP)
_LONE: Final = (BatchKind.SETTING, BatchKind.TWAP, BatchKind.TWAP_CANCEL)
LoneAction = UpdateLeverageAction | ScheduleCancelAction | TwapOrderAction | TwapCancelAction


class BatchKey(msgspec.Struct, frozen=True):
    """What the orders of one action have in common because the action says it once."""

    grouping: Grouping = "na"
    builder: BuilderFee | None = None
    good_for_ms: int | None = None
    unit: Cloid | None = None
    """The first of the orders that go together, and with no others."""


PLAIN: Final = BatchKey()


def key_of(options: OrderOptions) -> BatchKey:
    """With which other orders an order with options may travel."""
    unit = options.unit
    key = BatchKey(
        "normalTpsl" if unit is not None and unit.is_family else "na",
        options.builder,
        options.good_for_ms,
        None if unit is None else unit.first,
    )
    return PLAIN if key == PLAIN else key


def replace_key_of(options: OrderOptions | None) -> BatchKey:
    """With which other replaces that of an order may travel.

    An expiry is any action's own. A builder and a grouping the venue's modify has no field for
    (protocol.md 2.4).
    """
    if options is None or options.good_for_ms is None:
        return PLAIN
    return BatchKey(good_for_ms=options.good_for_ms)


class Instruction(msgspec.Struct, frozen=True):
    """One element of an action, and what the journal keeps of it.

    `cloid` names the order it is about; None for what is about none of ours.
    """

    cloid: Cloid | None
    wire: OrderWire | ModifyWire | CancelByCloidWire | CancelWire | LoneAction
    intent: OrderIntent | ReplaceIntent | TwapIntent | None = None
    replacement: Replacement | None = None
    """The replace that this carries out: an answer may come when another is in flight."""
    key: BatchKey = PLAIN


class Batch(msgspec.Struct, frozen=True):
    """Instructions that travel in one signed action; all have the same key."""

    kind: BatchKind
    instructions: tuple[Instruction, ...]

    def __len__(self) -> int:
        return len(self.instructions)

    @property
    def is_cancel(self) -> bool:
        return self.kind in _CANCELS

    @property
    def is_lone(self) -> bool:
        """An action that is about no order, by itself."""
        return self.kind in _LONE

    @property
    def cloids(self) -> tuple[Cloid, ...]:
        """The orders it is about."""
        return tuple([i.cloid for i in self.instructions if i.cloid is not None])

    @property
    def expires(self) -> bool:
        """Whether it must not be carried out late: what opens risk, not what closes it."""
        return self.kind in _EXPIRING

    @property
    def key(self) -> BatchKey:
        return self.instructions[0].key

    def action(self) -> L1Action:
        """The action as it is signed."""
        kind, wires = self.kind, tuple([instruction.wire for instruction in self.instructions])
        if kind is ORDERS:
            key = self.key
            builder = None if key.builder is None else _builder_wire(key.builder)
            return OrderAction(wires, key.grouping, builder)  # type: ignore[arg-type]  # the kind says which
        match kind:
            case BatchKind.REPLACES:
                return BatchModifyAction(wires)  # type: ignore[arg-type]  # the kind says which
            case BatchKind.CANCELS:
                return CancelByCloidAction(wires)  # type: ignore[arg-type]  # the kind says which
            case BatchKind.OID_CANCELS:
                return CancelAction(wires)  # type: ignore[arg-type]  # the kind says which
            case _:
                return wires[0]  # type: ignore[return-value]  # the kind says which

    def record(self, nonce: int, sent_ms: int, expires_ms: int) -> msgspec.Struct:
        """What the journal must hold before the bytes leave."""
        kind, intents = self.kind, tuple([instruction.intent for instruction in self.instructions])
        if kind is ORDERS:
            return OrdersSentRecord(nonce, sent_ms, expires_ms, intents)  # type: ignore[arg-type]  # the kind says which
        match kind:
            case BatchKind.REPLACES:
                return ReplacesSentRecord(nonce, sent_ms, expires_ms, intents)  # type: ignore[arg-type]  # the kind says which
            case BatchKind.CANCELS:
                return CancelsSentRecord(nonce, sent_ms, cloids=self.cloids)
            case BatchKind.OID_CANCELS:
                oids = tuple([Oid(i.wire.o) for i in self.instructions])  # type: ignore[union-attr]  # the kind says which
                return CancelsSentRecord(nonce, sent_ms, oids=oids)
            case BatchKind.TWAP:
                return TwapSentRecord(nonce, sent_ms, expires_ms, intents[0])  # type: ignore[arg-type]  # the kind says which
            case BatchKind.SETTING | BatchKind.TWAP_CANCEL:
                return SettingSentRecord(nonce, sent_ms, repr(self.instructions[0].wire))

    def cut(self, count: int) -> tuple[Batch, Batch | None]:
        """The first `count` of it, and what is left."""
        if count >= len(self.instructions):
            return self, None
        first, rest = self.instructions[:count], self.instructions[count:]
        return Batch(self.kind, first), Batch(self.kind, rest)

    def halves(self) -> tuple[Batch, Batch]:
        """Two batches with half of the instructions each, in order."""
        middle = len(self.instructions) // 2
        assert middle > 0
        return (
            Batch(self.kind, self.instructions[:middle]),
            Batch(self.kind, self.instructions[middle:]),
        )


def order_instruction(life: OrderLife, instrument: Instrument, *, reduce_only: bool) -> Instruction:
    """Place the order. `reduce_only` is what the venue is to enforce."""
    intent = life.intent
    if intent.size is not life.size or intent.limit_px is not life.limit_px:
        intent = msgspec.structs.replace(intent, size=life.size, limit_px=life.limit_px)
    if life.trigger is not None:
        intent = with_trigger(intent, life.trigger)
    wire = order_wire(instrument, intent, reduce_only=reduce_only)
    key = PLAIN if intent.options is None else key_of(intent.options)
    return Instruction(life.cloid, wire, intent, key=key)


def replace_instruction(
    life: OrderLife, instrument: Instrument, *, reduce_only: bool
) -> Instruction:
    """Carry out the replace in flight. By cloid, so it finds whichever leg there is."""
    replacement = life.replacement
    assert replacement is not None
    trigger = replacement.trigger
    if life.trigger is not None and is_waiting(life):
        trigger = trigger or life.trigger
    wire = limit_order(
        instrument,
        side=life.intent.side,
        size=replacement.sent_size,
        limit_px=replacement.limit_px,
        tif=life.intent.tif,
        reduce_only=reduce_only,
        cloid=life.cloid,
        trigger=trigger,
    )
    intent = ReplaceIntent(
        strategy=life.strategy,
        cloid=life.cloid,
        size=replacement.size,
        limit_px=replacement.limit_px,
        trigger=replacement.trigger,
    )
    key = replace_key_of(life.intent.options)
    return Instruction(life.cloid, ModifyWire(life.cloid, wire), intent, replacement, key)


def cancel_instruction(life: OrderLife, instrument: Instrument) -> Instruction:
    return Instruction(life.cloid, CancelByCloidWire(instrument.asset_id, life.cloid))


def oid_cancel_instruction(oid: Oid, instrument: Instrument) -> Instruction:
    return Instruction(None, CancelWire(instrument.asset_id, oid))


def twap_batch(intent: TwapIntent, instrument: Instrument, *, reduce_only: bool) -> Batch:
    """`reduce_only` is what the venue is to enforce."""
    wire = TwapWire(
        instrument.asset_id,
        intent.side is Side.BUY,
        wire_text(intent.size),
        reduce_only,
        intent.minutes,
        intent.is_randomized,
    )
    return Batch(BatchKind.TWAP, (Instruction(intent.cloid, TwapOrderAction(wire), intent),))


def twap_cancel_batch(cloid: Cloid, twap_id: int, instrument: Instrument) -> Batch:
    action = TwapCancelAction(instrument.asset_id, twap_id)
    return Batch(BatchKind.TWAP_CANCEL, (Instruction(cloid, action),))


def leverage_batch(instrument: Instrument, leverage: int, *, is_cross: bool) -> Batch:
    action = UpdateLeverageAction(instrument.asset_id, is_cross, leverage)
    return Batch(BatchKind.SETTING, (Instruction(None, action),))


def schedule_batch(venue_ms: int | None) -> Batch:
    """Have the venue cancel everything at that time; None takes it back."""
    return Batch(BatchKind.SETTING, (Instruction(None, ScheduleCancelAction(venue_ms)),))


def _builder_wire(fee: BuilderFee) -> BuilderWire:
    return BuilderWire(fee.address, fee.tenths_bps)
