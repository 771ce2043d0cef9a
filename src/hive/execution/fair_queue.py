"""Who goes next: a lane per strategy, served in turn, so that nobody's flood is another's drought.

    strategy A ─ a1 a2 a3 … ─╮
    strategy B ─ b1 ─────────┤ deficit round robin ──▶ a1 b1 c1 a2 c2 a3 …  as many as there is room
    strategy C ─ c1 c2 ──────╯

Each round a lane may send as many as its weight; what it could not use is not saved up. Within a
lane the order of asking is kept. A lane's own rate (its quota) holds it back without holding back
the others. What waited past its deadline is given back untouched, for its strategy to be told.

Times are monotonic milliseconds.
"""

from __future__ import annotations

from typing import Final

import msgspec

from hive.domain.identifiers import Cloid, StrategyId

MS_PER_SECOND: Final = 1000.0
FAR_MS: Final = 2**63


class Quota(msgspec.Struct, frozen=True, kw_only=True):
    """A strategy's share."""

    max_orders_per_second: float = 20.0
    """Orders and replaces, sustained; cancels are not held back."""
    burst: int = 40
    """How many may go at once after a quiet time."""
    weight: int = 1
    """Turns per round, against the other lanes."""
    waiting_max: int = 1_000
    """Asked for beyond this many waiting, an order is not sent, and its strategy told at once."""


USUAL_QUOTA: Final = Quota()


class Waiting(msgspec.Struct, frozen=True):
    """An order or a replace in a lane."""

    cloid: Cloid
    strategy: StrategyId
    deadline_ms: int
    is_urgent: bool


class Lane:
    """One strategy's waiting orders and its allowance."""

    __slots__ = ("deficit", "entries", "quota", "refilled_ms", "tokens")

    def __init__(self, quota: Quota, now_ms: int) -> None:
        self.quota = quota
        self.entries: dict[Cloid, Waiting] = {}
        self.deficit = 0
        self.tokens = float(quota.burst)
        self.refilled_ms = now_ms

    def refill(self, now_ms: int) -> None:
        passed_ms = now_ms - self.refilled_ms
        if passed_ms > 0:
            gained = passed_ms * self.quota.max_orders_per_second / MS_PER_SECOND
            self.tokens = min(float(self.quota.burst), self.tokens + gained)
            self.refilled_ms = now_ms

    def pop(self) -> Waiting:
        entry = self.entries.pop(next(iter(self.entries)))
        self.tokens -= 1
        return entry

    @property
    def wait_ms(self) -> int:
        """Until the quota lets one go."""
        if self.tokens >= 1:
            return 0
        return int((1 - self.tokens) * MS_PER_SECOND / self.quota.max_orders_per_second) + 1


class FairQueue:
    """The lanes of one account."""

    def __init__(self) -> None:
        self._lanes: dict[StrategyId, Lane] = {}
        self._backlogged: dict[StrategyId, Lane] = {}
        """Lanes with something in them; the one at the front is next."""
        self._strategy_by_cloid: dict[Cloid, StrategyId] = {}
        self._first_deadline_ms = FAR_MS
        """No deadline in any lane is earlier."""

    def open_lane(self, strategy: StrategyId, quota: Quota, now_ms: int) -> None:
        """Give a strategy a lane, or its lane another quota."""
        lane = self._lanes.get(strategy)
        if lane is None:
            self._lanes[strategy] = Lane(quota, now_ms)
        else:
            lane.quota = quota

    def add(self, entry: Waiting) -> bool:
        """Put it at the end of its strategy's lane; False if the lane is full."""
        strategy = entry.strategy
        lane = self._lanes[strategy]
        if len(lane.entries) >= lane.quota.waiting_max:
            return False
        assert entry.cloid not in lane.entries
        lane.entries[entry.cloid] = entry
        self._strategy_by_cloid[entry.cloid] = strategy
        self._backlogged[strategy] = lane
        if entry.deadline_ms < self._first_deadline_ms:
            self._first_deadline_ms = entry.deadline_ms
        return True

    def put_back(self, entries: list[Waiting]) -> None:
        """Undo a `take`: they are at the front of their lanes again, in the same order."""
        for entry in reversed(entries):
            lane = self._lanes[entry.strategy]
            lane.entries = {entry.cloid: entry, **lane.entries}
            lane.tokens += 1
            self._strategy_by_cloid[entry.cloid] = entry.strategy
            self._backlogged[entry.strategy] = lane
            self._first_deadline_ms = min(self._first_deadline_ms, entry.deadline_ms)

    def remove(self, cloid: Cloid) -> bool:
        """Take it out of its lane, if it is in one."""
        strategy = self._strategy_by_cloid.pop(cloid, None)
        if strategy is None:
            return False
        lane = self._lanes[strategy]
        del lane.entries[cloid]
        self._retire(strategy, lane)
        return True

    def __contains__(self, cloid: Cloid) -> bool:
        return cloid in self._strategy_by_cloid

    def __len__(self) -> int:
        return len(self._strategy_by_cloid)

    def depth(self, strategy: StrategyId) -> int:
        """How many of a strategy's wait."""
        lane = self._lanes.get(strategy)
        return 0 if lane is None else len(lane.entries)

    def take(self, room: int, now_ms: int) -> list[Waiting]:
        """The next at most `room` that may go, in the order in which they should."""
        taken: list[Waiting] = []
        for lane in self._backlogged.values():
            lane.refill(now_ms)
        idle = 0
        while len(taken) < room and idle < len(self._backlogged):
            strategy, lane = next(iter(self._backlogged.items()))
            lane.deficit = lane.deficit or lane.quota.weight
            before = len(taken)
            while lane.entries and lane.deficit and lane.tokens >= 1 and len(taken) < room:
                entry = lane.pop()
                del self._strategy_by_cloid[entry.cloid]
                taken.append(entry)
                lane.deficit -= 1
            idle = 0 if len(taken) > before else idle + 1
            self._pass_on(strategy, lane)
        return taken

    def take_urgent(self, room: int) -> list[Waiting]:
        """The next at most `room` of those that reduce risk, past whatever stands before them."""
        urgent = [
            entry
            for lane in self._backlogged.values()
            for entry in lane.entries.values()
            if entry.is_urgent
        ][: max(0, room)]
        for entry in urgent:
            self._lanes[entry.strategy].tokens -= 1
            self.remove(entry.cloid)
        return urgent

    def expire(self, now_ms: int) -> list[Waiting]:
        """Give back what waited past its deadline."""
        if now_ms < self._first_deadline_ms:
            return []
        late = [
            entry
            for lane in self._backlogged.values()
            for entry in lane.entries.values()
            if entry.deadline_ms <= now_ms
        ]
        for entry in late:
            self.remove(entry.cloid)
        self._first_deadline_ms = min(
            (e.deadline_ms for lane in self._backlogged.values() for e in lane.entries.values()),
            default=FAR_MS,
        )
        return late

    def drain(self, strategy: StrategyId | None = None) -> list[Waiting]:
        """Give back everything, of one strategy or of all."""
        lanes = self._backlogged if strategy is None else {strategy: self._lanes.get(strategy)}
        entries = [entry for lane in lanes.values() if lane for entry in lane.entries.values()]
        for entry in entries:
            self.remove(entry.cloid)
        return entries

    def next_due_ms(self, now_ms: int) -> int | None:
        """When a quota lets something go or a deadline passes, at the latest; None if empty."""
        due_ms: int | None = None
        for lane in self._backlogged.values():
            first = next(iter(lane.entries.values()))
            lane_ms = min(now_ms + lane.wait_ms, first.deadline_ms)
            due_ms = lane_ms if due_ms is None else min(due_ms, lane_ms)
        return due_ms

    def _pass_on(self, strategy: StrategyId, lane: Lane) -> None:
        """Let the next lane have its turn, once this one has used its own or cannot."""
        if not lane.entries:
            self._retire(strategy, lane)
        elif not lane.deficit or lane.tokens < 1:
            lane.deficit = 0
            self._backlogged[strategy] = self._backlogged.pop(strategy)

    def _retire(self, strategy: StrategyId, lane: Lane) -> None:
        if not lane.entries:
            lane.deficit = 0
            self._backlogged.pop(strategy, None)
