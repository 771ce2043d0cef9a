"""A frozen view of the whole runtime: what the page, the terminal and the summary show.

Made a few times a second from the snapshots of the parts; money leaves here as floats, because from
here on it is only looked at.
"""

from __future__ import annotations

import msgspec


class StrategyRow(msgspec.Struct, frozen=True, kw_only=True):
    """One strategy. `handler_us` is the sampled mean time of its handlers."""

    strategy: str
    kind: str
    coins: str
    state: str
    pnl_usd: float
    position_usd: float
    orders: int
    fills: int
    errors: int
    handler_us: float


class PositionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One coin of the account: what the venue should hold, and how much of it nobody owns."""

    coin: str
    size: float
    entry_px: float | None
    mark_px: float | None
    value_usd: float
    pnl_usd: float
    unattributed_size: float


class LogLine(msgspec.Struct, frozen=True, kw_only=True):
    """One thing worth reading."""

    wall_ms: int
    kind: str
    text: str


class History(msgspec.Struct, frozen=True, kw_only=True):
    """What was, once a second: equity, and counts since the start."""

    equity_usd: list[float]
    sent: list[int]
    """Orders, replaces and cancels."""
    fills: list[int]


class RuntimeSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """Everything at one instant."""

    wall_ms: int
    uptime_ms: int
    mode: str
    venue_url: str
    account: str
    equity_usd: float
    pnl_usd: float
    fees_usd: float
    strategies_running: int
    strategies_paused: int
    orders: int
    replaces: int
    cancels: int
    fills: int
    rejects: int
    refused: int
    not_sent: int
    unconfirmed: int
    signed_actions: int
    lost_responses: int
    reconnects: int
    sockets: int
    subscriptions: int
    frames: int
    bad_frames: int
    gaps: int
    address_used: int
    address_cap: int
    ip_weight_used: int
    ip_weight_cap: int
    loop_lag_p99_ms: float
    rss_mb: float
    strategies: list[StrategyRow]
    positions: list[PositionRow]
    log: list[LogLine]
