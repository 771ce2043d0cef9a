"""How an account under maintenance is liquidated. Defaults are the real venue's (venue.md 3.3)."""

from __future__ import annotations

from typing import Literal

import msgspec

from hive.localvenue.units import USD


class LiquidationRules(msgspec.Struct, frozen=True, kw_only=True):
    partial_above_usd: int = 100_000 * USD
    """Of a larger position only a part is sent to the book at first; 10,000 on the real testnet."""
    parts: int = 5
    """That part: one of so many."""
    cooldown_ms: int = 30_000
    """For so long after a part, the owner's positions are sent whole."""
    debt: Literal["counterparties", "vault"] = "counterparties"
    """Who answers for a negative account: its best placed counterparties, whose positions are
    closed (auto-deleveraging), or the liquidator vault, which then has endless credit."""
