"""A frozen view of the whole runtime: what the page, the terminal and the summary show.

Made a few times a second from the snapshots of the parts; money leaves here as floats, because from
here on it is only looked at.
"""

from __future__ import annotations

import msgspec


class StrategyRow(msgspec.Struct, frozen=True, kw_only=True):
    """One strategy. `handler_us` is the sampled mean time of its handlers."""

    strategy: str
    account: str
    kind: str
    coins: str
    state: str
    reason: str
    """Why it is paused or stopped; empty while it runs."""
    pnl_usd: float
    """Realised and open, after fees and funding, those of earlier runs included."""
    position_usd: float
    orders: int
    fills: int
    actions: int
    """Orders, replaces and cancels that were sent since the start."""
    traded_usd: float
    """Notional of all its fills, those of earlier runs included."""
    actions_per_1000_usd: float | None
    """What it spends to trade $1,000, since the start; None before its first fill."""
    errors: int
    handler_us: float
    shown: dict[str, str]
    """What it has put into `ctx.state`."""


class AccountRow(msgspec.Struct, frozen=True, kw_only=True):
    """One account: what is left of its actions, and what holds it up."""

    account: str
    equity_usd: float | None
    """The venue's word; None before the first."""
    actions_left: int
    """What the venue takes before it slows the account to one action in ten seconds."""
    actions_cap: int
    minutes_left: float | None
    """How long they last at the present rate; None while they do not become fewer."""
    forecast: str
    """The same in words."""
    min_move_bps: int
    """Quotes move by so much at least, to save actions."""
    held_back: int
    """Moves of quotes that were not worth an action."""
    throttled: int
    """How often the venue said that we go too fast."""
    lag_ms: int
    """How late a fill is known at most, where the account is polled; 0 where it is streamed."""
    hold_reason: str
    """Why nothing is placed now; empty if it is."""
    halt_reason: str
    """What about the account is unexplained, so that it takes no new risk."""
    key_refusal: str
    """Why the venue does not take the key; empty while it does."""


class PositionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One coin of the account: what the venue should hold, and how much of it nobody owns."""

    coin: str
    size: float
    entry_px: float | None
    mark_px: float | None
    value_usd: float
    pnl_usd: float
    unattributed_size: float


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Whose part of a position; empty for what nobody owns."""

    strategy: str
    size: float


class HeldPosition(msgspec.Struct, frozen=True, kw_only=True):
    """What an account holds of a coin when the run has ended."""

    account: str
    coin: str
    size: float
    value_usd: float | None
    """At the last known price; None where there never was one."""
    holders: list[Holder]


class LogLine(msgspec.Struct, frozen=True, kw_only=True):
    """One thing worth reading."""

    number: int
    """One more for each line since the start."""
    wall_ms: int
    kind: str
    text: str
    details: str = ""
    """What is known besides, by name: `coin=ETH reason=…`."""
    times: int = 1
    """How often it was said within a few seconds."""


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
    remark: str
    """What people should know who look at this run; mostly empty."""
    venue_url: str
    account: str
    equity_usd: float
    pnl_usd: float
    """Of the strategies, since the first run with this folder."""
    fees_usd: float
    """What of it was paid for fees."""
    strategies_running: int
    strategies_paused: int
    orders: int
    replaces: int
    cancels: int
    fills: int
    """Of the strategies, since the start."""
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
    data_troubles: dict[str, int]
    """What went wrong with market data since the start, in words, as far as it is not zero."""
    ip_weight_used: int
    ip_weight_cap: int
    loop_lag_p99_ms: float
    rss_mb: float
    accounts: list[AccountRow]
    """The one whose actions are used up first comes first."""
    strategies: list[StrategyRow]
    positions: list[PositionRow]
    log: list[LogLine]
