"""How much margin an account's orders of a coin need, and what answers for its position.

The venue knows one leverage and one margin mode per coin and account, whoever trades it.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from hive.domain.identifiers import StrategyId


class MarginMode(StrEnum):
    """What answers for a position: all that the account has, or margin of its own."""

    CROSS = "cross"
    ISOLATED = "isolated"


class LeverageSetting(msgspec.Struct, frozen=True):
    """What a coin is traded with."""

    leverage: int
    mode: MarginMode = MarginMode.CROSS

    def __str__(self) -> str:
        return f"{self.leverage}x {self.mode.value}"


class LeverageWish(msgspec.Struct, frozen=True):
    """What a strategy wants of a coin; no mode is: whichever another wants, or the coin has."""

    leverage: int
    mode: MarginMode | None = None


class LeverageNews(StrEnum):
    """What became of a change."""

    SET = "set"
    """The venue has it so: seen in its state, not only in its answer."""
    REFUSED = "refused"
    """By us, before sending; the reason begins with the rule's name."""
    REJECTED = "rejected"
    """By the venue; all stays as it was."""


class LeverageEvent(msgspec.Struct, frozen=True, kw_only=True):
    """News of a coin's leverage or margin mode, for one of the strategies that asked for one."""

    strategy: StrategyId
    coin: str
    news: LeverageNews
    setting: LeverageSetting | None
    """What holds now by the venue's word; None while it is not known."""
    reason: str = ""
