"""A runtime snapshot to show."""

from __future__ import annotations

import msgspec

from hive.app.processes.trader_messages import Stopped
from hive.app.snapshot import (
    AccountRow,
    HeldPosition,
    Holder,
    LogLine,
    PositionRow,
    RuntimeSnapshot,
    StrategyRow,
)

SNAPSHOT = RuntimeSnapshot(
    wall_ms=1_790_000_000_000,
    uptime_ms=72_000,
    mode="local venue",
    remark="",
    venue_url="http://127.0.0.1:8421",
    account="0x" + "ab" * 20,
    equity_usd=100_412.55,
    pnl_usd=412.55,
    fees_usd=12.5,
    strategies_running=2,
    strategies_paused=1,
    orders=1_200,
    replaces=300,
    cancels=800,
    fills=90,
    rejects=1,
    refused=0,
    not_sent=0,
    unconfirmed=0,
    signed_actions=500,
    lost_responses=1,
    reconnects=1,
    sockets=2,
    subscriptions=40,
    frames=10_000,
    bad_frames=0,
    gaps=1,
    data_troubles={"gaps": 1},
    ip_weight_used=100,
    ip_weight_cap=1_200,
    loop_lag_p99_ms=1.9,
    rss_mb=88.0,
    accounts=[
        AccountRow(
            account="0x" + "ab" * 20,
            equity_usd=100_412.55,
            actions_left=7_700,
            actions_cap=10_000,
            minutes_left=660.0,
            forecast="11 h at this rate",
            min_move_bps=2,
            held_back=14,
            throttled=1,
            lag_ms=0,
            hold_reason="",
            halt_reason="",
            key_refusal="",
        )
    ],
    strategies=[
        StrategyRow(
            strategy=name,
            account="0x" + "ab" * 20,
            kind="maker",
            coins="BTC",
            state="running",
            reason="",
            pnl_usd=pnl_usd,
            position_usd=0.0,
            orders=3,
            fills=1,
            actions=45,
            traded_usd=125_000.0,
            actions_per_1000_usd=ratio,
            errors=0,
            handler_us=2.0,
            shown={},
        )
        for name, pnl_usd, ratio in (
            ("mm-btc", 61.2, 12.5),
            ("grid-eth", -8.4, 0.75),
            ("<b>odd</b>", 0.0, None),
        )
    ],
    positions=[
        PositionRow(
            coin="BTC",
            size=0.5,
            entry_px=86_000.0,
            mark_px=86_100.0,
            value_usd=43_050.0,
            pnl_usd=50.0,
            unattributed_size=0.0,
        )
    ],
    log=[
        LogLine(
            number=1,
            wall_ms=1_790_000_000_000,
            kind="log",
            text="mm-btc: getting out",
            details="coin=ETH reason=trend",
            times=3,
        )
    ],
)

HELD = HeldPosition(
    account="0x" + "ab" * 20,
    coin="BTC",
    size=2.0,
    value_usd=173_079.0,
    holders=[Holder(strategy="<b>odd</b>", size=1.5), Holder(strategy="", size=0.5)],
)
STOPPED = Stopped(
    snapshot=SNAPSHOT,
    strategies=3,
    strategies_ordering=3,
    strategies_filled=3,
    sockets=2,
    subscriptions=3,
    equity_usd=[100.0, 101.0, 99.5],
    held=[],
    orders_uncertain=0,
)


def later(snapshot: RuntimeSnapshot, **changed: object) -> RuntimeSnapshot:
    """The same snapshot with some fields changed."""
    return msgspec.structs.replace(snapshot, **changed)
