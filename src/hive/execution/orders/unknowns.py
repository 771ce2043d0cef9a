"""Orders and replaces of which nobody knows whether they arrived, until evidence says.

Evidence that one *did* arrive can be any report or fill, and is noticed by looking at the order.
That it did *not* takes more than silence, for the venue's answers can be old: only once its clock
is past the action's expiry, with room for old reads, does a "no" count; and it must be said by
`orderStatus` twice, some time apart, by the list of open orders, and by the fills. Until then the
order stays unconfirmed, and nothing is sent in its place: that side of the coin is *frozen* for its
strategy.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

import msgspec

from hive.domain.identifiers import Cloid, StrategyId
from hive.domain.market import Side
from hive.domain.orders import OrderIntent, OrderPhase
from hive.execution.orders.dispatch import Dispatch
from hive.execution.orders.order_life import OrderLife

ASK_FIRST_MS: Final = 500
ASK_LATER_MS_MAX: Final = 8_000
STATUSES_APART_MS: Final = 1_000
READ_LAG_MS_MAX: Final = 3_000
"""How old an answer of the venue's may be, at worst."""


class Doubt(Enum):
    """What is unknown of an order."""

    ORDER = "order"
    REPLACE = "replace"


class Source(Enum):
    """Who may say no."""

    STATUS = "orderStatus"
    LIST = "open orders"
    FILLS = "fills"


class UnknownsSnapshot(msgspec.Struct, frozen=True):
    """How many are open, and how it went."""

    open: int
    lost_responses: int
    """Actions that were never answered, and of which everything is known by now."""


class Unknown:
    """One order in doubt. Times are monotonic milliseconds, `expires_ms` is the venue's."""

    __slots__ = (
        "ask_ms",
        "asked",
        "asked_ms",
        "cloid",
        "doubt",
        "expires_ms",
        "noes",
        "request_id",
        "side",
    )

    def __init__(
        self, life: OrderLife, doubt: Doubt, expires_ms: int, request_id: int, now_ms: int
    ) -> None:
        self.cloid = life.cloid
        self.side = side_of(life.intent)
        self.doubt = doubt
        self.expires_ms = expires_ms
        self.request_id = request_id
        self.asked = 0
        self.asked_ms = now_ms
        self.ask_ms = now_ms + ASK_FIRST_MS
        self.noes: dict[Source, list[int]] = {source: [] for source in Source}

    @property
    def is_proven(self) -> bool:
        statuses = self.noes[Source.STATUS]
        return (
            len(statuses) > 1
            and statuses[-1] - statuses[0] >= STATUSES_APART_MS
            and bool(self.noes[Source.LIST])
            and bool(self.noes[Source.FILLS])
        )


SideKey = tuple[StrategyId, str, Side]
"""One strategy's side of one coin."""


def side_of(intent: OrderIntent) -> SideKey:
    return (intent.strategy, intent.coin, intent.side)


class Unknowns:
    """Everything in doubt on one account."""

    def __init__(self) -> None:
        self._by_cloid: dict[Cloid, Unknown] = {}
        self.frozen: dict[SideKey, int] = {}
        """How many orders are in doubt on each side on which any is; changed here alone."""
        self._open_by_request: dict[int, int] = {}
        self._lost_responses = 0
        self.is_news = False
        """Something came into doubt since whoever asks about it set this to False."""

    def __len__(self) -> int:
        return len(self._by_cloid)

    def __contains__(self, cloid: Cloid) -> bool:
        return cloid in self._by_cloid

    def get(self, cloid: Cloid) -> Unknown | None:
        return self._by_cloid.get(cloid)

    def cloids(self) -> list[Cloid]:
        return list(self._by_cloid)

    def lost(self, request_id: int) -> None:
        """An action was not answered: it counts as lost once nothing of it is in doubt."""
        self._open_by_request[request_id] = 0

    def freezes(self, intent: OrderIntent) -> bool:
        """Whether a new order would come beside one of which nobody knows whether it arrived.

        Both may then rest, and a strategy that only tries again would hold twice what it means to.
        What only reduces is bounded by what is held, doubtful orders included, and goes on; and a
        replace in doubt freezes nothing, for its order is one order either way.
        """
        return not intent.reduce_only and side_of(intent) in self.frozen

    def add(
        self, life: OrderLife, doubt: Doubt, expires_ms: int, request_id: int, now_ms: int
    ) -> None:
        """Doubt whether this arrived."""
        self.settle(life.cloid)
        self.is_news = True
        unknown = Unknown(life, doubt, expires_ms, request_id, now_ms)
        self._by_cloid[life.cloid] = unknown
        if doubt is Doubt.ORDER:
            self.frozen[unknown.side] = self.frozen.get(unknown.side, 0) + 1
        if request_id in self._open_by_request:
            self._open_by_request[request_id] += 1

    def take_over(self, dispatch: Dispatch, expires_ms: int, now_ms: int) -> None:
        """Doubt every order of an earlier process that nothing has been heard of yet."""
        for life in dispatch.lives():
            if life.phase is OrderPhase.UNCONFIRMED:
                self.add(life, Doubt.ORDER, expires_ms, 0, now_ms)

    def settle(self, cloid: Cloid) -> None:
        """It is known now."""
        unknown = self._by_cloid.pop(cloid, None)
        if unknown is None:
            return
        if unknown.doubt is Doubt.ORDER:
            self._thaw(unknown.side)
        if unknown.request_id in self._open_by_request:
            self._open_by_request[unknown.request_id] -= 1

    def _thaw(self, side: SideKey) -> None:
        self.frozen[side] -= 1
        if not self.frozen[side]:
            del self.frozen[side]

    def review(self, dispatch: Dispatch) -> None:
        """Settle what evidence has decided by now."""
        if not self._by_cloid and not self._open_by_request:
            return
        for cloid in list(self._by_cloid):
            self.review_one(dispatch, cloid)
        for request_id, open_items in list(self._open_by_request.items()):
            if not open_items:
                del self._open_by_request[request_id]
                self._lost_responses += 1

    def review_one(self, dispatch: Dispatch, cloid: Cloid) -> None:
        """Settle this one, if evidence has decided it by now."""
        unknown = self._by_cloid.get(cloid)
        if unknown is None:
            return
        life = dispatch.live(cloid)
        if life is None:
            is_open = False
        elif unknown.doubt is Doubt.ORDER:
            is_open = life.phase is OrderPhase.UNCONFIRMED
        else:
            is_open = life.replacement is not None
        if not is_open:
            self.settle(cloid)

    def next_ask_ms(self) -> int | None:
        """When the next one is to be asked for."""
        return min((unknown.ask_ms for unknown in self._by_cloid.values()), default=None)

    def due(self, now_ms: int) -> Cloid | None:
        """One that is to be asked for now; it is taken as asked."""
        for unknown in self._by_cloid.values():
            if unknown.ask_ms <= now_ms:
                unknown.asked += 1
                unknown.asked_ms = now_ms
                wait_ms = min(ASK_FIRST_MS << min(unknown.asked, 10), ASK_LATER_MS_MAX)
                unknown.ask_ms = now_ms + wait_ms
                return unknown.cloid
        return None

    def said_no(
        self, cloid: Cloid, source: Source, asked_ms: int, venue_ms: int | None
    ) -> Unknown | None:
        """A source does not know of it. What is now proven never to have arrived, or None.

        `asked_ms` is when it was asked, `venue_ms` what the venue's clock showed then, at least.
        """
        unknown = self._by_cloid.get(cloid)
        if unknown is None or venue_ms is None:
            return None
        if venue_ms <= unknown.expires_ms + READ_LAG_MS_MAX:
            return None
        noes = unknown.noes[source]
        del noes[1:]  # the first and the latest are what proof needs
        noes.append(asked_ms)
        if source is Source.STATUS and len(noes) == 1:
            # Only the second is in a hurry: many in doubt would leave no weight for the list and
            # the fills, which are asked for all of them at once.
            unknown.ask_ms = asked_ms + STATUSES_APART_MS
        return unknown if unknown.is_proven else None

    def hasten(self, now_ms: int, venue_ms: int | None) -> None:
        """Ask for each at the moment from which a "no" counts, not later."""
        for cloid in self._by_cloid if venue_ms is not None else ():
            self.hasten_one(cloid, now_ms, venue_ms)

    def hasten_one(self, cloid: Cloid, now_ms: int, venue_ms: int | None) -> None:
        """Ask for this one at the moment from which a "no" counts, not later."""
        unknown = self._by_cloid.get(cloid)
        if unknown is None or venue_ms is None or unknown.noes[Source.STATUS]:
            return
        late_ms = now_ms + unknown.expires_ms + READ_LAG_MS_MAX + 1 - venue_ms
        if unknown.asked_ms < late_ms:  # a slow answer may be to what was asked before, too
            unknown.ask_ms = min(unknown.ask_ms, max(late_ms, now_ms))

    def wanted_ms(self, source: Source, now_ms: int, venue_ms: int | None) -> int | None:
        """When this source's "no" will count for something that is open; None if for nothing.

        One that speaks for all is not asked for each: none is proven before its second status, so
        those that expire so soon after the first are waited for. What was in doubt for seconds
        would else use up the weight that settles it.
        """
        if venue_ms is None:
            return None
        late_ms = [
            unknown.expires_ms + READ_LAG_MS_MAX + 1 - venue_ms
            for unknown in self._by_cloid.values()
            if not unknown.noes[source]
        ]
        if not late_ms:
            return None
        soon_ms = min(late_ms) + STATUSES_APART_MS
        together_ms = max(each_ms for each_ms in late_ms if each_ms <= soon_ms)
        return now_ms + max(0, together_ms)

    def snapshot(self) -> UnknownsSnapshot:
        return UnknownsSnapshot(len(self._by_cloid), self._lost_responses)
