"""NautilusTrader, unmodified: only its URLs point at `hive venue serve`."""

from __future__ import annotations

import secrets

import pytest
from tests.live_sockets.foreign_clients import exercise, faults_in, python_of, served_venue

pytestmark = pytest.mark.full


def test_nautilus_trader_trades_on_our_venue() -> None:
    """It connects, subscribes, orders, modifies, is filled, and finds it all again afterwards."""
    python = python_of("nautilus")
    key = "0x" + secrets.token_hex(32)
    with served_venue() as base_url:
        for plan in ("trade", "reconcile"):
            assert faults_in(exercise(python, "nautilus_exercise", base_url, plan, key)) == {}, plan
