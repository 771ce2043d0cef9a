"""TWAPs against the venue's truth: it knows no name of ours, so each has numbers of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple, Protocol

import msgspec

from hive.domain.identifiers import Cloid, StrategyId
from hive.domain.market import Side
from hive.domain.twaps import Twap, TwapEvent, TwapNews
from hive.localvenue.views.truth import TrueTwap
from hive.simulation.virtual_time import NS_PER_MS

NEVER_THERE = (
    TwapNews.REFUSED,
    TwapNews.NOT_SENT,
    TwapNews.REJECTED,
    TwapNews.NEVER_ARRIVED,
)


class Mark(NamedTuple):
    """What tells one from another."""

    coin: str
    side: str
    size: Decimal
    minutes: int


class TwapEnding(msgspec.Struct, frozen=True):
    """A strategy was told, then, that its TWAP is over."""

    told_ns: int
    news: TwapNews
    filled_size: Decimal


class Time(Protocol):
    """When it is, in nanoseconds: a kernel."""

    @property
    def now_ns(self) -> int: ...


class TwapDiary:
    """What strategies asked for and were told, over all processes of a world."""

    def __init__(self, time: Time) -> None:
        self._time = time
        self._wanted: dict[Mark, Twap] = {}
        self._endings: dict[Cloid, TwapEnding] = {}
        self.violations: list[str] = []

    def began(self, twap: Twap) -> None:
        mark = Mark(twap.coin, twap.side.value, twap.size, twap.minutes)
        assert mark not in self._wanted, "two that nobody can tell apart"
        self._wanted[mark] = twap

    def told(self, event: TwapEvent) -> None:
        twap = event.twap
        before = self._endings.get(twap.cloid)
        if before is not None and twap.is_live:
            self.violations.append(f"I4 {twap.cloid} is {event.news.value} after {before}")
        if not twap.is_live and before is None:
            ending = TwapEnding(self._time.now_ns, event.news, twap.filled_size)
            self._endings[twap.cloid] = ending

    def owners(self, truth: Sequence[TrueTwap]) -> dict[int, StrategyId]:
        """Whose the venue's TWAPs are, by their numbers."""
        wanted = self._wanted
        return {
            twap.twap_id: wanted[mark_of(twap)].strategy
            for twap in truth
            if mark_of(twap) in wanted
        }

    def differences(self, truth: Sequence[TrueTwap], start_ms: int) -> list[str]:
        """I4, I6: each wish is at most one TWAP, and is over here only when it is over there."""
        wrong: list[str] = []
        seen: set[Mark] = set()
        for twap in truth:
            mark = mark_of(twap)
            mine = self._wanted.get(mark)
            if mine is None:
                wrong.append(f"I6 no strategy asked for {twap}")
                continue
            if mark in seen:
                wrong.append(f"I6 begun twice: {twap}")
            seen.add(mark)
            ending = self._endings.get(mine.cloid)
            if ending is not None:
                wrong += _early(twap, ending, start_ms)
        return wrong


def mark_of(twap: TrueTwap) -> Mark:
    return Mark(twap.coin, Side(twap.side).value, twap.size, twap.minutes)


def running_differ(truth: Sequence[TrueTwap], live: Mapping[int | None, Twap]) -> list[str]:
    """After calm the same TWAPs run there and here, and as much of each has traded."""
    there = {twap.twap_id: twap for twap in truth if twap.ended_ms is None}
    wrong = [f"I4 runs only here: {twap}" for number, twap in live.items() if number not in there]
    for number, twap in there.items():
        ours = live.get(number)
        if ours is None:
            wrong.append(f"I3 runs only at the venue: {twap}")
        elif ours.filled_size != twap.filled_size:
            wrong.append(f"I1 {twap} is here {ours}")
    return wrong


def _early(twap: TrueTwap, ending: TwapEnding, start_ms: int) -> list[str]:
    told_ms = start_ms + ending.told_ns // NS_PER_MS
    if ending.news in NEVER_THERE:
        return [f"I4 was told {ending.news.value}, and the venue has {twap}"]
    if twap.ended_ms is None or twap.ended_ms > told_ms:
        return [f"I4 was told {ending.news.value} at {told_ms}, before the end of {twap}"]
    return []
