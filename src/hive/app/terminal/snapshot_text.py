"""The terminal summary: plain text from a snapshot, drawn by a process that does not trade."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from hive.app.snapshot import AccountRow, HeldPosition, LogLine, RuntimeSnapshot, StrategyRow

ADDRESS: Final = re.compile(r"\b0x[0-9a-fA-F]{40}\b")
BAR_WIDTH: Final = 20
NAMED: Final = 3
LOG_LINES: Final = 4
ACCOUNT_LINES: Final = 5
PAUSED_LINES: Final = 5
HOLDERS_NAMED: Final = 5


def clock_text(duration_ms: int) -> str:
    """`hh:mm:ss` of a duration."""
    seconds = duration_ms // 1000
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def signed(usd: float) -> str:
    """An amount with its sign, in dollars and cents."""
    return f"{round(usd, 2) + 0.0:+,.2f}"  # 0.0 takes the sign off a negative nothing


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

    text = [
        (
            f"hive  {now.mode.upper()}  {now.venue_url}   up {clock_text(now.uptime_ms)}"
            "   Ctrl-C stops and cancels all orders"
        ),
        f"page  {page_url}{f'   {now.remark}' if now.remark else ''}",
        (
            f"strategies {now.strategies_running} running, {now.strategies_paused} paused"
            f"   sockets {now.sockets}, {now.subscriptions} streams"
            f"   frames {rate(now.frames, before.frames if before else None)}"
            f"   loop p99 {now.loop_lag_p99_ms:.1f} ms   {now.rss_mb:.0f} MB"
        ),
        (
            f"orders {now.orders:,} ({rate(now.orders, before.orders if before else None)})"
            f"{f', {now.refused:,} of them refused here' if now.refused else ''}"
            f"   replaces {now.replaces:,}   cancels {now.cancels:,}"
            f"   fills {now.fills:,} ({rate(now.fills, before.fills if before else None)})"
            f"   rejects {now.rejects}"
        ),
        (
            f"signed actions {now.signed_actions:,}{_tightest(now.accounts)}"
            f"   reconnects {now.reconnects}   lost answers {now.lost_responses}"
            f"{_data_troubles(now)}"
        ),
        (
            f"equity {now.equity_usd:,.2f}   profit of the strategies {signed(now.pnl_usd)}"
            f" after fees of {now.fees_usd:,.2f}"
        ),
        *(account_text(row) for row in now.accounts[:ACCOUNT_LINES]),
        *paused_lines(now.strategies, PAUSED_LINES),
        *_best_and_worst(now.strategies),
        f"actions per $1,000 traded: {_dearest(now.strategies)}",
    ]
    return text + [log_text(line) for line in now.log[-LOG_LINES:]]


def account_text(row: AccountRow) -> str:
    """One account: what is left of its actions, and what holds it up."""
    saving = f", quotes move {row.min_move_bps} bps or more" if row.min_move_bps else ""
    counts = (("moves held back", row.held_back), ("throttled", row.throttled))
    said = "".join(f"   {name} {count:,}" for name, count in counts if count)
    lag = f"   polled, up to {row.lag_ms / 1_000:.1f} s late" if row.lag_ms else ""
    return (
        f"account {short(row.account)}   actions left {row.actions_left:,}, {row.forecast}"
        f"{saving}{said}{lag}{trouble_text(row)}"
    )


def trouble_text(row: AccountRow) -> str:
    """Why an account does not trade; empty while it does."""
    if row.halt_reason:
        return f"   HALTED: {row.halt_reason}"
    if row.key_refusal:
        return f"   KEY REFUSED: {row.key_refusal}"
    return f"   HELD: {row.hold_reason}" if row.hold_reason else ""


def paused(rows: Iterable[StrategyRow]) -> list[StrategyRow]:
    """Those that are paused, or were when the run ended."""
    return [row for row in rows if row.state == "paused"]


def paused_lines(rows: Iterable[StrategyRow], most: int) -> list[str]:
    """A line for each that is paused, with the reason; the last counts those beyond `most`."""
    those = paused(rows)
    text = [f"paused {row.strategy}: {row.reason}" for row in those[:most]]
    return text + ([f"and {len(those) - most} more are paused"] if len(those) > most else [])


def held_position_text(row: HeldPosition) -> str:
    """`BTC 2.0 ($173,079) on 0x1234…abcd: maker 1.5, grid 0.5`."""
    value = "no price" if row.value_usd is None else f"${abs(row.value_usd):,.0f}"
    return f"{row.coin} {row.size} ({value}) on {short(row.account)}: {holders_text(row)}"


def holders_text(row: HeldPosition) -> str:
    """Whose position it is, and how much of it."""
    named = [f"{each.strategy or 'nobody'} {each.size}" for each in row.holders[:HOLDERS_NAMED]]
    left = len(row.holders) - HOLDERS_NAMED
    return ", ".join(named) + (f" and {left} more" if left > 0 else "")


def shortened(text: str) -> str:
    """A sentence with its addresses short."""
    return ADDRESS.sub(lambda found: short(found[0]), text)


def short(account: str) -> str:
    """An address as it can be told from others at a glance."""
    return f"{account[:6]}…{account[-4:]}"


def dearest_first(rows: list[StrategyRow]) -> list[StrategyRow]:
    """By what they spend to trade $1,000; first of all those that spent and traded nothing."""
    spent = [row for row in rows if row.actions]
    return sorted(
        spent, key=lambda row: (row.actions_per_1000_usd is None, _dearness(row)), reverse=True
    )


def ratio_text(row: StrategyRow) -> str:
    """Actions per $1,000 traded, or how many went for nothing."""
    if row.actions_per_1000_usd is None:
        return f"{row.actions:,} for none" if row.actions else "–"
    return f"{row.actions_per_1000_usd:,.2f}"


def _dearness(row: StrategyRow) -> float:
    ratio = row.actions_per_1000_usd
    return row.actions if ratio is None else ratio


def _dearest(rows: list[StrategyRow]) -> str:
    most = dearest_first(rows)[:3]
    return " | ".join(f"{row.strategy} {ratio_text(row)}" for row in most) or "–"


def _tightest(rows: list[AccountRow]) -> str:
    if not rows:
        return ""
    row = rows[0]
    whose = f" ({short(row.account)})" if len(rows) > 1 else ""
    used = bar(row.actions_cap - row.actions_left, row.actions_cap)
    return f"   address budget{whose} {used} used, {row.forecast}"


def _data_troubles(now: RuntimeSnapshot) -> str:
    return "".join(f"   {name} {count:,}" for name, count in now.data_troubles.items())


def log_text(line: LogLine) -> str:
    """One line of the log, with its time of day (UTC)."""
    details = f"  {line.details}" if line.details else ""
    times = f"  ({line.times:,} times)" if line.times > 1 else ""
    time = clock_text(line.wall_ms % 86_400_000)
    return f"{time} {line.kind:<10} {shortened(line.text)}{details}{times}"


def _best_and_worst(rows: list[StrategyRow]) -> list[str]:
    """Up to three of each, nobody twice; nothing while nobody has earned or lost a cent."""
    by_pnl = sorted(rows, key=lambda row: row.pnl_usd, reverse=True)
    if all(signed(row.pnl_usd) == "+0.00" for row in rows):
        return []
    text = [f"best  {_named(by_pnl[:NAMED])}"]
    worst = by_pnl[NAMED:][-NAMED:]
    return [*text, f"worst {_named(worst)}"] if worst else text


def _named(rows: list[StrategyRow]) -> str:
    return " | ".join(f"{row.strategy} {signed(row.pnl_usd)}" for row in rows) or "–"
