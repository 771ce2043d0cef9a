"""The account's private streams, read into its books.

`orderUpdates` and `userEvents` name no user, so the pool gives them a socket on which nobody else's
come; whatever arrives here is this account's. Snapshots only ever merge: what they repeat is told
apart by its key, and what they leave out is not taken for gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from hive.domain.account import AccountState
from hive.domain.identifiers import Address, Oid
from hive.domain.market import StreamCondition
from hive.domain.orders import Fill
from hive.execution.books.account_books import AccountBooks
from hive.execution.books.other_instances import OtherInstances
from hive.execution.books.venue_time import VenueTime
from hive.execution.orders.dispatched import Wish
from hive.execution.ports import Lease, PrivateStreams
from hive.hyperliquid.codec import (
    is_terminal,
    to_account_state,
    to_cloid,
    to_fill,
    to_funding,
    to_order_report,
)
from hive.hyperliquid.codec_twap import to_twap_reports
from hive.hyperliquid.subscriptions import (
    Subscription,
    clearinghouse_state,
    order_updates,
    user_events,
    user_fills,
)
from hive.hyperliquid.wire import (
    ClearinghouseStatePush,
    OrderUpdatesPush,
    Push,
    UserFillsPush,
    UserPush,
)
from hive.hyperliquid.wire_private import OrderUpdate, UserEvents, WsFill
from hive.runtime.ports import Clock

NS_BY_MS: Final = 1_000_000


class PrivateFeed:
    """A `PushSink` for all private streams of one account."""

    def __init__(
        self,
        account: Address,
        books: AccountBooks,
        venue_time: VenueTime,
        clock: Clock,
        *,
        streams: PrivateStreams,
        others: OtherInstances,
        on_fills: Callable[[list[Fill]], None],
        on_told: Callable[[], None],
        on_lost: Callable[[], None],
        on_gap: Callable[[], None],
    ) -> None:
        """`on_fills` hears of fills that are news; `on_told` is called after every push, when the
        books are right; `on_lost` when a stream is not to be trusted, `on_gap` when it is again.
        """
        self._account = account
        self._books = books
        self._venue_time = venue_time
        self._clock = clock
        self._streams = streams
        self._others = others
        self._on_fills = on_fills
        self._on_told = on_told
        self._on_lost = on_lost
        self._on_gap = on_gap
        needed = (order_updates(account), user_fills(account))
        self._fresh: dict[str, bool] = {subscription.key: False for subscription in needed}
        self.state: AccountState | None = None
        """The account's equity and margin, as last heard."""
        self.liquidations = 0

    def open(self) -> list[Lease]:
        """Listen to everything that tells of the account.

        Raises:
            LimitReached: the venue's limits leave no room for it.
        """
        user = self._account
        wanted = (
            order_updates(user),
            user_fills(user),
            user_events(user),
            clearinghouse_state(user),
        )
        return [self._streams.subscribe(subscription, self) for subscription in wanted]

    @property
    def is_fresh(self) -> bool:
        """The streams that orders depend on are confirmed and speak."""
        return all(self._fresh.values())

    def on_push(self, push: Push, received_ns: int) -> None:
        now_ms = received_ns // NS_BY_MS
        match push:
            case OrderUpdatesPush(data=updates):
                if not self._take_updates(updates, now_ms):
                    return
            case UserFillsPush(data=data):
                self._take_fills(data.fills, now_ms)
            case UserPush(data=events):
                self._take_events(events, now_ms)
            case ClearinghouseStatePush(data=data):
                self.state = to_account_state(data.clearinghouse_state, self._account)
                self._venue_time.heard(self.state.venue_ms, now_ms)
            case _:
                return
        self._on_told()

    def on_gap(self, subscription: Subscription, from_ms: int, to_ms: int) -> None:  # noqa: ARG002 (everything since the last certain fill is asked for, whatever the span)
        self._on_gap()

    def on_condition(self, subscription: Subscription, condition: StreamCondition) -> None:
        if subscription.key not in self._fresh:
            return
        self._fresh[subscription.key] = condition is StreamCondition.FRESH
        if self.is_fresh:
            self._on_gap()
        else:
            self._on_lost()
        self._on_told()

    def _take_updates(self, updates: tuple[OrderUpdate, ...], now_ms: int) -> bool:
        """Whether any was more than the second word of an end: the answer mostly comes first."""
        dispatch = self._books.dispatch
        reports = []
        for update in updates:
            self._venue_time.heard(update.status_timestamp, now_ms)
            cloid = to_cloid(update.order.cloid)
            if not (dispatch.has_ended(cloid) and is_terminal(update.status)):
                reports.append(to_order_report(update))
        if not reports:
            return False
        external_before = dispatch.external_reports
        self._books.take_reports(reports, self._clock.now_ms())
        if dispatch.external_reports != external_before:
            for report in reports:
                if report.cloid is not None and dispatch.life(report.cloid) is None:
                    self._others.reported(report)
        return True

    def _take_events(self, events: UserEvents, now_ms: int) -> None:
        """The venue sends one of these at a time."""
        if isinstance(events.fills, tuple):
            self._take_fills(events.fills, now_ms)
        if isinstance(events.twap_slice_fills, tuple):
            slices = events.twap_slice_fills
            fills = [msgspec.structs.replace(row.fill, twap_id=row.twap_id) for row in slices]
            self._take_fills(fills, now_ms)
        if not isinstance(events.twap_history, msgspec.UnsetType):
            reports = to_twap_reports(events.twap_history)
            self._books.twaps.take_reports(reports, self._clock.now_ms())
        if not isinstance(events.funding, msgspec.UnsetType):
            self._books.take_funding(to_funding(events.funding, self._account))
        if not isinstance(events.liquidation, msgspec.UnsetType):
            self.liquidations += 1
            self._on_gap()
        if isinstance(events.non_user_cancel, tuple):
            for row in events.non_user_cancel:
                cloid = self._books.dispatch.cloid_of(Oid(row.oid))
                if cloid is not None:
                    self._books.wishes.append((cloid, Wish.ASK))

    def _take_fills(self, rows: Iterable[WsFill], now_ms: int) -> None:
        fills = [to_fill(row, self._account) for row in rows]
        for fill in fills:
            self._venue_time.heard(fill.venue_ms, now_ms)
        new = self._books.take_fills(fills, self._clock.now_ms())
        if new:
            self._on_fills(new)
