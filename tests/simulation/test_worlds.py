"""Whole worlds: whatever happens in a chaos, after a calm everybody believes what is true."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.simulation.__main__ import report
from tests.simulation.world import EVENTS_MIN, play

FAULT_SHARE_MIN = 0.01
FAULTS = (
    # the network
    "connection_refused",
    "cut",
    "half_open",
    "http_answer_lost",
    "http_request_lost",
    "latency_spike",
    # the venue
    "delayChannel",
    "dropPush",
    "dropRequest",
    "dropResponse",
    "duplicatePush",
    "failResponse",
    "silenceChannel",
    "staleReads",
    # the machine
    "death by kill",
    "death by power",
    "start failed",
    "wall stepped back",
    "wall stepped forward",
    # what nobody can ask for
    "fills of nobody's",
    "fills of one millisecond",
    "fills of one millisecond at a page's edge",
    "trade ids that collide",
)


def test_no_world_violates_an_invariant(
    seeds: range, tier: str, record_property: Callable[[str, object], None]
) -> None:
    """And each is a world worth the name; from `full` on every fault has happened often enough."""
    worlds_by_fault = dict.fromkeys(FAULTS, 0)
    cpu_s = 0.0
    for seed in seeds:
        result = play(seed)
        if result.violations:
            pytest.fail(report(result), pytrace=False)
        assert result.venue_events >= EVENTS_MIN, seed
        assert result.boots >= 2, seed
        cpu_s += result.cpu_s
        for fault in result.fired:
            worlds_by_fault[fault] = worlds_by_fault.get(fault, 0) + 1
    record_property("worlds", len(seeds))
    record_property("cpu_s", cpu_s)
    if tier != "default":
        least = FAULT_SHARE_MIN * len(seeds)
        rare = {fault: worlds for fault, worlds in worlds_by_fault.items() if worlds < least}
        assert rare == {}
