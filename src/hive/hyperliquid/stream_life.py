"""The life of one subscription on one socket, as a table.

           ╭────────────────────── socket closed ◀───────────────────────╮
           ▼                                                             │
    wanted ──opened──▶ sent ──subscribed──▶ active ──silent──▶ reviving ─┤
                        ▲                     │                  │   ▲   │
                        ╰────unsubscribed─────┼──────────────────╯ asked │
                                              ╰──dropped──▶ dropping ────╯ (then gone)

A move may come with a frame to send. That is the only place where a subscribe or unsubscribe is
ever decided, so a subscription is never asked for twice but after a loss: of the socket, of an
answer, or of the stream itself.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, Literal

from hive.domain.errors import IllegalMove

Method = Literal["subscribe", "unsubscribe"]


class StreamPhase(Enum):
    """Where a subscription is in its life on a socket."""

    WANTED = "wanted"
    """The socket is not open: nothing was sent."""
    SENT = "sent"
    ACTIVE = "active"
    DROPPING = "dropping"
    """No longer wanted; the unsubscribe is on its way."""
    REVIVING = "reviving"
    """Wanted, but the unsubscribe must be answered first: it had fallen silent or was dropped."""
    GONE = "gone"


class StreamCause(Enum):
    """What can move it."""

    ASKED = "asked for"
    DROPPED = "dropped"
    OPENED = "opened"
    CLOSED = "closed"
    SUBSCRIBED = "subscribed"
    """The venue said so, or that it already was."""
    UNSUBSCRIBED = "unsubscribed"
    """The venue said so, or that it already was."""
    REFUSED = "refused"
    OVERDUE = "overdue"
    """The venue has not answered in time."""
    SILENT = "silent"


_Phase = StreamPhase
_Cause = StreamCause

STREAM_MOVES: Final[dict[tuple[StreamPhase, StreamCause], tuple[StreamPhase, Method | None]]] = {
    (_Phase.WANTED, _Cause.ASKED): (_Phase.WANTED, None),
    (_Phase.WANTED, _Cause.OPENED): (_Phase.SENT, "subscribe"),
    (_Phase.WANTED, _Cause.CLOSED): (_Phase.WANTED, None),
    (_Phase.WANTED, _Cause.DROPPED): (_Phase.GONE, None),
    (_Phase.SENT, _Cause.ASKED): (_Phase.SENT, None),
    (_Phase.SENT, _Cause.SUBSCRIBED): (_Phase.ACTIVE, None),
    # Of an unsubscribe that was sent twice; the subscribe came after both.
    (_Phase.SENT, _Cause.UNSUBSCRIBED): (_Phase.SENT, None),
    (_Phase.SENT, _Cause.OVERDUE): (_Phase.SENT, "subscribe"),
    (_Phase.SENT, _Cause.REFUSED): (_Phase.GONE, None),
    (_Phase.SENT, _Cause.DROPPED): (_Phase.DROPPING, "unsubscribe"),
    (_Phase.SENT, _Cause.CLOSED): (_Phase.WANTED, None),
    (_Phase.ACTIVE, _Cause.ASKED): (_Phase.ACTIVE, None),
    # Of a subscribe that was sent twice.
    (_Phase.ACTIVE, _Cause.SUBSCRIBED): (_Phase.ACTIVE, None),
    (_Phase.ACTIVE, _Cause.REFUSED): (_Phase.ACTIVE, None),
    # Nobody asked for this; the stream has ended, so it is asked for again.
    (_Phase.ACTIVE, _Cause.UNSUBSCRIBED): (_Phase.SENT, "subscribe"),
    (_Phase.ACTIVE, _Cause.SILENT): (_Phase.REVIVING, "unsubscribe"),
    (_Phase.ACTIVE, _Cause.DROPPED): (_Phase.DROPPING, "unsubscribe"),
    (_Phase.ACTIVE, _Cause.CLOSED): (_Phase.WANTED, None),
    # Of the subscribe that went before the unsubscribe.
    (_Phase.DROPPING, _Cause.SUBSCRIBED): (_Phase.DROPPING, None),
    (_Phase.DROPPING, _Cause.REFUSED): (_Phase.DROPPING, None),
    (_Phase.DROPPING, _Cause.UNSUBSCRIBED): (_Phase.GONE, None),
    (_Phase.DROPPING, _Cause.OVERDUE): (_Phase.DROPPING, "unsubscribe"),
    (_Phase.DROPPING, _Cause.ASKED): (_Phase.REVIVING, None),
    (_Phase.DROPPING, _Cause.DROPPED): (_Phase.DROPPING, None),
    (_Phase.DROPPING, _Cause.CLOSED): (_Phase.GONE, None),
    (_Phase.REVIVING, _Cause.ASKED): (_Phase.REVIVING, None),
    (_Phase.REVIVING, _Cause.SUBSCRIBED): (_Phase.REVIVING, None),
    (_Phase.REVIVING, _Cause.REFUSED): (_Phase.REVIVING, None),
    (_Phase.REVIVING, _Cause.UNSUBSCRIBED): (_Phase.SENT, "subscribe"),
    (_Phase.REVIVING, _Cause.OVERDUE): (_Phase.REVIVING, "unsubscribe"),
    (_Phase.REVIVING, _Cause.DROPPED): (_Phase.DROPPING, None),
    (_Phase.REVIVING, _Cause.CLOSED): (_Phase.WANTED, None),
}

AWAITING: Final = (StreamPhase.SENT, StreamPhase.DROPPING, StreamPhase.REVIVING)
"""Phases in which the venue owes an answer."""


def stream_moved(phase: StreamPhase, cause: StreamCause) -> tuple[StreamPhase, Method | None]:
    """The next phase and what to send, if anything.

    Raises:
        IllegalMove: this life does not allow it: a mistake of ours.
    """
    try:
        return STREAM_MOVES[phase, cause]
    except KeyError:
        raise IllegalMove(f"a stream that is {phase.value} cannot be {cause.value}") from None
