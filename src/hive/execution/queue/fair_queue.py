"""Who goes next: a lane per strategy, served in turn, so that nobody's flood is another's drought.

    strategy A ─ a1 a2 a3 … ─╮
    strategy B ─ b1 ─────────┤ deficit round robin ──▶ a1 b1 c1 a2 c2 a3 …  as many as there is room
    strategy C ─ c1 c2 ──────╯

Each round a lane earns its priority level; an order costs the normal level. What a lane could not
use is not saved up. Within a lane the order of asking is kept. A lane's own quota holds it back
without holding back the others; what its quota cannot let go in time is turned away at once.

Room comes in two sizes. A lane that lately had more than its share of all that went is *heavy*, and
stops where the smaller one ends: the rest is for those who have asked for less (`take`).

Times are monotonic milliseconds.
"""

from __future__ import annotations

from collections import OrderedDict
from itertools import zip_longest
from typing import Final

import msgspec

from hive.domain.identifiers import Cloid, StrategyId
from hive.execution.queue.earnings import Earnings
from hive.execution.queue.lane import NORMAL_PRIORITY, Lane, Quota, Waiting
from hive.execution.queue.overload import Overload

FAR_MS: Final = 2**63
HALF_LIFE_MS: Final = 10_000
"""After so long a time what a lane has sent counts half in its share."""


class Shut(msgspec.Struct, frozen=True):
    """What is turned away at once, until when."""

    overload: Overload
    since_ms: int
    until_ms: int
    is_heavy_only: bool

    def overload_at(self, now_ms: int) -> Overload:
        """With what is left of the wait."""
        passed_ms = now_ms - self.since_ms
        after_ms = max(1, (self.overload.retry_after_ms or 0) - passed_ms)
        return Overload(self.overload.reason, after_ms)


class FairQueue:
    """The lanes of one account."""

    def __init__(self, earnings: Earnings) -> None:
        self._earnings = earnings
        self.pay_back: Final = earnings.pay_back
        """For what was taken, and does not leave at all."""
        self._lanes: dict[StrategyId, Lane] = {}
        self._backlogged: OrderedDict[StrategyId, Lane] = OrderedDict()
        """Lanes with something in them; the one at the front is next."""
        self.waiting: dict[Cloid, StrategyId] = {}
        """Whose each is that waits; to be read only."""
        self._urgent: dict[Cloid, Waiting] = {}
        """What reduces risk, in the order of asking."""
        self._first_deadline_ms = FAR_MS
        """No deadline in any lane is earlier."""
        self._levels = 0
        """All lanes' priority levels together."""
        self._recent = 0
        self._fade_ms = 0
        self._shut: Shut | None = None

    def open_lane(self, strategy: StrategyId, quota: Quota, now_ms: int) -> None:
        """Give a strategy a lane, or its lane another quota."""
        lane = self._lanes.get(strategy)
        if not self._lanes:
            self._fade_ms = now_ms + HALF_LIFE_MS
        if lane is None:
            self._lanes[strategy] = Lane(quota, now_ms)
            self._earnings.open(strategy, now_ms)
        else:
            self._levels -= lane.quota.priority_level
            lane.assign(quota)
        self._levels += quota.priority_level

    def add(self, entry: Waiting, now_ms: int) -> Overload | None:
        """Put it at the end of its strategy's lane; or why it is not worth waiting there."""
        strategy, cloid = entry.strategy, entry.cloid
        lane = self._lanes[strategy]
        shut = self._shut
        if shut is not None and self._is_shut(shut, lane, entry, now_ms):
            return shut.overload_at(now_ms)
        if lane.entries or lane.tokens < 1 or lane.weight is not None:
            overload = lane.overload(entry, now_ms)
            if overload is not None:
                return overload
        lane.entries[cloid] = entry
        self.waiting[cloid] = strategy
        self._backlogged[strategy] = lane
        if entry.is_urgent:
            self._urgent[cloid] = entry
        if entry.deadline_ms < self._first_deadline_ms:
            self._first_deadline_ms = entry.deadline_ms
        return None

    def put_back(self, entries: list[Waiting]) -> None:
        """Undo a `take`: they are at the front of their lanes again, in the same order."""
        for entry in reversed(entries):
            self.pay_back(entry)
            lane, cloid = self._lanes[entry.strategy], entry.cloid
            lane.entries[cloid] = entry
            lane.entries.move_to_end(cloid, last=False)
            lane.tokens += 1
            if lane.weight is not None:
                lane.weight.unspend(1)
            lane.recent = max(0, lane.recent - 1)
            self._recent = max(0, self._recent - 1)
            self.waiting[cloid] = entry.strategy
            self._backlogged[entry.strategy] = lane
            if entry.is_urgent:
                self._urgent[cloid] = entry
            self._first_deadline_ms = min(self._first_deadline_ms, entry.deadline_ms)

    def remove(self, cloid: Cloid) -> bool:
        """Take it out of its lane, if it is in one."""
        strategy = self.waiting.pop(cloid, None)
        if strategy is None:
            return False
        lane = self._lanes[strategy]
        del lane.entries[cloid]
        self._urgent.pop(cloid, None)
        self._retire(strategy, lane)
        return True

    def __contains__(self, cloid: Cloid) -> bool:
        return cloid in self.waiting

    def depth(self, strategy: StrategyId) -> int:
        """How many of a strategy's wait."""
        lane = self._lanes.get(strategy)
        return 0 if lane is None else len(lane.entries)

    # --- shares ---------------------------------------------------------------------------------

    def spend(self, strategy: StrategyId, count: int, now_ms: int) -> None:
        """So many of a strategy's actions went past its lane: cancels, counted and never held."""
        lane = self._lanes.get(strategy)
        if lane is not None:  # an earlier process may have traded for another one
            lane.spend(count, now_ms)
            self._recent += count

    @property
    def strategies(self) -> tuple[StrategyId, ...]:
        """All that have a lane."""
        return tuple(self._lanes)

    def share_of(self, strategy: StrategyId) -> float:
        """The part of everything that is a strategy's by its priority level."""
        return self._lanes[strategy].quota.priority_level / self._levels

    def is_light_waiting(self, now_ms: int) -> bool:
        """Whether something waits, and could go, of one who has not had his share."""
        return any(
            not self._is_heavy(lane) and lane.admits(now_ms) for lane in self._backlogged.values()
        )

    def _is_heavy(self, lane: Lane) -> bool:
        return lane.recent * self._levels > self._recent * lane.quota.priority_level

    def _fade(self, now_ms: int) -> None:
        self._fade_ms = now_ms + HALF_LIFE_MS
        for lane in self._lanes.values():
            lane.recent >>= 1
        self._recent = sum(lane.recent for lane in self._lanes.values())

    # --- turns ----------------------------------------------------------------------------------

    def take(self, room: int, now_ms: int, light_room: int = 0) -> list[Waiting]:
        """The next at most `room` that may go, in the order in which they should.

        With a larger `light_room` lanes that have not had their share go on until that is full.
        """
        if now_ms >= self._fade_ms:
            self._fade(now_ms)
        if len(self._backlogged) == len(self.waiting) <= room:
            return self._take_firsts(now_ms)
        taken: list[Waiting] = []
        for lane in self._backlogged.values():
            lane.refill(now_ms)
        most = max(room, light_room)
        idle = 0
        while len(taken) < most and idle < len(self._backlogged):
            strategy, lane = next(iter(self._backlogged.items()))
            if lane.deficit < NORMAL_PRIORITY:
                lane.deficit += lane.quota.priority_level
            is_able = True
            while lane.entries and lane.deficit >= NORMAL_PRIORITY and len(taken) < most:
                is_able = lane.admits(now_ms) and (len(taken) < room or not self._is_heavy(lane))
                if not is_able:
                    break
                taken.append(self._pop(lane, now_ms))
            idle = 0 if is_able else idle + 1
            self._pass_on(strategy, lane, is_able)
        return taken

    def _take_firsts(self, now_ms: int) -> list[Waiting]:
        """One waits in each lane and there is room for all: nobody's turn need be reckoned."""
        taken: list[Waiting] = []
        held: list[tuple[StrategyId, Lane]] = []
        waiting = self.waiting
        for strategy, lane in self._backlogged.items():
            lane.refill(now_ms)
            lane.deficit = 0
            weight = lane.weight
            if lane.tokens < 1 or (weight is not None and not weight.admits(1, now_ms)):
                held.append((strategy, lane))
                continue
            cloid, entry = lane.entries.popitem()
            del waiting[cloid]
            lane.tokens -= 1
            lane.recent += 1
            if weight is not None:
                weight.spend(1, now_ms)
            taken.append(entry)
        self._recent += len(taken)
        if self._urgent:
            for entry in taken:
                self._urgent.pop(entry.cloid, None)
        self._backlogged.clear()
        self._backlogged.update(held)
        if not held:
            self._first_deadline_ms = FAR_MS
        return taken

    def take_urgent(self, room: int, now_ms: int) -> list[Waiting]:
        """The next at most `room` of those that reduce risk, past whatever stands before them."""
        if room <= 0 or not self._urgent:
            return []
        by_strategy: dict[StrategyId, list[Waiting]] = {}
        for entry in self._urgent.values():
            by_strategy.setdefault(entry.strategy, []).append(entry)
        turns = zip_longest(*by_strategy.values())
        taken = [entry for turn in turns for entry in turn if entry is not None][:room]
        self._take_out(taken, now_ms)
        return taken

    def take_prepaid(self, room: int, now_ms: int) -> list[Waiting]:
        """The next at most `room` that their strategies have earned (`Earnings`), past what they
        have waiting before them."""
        if room <= 0:
            return []
        lines = [
            self._earnings.covered(strategy, lane.entries.values(), now_ms)[: int(lane.tokens)]
            for strategy, lane in self._backlogged.items()
            if lane.admits(now_ms)
        ]
        taken = [entry for turn in zip_longest(*lines) for entry in turn if entry is not None]
        del taken[room:]
        self._earnings.pay(taken, now_ms)
        self._take_out(taken, now_ms)
        return taken

    def _take_out(self, taken: list[Waiting], now_ms: int) -> None:
        for entry in taken:
            self._lanes[entry.strategy].tokens -= 1
            self.spend(entry.strategy, 1, now_ms)
            self.remove(entry.cloid)

    def expire(self, now_ms: int) -> list[Waiting]:
        """Give back what waited past its deadline."""
        if now_ms < self._first_deadline_ms:
            return []
        late: list[Waiting] = []
        first_ms = FAR_MS
        for lane in self._backlogged.values():
            for entry in lane.entries.values():
                if entry.deadline_ms > now_ms:
                    first_ms = min(first_ms, entry.deadline_ms)
                    break
                late.append(entry)
        for entry in late:
            self.remove(entry.cloid)
        self._first_deadline_ms = first_ms
        return late

    def drain(self, strategy: StrategyId | None = None) -> list[Waiting]:
        """Give back everything, of one strategy or of all."""
        lanes = self._backlogged if strategy is None else {strategy: self._lanes.get(strategy)}
        entries = [entry for lane in lanes.values() if lane for entry in lane.entries.values()]
        for entry in entries:
            self.remove(entry.cloid)
        return entries

    def shut(self, shut: Shut, keep: int) -> list[Waiting]:
        """Give back all but `keep` of what it is about, and turn away what comes until it ends.

        Nothing is done while no more than that wait. Each lane keeps its first.
        """
        if len(self.waiting) - len(self._urgent) <= keep:
            return []
        lines = [
            [entry for entry in lane.entries.values() if not self._is_spared(entry, shut.since_ms)]
            for lane in self._backlogged.values()
            if not shut.is_heavy_only or self._is_heavy(lane)
        ]
        in_turns = [entry for turn in zip_longest(*lines) for entry in turn if entry is not None]
        excess = in_turns[keep:]
        if excess:
            self._shut = shut
        for entry in excess:
            self.remove(entry.cloid)
        return excess

    def _is_shut(self, shut: Shut, lane: Lane, entry: Waiting, now_ms: int) -> bool:
        if now_ms >= shut.until_ms:
            self._shut = None
            return False
        if shut.is_heavy_only and not self._is_heavy(lane):
            return False
        return not self._is_spared(entry, now_ms)

    def _is_spared(self, entry: Waiting, now_ms: int) -> bool:
        return entry.is_urgent or self._earnings.covers(entry, now_ms)

    def next_due_ms(self, now_ms: int) -> int | None:
        """When a quota lets something go or a deadline passes, at the latest; None if empty."""
        due_ms: int | None = None
        for lane in self._backlogged.values():
            first = next(iter(lane.entries.values()))
            lane_ms = min(now_ms + lane.wait_ms(1, now_ms), first.deadline_ms)
            due_ms = lane_ms if due_ms is None else min(due_ms, lane_ms)
        return due_ms

    def _pop(self, lane: Lane, now_ms: int) -> Waiting:
        cloid, entry = lane.entries.popitem(last=False)
        del self.waiting[cloid]
        if entry.is_urgent:
            del self._urgent[cloid]
        lane.tokens -= 1
        lane.deficit -= NORMAL_PRIORITY
        lane.spend(1, now_ms)
        self._recent += 1
        return entry

    def _pass_on(self, strategy: StrategyId, lane: Lane, is_able: bool) -> None:
        """Let the next lane have its turn, once this one has used its own or cannot."""
        if not lane.entries:
            self._retire(strategy, lane)
        elif not is_able or lane.deficit < NORMAL_PRIORITY:
            if not is_able:
                lane.deficit = 0
            self._backlogged.move_to_end(strategy)

    def _retire(self, strategy: StrategyId, lane: Lane) -> None:
        if not lane.entries:
            lane.deficit = 0
            self._backlogged.pop(strategy, None)
