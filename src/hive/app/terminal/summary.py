"""The figures at the end of a run, by the names that `--json` prints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from hive.app.audit.comparison import Comparison
from hive.app.processes.trader_messages import Stopped
from hive.app.terminal.snapshot_text import paused

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

WORDS: Final = {
    "strategies_ordering": "strategies that ordered",
    "strategies_filled": "strategies with fills",
    "rejects": "rejected by the venue",
    "refused": "refused here",
    "not_sent": "not sent in time",
    "sockets": "sockets at once",
    "subscriptions": "streams at once",
    "signed_actions": "signed actions",
    "lost_responses": "lost answers",
    "fills_missing": "fills missing here",
    "fills_extra": "fills too many here",
    "positions_differ": "positions that differ",
    "orders_left": "orders left open",
    "orders_uncertain": "orders whose end is not known",
    "loop_lag_p99_ms": "loop lag p99, ms",
    "rss_mb": "memory, MB",
    "equity_usd": "equity, $",
    "pnl_usd": "profit of the strategies, all runs, $",
}
"""What people read instead of a name that says too little; others are words already."""


def figures_of(
    stopped: Stopped,
    *,
    comparison: Comparison | None = None,
    sockets_peak: int | None = None,
    report: str = "",
) -> dict[str, object]:
    """One object; of each account and strategy, a list. `sockets_peak` is the venue's count, where
    it was asked; `report` is where the report lies, if there is one.
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
    if report:
        figures["report"] = report
    figures |= {
        "loop_lag_p99_ms": round(last.loop_lag_p99_ms, 2),
        "rss_mb": round(last.rss_mb, 1),
        "equity_usd": round(last.equity_usd, 2),
        "pnl_usd": round(last.pnl_usd, 2),
        "accounts": [msgspec.structs.asdict(row) for row in last.accounts],
        "per_strategy": [
            {name: getattr(row, name) for name in OF_A_STRATEGY} for row in last.strategies
        ],
        "paused": [
            {"strategy": row.strategy, "reason": row.reason} for row in paused(last.strategies)
        ],
        "positions_held": [msgspec.to_builtins(row) for row in stopped.held],
    }
    return figures


def in_words(figures: Mapping[str, object]) -> dict[str, str]:
    """The figures as people read them; what has lines of its own has no place here."""
    return {
        WORDS.get(name, name): f"{value:,.2f}" if isinstance(value, float) else str(value)
        for name, value in figures.items()
        if name != "report" and not isinstance(value, list)
    }
