"""A refusal's text, and what earns it.

`*` stands for an address or a number; where a source breaks off with dots, so does the row with
` …`. Texts about a single order end in its asset on the wire.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from tests.unit.localvenue.still_venue import Stage

from hive.serving.port import ExchangeRequest

Provoke = Callable[[Stage], ExchangeRequest]

STRANGER = "0x" + "12" * 20
NOOP = {"type": "noop"}


class Row(NamedTuple):
    """A text, what earns it, and on which venue."""

    text: str
    provoke: Provoke
    config: dict[str, Any] = {}  # noqa: RUF012 - a default that nobody changes


def by_user(kind: str, usd: int = 1_000_000, **fields: Any) -> Provoke:
    """An action that users sign, from somebody with that much."""
    return lambda stage: stage.trader(1, usd=usd).signed(kind, **fields)


def action(usd: int = 1_000_000, /, **fields: Any) -> Provoke:
    """An action of somebody with that much."""
    return lambda stage: stage.trader(1, usd=usd).request(fields)
