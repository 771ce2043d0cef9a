"""The report of a run: one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from hive.app.processes.trader_messages import Stopped
from hive.app.snapshot import AccountRow, HeldPosition, StrategyRow
from hive.app.terminal.snapshot_text import (
    clock_text,
    holders_text,
    ratio_text,
    signed,
    trouble_text,
)
from hive.app.terminal.summary import in_words

WIDTH: Final = 900
HEIGHT: Final = 220
MARGIN: Final = 24
"""Above and below the line."""
CENT_HALF: Final = 0.005
STYLE: Final = """
body{font:14px/1.5 system-ui,sans-serif;color:#1d2430;max-width:1100px;margin:32px auto;
padding:0 16px}
h1{font-size:22px}h2{font-size:15px;color:#6b7585;margin:28px 0 8px}
.scroll{overflow-x:auto}.scroll td,.scroll th{white-space:nowrap}.scroll .long{white-space:normal;
min-width:260px}h1,p{overflow-wrap:anywhere}
figure{margin:0}figcaption{color:#6b7585;font-size:13px}
table{border-collapse:collapse;width:100%;font-size:13px}th,td{text-align:left;padding:3px 8px;
border-bottom:1px solid #e3e7ee}.n{text-align:right;font-variant-numeric:tabular-nums}
.gain{color:#0b8457}.loss{color:#c2334d}svg{width:100%;height:220px;display:block;
background:#f8f9fb;border-radius:6px}
"""


def report_html(
    stopped: Stopped,
    figures: Mapping[str, object],
) -> str:
    """The whole page: equity, figures, what is held on, each account and strategy."""
    snapshot = stopped.snapshot
    rows = sorted(snapshot.strategies, key=lambda row: row.pnl_usd, reverse=True)
    strategies = "".join(
        f"<tr><td>{escape(row.strategy)}<td>{escape(row.kind)}<td>{escape(row.coins)}"
        f"<td>{escape(_state(row))}<td class='n {_tone(row.pnl_usd)}'>{signed(row.pnl_usd)}"
        f"<td class=n>{row.position_usd:,.0f}<td class=n>{row.orders}<td class=n>{row.fills}"
        f"<td class=n>{row.traded_usd:,.0f}<td class=n>{row.actions:,}<td class=n>{ratio_text(row)}"
        for row in rows
    )
    table = "".join(
        f"<tr><td>{escape(name)}<td class=n>{escape(value)}"
        for name, value in in_words(figures).items()
    )
    return (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width,initial-scale=1'>"
        "<title>Hive: report</title>"
        f"<style>{STYLE}</style><h1>Hive: {escape(snapshot.mode)}, "
        f"{clock_text(snapshot.uptime_ms)}</h1>"
        f"<p>{escape(snapshot.venue_url)}, account {escape(snapshot.account)}. Equity "
        f"<b>${snapshot.equity_usd:,.2f}</b>; profit of the strategies, "
        "earlier runs with this folder included, "
        f"<span class='{_tone(snapshot.pnl_usd)}'>{signed(snapshot.pnl_usd)}</span> after fees of "
        f"{snapshot.fees_usd:,.2f}.</p>"
        f"<h2>Equity</h2>{equity_svg(stopped.equity_usd)}"
        f"<h2>Figures</h2><table>{table}</table>"
        f"{_held(stopped.held)}"
        f"<h2>Accounts</h2>{_accounts(snapshot.accounts)}"
        "<h2>Strategies</h2><div class=scroll><table><tr><th>Strategy<th>Kind<th>Coin<th>State"
        "<th class=n>PnL $"
        f"<th class=n>Position $<th class=n>Orders<th class=n>Fills<th class=n>Traded $"
        f"<th class=n>Actions<th class=n>Actions / $1,000</tr>{strategies}</table></div></html>"
    )


def _held(rows: Sequence[HeldPosition]) -> str:
    """What the stop left open; nothing where it left nothing."""
    if not rows:
        return ""
    body = "".join(
        f"<tr><td>{escape(row.coin)}<td class=n>{row.size}"
        f"<td class=n>{'–' if row.value_usd is None else f'{row.value_usd:,.0f}'}"
        f"<td>{escape(row.account)}<td class=long>{escape(holders_text(row))}"
        for row in rows
    )
    return (
        "<h2>Still held</h2><div class=scroll><table><tr><th>Coin<th class=n>Size"
        f"<th class=n>Value $<th>Account<th>Of whom</tr>{body}</table></div>"
    )


def _accounts(rows: Sequence[AccountRow]) -> str:
    body = "".join(
        f"<tr><td>{escape(row.account)}<td class=n>{row.actions_left:,}<td>{escape(row.forecast)}"
        f"<td class=n>{row.min_move_bps}<td class=n>{row.held_back:,}<td class=n>{row.throttled:,}"
        f"<td class=n>{row.lag_ms}{_trouble(row)}"
        for row in rows
    )
    return (
        "<div class=scroll><table><tr><th>Account<th class=n>Actions left<th>Forecast"
        "<th class=n>Least move, bps"
        "<th class=n>Moves held back<th class=n>Throttled<th class=n>Lag, ms<th>"
        f"</tr>{body}</table></div>"
    )


def _trouble(row: AccountRow) -> str:
    text = trouble_text(row).strip()
    return f"<td class='loss long'>{escape(text)}" if text else "<td>"


def equity_svg(equity_usd: Sequence[float]) -> str:
    """The equity line as a picture of its own; a sentence when there is too little to draw."""
    if len(equity_usd) < 2:
        return "<p>The run was too short for a line.</p>"
    low, high = min(equity_usd), max(equity_usd)
    span = max(high - low, 0.01)
    points = " ".join(
        f"{index * WIDTH / (len(equity_usd) - 1):.1f},"
        f"{HEIGHT - MARGIN - (value - low) / span * (HEIGHT - 2 * MARGIN):.1f}"
        for index, value in enumerate(equity_usd)
    )
    return (
        f"<figure><figcaption>highest ${high:,.2f}, lowest ${low:,.2f}</figcaption>"
        f"<svg viewBox='0 0 {WIDTH} {HEIGHT}' preserveAspectRatio=none role=img aria-label=equity>"
        "<polyline fill=none stroke='#0b8457' stroke-width=1.6 vector-effect=non-scaling-stroke "
        f"points='{points}'/></svg></figure>"
    )


def _state(row: StrategyRow) -> str:
    return f"paused: {row.reason}" if row.state == "paused" else row.state


def _tone(usd: float) -> str:
    return "gain" if usd >= CENT_HALF else "loss" if usd <= -CENT_HALF else ""
