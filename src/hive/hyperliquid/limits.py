"""What the venue allows one IP and one address (protocol.md 4), and what requests weigh.

Sources disagree about some numbers, and the venue changes them; so all are configuration, and the
defaults are the smaller ones. The same struct tells our side what to keep and the local venue what
to enforce.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

DAY_MS: Final = 86_400_000
NONCE_MARGIN_MS: Final = 120_000


class VenueLimits(msgspec.Struct, frozen=True, kw_only=True):
    """The venue's bounds. `_per_min` is a sliding minute; whole numbers throughout."""

    # per IP
    weight_per_min: int = 1200
    connections_max: int = 10
    new_connections_per_min: int = 30
    subscriptions_max: int = 1000
    users_max: int = 10
    """Distinct users over all user subscriptions (the docs say 10, live text 15)."""
    messages_per_min: int = 2000
    """WebSocket messages sent, over all connections."""
    posts_in_flight_max: int = 100
    # per address
    requests_initial: int = 10_000
    """Actions an address has before it has traded; each USDC of volume adds one."""
    cancel_requests_extra: int = 100_000
    exhausted_interval_ms: int = 10_000
    """With the budget exhausted, one action per so long."""
    stale_expiry_charge: int = 5
    """What an action costs that arrives after its expiry."""
    unified_actions_per_day: int = 50_000
    """Of an account in unified or portfolio margin mode; the others have no such limit."""
    orders_open_initial: int = 1000
    orders_open_max: int = 5000
    volume_usd_per_open_order: int = 5_000_000
    nonces_kept: int = 20
    """The highest a signer has used; measured are 100."""
    nonce_behind_ms: int = 2 * DAY_MS - NONCE_MARGIN_MS
    nonce_ahead_ms: int = DAY_MS - NONCE_MARGIN_MS
    """How far a nonce may lie from the block's time; measured are two minutes less than the days
    that are documented."""
    batch_taken_max: int = 1_000
    """What one client takes for the most that an action may hold."""
    batch_len_max: int = 100
    """Undocumented; far below what anybody has seen refused."""
    # ours, inside the venue's
    subscriptions_held_max: int = 480
    """So many per IP that a reconnect may hold old and new ones at once without refusal."""

    def cancel_requests_max(self, requests_cap: int) -> int:
        """How far cancels may go, for an address whose other actions end at `requests_cap`."""
        return min(requests_cap + self.cancel_requests_extra, 2 * requests_cap)

    def orders_open_cap(self, volume_usd: int) -> int:
        """How many orders an address of that lifetime volume may have open."""
        earned = volume_usd // self.volume_usd_per_open_order
        return min(self.orders_open_initial + earned, self.orders_open_max)


# --- weights -----------------------------------------------------------------------------------

BATCH_PER_WEIGHT: Final = 40
INFO_WEIGHT_DEFAULT: Final = 20

_INFO_WEIGHT: Final[Mapping[str, int]] = {
    "l2Book": 2,
    "allMids": 2,
    "clearinghouseState": 2,
    "orderStatus": 2,
    "spotClearinghouseState": 2,
    "exchangeStatus": 2,
    "userRole": 60,
}
INFO_WEIGHT_MAX: Final = max(_INFO_WEIGHT.values())
"""Of the heaviest question; a start asks it of every account."""
_ROWS_PER_WEIGHT: Final[Mapping[str, int]] = {
    "candleSnapshot": 60,
    "recentTrades": 20,
    "historicalOrders": 20,
    "userFills": 20,
    "userFillsByTime": 20,
    "fundingHistory": 20,
    "userFunding": 20,
    "userNonFundingLedgerUpdates": 20,
    "twapHistory": 20,
    "userTwapSliceFills": 20,
    "userTwapSliceFillsByTime": 20,
    "delegatorHistory": 20,
    "delegatorRewards": 20,
    "validatorStats": 20,
}


def info_weight(info_type: str) -> int:
    """The IP weight of an /info request of that type, known before it is sent."""
    return _INFO_WEIGHT.get(info_type, INFO_WEIGHT_DEFAULT)


def info_rows_weight(info_type: str, rows: int) -> int:
    """The weight that an answer of so many rows adds, known only once it has come."""
    assert rows >= 0
    rows_per_weight = _ROWS_PER_WEIGHT.get(info_type)
    return 0 if rows_per_weight is None else rows // rows_per_weight


def exchange_weight(batch_len: int) -> int:
    """The IP weight of an /exchange request with that many orders or cancels in it."""
    return 1 + batch_len // BATCH_PER_WEIGHT
