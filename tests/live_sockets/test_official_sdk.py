"""The official SDK, unmodified, trades on `hive venue serve`: base URL and key only."""

from __future__ import annotations

import sys

from tests.live_sockets.foreign_clients import exercise, faults_in, served_venue

BUILDER_OF_THE_EXAMPLES = "0x" + "0" * 40
"""It takes fees only while it holds 100 USDC."""


def test_the_sdk_trades_on_our_venue() -> None:
    """Every step of `sdk_exercise.py` passes: orders, bulk, market, leverage, agents, streams."""
    with served_venue() as base_url:
        assert faults_in(exercise(sys.executable, "sdk_exercise", base_url)) == {}


def test_the_sdks_examples_find_what_they_find_at_the_public_service() -> None:
    """Every example that concerns trading passes, or is refused in the public service's words."""
    with served_venue("--no-limits", "--fund", f"{BUILDER_OF_THE_EXAMPLES}=1000") as base_url:
        faults = faults_in(exercise(sys.executable, "sdk_examples", base_url))
    assert not faults
