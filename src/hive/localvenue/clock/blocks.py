"""The block clock: actions wait for the next block and are carried out in the venue's order.

Within a block (protocol.md 2.11): actions that send no GTC or IOC order, then cancels, then actions
that send at least one. So cancels and post-only quotes beat the takers of the same block. Within a
class the first to arrive is first. A modify is classed by its new order.
"""

from __future__ import annotations

from enum import IntEnum

import msgspec

from hive.domain.identifiers import Address
from hive.hyperliquid.actions import (
    Action,
    BatchModifyAction,
    CancelAction,
    CancelByCloidAction,
    ModifyAction,
    OrderAction,
    OrderWire,
    PriorityGrouping,
)
from hive.serving.port import Answer


class ActionClass(IntEnum):
    """When within a block an action is carried out."""

    PASSIVE = 0
    CANCEL = 1
    TAKING = 2


def class_of(action: Action) -> ActionClass:
    match action:
        case CancelAction() | CancelByCloidAction():
            return ActionClass.CANCEL
        case OrderAction(orders=orders):
            wires: tuple[OrderWire, ...] = orders
        case ModifyAction(order=order):
            wires = (order,)
        case BatchModifyAction(modifies=modifies):
            wires = tuple(modify.order for modify in modifies)
        case _:
            return ActionClass.PASSIVE
    is_passive = all(_is_passive(wire) for wire in wires)
    return ActionClass.PASSIVE if is_passive else ActionClass.TAKING


def is_taking(action: Action) -> bool:
    """Whether an action sends an order that may take."""
    return class_of(action) is ActionClass.TAKING


def _is_passive(wire: OrderWire) -> bool:
    """Post-only, or waiting for a trigger."""
    return wire.t.limit is None or wire.t.limit.tif == "Alo"


class Enveloped(msgspec.Struct, frozen=True, kw_only=True):
    """What an envelope of an account with several signers says, and who signed what is in it."""

    user: Address
    named_leader: Address
    signers: tuple[Address | None, ...]


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """A signed action on its way into a block."""

    action: Action
    signer: Address
    is_user_signed: bool
    nonce: int
    expires_after: int | None
    answer: Answer
    vault: Address | None = None
    """The sub-account or vault that is meant."""
    envelope: Enveloped | None = None
    """Of an account with several signers; the signer is then who handed it in."""


class BlockQueue:
    """What the next block will carry out."""

    def __init__(self, block_ms: int) -> None:
        assert block_ms > 0
        self._block_ms = block_ms
        self._waiting: dict[ActionClass, list[Submission]] = {each: [] for each in ActionClass}
        self._due_ms: int | None = None

    @property
    def due_ms(self) -> int | None:
        """When the block is made; None while nothing waits."""
        return self._due_ms

    def boundary_after(self, ms: int) -> int:
        """The next block's time."""
        return ms - ms % self._block_ms + self._block_ms

    def boundary_at_or_after(self, ms: int) -> int:
        return -(-ms // self._block_ms) * self._block_ms

    def submit(self, submission: Submission, now_ms: int) -> None:
        self._waiting[class_of(submission.action)].append(submission)
        if self._due_ms is None:
            self._due_ms = self.boundary_after(now_ms)

    def take(self, action_class: ActionClass) -> list[Submission]:
        """What waits in a class: who pays most for it first, then in the order of arrival."""
        taken = self._waiting[action_class]
        self._waiting[action_class] = []
        self._due_ms = None
        return sorted(taken, key=_eagerness)


def _eagerness(submission: Submission) -> int:
    match submission.action:
        case OrderAction(grouping=PriorityGrouping(p=rate)):
            return -rate
        case _:
            return 0
