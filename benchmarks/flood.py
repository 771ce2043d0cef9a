"""`flood`: one strategy places 3,000 orders in one handler; what does another one notice?

It is called right after, in the same turn, cancels what it has resting and places another order.
From its call: when both have arrived at the venue. The turn that the flood blocks before that call,
which nobody can take back from Python, is told apart. Of the 3,000 each must have been sent, or
told *not sent*: none may end unknown. The venue counts what arrived. That is once with all limits
lifted, so that all is sent, and once where the flooding strategy has its usual quota.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from statistics import median
from typing import Final, NamedTuple

import msgspec

from benchmarks.contenders import Contest, Venue
from benchmarks.flood_client import Told
from benchmarks.lifted import MANY
from benchmarks.measure import Figures, Yardstick, percentile
from benchmarks.stamping_port import Tick, TickPlan
from benchmarks.tick_to_order import HIVE, funded


class Flooding(NamedTuple):
    """How often, how much of it may go in a second, and when all of it has ended."""

    floods: int
    per_second: int
    report_ms: int


ORDERS: Final = 3_000
LIFTED: Final = Flooding(floods=15, per_second=MANY, report_ms=2_000)
USUAL: Final = Flooding(floods=3, per_second=20, report_ms=4_000)
EARLY_MS: Final = 200
"""So long before it is reported what became of a flood, the venue has counted it."""
NS_PER_MS: Final = 1e6

YARDSTICKS: Final = {
    "cancel_ms": Yardstick(bar_max=20, peer="8,400"),
    "cancel_worst_ms": Yardstick(bar_max=20),
    "order_ms": Yardstick(bar_max=50, peer="8,200–9,500"),
    "order_worst_ms": Yardstick(bar_max=50),
    "unknown": Yardstick(bar_max=0, peer="662 of 3,000"),
    "sent_and_not_sent_differ": Yardstick(bar_max=0),
    "quota_order_ms": Yardstick(bar_max=50),
    "quota_unknown": Yardstick(bar_max=0),
    "quota_sent_and_not_sent_differ": Yardstick(bar_max=0),
}


def run() -> Figures:
    """Milliseconds from the other strategy's call to the venue, and what became of the flood."""
    return {**_figures(_flooded(LIFTED)), **_quota_figures(_flooded(USUAL))}


def _flooded(flooding: Flooding) -> list[tuple[Tick, Told]]:
    """Tick so often; what arrived, and what the strategies say of it."""
    plan = TickPlan(coin=HIVE.coin, ticks=1, interval_ms=flooding.report_ms - EARLY_MS, px=HIVE.px)
    words = (str(ORDERS), str(flooding.per_second), str(flooding.report_ms))
    found: list[tuple[Tick, Told]] = []
    with tempfile.TemporaryDirectory() as folder, Venue(*funded(HIVE)) as venue:
        hive = venue.contender("flood_client", HIVE.coin, HIVE.key, folder, *words)
        for _ in range(flooding.floods + 1):
            (tick,) = venue.ticks(Contest(hive, plan))
            found.append((tick, msgspec.json.decode(hive.line(), type=Told)))
    return found[1:]  # in the first there was nothing to cancel


def _figures(floods: Sequence[tuple[Tick, Told]]) -> Figures:
    cancels = [_arrived_ms(tick, told.cancelled, told) for tick, told in floods]
    orders = [_arrived_ms(tick, told.placed, told) for tick, told in floods]
    lasts = [(tick.read_ns[-1] - told.called_ns) / NS_PER_MS for tick, told in floods]
    blocked = [(told.called_ns - told.began_ns) / NS_PER_MS for _, told in floods]
    return {
        "cancel_ms": median(cancels),
        "cancel_worst_ms": max(cancels),
        "order_ms": median(orders),
        "order_p90_ms": percentile(orders, 0.9),
        "order_worst_ms": max(orders),
        "blocked_turn_ms": median(blocked),
        "blocked_us_per_order": median(blocked) * 1e3 / ORDERS,
        "last_of_the_flood_ms": median(lasts),
        **_fates(floods),
        "floods": len(floods),
    }


def _quota_figures(floods: Sequence[tuple[Tick, Told]]) -> Figures:
    orders = [_arrived_ms(tick, told.placed, told) for tick, told in floods]
    fates = {f"quota_{name}": figure for name, figure in _fates(floods).items()}
    return {"quota_order_ms": median(orders), **fates, "quota_floods": len(floods)}


def _fates(floods: Sequence[tuple[Tick, Told]]) -> Figures:
    return {
        "sent": sum(_sent(tick, told) for tick, told in floods),
        "not_sent": sum(told.ended.get("not sent", 0) for _, told in floods),
        "unknown": sum(_unknown(told) for _, told in floods),
        "sent_and_not_sent_differ": sum(
            abs(told.asked - _sent(tick, told) - told.ended.get("not sent", 0))
            for tick, told in floods
        ),
    }


def _arrived_ms(tick: Tick, cloid: str, told: Told) -> float:
    """From the call to the arrival of the action with that cloid in it."""
    is_cancel = cloid == told.cancelled
    (read_ns,) = (
        arrival.read_ns
        for arrival in tick.arrivals
        if arrival.is_cancel is is_cancel and cloid in arrival.cloids
    )
    return (read_ns - told.called_ns) / NS_PER_MS


def _sent(tick: Tick, told: Told) -> int:
    """How many of the flood have arrived, by the venue's count."""
    arrived = {cloid for each in tick.arrivals if not each.is_cancel for cloid in each.cloids}
    return len(arrived.intersection(told.flood))


def _unknown(told: Told) -> int:
    return told.ended.get("unconfirmed", 0) + told.ended.get("nothing heard", 0)
