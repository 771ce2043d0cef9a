"""The figures at the end of a run, by the names that `--json` prints."""

from __future__ import annotations

from typing import Final

import msgspec

from hive.app.comparison import Comparison
from hive.app.trader_messages import Stopped

OF_A_STRATEGY: Final = (
    "strategy",
    "account",
    "pnl_usd",
    "orders",
    "fills",
    "actions",
    "traded_usd",
    "actions_per_1000_usd",
)


def figures_of(
    stopped: Stopped,
    *,
    comparison: Comparison | None = None,
    sockets_peak: int | None = None,
) -> dict[str, object]:
    """One object; of each account and strategy, a list. `sockets_peak` is the venue's count, where
    it was asked.
    """
    last = stopped.snapshot
    figures: dict[str, object] = {
        "strategies": stopped.strategies,
        "strategies_ordering": stopped.strategies_ordering,
        "strategies_filled": stopped.strategies_filled,
        "orders": last.orders,
        "cancels": last.cancels,
        "replaces": last.replaces,
        "fills": last.fills,
        "rejects": last.rejects,
        "refused": last.refused,
        "not_sent": last.not_sent,
        "orders_uncertain": stopped.orders_uncertain,
        "sockets": stopped.sockets if sockets_peak is None else sockets_peak,
        "subscriptions": stopped.subscriptions,
        "signed_actions": last.signed_actions,
        "reconnects": last.reconnects,
        "lost_responses": last.lost_responses,
    }
    if comparison is not None:
        figures |= {
            "fills_missing": comparison.fills_missing,
            "fills_extra": comparison.fills_extra,
            "positions_differ": comparison.positions_differ,
            "orders_left": comparison.orders_left,
        }
    figures |= {
        "loop_lag_p99_ms": round(last.loop_lag_p99_ms, 2),
        "rss_mb": round(last.rss_mb, 1),
        "equity_usd": round(last.equity_usd, 2),
        "pnl_usd": round(last.pnl_usd, 2),
        "accounts": [msgspec.structs.asdict(row) for row in last.accounts],
        "per_strategy": [
            {name: getattr(row, name) for name in OF_A_STRATEGY} for row in last.strategies
        ],
    }
    return figures
