"""ccxt, async REST and pro, unmodified: only its URLs point at `hive venue serve`."""

from __future__ import annotations

from tests.live_sockets.foreign_clients import exercise, faults_in, python_of, served_venue

BUILDER_OF_CCXT = "0x6530512a6c89c7cfcebc3ba7fcd9ada5f30827a6"
"""It takes fees only while it holds 100 USDC."""


def test_ccxt_trades_on_our_venue() -> None:
    """Every step of `ccxt_exercise.py` passes, signed for mainnet as ccxt does by default."""
    python = python_of("ccxt")
    options = ("--network", "mainnet", "--no-limits", "--fund", f"{BUILDER_OF_CCXT}=1000")
    with served_venue(*options) as base_url:
        faults = faults_in(exercise(python, "ccxt_exercise", base_url))
    assert not faults
