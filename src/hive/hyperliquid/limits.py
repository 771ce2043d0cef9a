"""What the venue allows one address and one IP (protocol.md 4): weights and named limits."""

from __future__ import annotations

from typing import Final

BATCH_PER_WEIGHT: Final = 40


def exchange_weight(batch_len: int) -> int:
    """The IP weight of an /exchange request with that many orders or cancels in it."""
    return 1 + batch_len // BATCH_PER_WEIGHT
