"""TWAPs of the venue's: a size that it trades by itself, a slice every thirty seconds.

It carries no cloid there, so ours names it only here and in the journal; what the venue knows it by
is its number. Not to be taken for the ready-made strategy of that name, which slices by itself.

    PENDING ──started──▶ RUNNING ──finished / canceled / failed──▶ DONE
       │  ╲─refused / rejected / not sent────────────────────────▶ DONE
       ╰──no answer──▶ UNCONFIRMED ──the venue's history──▶ RUNNING or DONE
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Final

import msgspec

from hive.domain.errors import IllegalMove
from hive.domain.identifiers import Cloid, StrategyId
from hive.domain.market import Side

TWAP_MINUTES_MIN: Final = 5
TWAP_MINUTES_MAX: Final = 1_440
"""Newer sources say a week (venue.md 5); the older bound holds with all of them."""


class TwapIntent(msgspec.Struct, frozen=True, kw_only=True):
    """Trade so many coins over so many minutes."""

    strategy: StrategyId
    cloid: Cloid
    coin: str
    side: Side
    size: Decimal
    minutes: int
    is_randomized: bool = False
    """The venue varies the slices by about a fifth."""
    reduce_only: bool = False


class TwapPhase(StrEnum):
    """Where in its life a TWAP is."""

    PENDING = "pending"
    UNCONFIRMED = "unconfirmed"
    """Sent and unanswered: it may be running. Only the venue's evidence ends this."""
    RUNNING = "running"
    DONE = "done"


class TwapNews(StrEnum):
    """What happened to a TWAP."""

    STARTED = "started"
    REFUSED = "refused"
    """By us, before sending; the reason begins with the rule or limit."""
    NOT_SENT = "not sent"
    REJECTED = "rejected"
    """By the venue."""
    UNCONFIRMED = "unconfirmed"
    FINISHED = "finished"
    """All of it was traded, or its time is over: see `twap.filled_size`."""
    CANCELED = "canceled"
    FAILED = "failed"
    """The venue ended it because of an error of its own naming."""
    NEVER_ARRIVED = "never arrived"


_DONE: Final = TwapPhase.DONE
TWAP_MOVES: Final[dict[tuple[TwapPhase, TwapNews], TwapPhase]] = {
    (TwapPhase.PENDING, TwapNews.STARTED): TwapPhase.RUNNING,
    (TwapPhase.PENDING, TwapNews.UNCONFIRMED): TwapPhase.UNCONFIRMED,
    (TwapPhase.PENDING, TwapNews.REFUSED): _DONE,
    (TwapPhase.PENDING, TwapNews.NOT_SENT): _DONE,
    (TwapPhase.PENDING, TwapNews.REJECTED): _DONE,
    (TwapPhase.PENDING, TwapNews.CANCELED): _DONE,  # before it was sent
    (TwapPhase.UNCONFIRMED, TwapNews.STARTED): TwapPhase.RUNNING,
    (TwapPhase.UNCONFIRMED, TwapNews.REJECTED): _DONE,
    (TwapPhase.UNCONFIRMED, TwapNews.NEVER_ARRIVED): _DONE,
    (TwapPhase.UNCONFIRMED, TwapNews.FAILED): _DONE,  # before it had a number
    (TwapPhase.RUNNING, TwapNews.FINISHED): _DONE,
    (TwapPhase.RUNNING, TwapNews.CANCELED): _DONE,
    (TwapPhase.RUNNING, TwapNews.FAILED): _DONE,
}


def moved(phase: TwapPhase, news: TwapNews) -> TwapPhase:
    """The phase after that.

    Raises:
        IllegalMove: this life does not allow it; ask the venue, never guess.
    """
    try:
        return TWAP_MOVES[phase, news]
    except KeyError:
        raise IllegalMove(f"a TWAP that is {phase.value} cannot be {news.value}") from None


class Twap(msgspec.Struct, frozen=True, kw_only=True):
    """A TWAP as it stood when this view was made."""

    cloid: Cloid
    strategy: StrategyId
    coin: str
    side: Side
    size: Decimal
    minutes: int
    is_randomized: bool
    reduce_only: bool
    phase: TwapPhase
    twap_id: int | None
    """The venue's number for it; None until it is known."""
    filled_size: Decimal
    cancel_pending: bool

    @property
    def is_live(self) -> bool:
        """It runs, or may."""
        return self.phase is not TwapPhase.DONE

    @property
    def open_size(self) -> Decimal:
        """What may still trade, in coins."""
        return self.size - self.filled_size if self.is_live else Decimal(0)


class TwapEvent(msgspec.Struct, frozen=True, kw_only=True):
    """News of one of a strategy's TWAPs; `twap` is how it stands after it. Fills come as fills."""

    news: TwapNews
    twap: Twap
    reason: str = ""


class TwapStarted(msgspec.Struct, frozen=True):
    """The venue's answer: it runs under this number."""

    twap_id: int


class TwapReport(msgspec.Struct, frozen=True, kw_only=True):
    """What the venue tells of a TWAP, in its stream or its history."""

    twap_id: int | None
    coin: str
    side: Side
    size: Decimal
    filled_size: Decimal
    minutes: int
    is_randomized: bool
    reduce_only: bool
    started_ms: int
    """By the venue's clock."""
    status: str
    """The venue's own word."""
    reason: str = ""


class OpenTwap(msgspec.Struct, frozen=True, kw_only=True):
    """What a process hands to the next of a TWAP that may run."""

    intent: TwapIntent
    twap_id: int | None = None
    filled_size: Decimal = Decimal(0)
    expires_ms: int = 0
    """By the venue's clock: after it, it can no longer arrive."""
