"""Settings that are known and whose work comes later. They are refused by name, never ignored."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Final

from hive.app.config.tree import Node, Scalar

# What a setting would do, by its path, which for a strategy begins at its block.
_LATER: Final = MappingProxyType(
    {
        "account.keystore": "encrypted key files; key_file and key_env name plain ones",
        "jobs": "work that runs by the calendar",
        "live": "trading real money",
        "multiplexer.reconnect": "a choice of backoffs (it doubles from 250 ms to 20 s)",
        "monitoring.dashboard.token": "a page for others than this machine",
        "monitoring.log": "log files",
        "monitoring.metrics_port": "metrics for Prometheus",
        "monitoring.profiling": "profiling",
        "notify": "notifications",
        "recorder": "recording market data",
        "runtime.on_strategy_error": "a choice of what an error does (too many pause the strategy)",
        "runtime.scheduler": "a choice of schedulers",
        "runtime.tick_interval_ms": "a common clock; strategies set timers of their own",
        "wallets": "following other people's wallets",
    }
)

# Single values of settings that are offered otherwise.
_LATER_VALUES: Final = MappingProxyType(
    {
        ("mode", "live"): "trading real money",
    }
)


def later(path: str, value: Node) -> str | None:
    """What the setting would do, if its work is yet to come; None if it is offered or unknown."""
    known = re.sub(r"\[\d+\]", "[*]", path)
    text = value.text.lower() if isinstance(value, Scalar) else ""
    return _LATER.get(known.removeprefix("strategies[*].")) or _LATER_VALUES.get((known, text))
