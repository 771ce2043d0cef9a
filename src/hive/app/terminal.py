"""The terminal summary: plain text from a snapshot, drawn by a process that does not trade."""

from __future__ import annotations

from typing import Final

from hive.app.snapshot import LogLine, RuntimeSnapshot, StrategyRow

BAR_WIDTH: Final = 20
LOG_LINES: Final = 4


def clock_text(duration_ms: int) -> str:
    """`hh:mm:ss` of a duration."""
    seconds = duration_ms // 1000
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def signed(usd: float) -> str:
    """An amount with its sign, in dollars and cents."""
    return f"{usd:+,.2f}"


def bar(used: float, cap: float) -> str:
    """`[####....] 40 %` of a budget."""
    share = min(1.0, used / cap) if cap > 0 else 0.0
    filled = round(share * BAR_WIDTH)
    return f"[{'#' * filled}{'.' * (BAR_WIDTH - filled)}] {share:.0%}"


def lines(now: RuntimeSnapshot, before: RuntimeSnapshot | None, *, page_url: str) -> list[str]:
    """The whole picture, one string per terminal line. Rates are since `before`."""
    seconds = max(0.1, (now.uptime_ms - before.uptime_ms) / 1000) if before else 1.0

    def rate(count: int, count_before: int | None) -> str:
        return f"{(count - (count_before or 0)) / seconds:,.0f}/s" if before else "–"

    by_pnl = sorted(now.strategies, key=lambda row: row.pnl_usd, reverse=True)
    text = [
        (
            f"hive  {now.mode.upper()}  {now.venue_url}   up {clock_text(now.uptime_ms)}"
            "   Ctrl-C stops and cancels all orders"
        ),
        f"page  {page_url}",
        (
            f"strategies {now.strategies_running} running, {now.strategies_paused} paused"
            f"   sockets {now.sockets}, {now.subscriptions} streams"
            f"   frames {rate(now.frames, before.frames if before else None)}"
            f"   loop p99 {now.loop_lag_p99_ms:.1f} ms   {now.rss_mb:.0f} MB"
        ),
        (
            f"orders {now.orders:,} ({rate(now.orders, before.orders if before else None)})"
            f"   replaces {now.replaces:,}   cancels {now.cancels:,}"
            f"   fills {now.fills:,} ({rate(now.fills, before.fills if before else None)})"
            f"   rejects {now.rejects}"
        ),
        (
            f"signed actions {now.signed_actions:,}   address budget "
            f"{bar(now.address_used, now.address_cap)}   reconnects {now.reconnects}"
            f"   lost answers {now.lost_responses}   gaps {now.gaps}"
        ),
        f"equity {now.equity_usd:,.2f} ({signed(now.pnl_usd)}, fees {now.fees_usd:,.2f})",
        f"best  {_named(by_pnl[:3])}",
        f"worst {_named(by_pnl[-3:])}",
    ]
    return text + [log_text(line) for line in now.log[-LOG_LINES:]]


def log_text(line: LogLine) -> str:
    """One line of the log, with its time of day (UTC)."""
    return f"{clock_text(line.wall_ms % 86_400_000)} {line.kind:<10} {line.text}"


def _named(rows: list[StrategyRow]) -> str:
    return " | ".join(f"{row.strategy} {signed(row.pnl_usd)}" for row in rows) or "–"
