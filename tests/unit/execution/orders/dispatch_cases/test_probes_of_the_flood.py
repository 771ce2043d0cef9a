"""The races that peers were probed with: one strategy floods 3,000 orders in one turn (K, L, M).

In virtual time, so what is seen is order, budgets and promises, not the machine's speed. What left
is counted on the wire and at the venue.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from tests.unit.execution.venue_rig import VenueRig

from hive.app.wiring.plan import StrategyPlan
from hive.domain.identifiers import Cloid

FLOOD = 3_000
SIZE = Decimal("0.001")


def usual(plan: StrategyPlan) -> StrategyPlan:
    return plan


def unlimited(plan: StrategyPlan) -> StrategyPlan:
    return msgspec.structs.replace(plan, orders_per_second_max=100_000.0)


def buy(rig: VenueRig, name: str, px: int = 70_000) -> Cloid:
    cloid: Cloid = rig.ctx(name).buy("BTC", SIZE, Decimal(px))
    return cloid


class Flood:
    """Alice floods; Bob, called right after, cancels what rests and places another."""

    def __init__(self, plans: Callable[[StrategyPlan], StrategyPlan]) -> None:
        self.rig = rig = VenueRig("alice", "bob", plans=plans)
        self.resting: Cloid = rig.do(lambda: buy(rig, "bob"))
        self.wire: list[tuple[int, dict[str, Any]]] = []
        observe = rig.network.observe

        def watch(road: str, message: bytes) -> None:
            observe(road, message)
            self.wire.append((rig.kernel.now_ns, msgspec.json.decode(message)))

        rig.network.observe = watch
        self.began_ns = rig.kernel.now_ns
        self.flood, self.other = rig.do(self._deeds, 0.5)

    def _deeds(self) -> tuple[list[Cloid], Cloid]:
        rig = self.rig
        flood = [buy(rig, "alice", 60_000 + number) for number in range(FLOOD)]
        rig.ctx("bob").cancel(self.resting)
        return flood, buy(rig, "bob", 71_000)

    def signed(self) -> list[dict[str, Any]]:
        """What was signed, as it left."""
        payloads = [frame.get("request", {}).get("payload", frame) for _, frame in self.wire]
        return [payload for payload in payloads if "nonce" in payload]

    def sent(self) -> list[Cloid]:
        """Orders, in the order in which they left."""
        actions = [payload["action"] for payload in self.signed()]
        return [order["c"] for action in actions for order in action.get("orders", ())]


@pytest.mark.parametrize("plans", [usual, unlimited])
def test_probe_k_a_flood_delays_neither_anothers_cancel_nor_its_order(
    plans: Callable[[StrategyPlan], StrategyPlan],
) -> None:
    """At the peer's the cancel arrived after 8.4 s and the order after 8.2 s."""
    flood = Flood(plans)
    first, *_ = flood.signed()
    assert [each["cloid"] for each in first["action"]["cancels"]] == [flood.resting]
    assert flood.other in flood.sent()[:2]
    opened = {order.cloid for order in flood.rig.truth.open_orders}
    assert flood.resting not in opened
    assert flood.other in opened
    assert flood.rig.news(flood.resting, "bob") == ["accepted", "canceled"]
    assert flood.rig.news(flood.other, "bob") == ["accepted"]


@pytest.mark.parametrize("plans", [usual, unlimited])
def test_probe_l_each_of_a_flood_is_sent_or_told_as_not_sent_and_no_limit_is_broken(
    plans: Callable[[StrategyPlan], StrategyPlan],
) -> None:
    """At the peer's 662 of 3,000 never left, and were called unknown."""
    flood = Flood(plans)
    rig = flood.rig
    rig.run_s(30)
    told: dict[Cloid, list[str]] = {cloid: [] for cloid in flood.flood}
    for event in rig.hands["alice"].news:
        told[event.order.cloid].append(event.news.value)
    sent = set(flood.sent())
    resting = set(rig.open_cloids())
    for cloid, news in told.items():
        if cloid in sent:
            assert news == ["accepted"]
        else:
            assert news == ["not sent"]
    assert sent - resting == set()
    counters = rig.venue.counters()
    assert counters["limitRefusals"] == {}
    assert counters["postsRefused"] == 0
    assert rig.runtime.desks[rig.signer.address].snapshot().unconfirmed == 0


def test_probe_m_the_wire_keeps_each_strategys_order_and_nonces_only_grow() -> None:
    """At the peer's up to 17 % of the pairs of one strategy left in the wrong order."""
    flood = Flood(unlimited)
    flood.rig.run_s(30)
    alices = [cloid for cloid in flood.sent() if cloid in set(flood.flood)]
    assert len(alices) == 799  # what one may have open of the thousand, beside others
    assert alices == [cloid for cloid in flood.flood if cloid in set(alices)]
    nonces = [payload["nonce"] for payload in flood.signed()]
    assert all(earlier < later for earlier, later in pairwise(nonces))


def test_probe_m_so_it_is_with_a_hundred_strategies() -> None:
    names = [f"s{number}" for number in range(100)]
    rig = VenueRig(*names, plans=unlimited)
    before = len(rig.actions)

    def deeds() -> dict[str, list[Cloid]]:
        cloids: dict[str, list[Cloid]] = {name: [] for name in names}
        for number in range(8):
            for name in names:
                cloids[name].append(buy(rig, name, 60_000 + number))
        return cloids

    placed = rig.do(deeds, 10)
    sent = [o["c"] for action in rig.actions[before:] for o in action.get("orders", ())]
    rank = {cloid: number for number, cloid in enumerate(sent)}
    assert len(sent) == len(rank) == 800
    for cloids in placed.values():
        ranks = [rank[cloid] for cloid in cloids]
        assert ranks == sorted(ranks)
