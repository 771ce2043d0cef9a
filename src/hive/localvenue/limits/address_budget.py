"""How many actions an address may still send (protocol.md 4): it earns them by trading.

Cancels may go further than the rest. With the budget exhausted, one action passes every ten
seconds.
"""

from __future__ import annotations

from hive.hyperliquid.limits import VenueLimits
from hive.localvenue.units import USD, units_text


class AddressBudget:
    """One address's count of requests."""

    __slots__ = ("_limits", "_passed_ms", "refused", "reserved", "used")

    def __init__(self, limits: VenueLimits) -> None:
        self._limits = limits
        self._passed_ms: int | None = None
        self.used = 0
        self.reserved = 0
        """Bought beyond what trading earns, and not used yet."""
        self.refused = 0
        """How often it was exhausted."""

    def cap(self, volume_usd: int) -> int:
        return self._limits.requests_initial + volume_usd // USD

    def charge(self, requests: int, volume_usd: int, now_ms: int, *, is_cancel: bool) -> str | None:
        """Count an action's requests; or the venue's words for why it may not go."""
        cap = self.cap(volume_usd)
        bound = self._limits.cancel_requests_max(cap) if is_cancel else cap
        missing = min(requests, max(0, self.used + requests - bound))
        if missing > self.reserved:
            interval_ms = self._limits.exhausted_interval_ms
            if self._passed_ms is not None and now_ms - self._passed_ms < interval_ms:
                self.refused += 1
                return _too_many(self.used + requests, bound, volume_usd)
            self._passed_ms = now_ms
        else:
            self.reserved -= missing
        self.used += requests
        return None


def _too_many(used: int, cap: int, volume_usd: int) -> str:
    volume = units_text(volume_usd // (USD // 100), 2)
    return (
        f"Too many cumulative requests sent ({used} > {cap}) for cumulative volume traded "
        f"${volume}. Place taker orders to free up 1 request per USDC traded."
    )
