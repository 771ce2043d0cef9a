"""One wire subscription and all who listen to it, whatever becomes of its sockets."""

from __future__ import annotations

from collections.abc import Callable

from hive.connection.inspection import Inspection
from hive.connection.ports import PushSink
from hive.domain.market import StreamCondition
from hive.hyperliquid.subscriptions import Subscription, route_of
from hive.hyperliquid.wire import Push


class Stream:
    """A subscription's listeners, and since when it may have missed something.

    `lost_ns` (monotonic) is the last moment at which nothing was missing; None while it streams or
    before it ever did. The next confirmation tells the listeners the span as a gap.

        asked for ──confirmed──▶ fresh ──socket lost──▶ stale ──confirmed──▶ fresh, gap
                                    ╰──silent──▶ stale ──confirmed──▶ gap ──push──▶ fresh
    """

    __slots__ = (
        "_inspection",
        "_is_silent",
        "is_confirmed",
        "is_stale",
        "lost_ns",
        "route",
        "sinks",
        "strikes",
        "subscription",
    )

    def __init__(self, subscription: Subscription, inspection: Inspection) -> None:
        self.subscription = subscription
        self.route = route_of(subscription)
        self.sinks: tuple[PushSink, ...] = ()
        self.lost_ns: int | None = None
        self.is_confirmed = False
        self.is_stale = False
        self.strikes = 0
        """How often in a row its socket was dropped while it was the one being asked for."""
        self._inspection = inspection
        self._is_silent = False

    def deliver(self, push: Push, received_ns: int) -> None:
        """Hand a push to every listener; one that raises does not keep it from the others."""
        sinks = self.sinks
        for sink in sinks:
            if self.sinks is not sinks and sink not in self.sinks:
                continue  # it has left during this very push
            try:
                sink.on_push(push, received_ns)
            except Exception as error:  # noqa: BLE001 (a listener must not take the socket along)
                self._inspection.contained(self.subscription.key, error)

    def confirmed(self, now_ns: int, now_ms: int) -> None:
        """The venue streams it (again). One that had fallen silent is fresh when it speaks."""
        lost_ns = self.lost_ns
        self.lost_ns = now_ns if self._is_silent else None
        self.is_confirmed = True
        self.strikes = 0
        if not self._is_silent:
            self._condition(StreamCondition.FRESH)
        if lost_ns is not None:
            from_ms = now_ms - (now_ns - lost_ns) // 1_000_000
            self._tell(lambda sink: sink.on_gap(self.subscription, from_ms, now_ms))

    def interrupted(self, heard_ns: int) -> None:
        """Its socket is gone; `heard_ns` is when that was last heard."""
        if not self.is_confirmed:
            return
        self.is_confirmed = False
        if not self._is_silent:  # else it was lost before that
            self.lost_ns = heard_ns
        self._is_silent = False
        self._condition(StreamCondition.STALE)

    def fell_silent(self, heard_ns: int) -> None:
        """It says nothing on a living socket, since `heard_ns`; it is being asked for anew."""
        self._is_silent = True
        self.lost_ns = heard_ns
        self._condition(StreamCondition.STALE)

    def spoke_again(self, now_ns: int) -> None:
        """A push came after all. What was asked for anew meanwhile may still leave a short gap."""
        self._is_silent = False
        self.lost_ns = now_ns
        self._condition(StreamCondition.FRESH)

    def refused(self) -> None:
        """The venue will not stream it."""
        self.is_confirmed = self._is_silent = False  # the next confirmation is of another one
        self._condition(StreamCondition.STALE)

    def greet(self, sink: PushSink) -> None:
        """Tell a listener that joined a running stream how it stands."""
        if self.is_confirmed and sink in self.sinks:
            condition = StreamCondition.STALE if self.is_stale else StreamCondition.FRESH
            self._tell(lambda one: one.on_condition(self.subscription, condition), (sink,))

    def _condition(self, condition: StreamCondition) -> None:
        self.is_stale = condition is StreamCondition.STALE
        self._tell(lambda sink: sink.on_condition(self.subscription, condition))

    def _tell(
        self, call: Callable[[PushSink], None], sinks: tuple[PushSink, ...] | None = None
    ) -> None:
        for sink in self.sinks if sinks is None else sinks:
            try:
                call(sink)
            except Exception as error:  # noqa: BLE001 (as in deliver)
                self._inspection.contained(self.subscription.key, error)
