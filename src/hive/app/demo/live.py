"""`hive demo`: the local venue in one process, a hundred strategies in another, a third to check.

    venue ──────────────▶ serves Hyperliquid's protocol, keeps its own books
    trading process ────▶ `hive run`'s own, on a configuration written for this run
    this process ───────▶ draws, cuts a socket and loses an answer on the way, prints the end
    comparison ─────────▶ after the trader has gone: its journal against the venue's truth

Nothing is kept between runs but their folders.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Final

import msgspec

from hive.app.audit.comparison import Comparison
from hive.app.audit.oracle_client import OracleClient
from hive.app.complaint import uncertain_text
from hive.app.demo.config import FUNDS_USD, demo_config
from hive.app.demo.play_account import PlayAccount, approve_agent, new_play_account
from hive.app.exit_codes import EXIT_FAILED
from hive.app.processes.child import ChildProcess
from hive.app.processes.run_folder import new_run_folder
from hive.app.processes.trader_messages import Stopped
from hive.app.terminal.report import report_html
from hive.app.terminal.run_file import REPORT_NAME, follow_until, summary_text
from hive.app.terminal.summary import figures_of
from hive.app.terminal.trader_watch import TraderWatch, screen_for
from hive.domain.errors import HiveError
from hive.hyperliquid.signing import Signer
from hive.runtime.clock import SystemClock
from hive.runtime.net_live import LiveNet
from hive.runtime.rng import SystemRng

CUT_AFTER_S: Final = 7.0
LOSE_AFTER_S: Final = 10.0
VENUE_PATIENCE_S: Final = 5.0
STAGED: Final = (
    "the demo cuts one socket, with the answers under way, and loses one more answer on purpose"
    " (--calm: without)"
)


class DemoPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for on the command line."""

    strategies: int
    seed: int
    for_ms: int | None
    is_json: bool
    with_faults: bool
    folder: Path


class VenueReady(msgspec.Struct, frozen=True):
    """The line a venue process says when it listens."""

    venue: str


async def run_demo(plan: DemoPlan) -> int:
    """Run until Ctrl-C or the plan's time; 0 when the journal and the venue agree to the last fill.

    Raises:
        ChildFailed: a process of ours died.
    """
    folder = new_run_folder(plan.folder, "demo", hint="name another folder with --folder")
    _tell_progress(f"starting the venue and {plan.strategies} strategies ...")
    account = new_play_account(SystemRng())
    master = Signer(account.master_key).address
    venue = await ChildProcess.start(
        "venue",
        *("venue", "serve", "--seed", str(plan.seed), "--json", "--with-parent"),
        *("--fund", f"{master}={FUNDS_USD}"),
    )
    try:
        line = await venue.next_line()
        if line is None:
            raise venue.failure()
        url = msgspec.json.decode(line, type=VenueReady).venue
        stopped, comparison = await _trade_and_compare(plan, folder, url, account)
        sockets_peak = await _sockets_peak(url)
    finally:
        await venue.end(VENUE_PATIENCE_S)
    return _tell(plan, folder, stopped, comparison, sockets_peak)


async def _trade_and_compare(
    plan: DemoPlan, folder: Path, url: str, account: PlayAccount
) -> tuple[Stopped, Comparison]:
    net = LiveNet()
    try:
        await approve_agent(net, url, account, SystemClock().now_ms())
    finally:
        await net.aclose()
    config = write_files(plan, folder, url, account)
    remark = STAGED if plan.with_faults else ""
    watch = await TraderWatch.start(config, screen_for(is_json=plan.is_json), remark=remark)
    trouble = asyncio.ensure_future(_make_trouble(plan, watch, url))
    try:
        stopped = await follow_until(watch, plan.for_ms)
    finally:
        trouble.cancel()
        (outcome,) = await asyncio.gather(trouble, return_exceptions=True)
        await watch.end()
    if isinstance(outcome, HiveError):  # worth a line: recovery was not seen
        _tell_progress(f"could not cut a socket or lose an answer: {outcome}")
    elif isinstance(outcome, Exception):
        raise outcome
    _tell_progress("comparing the journal with the venue's records ...")
    return stopped, await compared(config)


def write_files(plan: DemoPlan, folder: Path, url: str, account: PlayAccount) -> Path:
    """The run's configuration and the agent's key, as a person would write them."""
    key_file = folder / "agent.key"
    key_file.touch(mode=0o600)
    key_file.write_text(account.agent_key + "\n")
    config = folder / "hive.yml"
    config.write_text(demo_config(url, key_file.name, plan.strategies, plan.seed))
    return config


async def compared(config: Path) -> Comparison:
    """What a process that had no part in the run finds."""
    child = await ChildProcess.start("comparison", "compare", str(config))
    line = await child.next_line()
    await child.end(VENUE_PATIENCE_S)
    if line is None:
        raise child.failure()
    return msgspec.json.decode(line, type=Comparison)


async def _sockets_peak(url: str) -> int:
    """The most sockets open at once, as the venue counted."""
    net = LiveNet()
    try:
        counters = await OracleClient(net, url).counters()
    finally:
        await net.aclose()
    return int(counters["socketsPeak"])


async def _make_trouble(plan: DemoPlan, watch: TraderWatch, url: str) -> None:
    """Cut the account's socket once, lose one answer once, so that recovery is seen."""
    if not plan.with_faults:
        return
    await watch.is_ready.wait()
    net = LiveNet()
    oracle = OracleClient(net, url)
    scale = min(1.0, (plan.for_ms or 20_000) / 20_000)
    try:
        await asyncio.sleep(CUT_AFTER_S * scale)
        _tell_progress("cutting the account's socket on purpose")
        await oracle.cut_account_socket()
        await asyncio.sleep((LOSE_AFTER_S - CUT_AFTER_S) * scale)
        _tell_progress("losing an answer on purpose")
        await oracle.lose_next_answer()
    finally:
        await net.aclose()


def _tell_progress(text: str) -> None:
    """For people; standard output may belong to the JSON object."""
    sys.stderr.write(f"hive: {text}\n")


def _tell(
    plan: DemoPlan,
    folder: Path,
    stopped: Stopped,
    comparison: Comparison,
    sockets_peak: int,
) -> int:
    report = folder / REPORT_NAME
    figures = figures_of(
        stopped, comparison=comparison, sockets_peak=sockets_peak, report=str(report)
    )
    report.write_text(report_html(stopped, figures))
    if plan.is_json:
        sys.stdout.write(msgspec.json.encode(figures).decode() + "\n")
    else:
        sys.stdout.write(summary_text(figures, report, stopped, state=folder))
    for example in comparison.examples:
        sys.stderr.write(f"hive: {example}\n")
    sys.stderr.write(uncertain_text(stopped.orders_uncertain, str(folder)))
    return 0 if comparison.is_clean and not stopped.orders_uncertain else EXIT_FAILED
