"""What the pool promises, and what it asks of those who use it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from hive.domain.market import StreamCondition
from hive.hyperliquid.subscriptions import Subscription
from hive.hyperliquid.wire import Push


class PushSink(Protocol):
    """Who owns a subscription. Called on the loop; must not wait."""

    def on_push(self, push: Push, received_ns: int) -> None:
        """One push of it. `received_ns` is monotonic, taken before the frame was decoded."""
        ...

    def on_gap(self, subscription: Subscription, from_ms: int, to_ms: int) -> None:
        """It was interrupted and is subscribed again: what it told in between was missed.

        Epoch milliseconds by *our* wall clock; the venue's may differ by a little. After a lost
        socket it follows the FRESH of the same moment; after a silence it comes before FRESH, when
        the venue has confirmed anew. Fetch the span again, private streams too.
        """
        ...

    def on_condition(self, subscription: Subscription, condition: StreamCondition) -> None:
        """STALE when its socket is lost, it is silent for too long or the venue refuses it; FRESH
        when the venue has confirmed it, or when it speaks again after a silence.
        """
        ...


class Lease(Protocol):
    """A subscription that is held."""

    def close(self) -> None:
        """Let go. The sink hears nothing more, from this moment on. Idempotent."""
        ...


OnReply = Callable[[int, bytes], None]
"""`(request_id, body)`: the answer, as HTTP would have brought it. May still come after
`OnUnanswered` for the same id, when an answer arrives late."""

OnUnanswered = Callable[[int, str], None]
"""`(request_id, reason)`: no answer in time, or the socket was lost: it may have been carried out.
At most once for an id."""


class ActionLink(Protocol):
    """Signed actions over an account's own socket."""

    @property
    def is_open(self) -> bool:
        """A post would have a socket to go out on, and a place among the unanswered ones."""
        ...

    def post(self, request_id: int, body: bytes, deadline_ms: int) -> None:
        """Send a signed /exchange body now.

        Either this raises and nothing left, or exactly one of `on_reply` and `on_unanswered`
        follows for `request_id`, never within the call. `deadline_ms` is monotonic.

        Raises:
            NotSent: the socket is closed, or the venue's limits leave no room for it.
        """
        ...
