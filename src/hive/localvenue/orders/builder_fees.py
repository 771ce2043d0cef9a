"""Fees on top of a trade, for whoever built the client that ordered it (protocol.md 2.6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

from hive.domain.identifiers import Address
from hive.hyperliquid.actions import BuilderWire
from hive.localvenue.orders.builder_approvals import TENTHS_MAX

PERP_TENTHS_MAX: Final = 100
"""Ten basis points; on spot it is one per cent, and only sellers pay."""

TENTHS_PER_WHOLE: Final = 100_000

NOT_APPROVED: Final = "Builder fee has not been approved."

ApprovedTenths = Callable[[Address, Address], int]
"""The most that an account lets a builder take, in tenths of a basis point."""


class BuilderShare(NamedTuple):
    """What of an order's trades goes to whom."""

    builder: Address
    tenths: int

    def of(self, amount: int) -> int:
        """The fee on an amount, in the amount's own units."""
        return amount * self.tenths // TENTHS_PER_WHOLE


class BuilderPurse(Protocol):
    """Who keeps what builders have earned until they claim it."""

    def reward(self, builder: Address, usd: int) -> None: ...


def share_of(
    wire: BuilderWire, user: Address, approved: ApprovedTenths, *, is_spot: bool
) -> BuilderShare | str:
    """What an order with that field owes; or the venue's words for why it may not."""
    builder = Address(wire.b.lower())
    tenths_max = TENTHS_MAX if is_spot else PERP_TENTHS_MAX
    if wire.f > min(tenths_max, approved(user, builder)):
        return NOT_APPROVED
    return BuilderShare(builder, wire.f)
