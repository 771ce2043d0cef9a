"""How a desk stands: its frozen view of itself, and whether it may place."""

from __future__ import annotations

from hive.domain.identifiers import Address
from hive.execution.desk.alarms import Alarms
from hive.execution.desk.parts import DeskParts
from hive.execution.desk.settings import DeskSnapshot, EconomySnapshot


def snapshot_of(
    account: Address,
    parts: DeskParts,
    *,
    now_ms: int,
    is_in_step: bool,
    hold_reason: str,
    alarms: Alarms,
    listener_errors: int,
) -> DeskSnapshot:
    """Everything that a desk counts, in one place."""
    taking, booked = parts.taking.counts, parts.books.counts
    found, unknowns = parts.inquirer.counts, parts.unknowns.snapshot()
    state = parts.account_state
    return DeskSnapshot(
        account=account,
        is_in_step=is_in_step,
        hold_reason=parts.halt.refusal if parts.halt.reason else hold_reason,
        halt_reason=parts.halt.reason,
        orders=taking.orders,
        replaces=taking.replaces,
        cancels=taking.cancels,
        fills=booked.fills,
        unattributed_fills=booked.unattributed_fills,
        rejects=booked.rejects,
        refused=taking.refused,
        not_sent=taking.not_sent + booked.not_sent,
        unconfirmed=booked.unconfirmed,
        unconfirmed_now=unknowns.open,
        never_arrived=booked.never_arrived,
        lost_responses=unknowns.lost_responses,
        signed_actions=parts.sender.signed_actions,
        in_flight=parts.sender.in_flight,
        waiting=len(parts.queue.waiting),
        corrections=booked.corrections,
        adopted=found.adopted,
        external_orders=found.external_orders,
        orphans=found.orphans,
        fills_swept=found.fills_swept,
        sweeps=parts.sweep.sweeps,
        own_crosses=parts.departures.crossed,
        crossed_inside=0 if parts.inside is None else parts.inside.crossed,
        liquidations=parts.feed.liquidations,
        alarms=alarms.sounded,
        recent_alarms=alarms.recent,
        lag_ms=parts.lag_ms,
        key_refusal=parts.key.refusal,
        other_instances=parts.others.count,
        listener_errors=listener_errors,
        journal_failed=bool(parts.books.writer.failure),
        records_lost=parts.books.writer.lost,
        equity_usd=None if state is None else float(state.equity_usd),
        budget=parts.budget.snapshot(now_ms),
        economy=_economy_of(parts, now_ms),
        dispatch=parts.books.dispatch.snapshot(),
    )


def _economy_of(parts: DeskParts, now_ms: int) -> EconomySnapshot:
    return EconomySnapshot(
        min_move_bps=parts.coarseness.min_move_bps(now_ms),
        held_back=parts.coarseness.held_back,
        throttled=parts.throttle.refusals,
        sent=dict.fromkeys(parts.queue.strategies, 0) | parts.outbound.sent,
        traded_usd=parts.books.positions.traded_usd(),
    )


def why_hold(parts: DeskParts, *, is_in_step: bool) -> str | None:
    """Why nothing that opens risk may leave now; None if it may."""
    if not is_in_step:
        return "reconciling: something may have been missed"
    if parts.key.refusal:
        return f"agent: {parts.key.refusal}"
    if parts.polled is not None and not parts.polled.is_fresh:
        return "polling: the venue does not answer"
    if parts.leash is not None and (reason := parts.leash()) is not None:
        return reason
    switch = None if parts.switches.is_quiet else parts.switches.of_account()
    return None if switch is None else f"kill_switch: {switch.strength.word} ({switch.reason})"
