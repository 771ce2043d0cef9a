"""The trader's journal against the venue's truth: what was missed, invented or left behind.

Made by a process that neither traded nor matched, after the trader has gone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

import msgspec

from hive.domain.orders import Fill, FillKey

EXAMPLES_MAX: Final = 5


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """All zero when every fill was booked once, with every number right, and nothing is left."""

    fills_compared: int
    fills_missing: int
    """The venue has them, the journal does not, or has them with other numbers."""
    fills_extra: int
    """The journal has them more often than the venue."""
    positions_differ: int
    orders_left: int
    examples: list[str]

    @property
    def is_clean(self) -> bool:
        return not (
            self.fills_missing or self.fills_extra or self.positions_differ or self.orders_left
        )


def compare(
    journaled: Sequence[Fill],
    venue_fills: Sequence[Fill],
    venue_positions: Mapping[str, Decimal],
    orders_open: int,
) -> Comparison:
    """Hold what one account's journal booked against what the venue says happened.

    `venue_positions` are signed sizes by coin; the journal's are the sums of its fills.
    """
    examples: list[str] = []
    booked: dict[FillKey, Fill] = {}
    extra = 0
    for fill in journaled:
        if fill.key in booked:
            extra += 1
            examples.append(f"booked twice: {_text(fill)}")
        booked[fill.key] = fill
    truth = {fill.key: fill for fill in venue_fills}
    missing = 0
    for key, fill in truth.items():
        ours = booked.get(key)
        if ours is None or _numbers(ours) != _numbers(fill):
            missing += 1
            examples.append(f"{'missing' if ours is None else 'other numbers'}: {_text(fill)}")
    for key, fill in booked.items():
        if key not in truth:
            extra += 1
            examples.append(f"never happened: {_text(fill)}")
    differing = _differing(journaled, venue_positions)
    examples += [f"position differs: {coin}" for coin in differing]
    return Comparison(
        fills_compared=len(truth),
        fills_missing=missing,
        fills_extra=extra,
        positions_differ=len(differing),
        orders_left=orders_open,
        examples=examples[:EXAMPLES_MAX],
    )


def _numbers(fill: Fill) -> tuple[object, ...]:
    return (fill.px, fill.size, fill.fee, fill.oid, fill.closed_pnl_usd, fill.start_position)


def _differing(fills: Sequence[Fill], venue_positions: Mapping[str, Decimal]) -> list[str]:
    sums: dict[str, Decimal] = {}
    for fill in fills:
        sums[fill.coin] = sums.get(fill.coin, Decimal(0)) + fill.signed_size
    coins = sorted(set(sums) | set(venue_positions))
    return [c for c in coins if sums.get(c, Decimal(0)) != venue_positions.get(c, Decimal(0))]


def _text(fill: Fill) -> str:
    return (
        f"{fill.side.name.lower()} {fill.size} {fill.coin} at {fill.px}, "
        f"oid {fill.oid}, tid {fill.trade_id}, {fill.venue_ms} ms"
    )
