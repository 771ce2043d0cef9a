"""What a modify may do: where sources differ about it, a choice (protocol.md 2.7, 5.1).

The documents let a modify without `a` only place what rests. Clients that do not send `a` have seen
their modifies fill, so that is not the default.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec
from msgspec.structs import replace

from hive.hyperliquid.actions import (
    Action,
    BatchModifyAction,
    LimitTerms,
    ModifyAction,
    OrderTerms,
    OrderWire,
)
from hive.localvenue.validation.order_rules import StaticFault

MUST_REST: Final = "Modify without always place must be a GTC or ALO order."
"""Ours: the venue's own words are not known."""

_ALO: Final = OrderTerms(limit=LimitTerms("Alo"))


LosesOpen = Callable[[], bool]
"""Whether this once the new order is not told of as open."""


class ModifyRules(msgspec.Struct, frozen=True, kw_only=True):
    """How modifies are carried out and told."""

    must_rest: bool = False
    """Without `a`, a new order that is a trigger or only takes is refused, and a GTC one is placed
    as ALO, so that it cannot trade at once."""
    is_open_told: bool = True
    """Whether the new order is told of as open; its `open` has been seen missing."""


def as_classed(action: Action, rules: ModifyRules) -> Action:
    """The action as its block takes it: with `must_rest`, GTC orders of modifies become ALO."""
    match action:
        case ModifyAction(order=order, a=False) if rules.must_rest:
            return replace(action, order=_resting(order))
        case BatchModifyAction(modifies=modifies, a=False) if rules.must_rest:
            wires = tuple(replace(wire, order=_resting(wire.order)) for wire in modifies)
            return replace(action, modifies=wires)
        case _:
            return action


def fault(wire: OrderWire, rules: ModifyRules, *, is_forced: bool) -> StaticFault | None:
    """Why an order may not take another's place; `is_forced` is the action's `a`."""
    if is_forced or not rules.must_rest:
        return None
    may_rest = wire.t.limit is not None and wire.t.limit.tif in ("Gtc", "Alo")
    return None if may_rest else StaticFault(MUST_REST)


def _resting(order: OrderWire) -> OrderWire:
    is_gtc = order.t.limit is not None and order.t.limit.tif == "Gtc"
    return replace(order, t=_ALO) if is_gtc else order


def none_lost() -> bool:
    """No word of an open replacement is lost."""
    return False
