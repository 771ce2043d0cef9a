"""`hive run CONFIG.yml`: a trading process on the file, watched from here until it ends."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from hive.app.complaint import uncertain_text
from hive.app.config.load import load_config
from hive.app.exit_codes import EXIT_FAILED
from hive.app.processes.run_folder import LOG, PRINTED, new_run_folder
from hive.app.processes.trader_messages import Stopped
from hive.app.snapshot import HeldPosition, RuntimeSnapshot
from hive.app.terminal.report import report_html
from hive.app.terminal.snapshot_text import (
    account_text,
    dearest_first,
    held_position_text,
    paused_lines,
    ratio_text,
)
from hive.app.terminal.summary import figures_of, in_words
from hive.app.terminal.trader_watch import TraderWatch, screen_for

REPORT_NAME: Final = "report.html"
DEAREST_LINES: Final = 10
HELD_LINES: Final = 20
PAUSED_LINES: Final = 20


async def run_file(path: Path, for_ms: int | None, *, is_json: bool) -> int:
    """Run until Ctrl-C or for so long; 0 when every order's end is known.

    Raises:
        ConfigRefused, NotOffered: what is wrong with the file, before anything starts.
    """
    config = load_config(path, is_run_next=True)
    watch = await TraderWatch.start(path, screen_for(is_json=is_json))
    try:
        stopped = await follow_until(watch, for_ms)
    finally:
        await watch.end()
    state = config.runtime.state_dir
    report = new_run_folder(Path(state) / "runs", "run") / REPORT_NAME
    figures = figures_of(stopped, report=str(report))
    report.write_text(report_html(stopped, figures))
    if is_json:
        sys.stdout.write(msgspec.json.encode(figures).decode() + "\n")
    else:
        sys.stdout.write(summary_text(figures, report, stopped, state=Path(state)))
    sys.stderr.write(uncertain_text(stopped.orders_uncertain, config.runtime.state_dir))
    return EXIT_FAILED if stopped.orders_uncertain else 0


async def follow_until(watch: TraderWatch, for_ms: int | None) -> Stopped:
    """Follow a trading process; Ctrl-C or the time's end asks it to stop."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, watch.ask_to_stop)

    def begin_countdown(_: object) -> None:
        if for_ms is not None:
            loop.call_later(for_ms / 1_000, watch.ask_to_stop)

    try:
        return await watch.follow(begin_countdown)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def summary_text(
    figures: Mapping[str, object], report: Path, stopped: Stopped, *, state: Path
) -> str:
    """What a person reads at the end; `state` is the folder of the journal."""
    last = stopped.snapshot
    accounts = "".join(f"  {account_text(row)}\n" for row in last.accounts)
    paused = "".join(f"  {line}\n" for line in paused_lines(last.strategies, PAUSED_LINES))
    remark = f"  {last.remark}\n" if last.remark else ""
    return (
        f"\n{figures_text(figures)}\n{accounts}{spending_text(last)}{paused}"
        f"{held_text(stopped.held)}{remark}"
        f"\n  report: {report}\n  log, with stacks: {state / LOG}\n"
        f"  what strategies print: {state / PRINTED}\n"
    )


def held_text(held: Sequence[HeldPosition]) -> str:
    """What the stop left open, the largest first, and whose it is; empty if it left nothing."""
    text = "".join(f"  still held: {held_position_text(row)}\n" for row in held[:HELD_LINES])
    left = len(held) - HELD_LINES
    return text + (f"  and {left} more that are held\n" if left > 0 else "")


def spending_text(last: RuntimeSnapshot) -> str:
    """What strategies spend to trade, the dearest first; the report has them all."""
    rows = dearest_first(last.strategies)
    if not rows:
        return ""
    width = max(len(row.strategy) for row in rows[:DEAREST_LINES])
    text = "  actions per $1,000 traded\n"
    for row in rows[:DEAREST_LINES]:
        text += f"    {row.strategy:<{width}}  {ratio_text(row)}\n"
    left = len(rows) - DEAREST_LINES
    return text + (f"    and {left} that spend less\n" if left > 0 else "")


def figures_text(figures: Mapping[str, object]) -> str:
    """One figure a line, in words."""
    said = in_words(figures)
    width = max(len(name) for name in said)
    return "".join(f"  {name:<{width}}  {value}\n" for name, value in said.items())
