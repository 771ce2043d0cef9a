"""Who may take a fee on top of whose orders, and at most how much (protocol.md 2.3, 2.6)."""

from __future__ import annotations

import re
from typing import Final

from hive.domain.identifiers import Address
from hive.localvenue.units import parse_units

PERCENT_DECIMALS: Final = 3
"""A fee is counted in tenths of a basis point, which are thousandths of a per cent."""

TENTHS_MAX: Final = 1_000
"""One per cent, which is the most on spot; on perps an order may ask for a tenth of that."""

BUILDER_TOO_POOR: Final = "Builder has insufficient balance to be approved."
TOO_HIGH: Final = "Builder fee is too high."
TOO_MANY: Final = "Too many approved builders."
"""These two are in our words: what the venue says is not known."""

_PERCENT: Final = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,8})?)%")


def tenths_of(rate: str) -> int | None:
    """The tenths of a basis point of a rate such as "0.01%"; None if it is no such rate."""
    match = _PERCENT.fullmatch(rate)
    if match is None:
        return None
    number = match[1].rstrip("0").rstrip(".") if "." in match[1] else match[1]
    return parse_units(number, PERCENT_DECIMALS)


class BuilderApprovals:
    """What each account has approved."""

    def __init__(self, builders_max: int) -> None:
        self._builders_max = builders_max
        self._tenths_by_builder: dict[Address, dict[Address, int]] = {}

    def tenths(self, user: Address, builder: Address) -> int:
        """The most that the builder may take, in tenths of a basis point; 0 if nothing."""
        return self._tenths_by_builder.get(user, {}).get(builder, 0)

    def builders(self, user: Address) -> list[Address]:
        return list(self._tenths_by_builder.get(user, ()))

    def approve(self, user: Address, builder: Address, tenths: int) -> str | None:
        """Let the builder take up to that; nothing at 0. Or the words for why not."""
        approved = self._tenths_by_builder.setdefault(user, {})
        if tenths == 0:
            approved.pop(builder, None)
            return None
        if tenths > TENTHS_MAX:
            return TOO_HIGH
        if builder not in approved and len(approved) >= self._builders_max:
            return TOO_MANY
        approved[builder] = tenths
        return None
