"""How much may leave now: the link, the hold, the budgets and their paces, asked as one.

urgent     cancels and what reduces risk   the whole of every budget
light      who has had less than his share all but the reserve, and first
heavy      who has had more                what the others do not need
prepaid    who has earned it (`Earnings`)  all but the reserve, whatever the pace of actions says
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from hive.connection.rate_budget import AddressBudget, IpBudget
from hive.execution.ports import ActionLink
from hive.execution.queue.economy import ActionPace, MessagePace, Throttle
from hive.execution.queue.overload import Overload

HEAVY_PART: Final = 0.985
"""Of the messages that ordinary actions may use: the rest is room for a light lane's next."""
RETRY_MS: Final = 100
"""When to look again after something that tells no time of its own."""
WAIT_MS_MAX: Final = 1_000
"""And after something that does: trading may have ended it before."""


class Roads:
    """The ways out: the account's socket, and HTTP for what cannot wait while it is down."""

    def __init__(self, link: ActionLink, fallback: ActionLink | None = None) -> None:
        self._link = link
        self._fallback = fallback

    @property
    def is_open(self) -> bool:
        return self._link.is_open

    @property
    def ordinary(self) -> ActionLink:
        return self._link

    @property
    def urgent(self) -> ActionLink:
        if self._fallback is None or self._link.is_open:
            return self._link
        return self._fallback


class Budgets(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked."""

    ip: IpBudget
    address: AddressBudget
    pace: ActionPace
    throttle: Throttle


class Rooms(msgspec.Struct, frozen=True):
    """So many ordinary orders may go now."""

    heavy: int
    light: int
    prepaid: int
    """Of those that the pace has no room for, but their strategies have earned."""


NO_ROOM: Final = Rooms(0, 0, 0)
ALL: Final = 2**63


class Squeeze(msgspec.Struct, frozen=True):
    """Of what waits only so many can go in time."""

    overload: Overload
    is_heavy_only: bool
    """It holds back only those who have had more than their share."""
    keep: int


class Admission:
    """Answers how much may go, and when to ask again."""

    def __init__(self, roads: Roads, budgets: Budgets, hold: Callable[[], str | None]) -> None:
        """`hold` says why nothing ordinary may leave now; None if it may."""
        self._roads = roads
        self._ip = budgets.ip
        self._address = budgets.address
        self._pace = budgets.pace
        self._throttle = budgets.throttle
        self._hold = hold
        window = budgets.ip.messages
        self._light_messages = MessagePace(window)
        self._heavy_messages = MessagePace(window, HEAVY_PART)
        self._urgent_messages = MessagePace(window, is_urgent=True)

    def rooms(self, now_ms: int, is_light_waiting: Callable[[int], bool]) -> Rooms:
        """How many ordinary orders may go; a message that goes for a light lane takes others along.

        `is_light_waiting` is asked only where it matters.
        """
        if not self._is_open(now_ms):
            return NO_ROOM
        if self._heavy_messages.wait_ms(now_ms) and (
            self._light_messages.wait_ms(now_ms) or not is_light_waiting(now_ms)
        ):
            return NO_ROOM
        most = self._address.room(now_ms)
        heavy, light = self._pace.rooms(now_ms)
        if light <= most:
            return Rooms(heavy, light, most)
        return Rooms(min(heavy, most), most, most)

    def room_again(self, now_ms: int) -> int:
        """How many orders may go that were sent before, and go before all that wait in lanes."""
        if not self._has_way(now_ms) or self._light_messages.wait_ms(now_ms):
            return 0
        return min(self._address.room(now_ms), self._pace.rooms(now_ms)[1])

    def _is_open(self, now_ms: int) -> bool:
        return self._hold() is None and self._has_way(now_ms)

    def _has_way(self, now_ms: int) -> bool:
        return (
            self._roads.is_open
            and not self._throttle.wait_ms(now_ms)
            and self._ip.posts.admits()
            and self._ip.messages.admits(1, now_ms)
        )

    def sent(self, now_ms: int) -> None:
        """A message with ordinary orders has gone."""
        self._throttle.sent(now_ms)

    def admits_urgent(self, now_ms: int, *, may_gather: bool = True) -> bool:
        """Whether one action with cancels, or with what reduces risk, may go.

        `may_gather`: it can wait for others, where messages are short.
        """
        return (
            self._roads.urgent.is_open
            and self._ip.posts.admits(urgent=True)
            and self._ip.messages.admits(1, now_ms, urgent=True)
            and not (may_gather and self._urgent_messages.wait_ms(now_ms))
        )

    def cancel_room(self, wanted: int, now_ms: int, *, may_gather: bool = True) -> int:
        """How many cancels may go in one action."""
        if not self.admits_urgent(now_ms, may_gather=may_gather):
            return 0
        if wanted and not self._address.admits("cancel", wanted, now_ms, urgent=True):
            return int(self._address.admits("cancel", 1, now_ms, urgent=True))
        return wanted

    def urgent_room(self, now_ms: int) -> int:
        """How many orders that reduce risk may go."""
        return self._address.room(now_ms, urgent=True) if self.admits_urgent(now_ms) else 0

    def why_not_alone(self, now_ms: int, *, is_cancel: bool, only_reduces: bool) -> str | None:
        """Why an action about no order may not go now; None if it may."""
        if is_cancel:
            room = self.cancel_room(1, now_ms, may_gather=False)
        elif only_reduces:
            room = self.urgent_room(now_ms)
        else:
            room = self.rooms(now_ms, _nobody_waits).heavy
        return None if room else str(self.why(now_ms))

    # --- when again -----------------------------------------------------------------------------

    def wait_ms(self, now_ms: int) -> int:
        """When to ask again for ordinary orders, at the latest."""
        wait_ms = max(
            self._throttle.wait_ms(now_ms),
            self._heavy_messages.wait_ms(now_ms),
            self._pace.heavy_wait_ms(now_ms),
        )
        return min(wait_ms or RETRY_MS, WAIT_MS_MAX)

    def urgent_again_ms(self, now_ms: int) -> int:
        """The moment to ask again for cancels."""
        return now_ms + (self._urgent_messages.wait_ms(now_ms) or RETRY_MS)

    def squeezes(self, now_ms: int, patience_ms: int) -> Iterator[Squeeze]:
        """What holds orders back for a time that is known, the hardest first."""
        if wait_ms := self._throttle.wait_ms(now_ms):
            overload = Overload("throttle: the venue asked for less", wait_ms)
            yield Squeeze(overload, False, 0 if wait_ms > patience_ms else ALL)
        pace = self._pace
        if wait_ms := pace.wait_ms(now_ms):
            overload = Overload("address budget: too little is left for more now", wait_ms)
            yield Squeeze(overload, False, pace.room_within(patience_ms, is_heavy=False))
        if wait_ms := pace.heavy_wait_ms(now_ms):
            overload = Overload("address budget: your share of what may go is used up", wait_ms)
            yield Squeeze(overload, True, pace.room_within(patience_ms, is_heavy=True))
        if wait_ms := self._heavy_messages.wait_ms(now_ms):
            overload = Overload("messages: too many were sent in the last minute", wait_ms)
            yield Squeeze(overload, True, 0 if wait_ms > patience_ms else ALL)

    def why(self, now_ms: int) -> Overload:
        """What kept an order waiting for too long."""
        return self.why_under(self._hold(), now_ms)

    def why_under(self, reason: str | None, now_ms: int) -> Overload:
        """The same, where `reason` is what holds everything."""
        if reason is not None:
            return Overload(reason)
        if not self._roads.is_open:
            return Overload("link: the way to the venue is closed")
        usual = Overload("quota: more was asked for than may be sent in time", RETRY_MS)
        return next((squeeze.overload for squeeze in self.squeezes(now_ms, 0)), usual)


def _nobody_waits(_: int) -> bool:
    return False
