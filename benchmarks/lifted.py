"""The venue's limits, lifted: what is measured is how fast, not how patient."""

from __future__ import annotations

from typing import Final

from hive.hyperliquid.limits import VenueLimits

MANY: Final = 10**9

LIFTED: Final = VenueLimits(
    weight_per_min=MANY,
    connections_max=1_000,
    new_connections_per_min=MANY,
    subscriptions_max=MANY,
    users_max=1_000,
    messages_per_min=MANY,
    posts_in_flight_max=100_000,
    requests_initial=MANY,
    orders_open_initial=100_000,
    orders_open_max=100_000,
    batch_len_max=1_000,
)
